"""What a person should know before licenses are given back, from our own rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from core.reclamation.chosen import parts
from core.reclamation.licenses import plans_by_type
from core.reclamation.restoring import Deadline, deadlines
from core.reclamation.states import RequestState
from core.spend.figures import ASSIGNED
from core.spend.grouping import WHOLE
from core.store.bulk import table_of
from core.store.tables import AssignmentRollup, LicenseType, ReclamationRequest

_REQUESTS: Final = table_of(ReclamationRequest).c


@dataclass(frozen=True, kw_only=True)
class TypeOutlook:
    """Licenses of one type that are to be given back. `free`: seats, by the last sync; may be negative."""

    license_type: str
    seats: int
    free: int


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What giving licenses back means. `too_late`: for how many of them what can't be brought back."""

    by_type: tuple[TypeOutlook, ...]
    too_late: dict[str, int]

    @property
    def seats(self) -> int:
        """All licenses that are to be given back."""
        return sum(each.seats for each in self.by_type)


def outlook(session: Session, application_id: int, request_ids: Sequence[int], now: datetime) -> Outlook:
    """What giving back the licenses of these requests means."""
    plans = plans_by_type(session, application_id)
    seats: Counter[str] = Counter()
    too_late: Counter[str] = Counter()
    for part in parts(request_ids):
        query = select(_REQUESTS.sku_id, _REQUESTS.disabled_plans, _REQUESTS.reclaimed_at).where(
            _REQUESTS.application_id == application_id, _REQUESTS.id.in_(part)
        )
        for sku_id, off, reclaimed_at in session.connection().execute(query):
            seats[sku_id] += 1
            found = _deadlines(plans.get(sku_id, frozenset()), off or (), reclaimed_at, now)
            too_late.update(each.what for each in found if each.days_left < 0)
    free = _free(session, application_id)
    by_type = tuple(
        TypeOutlook(license_type=name, seats=seats[sku_id], free=left)
        for sku_id, (name, left) in sorted(free.items(), key=lambda each: each[1][0])
        if seats[sku_id]
    )
    return Outlook(by_type=by_type, too_late=dict(too_late))


def days_left(session: Session, application_id: int, request_id: int, now: datetime) -> tuple[Deadline, ...]:
    """Until when giving a license back also brings its data back."""
    query = select(_REQUESTS.sku_id, _REQUESTS.disabled_plans, _REQUESTS.reclaimed_at).where(
        _REQUESTS.application_id == application_id, _REQUESTS.id == request_id
    )
    found = session.connection().execute(query).one_or_none()
    if found is None:
        return ()
    sku_id, off, reclaimed_at = found
    plans = plans_by_type(session, application_id).get(sku_id, frozenset())
    return _deadlines(plans, off or (), reclaimed_at, now)


def restoring(session: Session, application_id: int) -> int:
    """How many licenses are being given back now."""
    query = select(func.count()).where(
        _REQUESTS.application_id == application_id, _REQUESTS.state == RequestState.RESTORING.value
    )
    return int(session.connection().execute(query).scalar_one())


def _deadlines(
    plans: frozenset[str], off: Iterable[str], reclaimed_at: datetime | None, now: datetime
) -> tuple[Deadline, ...]:
    if reclaimed_at is None:
        return ()
    return deadlines(plans.difference(off), reclaimed_at, now)


def _free(session: Session, application_id: int) -> dict[str, tuple[str, int]]:
    """Name and free seats of each license type."""
    taken = (
        select(col(AssignmentRollup.sku_id), func.sum(col(AssignmentRollup.seats)))
        .where(
            col(AssignmentRollup.application_id) == application_id,
            col(AssignmentRollup.dimension) == WHOLE,
            col(AssignmentRollup.activity_status).in_(ASSIGNED),
        )
        .group_by(col(AssignmentRollup.sku_id))
    )
    in_use = {sku_id: int(seats) for sku_id, seats in session.connection().execute(taken)}
    types = session.scalars(select(LicenseType).where(col(LicenseType.application_id) == application_id))
    return {
        each.sku_id: (
            each.product_name,
            (0 if each.gone_at else each.purchased) - in_use.get(each.sku_id, 0),
        )
        for each in types
    }
