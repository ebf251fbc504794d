"""Reads how runs and their requests stand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlmodel import Session

from core.reclamation.history_filter import HistoryFilter, conditions
from core.reclamation.requests import RunMode
from core.reclamation.states import RequestState
from core.store.bulk import table_of
from core.store.tables import ReclamationRequest, ReclamationRun

PAGE_ROWS: Final = 200

_REQUESTS: Final = table_of(ReclamationRequest).c
_RUNS: Final = table_of(ReclamationRun).c


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestRow:
    """One request as it stands. `reason`: why it ended as it did."""

    request_id: int
    run_id: int
    user_id: str
    user_principal_name: str
    display_name: str
    license_type: str
    part_number: str
    sku_id: str
    state: RequestState
    reason: str | None
    scenario: str | None
    confidence: str | None
    dry_run: bool
    manual: bool
    via_group_id: str | None
    """The group that the person is taken out of, where that is how the license goes."""
    attempt: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    reclaimed_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """One run and its requests by state."""

    run_id: int
    mode: RunMode
    manual: bool
    note: str
    created_at: datetime
    created_by: str
    prepared_at: datetime | None
    needs_approval: bool
    approved_at: datetime | None
    approved_by: str | None
    rejected_at: datetime | None
    rejected_by: str | None
    rejection_reason: str | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    ended_at: datetime | None
    by_state: dict[RequestState, int]

    @property
    def waits_for_approval(self) -> bool:
        """Whether nothing begins until another operator approves."""
        return self.needs_approval and self.approved_at is None and self.ended_at is None

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(self.by_state.values())


def requests(
    session: Session,
    application_id: int,
    chosen: HistoryFilter,
    *,
    number: int = 1,
    rows: int = PAGE_ROWS,
) -> list[RequestRow]:
    """One page of the requests as they stand, in the order of the choice, the latest run first."""
    query = (
        select(table_of(ReclamationRequest), _RUNS.created_by)
        .join(table_of(ReclamationRun), _RUNS.id == _REQUESTS.run_id)
        .where(*conditions(application_id, chosen))
        .order_by(_REQUESTS.run_id.desc(), _REQUESTS.id)
        .limit(rows)
        .offset((max(number, 1) - 1) * rows)
    )
    return [_request_row(row) for row in session.connection().execute(query)]


def count_requests(session: Session, application_id: int, chosen: HistoryFilter) -> int:
    """How many requests the filter lets through."""
    query = select(func.count()).select_from(table_of(ReclamationRequest))
    return session.connection().execute(query.where(*conditions(application_id, chosen))).scalar_one()


def runs(session: Session, application_id: int, *, limit: int = 50) -> list[RunRow]:
    """The latest runs of an application, the newest first."""
    query = select(table_of(ReclamationRun)).where(_RUNS.application_id == application_id)
    found = session.connection().execute(query.order_by(_RUNS.id.desc()).limit(limit)).all()
    states = _states(session, [run.id for run in found])
    return [_run_row(run, states.get(run.id, {})) for run in found]


def run(session: Session, run_id: int) -> RunRow | None:
    """One run, or None where there is no such run."""
    found = session.connection().execute(select(table_of(ReclamationRun)).where(_RUNS.id == run_id)).first()
    return _run_row(found, _states(session, [run_id]).get(run_id, {})) if found else None


def waiting_for_approval(session: Session, application_id: int) -> list[RunRow]:
    """The runs of an application that wait until another operator approves, the oldest first."""
    query = select(table_of(ReclamationRun)).where(
        _RUNS.application_id == application_id,
        _RUNS.needs_approval.is_(True),
        _RUNS.approved_at.is_(None),
        _RUNS.ended_at.is_(None),
    )
    found = session.connection().execute(query.order_by(_RUNS.id)).all()
    states = _states(session, [run.id for run in found])
    return [_run_row(run, states.get(run.id, {})) for run in found]


def request_as_json(row: RequestRow) -> dict[str, Any]:
    """A request as the command line prints it."""
    return {
        "request_id": row.request_id,
        "user_principal_name": row.user_principal_name,
        "part_number": row.part_number,
        "state": row.state.value,
        "reason": row.reason,
    }


def _request_row(row: Any) -> RequestRow:  # noqa: ANN401 - a row of the table
    return RequestRow(
        request_id=row.id,
        run_id=row.run_id,
        user_id=row.user_id,
        user_principal_name=row.user_principal_name,
        display_name=row.display_name,
        license_type=row.product_name,
        part_number=row.part_number,
        sku_id=row.sku_id,
        state=RequestState(row.state),
        reason=row.reason,
        scenario=row.scenario,
        confidence=row.confidence,
        dry_run=row.dry_run,
        manual=row.manual,
        via_group_id=row.via_group_id,
        attempt=row.attempt,
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        reclaimed_at=row.reclaimed_at,
    )


def _run_row(row: Any, by_state: dict[RequestState, int]) -> RunRow:  # noqa: ANN401 - a row of the table
    return RunRow(
        run_id=row.id,
        mode=RunMode(row.mode),
        manual=row.manual,
        note=row.note,
        created_at=row.created_at,
        created_by=row.created_by,
        prepared_at=row.prepared_at,
        needs_approval=row.needs_approval,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        rejected_at=row.rejected_at,
        rejected_by=row.rejected_by,
        rejection_reason=row.rejection_reason,
        cancelled_at=row.cancelled_at,
        cancelled_by=row.cancelled_by,
        ended_at=row.ended_at,
        by_state=by_state,
    )


def _states(session: Session, run_ids: list[int]) -> dict[int, dict[RequestState, int]]:
    query = (
        select(_REQUESTS.run_id, _REQUESTS.state, func.count())
        .where(_REQUESTS.run_id.in_(run_ids))
        .group_by(_REQUESTS.run_id, _REQUESTS.state)
    )
    found: dict[int, dict[RequestState, int]] = {}
    for run_id, state, number in session.connection().execute(query):
        found.setdefault(run_id, {})[RequestState(state)] = number
    return found
