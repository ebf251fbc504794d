"""What the guards of a new run compare it with: live requests, a day's requests, limits, and seats."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, tuple_
from sqlmodel import Session, col

from core.policies.policies import read_policies
from core.policies.settings import Setting
from core.reclamation.chosen import Seat, parts
from core.reclamation.limits import WINDOW, Limits
from core.reclamation.states import RequestState
from core.store.bulk import table_of
from core.store.tables import LIVE_STATES, LicenseType, ReclamationRequest, ReclamationRun

_REQUESTS: Final = table_of(ReclamationRequest).c
_RUNS: Final = table_of(ReclamationRun).c
_IN_VAIN: Final = (RequestState.FAILED.value, RequestState.SKIPPED.value, RequestState.CANCELLED.value)


def live_seats(session: Session, application_id: int, seats: Sequence[Seat]) -> set[Seat]:
    """Those of the seats that a live request wants already. Dry runs block nothing."""
    return set(live_runs(session, application_id, seats))


def live_runs(session: Session, application_id: int, seats: Sequence[Seat]) -> dict[Seat, str]:
    """Of the seats that a live request wants already: the run that it is of, and who asked for that."""
    found: dict[Seat, str] = {}
    for part in parts(seats):
        live = (
            select(_REQUESTS.user_id, _REQUESTS.sku_id, _REQUESTS.run_id, _RUNS.created_by)
            .join(table_of(ReclamationRun), _RUNS.id == _REQUESTS.run_id)
            .where(
                _REQUESTS.application_id == application_id,
                _REQUESTS.dry_run.is_(False),
                _REQUESTS.state.in_(LIVE_STATES),
                tuple_(_REQUESTS.user_id, _REQUESTS.sku_id).in_(part),
            )
        )
        for row in session.connection().execute(live):
            found[row.user_id, row.sku_id] = f"run {row.run_id}, asked for by {row.created_by}"
    return found


def seats_in_vain(
    session: Session, application_id: int, seats: Sequence[Seat], *, since: datetime
) -> set[Seat]:
    """Those of the seats of which a request failed, was skipped or was cancelled since; no dry run."""
    found: set[Seat] = set()
    for part in parts(seats):
        ended = select(_REQUESTS.user_id, _REQUESTS.sku_id).where(
            _REQUESTS.application_id == application_id,
            _REQUESTS.dry_run.is_(False),
            _REQUESTS.state.in_(_IN_VAIN),
            _REQUESTS.changed_at >= since,
            tuple_(_REQUESTS.user_id, _REQUESTS.sku_id).in_(part),
        )
        found.update((row.user_id, row.sku_id) for row in session.connection().execute(ended))
    return found


def recent_requests(session: Session, application_id: int, now: datetime) -> dict[str, int]:
    """Requests within the window of the limits, by SKU id."""
    query = (
        select(_REQUESTS.sku_id, func.count().label("requests"))
        .where(
            _REQUESTS.application_id == application_id,
            _REQUESTS.dry_run.is_(False),
            _REQUESTS.created_at > now - WINDOW,
        )
        .group_by(_REQUESTS.sku_id)
    )
    return {row.sku_id: row.requests for row in session.connection().execute(query)}


def purchased_seats(session: Session, application_id: int) -> dict[str, int]:
    """The tenant's seats by SKU id."""
    types = session.scalars(select(LicenseType).where(col(LicenseType.application_id) == application_id))
    return {license_type.sku_id: license_type.purchased for license_type in types}


def limits_of(session: Session, application_id: int) -> Limits:
    """The limits of an application, by its policies."""
    policies = read_policies(session, application_id)
    return Limits(
        requests=policies[Setting.LIMIT_REQUESTS],
        percent=policies[Setting.LIMIT_PERCENT],
        smallest=policies[Setting.LIMIT_SMALLEST],
    )
