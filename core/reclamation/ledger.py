"""The one place where a request changes: its new state and the event of it, together or not at all.

Every change names the state, the attempt and the due time that it starts from. Where the row has moved on
meanwhile nothing is written of it, and its request is missing in the answer: somebody else has the request,
stop touching it. The changes of many requests are written with a few statements.
"""

from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to become of one request, as it was last seen.

    `columns`: their new values, `due_at` among them. `before`: what happened in the old state and attempt.
    `event`: what brings it into the new one.
    """

    request: Request
    columns: Mapping[str, Any]
    event: Event | None = None
    before: Event | None = None


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


def claiming(request: Request, until: datetime, event: Event | None = None) -> Change:
    """Have a due request in hand: until then nobody else is to touch it. `event`: what happened to it."""
    return Change(request=request, columns={"due_at": until}, event=event)


def moving(
    request: Request,
    to: RequestState,
    event: Event,
    *,
    due_at: datetime,
    cause: Cause = Cause.ENGINE,
    after: Event | None = None,
    **changes: Any,  # noqa: ANN401 - values of columns
) -> Change:
    """Bring a request into another state, or begin another attempt in the same one.

    Args:
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
    return Change(request=request, columns=columns, event=event, before=after)


def ending(
    request: Request,
    to: RequestState,
    reason: str,
    at: datetime,
    *,
    after: Event | None = None,
    **changes: Any,  # noqa: ANN401 - values of columns
) -> Change:
    """Bring a request to an end, with the reason that a person reads; otherwise as `moving`."""
    event = Event(step=Step.ENDED, at=at, detail=reason)
    return moving(request, to, event, due_at=at, after=after, reason=reason, **changes)


def write(session: Session, changes: Iterable[Change]) -> dict[int, Request]:
    """Write changes of different requests with their events; the requests that they concerned, by id."""
    alike: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        alike.setdefault(_alike(change), []).append(change)
    changed: dict[int, Request] = {}
    events: list[dict[str, Any]] = []
    for group in alike.values():
        ids = _update(session, group)
        for change in group:
            request = change.request
            if request.id not in ids:
                continue
            changed[request.id] = now = _with(request, change.columns)
            events += [_row(request, change.before)] if change.before else []
            events += [_row(now, change.event)] if change.event else []
    if events:
        session.connection().execute(insert(_EVENTS), events)
    return changed


def claim(session: Session, request: Request, until: datetime) -> Request | None:
    """Write `claiming` of one request; None where somebody else has it."""
    return write(session, [claiming(request, until)]).get(request.id)


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
    """Write `moving` of one request; None where somebody else has it."""
    change = moving(request, to, event, due_at=due_at, cause=cause, after=after, **changes)
    return write(session, [change]).get(request.id)


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
    """Write `ending` of one request; None where somebody else has it."""
    return write(session, [ending(request, to, reason, at, after=after, **changes)]).get(request.id)


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
    to, at = RequestState.CANCELLED, event.at
    unbegun = [each for each in live_requests(session, run_id) if each.state in CANCELLABLE]
    changes = (
        moving(each, to, event, due_at=at, cause=cause, after=after, reason=reason) for each in unbegun
    )
    return len(write(session, changes))


def record(session: Session, request: Request, event: Event) -> None:
    """Write an event of a request that this transaction has changed or claimed."""
    session.connection().execute(insert(_EVENTS), [_row(request, event)])


def _row(request: Request, event: Event) -> dict[str, Any]:
    return {
        "request_id": request.id,
        "step": event.step.value,
        "attempt": request.attempt,
        "state": request.state.value,
        "at": event.at,
        "actor": event.actor,
        "detail": event.detail,
        "graph_request_id": event.graph_request_id,
        "evidence": dict(event.evidence),
    }


def _alike(change: Change) -> tuple[Any, ...]:
    """What changes have in common that one statement can write."""
    request = change.request
    values = ((name, _hashable(value)) for name, value in change.columns.items())
    return (request.state, request.attempt, request.due_at, *values)


def _hashable(value: Any) -> Any:  # noqa: ANN401 - values of columns
    return tuple(value) if isinstance(value, list) else value


def _update(session: Session, group: Sequence[Change]) -> set[int]:
    """Write the columns of changes that are alike; the ids of the requests that were as they were seen."""
    first, columns = group[0].request, group[0].columns
    changed: set[int] = set()
    for part in parts([change.request.id for change in group]):
        as_seen = (
            select(_REQUESTS.c.id)
            .where(
                _REQUESTS.c.id.in_(part),
                _REQUESTS.c.state == first.state.value,
                _REQUESTS.c.attempt == first.attempt,
                _REQUESTS.c.due_at == first.due_at,
            )
            # Two who change many at once lock them in the same order, or they would wait for each other.
            .order_by(_REQUESTS.c.id)
            .with_for_update()
        )
        statement = update(_REQUESTS).where(_REQUESTS.c.id.in_(as_seen)).values(**columns)
        changed.update(session.connection().execute(statement.returning(_REQUESTS.c.id)).scalars())
    return changed


def _with(request: Request, columns: Mapping[str, Any]) -> Request:
    known = {name: value for name, value in columns.items() if name in Request.__dataclass_fields__}
    if "state" in known:
        known["state"] = RequestState(known["state"])
    return replace(request, **known)


def _request(row: Row[Any]) -> Request:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented access by name
    return Request(**values | {"state": RequestState(values["state"])})
