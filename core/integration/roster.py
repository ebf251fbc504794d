"""Application Roster: who exists and who holds what, page by page.

Each page is a transaction of its own: what was read stays when the listing breaks off, and everybody who was
not reached keeps the last good state. Only a listing that came to its end says who and what has vanished.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select
from sqlmodel import Session, col

from core.activity.evidence import SourceStatus
from core.graph import ExpiredPageToken, GraphClient, GraphError, NotFound, PermissionDenied, Stopped
from core.graph.users import LEAVE_FIELD
from core.integration.applications import confirm_tenant
from core.integration.outcome import NothingUsableError
from core.integration.progress import Progress
from core.integration.rollups import write_rollups
from core.integration.seats import write_page
from core.integration.sources import SourceName, record_failure, record_source
from core.integration.steps import steps
from core.integration.tracking import live_runs
from core.integration.vanished import forget_listing, mark_vanished
from core.roster.applying import apply_roster
from core.store.bulk import table_of, upsert_rows
from core.store.engine import reading, writing
from core.store.tables import AssignmentGroup, Group, IntegrationTask

MOST_RESTARTS: Final = 3
"""How often a listing begins anew because its page token expired (contract §2.3)."""

_PAGES_AT_ONCE: Final = 4
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
        dropped = _list_everybody(client, progress)
    missing = _read_groups(client, progress)
    apply_roster(progress.engine, progress.application_id, progress.clock().date())
    notes = list(missing)
    if LEAVE_FIELD in dropped:
        notes.append("Leave dates are not read: User-LifeCycleInfo.Read.All is missing.")
    with writing(progress.engine) as session:
        now = progress.clock()
        record_source(
            session,
            progress.application_id,
            SourceName.DIRECTORY,
            SourceStatus.AVAILABLE,
            " ".join(notes),
            read_at=now,
        )
        if not _is_queued(
            session, progress.application_id, IntegrationTask.ACCESS
        ):  # which counts them anyway
            write_rollups(session, progress.application_id)
        progress.note(session)
    return missing


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


def _list_everybody(client: GraphClient, progress: Progress) -> Sequence[str]:
    """Read all pages, from the start again where a page token expired; the fields that had to be left out."""
    for restart in range(MOST_RESTARTS + 1):
        _begin(progress)
        try:
            dropped = _read_pages(client, progress)
        except ExpiredPageToken:
            if restart == MOST_RESTARTS:
                raise
            progress.count(restarts=1)
            continue
        if progress.counts.get("users", 0) == 0:
            raise NothingUsableError("the list of users came back empty, so nobody was marked as gone")
        with writing(progress.engine) as session:
            gone, ended = mark_vanished(session, progress.application_id, progress.run_id, progress.clock())
            progress.count(gone=gone, ended=ended)
            progress.note(session)
        return dropped
    return ()


def _begin(progress: Progress) -> None:
    """Forget what an earlier attempt of this run has seen: it may have vanished since."""
    for name in ("users", "assignments", "done"):
        progress.counts[name] = 0
    with writing(progress.engine) as session:
        forget_listing(session, progress.application_id, progress.run_id)
        progress.note(session)


def _read_pages(client: GraphClient, progress: Progress) -> Sequence[str]:
    dropped: Sequence[str] = ()
    for pages in steps(client.list_users(), most=_PAGES_AT_ONCE):
        with writing(progress.engine) as session:
            for page in pages:
                dropped = page.dropped
                seats = write_page(session, progress.application_id, progress.run_id, page)
                progress.count(users=len(page.items), assignments=seats, done=len(page.items))
            progress.note(session)
    return dropped


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
        return ["The groups that give licenses go by their ids: GroupMember.Read.All is missing."]
    return [f"Not all groups that give licenses could be read: {failed[0]}"]
