"""Reads what happened: the append-only events of each request."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, Select, func, select
from sqlmodel import Session

from core.exports import Cell, Column, Kind
from core.reclamation.history_filter import HistoryFilter, conditions
from core.reclamation.states import RequestState, Step
from core.store.bulk import table_of
from core.store.engine import reading
from core.store.tables import ReclamationEvent, ReclamationRequest

__all__ = [
    "EXPORT_COLUMNS",
    "EventRow",
    "HistoryFilter",
    "count_events",
    "event_as_json",
    "events",
    "export_cells",
    "stream_events",
]

PAGE_ROWS: Final = 200
BATCH_ROWS: Final = 5_000

_EVENTS: Final = table_of(ReclamationEvent).c
_REQUESTS: Final = table_of(ReclamationRequest).c


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRow:
    """One step of one request. `evidence`: what was known or seen at that step."""

    id: int
    request_id: int
    run_id: int
    user_id: str
    user_principal_name: str
    display_name: str
    license_type: str
    part_number: str
    at: datetime
    step: Step
    attempt: int
    state: RequestState
    actor: str
    detail: str
    graph_request_id: str | None
    dry_run: bool
    evidence: dict[str, Any]


EXPORT_COLUMNS: Final = (
    Column(name="request_id", kind=Kind.INTEGER),
    Column(name="run_id", kind=Kind.INTEGER),
    Column(name="user_id"),
    Column(name="user_principal_name"),
    Column(name="display_name"),
    Column(name="license_type"),
    Column(name="part_number"),
    Column(name="at", kind=Kind.DATETIME),
    Column(name="step"),
    Column(name="attempt", kind=Kind.INTEGER),
    Column(name="state"),
    Column(name="actor"),
    Column(name="detail"),
    Column(name="graph_request_id"),
    Column(name="dry_run", kind=Kind.BOOLEAN),
)
"""Columns of a file of events, for `export_cells`."""


def events(
    session: Session,
    application_id: int,
    chosen: HistoryFilter,
    *,
    number: int = 1,
    rows: int = PAGE_ROWS,
) -> list[EventRow]:
    """One page of the events, the latest first; the first page is number 1."""
    query = _event_query(application_id, chosen).order_by(_EVENTS.id.desc())
    return _event_rows(session, query.limit(rows).offset((max(number, 1) - 1) * rows))


def count_events(session: Session, application_id: int, chosen: HistoryFilter) -> int:
    """How many events the filter lets through."""
    query = select(func.count()).select_from(_event_query(application_id, chosen).subquery())
    return session.connection().execute(query).scalar_one()


def stream_events(
    engine: Engine, application_id: int, chosen: HistoryFilter, *, size: int = BATCH_ROWS
) -> Iterator[list[EventRow]]:
    """All events that the filter lets through, as they happened; memory does not grow with them."""
    query = _event_query(application_id, chosen).order_by(_EVENTS.id).limit(size)
    after = 0
    while True:
        with reading(engine) as session:
            batch = _event_rows(session, query.where(_EVENTS.id > after))
        if batch:
            yield batch
        if len(batch) < size:
            return
        after = batch[-1].id


def event_as_json(row: EventRow) -> dict[str, Any]:
    """An event as the command line prints it."""
    return {
        "request_id": row.request_id,
        "run_id": row.run_id,
        "user_principal_name": row.user_principal_name,
        "part_number": row.part_number,
        "at": row.at.isoformat(),
        "step": row.step.value,
        "state": row.state.value,
        "actor": row.actor,
        "detail": row.detail,
        "graph_request_id": row.graph_request_id,
    }


def export_cells(row: EventRow) -> tuple[Cell, ...]:
    """An event's cells, in the order of `EXPORT_COLUMNS`."""
    return (
        row.request_id,
        row.run_id,
        row.user_id,
        row.user_principal_name,
        row.display_name,
        row.license_type,
        row.part_number,
        row.at,
        row.step.value,
        row.attempt,
        row.state.value,
        row.actor,
        row.detail,
        row.graph_request_id,
        row.dry_run,
    )


def _event_query(application_id: int, chosen: HistoryFilter) -> Select[*tuple[Any, ...]]:
    return (
        select(
            _EVENTS.id,
            _EVENTS.request_id,
            _REQUESTS.run_id,
            _REQUESTS.user_id,
            _REQUESTS.user_principal_name,
            _REQUESTS.display_name,
            _REQUESTS.product_name.label("license_type"),
            _REQUESTS.part_number,
            _EVENTS.at,
            _EVENTS.step,
            _EVENTS.attempt,
            _EVENTS.state,
            _EVENTS.actor,
            _EVENTS.detail,
            _EVENTS.graph_request_id,
            _REQUESTS.dry_run,
            _EVENTS.evidence,
        )
        .join_from(
            table_of(ReclamationEvent), table_of(ReclamationRequest), _EVENTS.request_id == _REQUESTS.id
        )
        .where(*conditions(application_id, chosen))
    )


def _event_rows(session: Session, query: Select[*tuple[Any, ...]]) -> list[EventRow]:
    return [
        EventRow(**{**row, "step": Step(row["step"]), "state": RequestState(row["state"])})
        for row in session.connection().execute(query).mappings()
    ]
