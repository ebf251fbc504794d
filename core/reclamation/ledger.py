"""The one place where a request changes: its new state and the event of it, together or not at all.

Every change names the state, the attempt and the due time that it starts from. Where the row has moved on
meanwhile nothing is written and the answer is None: somebody else has the request, stop touching it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, select, update
from sqlmodel import Session

from core.reclamation.chosen import parts
from core.reclamation.states import CANCELLABLE, Cause, RequestState, Step, check_transition
from core.store.bulk import table_of
from core.store.tables import LIVE_STATES, ReclamationEvent, ReclamationRequest

SYSTEM: Final = "seatwise"
"""The actor of steps that no person takes."""

_REQUESTS: Final = table_of(ReclamationRequest)
_EVENTS: Final = table_of(ReclamationEvent)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A live request as it was read, or as a change has left it."""

    id: int
    run_id: int
    application_id: int
    user_id: str
    sku_id: str
    user_principal_name: str
    product_name: str
    dry_run: bool
    manual: bool
    state: RequestState
    attempt: int
    disabled_plans: list[str] | None
    via_group_id: str | None
    intent_at: datetime | None
    due_at: datetime
    created_at: datetime
    changed_at: datetime
    restore_intent_at: datetime | None
    restore_accepted_at: datetime | None
    restore_attempts: int


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened to a request. A step happens at most once in an attempt."""

    step: Step
    at: datetime
    detail: str = ""
    actor: str = SYSTEM
    graph_request_id: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


def live_requests(session: Session, run_id: int, chunk: int | None = None) -> list[Request]:
    """The requests of a run, or of one chunk of it, that still want something, in the order of the choice."""
    query = select(*(_REQUESTS.c[name] for name in Request.__dataclass_fields__)).where(
        _REQUESTS.c.run_id == run_id, _REQUESTS.c.state.in_(LIVE_STATES)
    )
    if chunk is not None:
        query = query.where(_REQUESTS.c.chunk == chunk)
    return [_request(row) for row in session.connection().execute(query.order_by(_REQUESTS.c.id))]


def read_requests(session: Session, application_id: int, ids: Sequence[int]) -> list[Request]:
    """These requests of an application, whatever their state; absent ones are left out."""
    columns = [_REQUESTS.c[name] for name in Request.__dataclass_fields__]
    found: list[Request] = []
    for part in parts(ids):
        query = select(*columns).where(_REQUESTS.c.application_id == application_id, _REQUESTS.c.id.in_(part))
        found += [_request(row) for row in session.connection().execute(query.order_by(_REQUESTS.c.id))]
    return found


def claim(session: Session, request: Request, until: datetime) -> Request | None:
    """Take a due request in hand: until that moment nobody else is to touch it. No event."""
    return _change(session, request, {"due_at": until})


def move(
    session: Session,
    request: Request,
    to: RequestState,
    event: Event,
    *,
    due_at: datetime,
    cause: Cause = Cause.ENGINE,
    after: Event | None = None,
    **changes: Any,  # noqa: ANN401 - values of columns
) -> Request | None:
    """Bring a request into another state, or begin another attempt in the same one.

    Args:
        session: a writing one.
        request: as it was last seen.
        to: the new state.
        event: what brings it there.
        due_at: when it wants attention again.
        cause: who brings it there.
        after: what happened before it, still in the old state and attempt.
        changes: further columns, such as `reason`.

    Raises:
        ForbiddenTransition: the rules of `core.reclamation.states` do not allow it.
    """
    check_transition(request.state, to, cause)
    columns = {"state": to.value, "due_at": due_at, "changed_at": event.at, **changes}
    moved = _change(session, request, columns)
    if moved is not None:
        if after is not None:
            record(session, request, after)
        record(session, moved, event)
    return moved


def end(
    session: Session,
    request: Request,
    to: RequestState,
    reason: str,
    at: datetime,
    *,
    after: Event | None = None,
    **changes: Any,  # noqa: ANN401 - values of columns
) -> Request | None:
    """Bring a request to an end, with the reason that a person reads; otherwise as `move`."""
    event = Event(step=Step.ENDED, at=at, detail=reason)
    return move(session, request, to, event, due_at=at, after=after, reason=reason, **changes)


def cancel_unbegun(
    session: Session,
    run_id: int,
    event: Event,
    *,
    reason: str,
    cause: Cause = Cause.OPERATOR,
    after: Event | None = None,
) -> int:
    """End what has not begun of a run as cancelled; how many requests that was.

    Args:
        session: a writing one.
        run_id: the run.
        event: what ends them.
        reason: what a person reads of each.
        cause: who ends them.
        after: what happened before it.
    """
    cancelled = 0
    for request in live_requests(session, run_id):
        if request.state in CANCELLABLE:
            to, at = RequestState.CANCELLED, event.at
            moved = move(session, request, to, event, due_at=at, cause=cause, after=after, reason=reason)
            cancelled += moved is not None
    return cancelled


def record(session: Session, request: Request, event: Event) -> None:
    """Write an event of a request that this transaction has changed or claimed."""
    session.connection().execute(
        insert(_EVENTS).values(
            request_id=request.id,
            step=event.step.value,
            attempt=request.attempt,
            state=request.state.value,
            at=event.at,
            actor=event.actor,
            detail=event.detail,
            graph_request_id=event.graph_request_id,
            evidence=dict(event.evidence),
        )
    )


def _change(session: Session, request: Request, columns: Mapping[str, Any]) -> Request | None:
    statement = (
        update(_REQUESTS)
        .where(
            _REQUESTS.c.id == request.id,
            _REQUESTS.c.state == request.state.value,
            _REQUESTS.c.attempt == request.attempt,
            _REQUESTS.c.due_at == request.due_at,
        )
        .values(**columns)
    )
    if session.connection().execute(statement).rowcount != 1:
        return None
    known = {name: value for name, value in columns.items() if name in Request.__dataclass_fields__}
    if "state" in known:
        known["state"] = RequestState(known["state"])
    return replace(request, **known)


def _request(row: Row[Any]) -> Request:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented access by name
    return Request(**values | {"state": RequestState(values["state"])})
