"""Task runs on record: queued, begun, alive, ended, and what the pages show of them.

    queue_tasks -> queued -> begin -> running -> finish -> succeeded | partial | failed | cancelled
                                        |  requeue (the process shuts down in good order) -> queued
                                        |  fail_stopped (no sign of life for two minutes) -> failed

Every change names the status that it starts from, so two processes never both succeed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from core.rights import Actor, Role, require
from core.store.bulk import table_of
from core.store.engine import reading, writing
from core.store.tables import IntegrationTask, TaskRun, TaskStatus

SYNC_TASKS: Final = (IntegrationTask.DIFFERENTIATION, IntegrationTask.ROSTER, IntegrationTask.ACCESS)
"""The tasks that read the tenant, in the order in which they build on each other."""

STOPPED_AFTER: Final = timedelta(minutes=2)
"""Without a sign of life for this long, the process that ran a task is taken to be gone."""

STOPPED: Final = "the process stopped before the task ended: run it again"

_LIVE: Final = (TaskStatus.QUEUED, TaskStatus.RUNNING)


def queue_tasks(
    engine: Engine, application_id: int, tasks: Iterable[IntegrationTask], actor: Actor, now: datetime
) -> list[int]:
    """Put tasks that read the tenant on record, for a worker to pick up; their ids, in the order they run.

    One that is queued or running already is returned instead of a second one.

    Raises:
        RightRefused: the actor is no administrator.
        ValueError: a task is none of `SYNC_TASKS`.
    """
    require(actor, Role.ADMINISTRATOR)
    fail_stopped(engine, now)
    with writing(engine) as session:
        return queue_in(session, application_id, tasks, actor, now)


def queue_in(
    session: Session, application_id: int, tasks: Iterable[IntegrationTask], actor: Actor, now: datetime
) -> list[int]:
    """As `queue_tasks`, in the transaction of the caller, who decides in it what is to be queued."""
    require(actor, Role.ADMINISTRATOR)
    wanted = set(tasks)
    if foreign := wanted.difference(SYNC_TASKS):
        raise ValueError(f"{min(foreign)} is not a task that reads the tenant")
    return [_queue(session, application_id, task, actor.name, now) for task in SYNC_TASKS if task in wanted]


def _queue(session: Session, application_id: int, task: IntegrationTask, who: str, now: datetime) -> int:
    dialect = session.get_bind().dialect.name
    new = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table_of(TaskRun)).values(
        application_id=application_id,
        task=task.value,
        status=TaskStatus.QUEUED.value,
        queued_at=now,
        counts={},
        started_by=who,
    )
    made = session.connection().execute(new.on_conflict_do_nothing().returning(col(TaskRun.id))).scalar()
    if made is not None:
        return int(made)
    live = (
        select(TaskRun.id)
        .where(TaskRun.application_id == application_id, TaskRun.task == task)
        .where(col(TaskRun.status).in_(_LIVE))
    )
    found = session.exec(live).first()
    # It may have ended since, in another process; then the next one is ours to make.
    return found if found is not None else _queue(session, application_id, task, who, now)


def due_runs(session: Session) -> list[int]:
    """Runs to begin now: the oldest queued one of each application of which no such task is running."""
    tasks = [task.value for task in SYNC_TASKS]
    busy = select(TaskRun.application_id).where(
        col(TaskRun.status) == TaskStatus.RUNNING, col(TaskRun.task).in_(tasks)
    )
    oldest = (
        select(func.min(TaskRun.id))
        .where(col(TaskRun.status) == TaskStatus.QUEUED, col(TaskRun.task).in_(tasks))
        .where(col(TaskRun.application_id).not_in(busy))
        .group_by(col(TaskRun.application_id))
    )
    return sorted(run_id for run_id in session.exec(oldest) if run_id is not None)


def begin(engine: Engine, run_id: int, now: datetime) -> TaskRun | None:
    """Take a queued run; nothing where another process has it, or it was cancelled."""
    with writing(engine) as session:
        change = {"status": TaskStatus.RUNNING.value, "started_at": now, "heartbeat_at": now, "error": None}
        taken = _change(session, run_id, TaskStatus.QUEUED, change)
        return session.get(TaskRun, run_id) if taken else None


def finish(
    engine: Engine,
    run_id: int,
    status: TaskStatus,
    now: datetime,
    *,
    error: str | None = None,
    counts: Mapping[str, int] | None = None,
) -> bool:
    """End a running run; False where it was taken away meanwhile."""
    change: dict[str, object] = {"status": status.value, "ended_at": now, "heartbeat_at": now, "error": error}
    if counts is not None:
        change["counts"] = dict(counts)
    with writing(engine) as session:
        return _change(session, run_id, TaskStatus.RUNNING, change)


def requeue(engine: Engine, run_id: int) -> bool:
    """Give a running run back, for whichever process comes next."""
    change: dict[str, object] = {
        "status": TaskStatus.QUEUED.value,
        "started_at": None,
        "heartbeat_at": None,
        "counts": {},
    }
    with writing(engine) as session:
        return _change(session, run_id, TaskStatus.RUNNING, change)


def beat(session: Session, run_id: int, now: datetime, counts: Mapping[str, int] | None = None) -> bool:
    """Give a sign of life, in the transaction of the caller; False where the run was taken away."""
    change: dict[str, object] = {"heartbeat_at": now}
    if counts is not None:
        change["counts"] = dict(counts)
    return _change(session, run_id, TaskStatus.RUNNING, change)


def cancel(engine: Engine, run_id: int, actor: Actor, now: datetime) -> bool:
    """Stop a run: a queued one at once, a running one at its next step. False where it has ended.

    Raises:
        RightRefused: the actor is no administrator.
    """
    require(actor, Role.ADMINISTRATOR)
    ended = {
        "status": TaskStatus.CANCELLED.value,
        "ended_at": now,
        "error": f"cancelled by {actor.name}",
        "cancel_asked_by": actor.name,
    }
    with writing(engine) as session:
        return _change(session, run_id, TaskStatus.QUEUED, ended) or _change(
            session, run_id, TaskStatus.RUNNING, {"cancel_asked_by": actor.name}
        )


def cancel_asked_by(session: Session, run_id: int) -> str | None:
    """Who asked this run to stop, if anybody did."""
    return session.exec(select(TaskRun.cancel_asked_by).where(TaskRun.id == run_id)).one_or_none()


def fail_stopped(engine: Engine, now: datetime) -> list[int]:
    """Fail the runs whose process gives no sign of life, so that none stays running for good; their ids.

    Reclamations are left out: they are taken up again where they stand.
    """
    silent = (
        col(TaskRun.status) == TaskStatus.RUNNING,
        col(TaskRun.task) != IntegrationTask.RECLAMATION,
        col(TaskRun.heartbeat_at) < now - STOPPED_AFTER,
    )
    with reading(engine) as session:  # asked every second: most often there is nothing to write
        if session.exec(select(TaskRun.id).where(*silent)).first() is None:
            return []
    ended = {"status": TaskStatus.FAILED.value, "ended_at": now, "error": STOPPED}
    statement = update(TaskRun).where(*silent).values(**ended).returning(col(TaskRun.id))
    with writing(engine) as session:
        return sorted(run_id for run_id in session.connection().execute(statement).scalars() if run_id)


def recent_runs(session: Session, application_id: int, per_task: int = 12) -> list[TaskRun]:
    """The latest runs of each integration task, the newest first: what the tracking chart draws."""
    place = func.row_number().over(partition_by=col(TaskRun.task), order_by=col(TaskRun.id).desc())
    ranked = (
        select(TaskRun.id, place.label("place")).where(TaskRun.application_id == application_id).subquery()
    )
    latest = select(ranked.c.id).where(ranked.c.place <= per_task)
    return list(
        session.exec(select(TaskRun).where(col(TaskRun.id).in_(latest)).order_by(col(TaskRun.id).desc()))
    )


def list_runs(session: Session, application_id: int, *, limit: int = 200) -> list[TaskRun]:
    """All runs of an application, the newest first."""
    query = select(TaskRun).where(TaskRun.application_id == application_id)
    return list(session.exec(query.order_by(col(TaskRun.id).desc()).limit(limit)))


def live_runs(session: Session, application_id: int) -> list[TaskRun]:
    """The runs that are queued or running, the oldest first: what progress is shown of."""
    query = select(TaskRun).where(TaskRun.application_id == application_id)
    return list(session.exec(query.where(col(TaskRun.status).in_(_LIVE)).order_by(col(TaskRun.id))))


def _change(session: Session, run_id: int, from_status: TaskStatus, change: Mapping[str, object]) -> bool:
    statement = (
        update(TaskRun).where(col(TaskRun.id) == run_id, col(TaskRun.status) == from_status).values(**change)
    )
    return session.connection().execute(statement).rowcount == 1
