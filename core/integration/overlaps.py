"""Which license types of a tenant have to do with each other: what is the same for all of its people.

The rules are `core.reclamation.duplicates` and `core.reclamation.downgrades`; this brings their facts, and
sees to it that only people are looked at for whom one of them can say anything, which is done by
`core.integration.overlapping`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, false, or_, true, tuple_
from sqlmodel import Session, select

from core.activity.evidence import ActivityStatus
from core.activity.report_columns import REPORT_COLUMNS
from core.activity.workloads import DATES
from core.integration.catalog import read_names
from core.integration.rules import Rules
from core.reclamation.downgrades import (
    Alternative,
    Downgrade,
    InUse,
    PricedType,
    alternatives,
    explain_downgrade,
    find_downgrade,
    priced_type,
    ruled_out_by,
)
from core.reclamation.plan_tiers import uncovered, with_value
from core.reclamation.prices import NO_PRICE, seat_prices
from core.spend.free_types import free_types, self_service_types
from core.store.bulk import table_of
from core.store.tables import Assignment, LicenseType, ServicePlan, UserActivity

LASTING: Final = "Enabled"
"""Graph's word for a license type that nothing says ends soon (contract §3)."""


@dataclass(frozen=True, kw_only=True)
class Overlaps:
    """What is the same for all people: the tenant's types, and which of them have to do with each other.

    `pairs`: a type, and another one that covers some plan of it. `cheaper`: types that cost less, by type.
    """

    rules: Rules
    today: date
    types: Mapping[str, LicenseType]
    prices: Mapping[str, PricedType]
    plan_names: Mapping[str, str]
    pairs: tuple[tuple[str, str], ...]
    cheaper: Mapping[str, tuple[Alternative, ...]]
    _switched_on: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    _advised: dict[tuple[frozenset[str], str, InUse], Downgrade | None] = field(default_factory=dict)
    _explained: dict[Downgrade, tuple[str, ...]] = field(default_factory=dict)

    def switched_on(self, sku_id: str, off: str) -> frozenset[str]:
        """The service plans of a type without those that are switched off (a JSON text), always the same."""
        found = self._switched_on.get((sku_id, off))
        if found is None:
            plans = self.rules.plans.get(sku_id, frozenset())
            found = self._switched_on[sku_id, off] = plans.difference(json.loads(off))
        return found

    def downgrade(self, sku_id: str, off: str, used: InUse) -> Downgrade | None:
        """The cheaper type that would do, remembered: few combinations of seat and use occur."""
        plans = self.switched_on(sku_id, off)
        asked = (plans, sku_id, used)
        if asked not in self._advised:
            self._advised[asked] = find_downgrade(plans, self.cheaper[sku_id], used)
        return self._advised[asked]

    def explained(self, downgrade: Downgrade | None) -> tuple[str, ...]:
        """The advice as sentences, which are the same for many people."""
        if downgrade is None:
            return ()
        found = self._explained.get(downgrade)
        if found is None:
            found = self._explained[downgrade] = explain_downgrade(downgrade, self.plan_names)
        return found

    @property
    def may_be_covered(self) -> ColumnElement[bool]:
        """Of a seat: its user holds another type that covers some plan of this one."""
        held, other = table_of(Assignment).c, table_of(Assignment).alias("other").c
        return (
            exists()
            .where(
                other.application_id == held.application_id,
                other.user_id == held.user_id,
                tuple_(held.sku_id, other.sku_id).in_(self.pairs),
            )
            .correlate(table_of(Assignment))
            if self.pairs
            else false()
        )

    @property
    def may_be_cheaper(self) -> ColumnElement[bool]:
        """Of a seat: it is used, and some type costs less that its user's activity does not rule out."""
        held, activity = table_of(Assignment).c, table_of(UserActivity).c
        of_type = [
            and_(held.sku_id == sku_id, or_(*(self._unused_instead(sku_id, each) for each in found)))
            for sku_id, found in sorted(self.cheaper.items())
        ]
        if not of_type:
            return false()
        known = exists().where(
            activity.application_id == held.application_id, activity.user_id == held.user_id, or_(*of_type)
        )
        return and_(
            held.activity_status == ActivityStatus.ACTIVE.value, known.correlate(table_of(Assignment))
        )

    def _unused_instead(self, sku_id: str, instead: Alternative) -> ColumnElement[bool]:
        """Of a person's activity: no report has a late date of what would rule the other type out."""
        since = self.today - timedelta(days=self.rules.policy_of(sku_id).threshold_days)
        activity = table_of(UserActivity).c
        ruled_out = ruled_out_by(self.prices[sku_id].plans, instead.plans) or frozenset()
        columns = [
            activity[name]
            for report, (_, *dates) in REPORT_COLUMNS.items()
            for workload, name in zip(DATES[report], dates, strict=True)
            if workload in ruled_out
        ]
        return and_(true(), *(or_(column.is_(None), column < since) for column in columns))


def read_overlaps(session: Session, application_id: int, rules: Rules, today: date) -> Overlaps:
    """Bring together what decides it for all people of an application."""
    known = session.exec(select(LicenseType).where(LicenseType.application_id == application_id))
    types = {each.sku_id: each for each in known if each.gone_at is None and each.applies_to == "User"}
    agreed = seat_prices(session, application_id, today)
    prices = {}
    for sku_id, each in types.items():
        annual, plans = agreed.get(sku_id, NO_PRICE).annual, rules.plans.get(sku_id, frozenset())
        prices[sku_id] = priced_type(sku_id, annual, each.product_name, plans)
    offered = {sku_id: each for sku_id, each in prices.items() if _can_be_assigned(types[sku_id])}
    cheaper = {
        sku_id: tuple(
            each
            for each in alternatives(sku_id, {**offered, sku_id: own})
            if ruled_out_by(own.plans, each.plans) is not None
        )
        for sku_id, own in prices.items()
    }
    return Overlaps(
        rules=rules,
        today=today,
        types=types,
        prices=prices,
        plan_names=_names_of_plans(session, application_id),
        pairs=tuple(_pairs(rules.plans, types)),
        cheaper={sku_id: found for sku_id, found in cheaper.items() if found},
    )


def _can_be_assigned(known: LicenseType) -> bool:
    sku_id = known.sku_id
    return (
        known.capability_status == LASTING
        and sku_id not in free_types()
        and sku_id not in self_service_types()
    )


def _pairs(
    plans: Mapping[str, frozenset[str]], types: Mapping[str, LicenseType]
) -> Iterable[tuple[str, str]]:
    """Types of which the second one covers something of value of the first."""
    for sku_id in sorted(types):
        needed = with_value(plans.get(sku_id, ()))
        for other in sorted(types):
            if other != sku_id and needed != uncovered(needed, plans.get(other, ())):
                yield sku_id, other


def _names_of_plans(session: Session, application_id: int) -> Mapping[str, str]:
    catalog = read_names(session)
    own = select(ServicePlan.service_plan_id, ServicePlan.name).where(
        ServicePlan.application_id == application_id
    )
    return {plan_id: catalog.plan_name(plan_id, name) for plan_id, name in session.exec(own)}
