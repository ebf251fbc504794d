"""HR Roster: takes a file of employees in, on record as a task run, and updates what rests on it."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from core.integration import tracking
from core.integration.assessment import refresh_rollups
from core.integration.garbage import rarely_collected
from core.integration.offers import find_opportunities
from core.integration.progress import Progress
from core.rights import Actor, Role, require
from core.roster.importing import DepartedUnconfirmed, RosterRefused, carry_out, plan_import
from core.roster.roster_file import RosterFile
from core.store.engine import reading, writing
from core.store.tables import IntegrationTask, RosterImport, TaskRun, TaskStatus


class RosterBusyError(Exception):
    """Another import into the same application is under way; nothing was imported."""


def import_roster(
    engine: Engine,
    application_id: int,
    file: RosterFile,
    *,
    file_name: str,
    full: bool = False,
    confirm_departed: int | None = None,
    actor: Actor,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RosterImport:
    """Import a roster file whole or not at all, then find opportunities by it; what the import did.

    Args:
        engine: the product's database.
        application_id: whose employees these are.
        file: what was read (`read_roster`), errors included.
        file_name: as people know it.
        full: the file lists everybody, so whoever is not in it has departed.
        confirm_departed: how many people somebody has said may depart.
        actor: who imports.
        clock: tells the time.

    Raises:
        RightRefused: the actor is no analyst.
        RosterRefused: lines are wrong; nothing was imported.
        DepartedUnconfirmed: too many people would depart, and their number was not given; likewise.
        RosterBusyError: likewise.
    """
    require(actor, Role.ANALYST)
    progress = Progress(
        engine,
        _begin(engine, application_id, actor, clock()),
        application_id,
        should_stop=lambda: False,
        clock=clock,
    )
    try:
        with progress.alive(), rarely_collected():
            with writing(engine) as session:
                now = clock()
                plan = plan_import(session, application_id, file, full=full, now=now)
                progress.count(rows=file.lines, errors=len(plan.errors))
                done = carry_out(
                    session,
                    application_id,
                    plan,
                    file_name=file_name,
                    full=full,
                    confirm_departed=confirm_departed,
                    by=actor.name,
                    now=now,
                )
            progress.count(
                added=done.added, updated=done.updated, unchanged=done.unchanged, departed=done.departed
            )
            _bring_up_to_date(progress)
    except (RosterRefused, DepartedUnconfirmed) as refused:
        _end(progress, TaskStatus.FAILED, str(refused))
        raise
    except BaseException as fault:
        _end(
            progress, TaskStatus.FAILED, f"unexpected error ({type(fault).__name__}): the log has the details"
        )
        raise
    _end(progress, TaskStatus.SUCCEEDED)
    return done


def _begin(engine: Engine, application_id: int, actor: Actor, now: datetime) -> int:
    """A run that is running from the start: no worker has to take it up. Never two at once."""
    tracking.fail_stopped(engine, now)
    busy = "another HR roster is being imported: wait until it has ended, then look at the preview again"
    with reading(engine) as session:
        live = tracking.live_runs(session, application_id)
    if any(run.task == IntegrationTask.HR_ROSTER for run in live):
        raise RosterBusyError(busy)
    try:
        with writing(engine) as session:
            run = TaskRun(
                application_id=application_id,
                task=IntegrationTask.HR_ROSTER.value,
                status=TaskStatus.RUNNING.value,
                queued_at=now,
                started_at=now,
                heartbeat_at=now,
                started_by=actor.name,
            )
            session.add(run)
            session.flush()
            return run.id or 0
    except IntegrityError as error:  # another process was faster
        raise RosterBusyError(busy) from error


def _bring_up_to_date(progress: Progress) -> None:
    def note(session: Session) -> None:
        tracking.beat(session, progress.run_id, progress.clock(), progress.counts)

    found = find_opportunities(progress.engine, progress.application_id, progress.clock(), after_page=note)
    refresh_rollups(progress.engine, progress.application_id, progress.clock())
    progress.count(opportunities=found)


def _end(progress: Progress, status: TaskStatus, error: str | None = None) -> None:
    tracking.finish(
        progress.engine, progress.run_id, status, progress.clock(), error=error, counts=progress.counts
    )
