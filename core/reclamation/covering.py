"""Whether another license still covers a duplicate, by what Graph has just shown and by our own requests.

A license that is being taken back covers nothing, nor does one that was taken back so lately that a replica
may still show it: of two licenses that cover each other both could go otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from core.reclamation.chosen import LEAVING, Seat
from core.reclamation.duplicates import WITHOUT_ERROR
from core.reclamation.licenses import HeldLicense, plans_by_type, stored_licenses
from core.reclamation.plan_tiers import covers
from core.reclamation.states import RequestState
from core.store.bulk import table_of
from core.store.tables import LIVE_STATES, LicenseType, ReclamationRequest

JUST_GONE: Final = timedelta(hours=1)
"""So long after a removal, a license of which Graph still shows something covers nothing."""

_ENDED: Final = (RequestState.RECLAIMED.value, RequestState.FAILED.value)
_IN_FORCE: Final = ("Enabled", "Warning")
_REQUESTS: Final = table_of(ReclamationRequest).c


@dataclass(frozen=True, kw_only=True, slots=True)
class Covering:
    """What our rows say of the types that could cover a duplicate.

    `plans`: of the types in force, by SKU id. `going`: types of each user that are being taken back,
    or were just now. `stored`: all licenses of each user as the last sync saw them.
    """

    plans: Mapping[str, frozenset[str]]
    going: Mapping[str, frozenset[str]]
    stored: Mapping[str, tuple[HeldLicense, ...]]

    def of(self, seat: Seat, disabled_plans: Iterable[str], others: Iterable[HeldLicense]) -> tuple[str, ...]:
        """SKU ids of the types that cover what is switched on in the license of this seat."""
        user_id, covered = seat
        needed = self.plans.get(covered, frozenset()).difference(disabled_plans)
        going = self.going.get(user_id, frozenset())
        provided: dict[str, frozenset[str]] = {}
        for each in others:
            plans = self.plans.get(each.sku_id)
            if plans is None or each.sku_id in going or each.sku_id == covered:
                continue
            if each.state == WITHOUT_ERROR:
                provided[each.sku_id] = provided.get(each.sku_id, frozenset()) | plans.difference(
                    each.disabled_plans
                )
        return tuple(sku_id for sku_id in sorted(provided) if covers(provided[sku_id], needed))


def read_covering(session: Session, application_id: int, user_ids: Iterable[str], now: datetime) -> Covering:
    """What is needed to say what covers the duplicates of these users."""
    types = select(col(LicenseType.sku_id)).where(
        col(LicenseType.application_id) == application_id,
        col(LicenseType.gone_at).is_(None),
        col(LicenseType.capability_status).in_(_IN_FORCE),
    )
    in_force = set(session.connection().execute(types).scalars())
    plans = plans_by_type(session, application_id)
    return Covering(
        plans={sku_id: each for sku_id, each in plans.items() if sku_id in in_force},
        going=going_types(session, application_id, user_ids, now),
        stored=stored_licenses(session, application_id, user_ids),
    )


def going_types(
    session: Session, application_id: int, user_ids: Iterable[str], now: datetime
) -> dict[str, frozenset[str]]:
    """Types of each user that requests are taking back, or took back so lately that Graph may not show it.

    All that is lost with a group is among them.
    """
    just_gone = and_(_REQUESTS.state.in_(_ENDED), _REQUESTS.changed_at >= now - JUST_GONE)
    query = select(_REQUESTS.user_id, _REQUESTS.sku_id).where(
        _REQUESTS.application_id == application_id,
        _REQUESTS.user_id.in_(sorted(set(user_ids))),
        _REQUESTS.dry_run.is_(False),
        or_(_REQUESTS.state.in_(LIVE_STATES), just_gone),
    )
    found: dict[str, set[str]] = {}
    for user_id, sku_id in session.connection().execute(query):
        found.setdefault(user_id, set()).add(sku_id)
    through_groups = query.with_only_columns(_REQUESTS.user_id, _REQUESTS.evidence).where(
        _REQUESTS.via_group_id.is_not(None)
    )
    for user_id, evidence in session.connection().execute(through_groups):
        found.setdefault(user_id, set()).update(evidence[LEAVING]["lost_types"])
    return {user_id: frozenset(each) for user_id, each in found.items()}
