"""Which seats another license type of the same person covers, and where a cheaper type would do.

The rules are `core.reclamation.duplicates` and `core.reclamation.downgrades`; this brings the facts, and sees
to it that only people are looked at for whom one of them can say anything.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy
from sqlalchemy import ColumnElement, and_, exists, false, or_, true, tuple_
from sqlmodel import Session, select

from core.activity.evidence import ActivityStatus, ReportEvidence
from core.activity.report_columns import REPORT_COLUMNS
from core.activity.workloads import DATES, Report
from core.integration.catalog import read_names
from core.integration.rules import Rules
from core.reclamation.downgrades import (
    Alternative,
    Downgrade,
    PricedType,
    Usage,
    alternatives,
    explain_downgrade,
    find_downgrade,
    priced_type,
    ruled_out_by,
)
from core.reclamation.duplicates import Cover, HeldType, find_duplicates
from core.reclamation.plan_tiers import uncovered, with_value
from core.reclamation.prices import NO_PRICE, seat_prices
from core.spend.free_types import free_types, self_service_types
from core.store.bulk import table_of
from core.store.plain import plain
from core.store.tables import Assignment, LicenseType, ServicePlan, UserActivity

_IN_FORCE: Final = frozenset({"Enabled", "Warning"})
_LASTING: Final = "Enabled"

Key = tuple[str, str]
"""User id and SKU id."""


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
    _in_use: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    _explained: dict[Downgrade, tuple[str, ...]] = field(default_factory=dict)

    def in_use(self, sku_id: str, off: str) -> frozenset[str]:
        """The service plans of a type without those that are switched off (a JSON text), always the same."""
        found = self._in_use.get((sku_id, off))
        if found is None:
            plans = self.rules.plans.get(sku_id, frozenset())
            found = self._in_use[sku_id, off] = plans.difference(json.loads(off))
        return found

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


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found for a page of seats."""

    covers: Mapping[Key, Cover]
    downgrades: Mapping[Key, Downgrade]


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


def find_overlaps(
    session: Session, application_id: int, overlaps: Overlaps, candidates: Sequence[Any]
) -> Found:
    """The covered seats among some candidates, and those for which a cheaper type would do.

    `candidates`: rows with `user_id`, `sku_id`, `disabled_plans` (a JSON text), `activity_status` and
    `paired`, which says that `may_be_covered` holds.
    """
    paired = sorted({row.user_id for row in candidates if row.paired})
    covers = _covers(session, application_id, overlaps, paired) if paired else {}
    with_duplicate = {user_id for user_id, _ in covers}  # whose other type is what keeps them going
    used = [
        row
        for row in candidates
        if row.activity_status == ActivityStatus.ACTIVE.value
        and row.sku_id in overlaps.cheaper
        and row.user_id not in with_duplicate
    ]
    return Found(
        covers=covers,
        downgrades=_downgrades(session, application_id, overlaps, used) if used else {},
    )


def _can_be_assigned(known: LicenseType) -> bool:
    sku_id = known.sku_id
    return (
        known.capability_status == _LASTING
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


def _covers(
    session: Session, application_id: int, overlaps: Overlaps, user_ids: Sequence[str]
) -> dict[Key, Cover]:
    held = table_of(Assignment).c
    statement = (
        sqlalchemy.select(
            held.user_id,
            held.sku_id,
            held.direct,
            held.group_count,
            held.state,
            plain(held.disabled_plans).label("disabled_plans"),
        )
        .where(held.application_id == application_id, held.user_id.in_(user_ids))
        .order_by(held.user_id, held.sku_id)
    )
    by_user: dict[str, list[HeldType]] = {}
    for row in session.connection().execute(statement):
        each = _held(row, overlaps)
        if each is not None:
            by_user.setdefault(row.user_id, []).append(each)
    return {
        (user_id, sku_id): cover
        for user_id, types in by_user.items()
        for sku_id, cover in find_duplicates(types).items()
    }


def _held(row: Any, overlaps: Overlaps) -> HeldType | None:  # noqa: ANN401 - a row of `_covers`
    """A type as the person holds it; nothing for one that the tenant does not list any more."""
    known = overlaps.types.get(row.sku_id)
    if known is None:
        return None
    annual = overlaps.prices[row.sku_id].annual
    free, self_service = row.sku_id in free_types(), row.sku_id in self_service_types()
    return HeldType(
        sku_id=row.sku_id,
        name=known.product_name,
        plans=overlaps.in_use(row.sku_id, row.disabled_plans),
        removable=row.direct and not row.group_count,
        state=row.state,
        usable=known.capability_status in _IN_FORCE,
        lasting=known.capability_status == _LASTING and not free and not self_service,
        worthless=free and (annual is None or annual.amount == 0),
        annual=annual,
    )


def _downgrades(
    session: Session, application_id: int, overlaps: Overlaps, seats: Sequence[Any]
) -> dict[Key, Downgrade]:
    user_ids = sorted({row.user_id for row in seats})
    activity = table_of(UserActivity)
    rows = session.connection().execute(
        sqlalchemy.select(activity).where(
            activity.c.application_id == application_id, activity.c.user_id.in_(user_ids)
        )
    )
    known = {row.user_id: row for row in rows}
    found = {}
    for seat in seats:
        said = known.get(seat.user_id)
        if said is None:
            continue
        policy = overlaps.rules.policy_of(seat.sku_id)
        usage = Usage(
            reports=_reports(said, overlaps.rules),
            threshold_days=policy.threshold_days,
            today=overlaps.today,
            report_stale_days=policy.report_stale_days,
            mailbox_bytes=said.mailbox_bytes,
            has_archive=said.has_archive,
        )
        plans = overlaps.in_use(seat.sku_id, seat.disabled_plans)
        downgrade = find_downgrade(plans, overlaps.cheaper[seat.sku_id], usage)
        if downgrade is not None:
            found[seat.user_id, seat.sku_id] = downgrade
    return found


def _reports(said: Any, rules: Rules) -> dict[Report, ReportEvidence]:  # noqa: ANN401 - a row of `user_activity`
    """What the reports say that have a row for the person."""
    return {
        report: ReportEvidence(
            status=rules.report_status[report],
            refreshed_on=getattr(said, refreshed),
            dates={
                workload: getattr(said, name) for workload, name in zip(DATES[report], dates, strict=True)
            },
        )
        for report, (refreshed, *dates) in REPORT_COLUMNS.items()
        if getattr(said, refreshed) is not None
    }
