"""Application Roster: who exists and who holds what, page by page.

Each step is a transaction of its own: what was read stays when the listing breaks off, everybody who was not
reached keeps the last good state, and the next run goes on from there. Only a listing that came to its end
says who and what has vanished.
"""

from collections.abc import Generator, Sequence
from typing import Final

from sqlalchemy import delete, select
from sqlmodel import Session, col

from core.activity.evidence import SourceStatus
from core.graph import GraphClient, GraphError, NotFound, PermissionDenied, Stopped, UserPage
from core.graph.users import LEAVE_FIELD
from core.integration.admin_roles import refresh_admin_roles
from core.integration.applications import confirm_tenant
from core.integration.checkpoints import AHEAD, Checkpoints, Listing, Place, continued, read_through
from core.integration.failing import mark_failed
from core.integration.outcome import NothingUsableError
from core.integration.progress import Progress
from core.integration.rollups import write_rollups
from core.integration.seats import write_pages
from core.integration.sources import SourceName, as_sentence, record_failure, record_source
from core.integration.tracking import live_runs
from core.integration.vanished import forget_listing, mark_vanished
from core.roster.applying import apply_roster
from core.store.bulk import table_of, upsert_rows
from core.store.engine import reading, writing
from core.store.tables import AssignmentGroup, Group, IntegrationTask, LogLevel

NO_GROUPS: Final = "The groups that give licenses go by their ids: GroupMember.Read.All is missing."
SOME_GROUPS: Final = "Not all groups that give licenses could be read"
NO_LEAVE_DATES: Final = (
    "Leave dates are not read: User-LifeCycleInfo.Read.All is missing. Nobody is judged by them."
)
_PAGES_AT_ONCE: Final = 4
_USERS: Final = "users"
_SEATS: Final = "assignments"
_WITHOUT_LEAVE: Final = "without_leave_dates"
"""What the checkpoint counts."""
_GROUPS_AT_ONCE: Final = 200
_GROUP_COLUMNS: Final = (
    "application_id",
    "group_id",
    "display_name",
    "dynamic",
    "synced",
    "role_assignable",
    "mail_enabled",
    "security_enabled",
    "unified",
    "sku_ids",
    "read_at",
)


def run(client: GraphClient, progress: Progress) -> list[str]:
    """Bring the directory in; what is missing, a sentence each.

    Raises:
        GraphError: the listing broke off. What was read up to there is kept, nobody is marked as gone.
    """
    with record_failure(progress, SourceName.DIRECTORY):
        confirm_tenant(progress.engine, client, progress.application_id)
        _expect(client, progress)
        place = _list_everybody(client, progress)
    progress.counts["expected"] = progress.counts["done"]  # Microsoft's count before may have been another
    missing = _read_groups(client, progress)
    roles = refresh_admin_roles(client, progress)
    apply_roster(progress.engine, progress.application_id, progress.clock().date())
    notes = [*missing, *([NO_LEAVE_DATES] if place.counts[_WITHOUT_LEAVE] else [])]
    with writing(progress.engine) as session:
        now = progress.clock()
        record_source(
            session,
            progress.application_id,
            SourceName.DIRECTORY,
            SourceStatus.DEGRADED if missing else SourceStatus.AVAILABLE,
            " ".join(notes),
            as_of=place.began_at,
            read_at=now,
        )
        if not _is_queued(
            session, progress.application_id, IntegrationTask.ACCESS
        ):  # which counts them anyway
            mark_failed(session, progress.application_id)
            write_rollups(session, progress.application_id)
        progress.note(session)
    return [*missing, *roles]


def _is_queued(session: Session, application_id: int, task: IntegrationTask) -> bool:
    return any(run.task == task for run in live_runs(session, application_id))


def _expect(client: GraphClient, progress: Progress) -> None:
    """How many there will be, for the progress bar; a tenant that does not say is read all the same."""
    try:
        progress.count(expected=client.count_users())
    except Stopped:
        raise
    except GraphError:
        return


def _list_everybody(client: GraphClient, progress: Progress) -> Place:
    """Read all pages, from where an earlier run was cut off if one was; how the listing ended."""
    engine, application_id = progress.engine, progress.application_id
    checkpoints = Checkpoints(
        engine=engine,
        client=client,
        application_id=application_id,
        listing=Listing.USERS,
        clock=progress.clock,
    )

    def begin(place: Place) -> None:
        _show(progress, place)
        if place.link is not None:
            read = continued(place, place.counts[_USERS], progress.counts.get("expected"))
            progress.log(f"List of users: {read}.")
            return
        with writing(engine) as session:
            # Whatever an earlier attempt of this run has seen may have vanished since.
            forget_listing(session, application_id, place.marker)
            progress.note(session)

    def fetch(place: Place) -> Generator[UserPage, None, None]:
        dropped = (LEAVE_FIELD,) if place.counts.get(_WITHOUT_LEAVE) else ()
        return client.list_users(place.link, dropped=dropped, ahead=AHEAD)

    def store(session: Session, place: Place, pages: Sequence[UserPage]) -> None:
        seats = write_pages(session, application_id, place.marker, pages)
        place.count(**{_USERS: sum(len(page.items) for page in pages), _SEATS: seats})
        place.counts[_WITHOUT_LEAVE] = int(LEAVE_FIELD in pages[-1].dropped)

    def after_step(session: Session, place: Place) -> None:
        _show(progress, place)
        progress.note(session)

    def expired() -> None:
        progress.count(restarts=1)
        progress.log("List of users: the page token expired, so it begins anew.", level=LogLevel.WARNING)

    place = read_through(
        checkpoints,
        marker=progress.run_id,
        fetch=fetch,
        begin=begin,
        store=store,
        after_step=after_step,
        most=_PAGES_AT_ONCE,
        expired=expired,
    )
    if place.counts.get(_USERS, 0) == 0:
        raise NothingUsableError("the list of users came back empty, so nobody was marked as gone")
    with writing(engine) as session:
        gone, ended = mark_vanished(session, application_id, place.marker, progress.clock())
        checkpoints.forget(session)
        progress.count(gone=gone, ended=ended)
        progress.note(session)
    users, seats = place.counts[_USERS], place.counts[_SEATS]
    progress.log(
        f"List of users: {users:,} people with {seats:,} licenses; {gone:,} people are gone, {ended:,} "
        "licenses have ended."
    )
    return place


def _show(progress: Progress, place: Place) -> None:
    """What the listing has found, in the counts of the run that reads it now."""
    users = place.counts.get(_USERS, 0)
    progress.counts |= {_USERS: users, _SEATS: place.counts.get(_SEATS, 0), "done": users}


def _read_groups(client: GraphClient, progress: Progress) -> list[str]:
    """The details of all groups that give licenses; what could not be read, as a sentence."""
    application_id = progress.application_id
    giving = table_of(AssignmentGroup)
    with reading(progress.engine) as session:
        ids = sorted(
            session.connection()
            .execute(select(giving.c.group_id).where(giving.c.application_id == application_id).distinct())
            .scalars()
        )
    failed: list[GraphError] = []
    for start in range(0, len(ids), _GROUPS_AT_ONCE):
        try:
            found = client.get_groups(ids[start : start + _GROUPS_AT_ONCE])
        except Stopped:
            raise
        except GraphError as error:
            failed.append(error)
            break
        groups = [read.value for read in found.values() if read.value is not None]
        failed += [
            read.error for read in found.values() if read.error and not isinstance(read.error, NotFound)
        ]
        with writing(progress.engine) as session:
            now = progress.clock()
            upsert_rows(
                session,
                Group,
                _GROUP_COLUMNS,
                [
                    (
                        application_id,
                        group.id,
                        group.display_name,
                        group.dynamic,
                        group.synced,
                        group.role_assignable,
                        group.mail_enabled,
                        group.security_enabled,
                        group.unified,
                        group.sku_ids,
                        now,
                    )
                    for group in groups
                ],
            )
            progress.count(groups=len(groups))
            progress.note(session)
    with writing(progress.engine) as session:
        session.connection().execute(
            delete(Group).where(
                col(Group.application_id) == application_id,
                col(Group.group_id).not_in(
                    select(giving.c.group_id).where(giving.c.application_id == application_id)
                ),
            )
        )
    if not failed:
        return []
    if isinstance(failed[0], PermissionDenied):
        return [NO_GROUPS]
    return [as_sentence(f"{SOME_GROUPS}: {failed[0]}")]
