"""What waits for a worker: runs to make ready, chunks of requests that are due, runs that are through."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Engine, Select, case, exists, func, or_, select, update
from sqlmodel import Session

from core.reclamation.ledger import end, live_requests
from core.reclamation.states import CANCELLABLE, RequestState
from core.store.bulk import table_of
from core.store.engine import writing
from core.store.tables import LIVE_STATES, Policy, ReclamationRequest, ReclamationRun, TaskRun, TaskStatus

AUDITED_AFTER: Final = timedelta(hours=1)
"""So long after the end of a run the audit log is asked: what it tells can take that long (contract §10)."""

_RUNS: Final = table_of(ReclamationRun)
_REQUESTS: Final = table_of(ReclamationRequest)
_TASK_RUNS: Final = table_of(TaskRun)
_POLICIES: Final = table_of(Policy)
_USUAL_SIZE: Final = 20
"""Requests of a chunk."""

_NOT_BEGUN: Final = tuple(sorted(CANCELLABLE))
_MAY_BEGIN: Final = or_(_RUNS.c.needs_approval.is_(False), _RUNS.c.approved_at.is_not(None))
"""Nothing is handed out of a run that waits for approval: it is not made ready, and no chunk of it is due."""
_IN_HAND: Final = (
    RequestState.CHECKING.value,
    RequestState.RECLAIMING.value,
    RequestState.VERIFYING.value,
    RequestState.RESTORING.value,
)


@dataclass(frozen=True, kw_only=True)
class DueChunk:
    """A chunk with live requests past their due time."""

    application_id: int
    run_id: int
    chunk: int
    generation: int
    """Names the workflow that is to work it; raised when that one is over and requests are still due."""


def due_chunks(session: Session, now: datetime, *, per_run: int = 16) -> list[DueChunk]:
    """Chunks to work now, those that have waited longest first; of each run the first ones, as many as that.

    A run that is not made ready, or waits for approval, has none. While an application is paused, what has
    not begun is not due.
    """
    found: dict[tuple[int, int], tuple[datetime, DueChunk]] = {}
    for application_id, run_id in session.connection().execute(_with_something_due(now)).all():
        # By the index of a run: whatever its size, no more is read of it than is worked soon.
        query = (
            select(_REQUESTS.c.chunk, _REQUESTS.c.generation, _REQUESTS.c.due_at)
            .where(_REQUESTS.c.run_id == run_id, *_due(now))
            .order_by(_REQUESTS.c.chunk)
            .limit(per_run * _USUAL_SIZE)
        )
        for chunk, generation, due_at in session.connection().execute(query):
            earliest, known = found.get((run_id, chunk), (due_at, None))
            raised = max(generation, known.generation if known else generation)
            due = DueChunk(application_id=application_id, run_id=run_id, chunk=chunk, generation=raised)
            found[run_id, chunk] = min(earliest, due_at), due
    in_order = sorted(found.items(), key=lambda item: (item[1][0], item[0]))
    return [due for _, (_, due) in in_order]


def _with_something_due(now: datetime) -> Select[int, int]:
    something = exists().where(_REQUESTS.c.run_id == _RUNS.c.id, *_due(now))
    return (
        select(_RUNS.c.application_id, _RUNS.c.id)
        .where(_RUNS.c.ended_at.is_(None), _RUNS.c.prepared_at.is_not(None), _MAY_BEGIN, something)
        .order_by(_RUNS.c.id)
    )


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Of requests: they are due, and no pause holds them."""
    paused = exists().where(
        _POLICIES.c.application_id == _REQUESTS.c.application_id, _POLICIES.c.paused_at.is_not(None)
    )
    held = paused & _REQUESTS.c.dry_run.is_(False) & _REQUESTS.c.state.in_(_NOT_BEGUN)
    return _REQUESTS.c.state.in_(LIVE_STATES), _REQUESTS.c.due_at <= now, ~held


def unprepared_runs(session: Session) -> list[tuple[int, int]]:
    """Runs to make ready, the oldest first: application and run. None that waits for approval.

    A cancelled one is among them where something of it had begun, and is carried through.
    """
    begun = exists().where(_REQUESTS.c.run_id == _RUNS.c.id, _REQUESTS.c.state.in_(_IN_HAND))
    query = (
        select(_RUNS.c.application_id, _RUNS.c.id)
        .where(_RUNS.c.prepared_at.is_(None), _RUNS.c.ended_at.is_(None), _MAY_BEGIN)
        .where(or_(_RUNS.c.cancelled_at.is_(None), begun))
        .order_by(_RUNS.c.id)
    )
    return [(application_id, run_id) for application_id, run_id in session.connection().execute(query)]


def runs_to_end(session: Session) -> list[tuple[int, int]]:
    """Runs in which nothing is live any more and that were not ended, because a worker died in between."""
    still_live = exists().where(_REQUESTS.c.run_id == _RUNS.c.id, _REQUESTS.c.state.in_(LIVE_STATES))
    query = select(_RUNS.c.application_id, _RUNS.c.id).where(_RUNS.c.ended_at.is_(None), ~still_live)
    return [(application_id, run_id) for application_id, run_id in session.connection().execute(query)]


def raise_generation(engine: Engine, chunk: DueChunk) -> DueChunk:
    """Give the chunk a workflow of its own again; several callers at once arrive at the same number."""
    following = chunk.generation + 1
    with writing(engine) as session:
        session.connection().execute(
            update(_REQUESTS)
            .where(
                _REQUESTS.c.run_id == chunk.run_id,
                _REQUESTS.c.chunk == chunk.chunk,
                _REQUESTS.c.state.in_(LIVE_STATES),
                _REQUESTS.c.generation < following,
            )
            .values(generation=following)
        )
    return DueChunk(
        application_id=chunk.application_id, run_id=chunk.run_id, chunk=chunk.chunk, generation=following
    )


def take_up_again(
    engine: Engine, now: datetime, *, run_id: int | None = None, chunk: int | None = None
) -> None:
    """Make due now what a worker that is gone had in hand: in one chunk of a run, or everywhere.

    Should that worker turn out to be alive, it finds its requests changed and lets them go.
    """
    statement = update(_REQUESTS).where(_REQUESTS.c.state.in_(_IN_HAND), _REQUESTS.c.due_at > now)
    if run_id is not None:
        statement = statement.where(_REQUESTS.c.run_id == run_id)
    if chunk is not None:
        statement = statement.where(_REQUESTS.c.chunk == chunk)
    with writing(engine) as session:
        session.connection().execute(statement.values(due_at=now))


def put_off_chunk(engine: Engine, run_id: int, chunk: int, due_at: datetime) -> None:
    """Let the requests of a chunk that are due before then rest until then."""
    with writing(engine) as session:
        session.connection().execute(
            update(_REQUESTS)
            .where(
                _REQUESTS.c.run_id == run_id,
                _REQUESTS.c.chunk == chunk,
                _REQUESTS.c.state.in_(LIVE_STATES),
                _REQUESTS.c.due_at < due_at,
            )
            .values(due_at=due_at)
        )


def begin_preparing(engine: Engine, run_id: int, now: datetime) -> bool:
    """Show the run's task run as running; False, and nothing is done, where the run waits for approval."""
    with writing(engine) as session:
        may_begin = select(_RUNS.c.id).where(_RUNS.c.id == run_id, _MAY_BEGIN)
        if session.connection().execute(may_begin).first() is None:
            return False
        session.connection().execute(
            update(_TASK_RUNS)
            .where(
                _TASK_RUNS.c.reclamation_run_id == run_id,
                _TASK_RUNS.c.status == TaskStatus.QUEUED.value,
            )
            .values(status=TaskStatus.RUNNING.value, started_at=now, heartbeat_at=now)
        )
        return True


def mark_prepared(engine: Engine, run_id: int, now: datetime) -> None:
    """Let the requests of a run begin, unless it waits for approval."""
    with writing(engine) as session:
        session.connection().execute(
            update(_RUNS)
            .where(_RUNS.c.id == run_id, _RUNS.c.prepared_at.is_(None), _MAY_BEGIN)
            .values(prepared_at=now)
        )


def ask_preparation(engine: Engine, run_id: int, prepared_at: datetime) -> None:
    """Have a run made ready anew, whose sign-ins have grown old since `prepared_at`."""
    with writing(engine) as session:
        session.connection().execute(
            update(_RUNS)
            .where(_RUNS.c.id == run_id, _RUNS.c.prepared_at == prepared_at)
            .values(prepared_at=None)
        )


def fail_unprepared(engine: Engine, run_id: int, reason: str, now: datetime) -> None:
    """End every request that has not begun of a run that could not be made ready; what has begun goes on.

    Nothing has been touched in the tenant for those that end.
    """
    with writing(engine) as session:
        live = live_requests(session, run_id)
        for request in live:
            if request.state in CANCELLABLE:
                end(session, request, RequestState.FAILED, reason, now)
        if any(request.state not in CANCELLABLE for request in live):
            session.connection().execute(
                update(_RUNS)
                .where(_RUNS.c.id == run_id, _RUNS.c.prepared_at.is_(None))
                .values(prepared_at=now)
            )


def update_progress(
    engine: Engine, run_id: int, now: datetime, *, at_most_every: timedelta = timedelta(0)
) -> bool:
    """Write the counts by state into the run's task run, and end the run when nothing is live any more.

    True for the one call that ended it. The counts of one that goes on, which take the longer the larger it
    is, are written `at_most_every` so often.
    """
    with writing(engine) as session:
        ended = _end(session, run_id, now)
        if not ended and _shown_since(session, run_id, now - at_most_every):
            return False
        counts = _counts(session, run_id)
        values: dict[str, object] = {"counts": _shown(counts), "heartbeat_at": now}
        if ended:
            values |= {"status": _status(counts).value, "ended_at": now, "error": _error(counts)}
        session.connection().execute(
            update(_TASK_RUNS)
            .where(_TASK_RUNS.c.reclamation_run_id == run_id, _TASK_RUNS.c.ended_at.is_(None))
            .values(**values)
        )
    return ended


def _shown_since(session: Session, run_id: int, moment: datetime) -> bool:
    shown = exists().where(_TASK_RUNS.c.reclamation_run_id == run_id, _TASK_RUNS.c.heartbeat_at > moment)
    return session.connection().execute(select(shown)).scalar_one()


def _end(session: Session, run_id: int, now: datetime) -> bool:
    still_live = exists().where(_REQUESTS.c.run_id == run_id, _REQUESTS.c.state.in_(LIVE_STATES))
    removed = exists().where(_REQUESTS.c.run_id == run_id, _REQUESTS.c.reclaimed_at.is_not(None))
    statement = (
        update(_RUNS)
        .where(_RUNS.c.id == run_id, _RUNS.c.ended_at.is_(None), ~still_live)
        .values(ended_at=now, audit_due_at=case((removed, now + AUDITED_AFTER), else_=None))
    )
    return session.connection().execute(statement).rowcount == 1


def _counts(session: Session, run_id: int) -> dict[str, int]:
    query = select(_REQUESTS.c.state, func.count()).where(_REQUESTS.c.run_id == run_id)
    rows = session.connection().execute(query.group_by(_REQUESTS.c.state))
    return {state: number for state, number in rows}  # noqa: C416 - rows are no mapping


def _shown(counts: Mapping[str, int]) -> dict[str, int]:
    total = sum(counts.values())
    return {**counts, "expected": total, "done": total - sum(counts.get(state, 0) for state in LIVE_STATES)}


def _status(counts: Mapping[str, int]) -> TaskStatus:
    left = Counter(counts)
    failed, cancelled = left.pop(RequestState.FAILED.value, 0), left.pop(RequestState.CANCELLED.value, 0)
    if failed:
        return TaskStatus.PARTIAL if left.total() else TaskStatus.FAILED
    return TaskStatus.CANCELLED if cancelled and not left.total() else TaskStatus.SUCCEEDED


def _error(counts: Mapping[str, int]) -> str | None:
    if failed := counts.get(RequestState.FAILED.value, 0):
        return f"{failed} of {sum(counts.values())} requests failed: see the reclamation history"
    return None
