"""Whether a cheaper type would do for somebody: advice, never a reason to take anything away. Rules only.

What is *in use* is judged by the usage reports alone: a workload is out of use only where a report that is
fresh and has a row for the person shows no date within the threshold. What no report tells of (Power BI,
security, compliance) is never called unused; it is listed among what would be lost. A type without Intune is
not advised in place of one with it.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.activity.evidence import ReportEvidence, SourceStatus
from core.activity.workloads import DATES, Report, Workload, workloads_of
from core.reclamation.consequences import Consequence, losses
from core.reclamation.plan_tiers import uncovered
from core.spend.list_prices import list_prices
from core.spend.money import Money

SMALL_MAILBOX_BYTES: Final = 45 * 1024**3
"""Safely within the 50 GB of Exchange Online (Plan 1); Plan 2 has 100 GB and an archive."""

_SMALLER_EXCHANGE: Final = frozenset({"9aaf7827-d63c-4b61-89c3-182f06f82e5c"})
"""EXCHANGE_S_STANDARD, in place of a plan with a larger mailbox."""
_SMALLER_SHAREPOINT: Final = frozenset({"c7699d2e-19aa-44de-8edf-1736da088ca1"})
"""SHAREPOINTSTANDARD, with its OneDrive, in place of one with more storage."""


_MONTHS: Final = 12
_MOST_NAMED: Final = 8
"""Services that a sentence names."""

_FILES: Final = frozenset({Workload.SHAREPOINT, Workload.ONEDRIVE})


@dataclass(frozen=True, kw_only=True, slots=True)
class PricedType:
    """A license type of the tenant with what a seat costs in a year.

    `annual`: what the organization pays; None without a price, or with several currencies. `list_price`: an
    estimate.
    """

    sku_id: str
    name: str
    plans: frozenset[str]
    annual: Money | None
    list_price: Money | None


def priced_type(
    sku_id: str, annual: Money | None, name: str = "", plans: frozenset[str] = frozenset()
) -> PricedType:
    """A type with the list price that ships for it; without name and plans it serves to compare prices."""
    monthly = list_prices().get(sku_id)
    listed = None if monthly is None else monthly.times(_MONTHS)
    return PricedType(sku_id=sku_id, name=name, plans=plans, annual=annual, list_price=listed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What the usage reports say of one person, for the threshold of one license type.

    `mailbox_bytes`, `has_archive`: None where not read.
    """

    reports: Mapping[Report, ReportEvidence]
    threshold_days: int
    today: date
    report_stale_days: int
    mailbox_bytes: int | None = None
    has_archive: bool | None = None

    @property
    def small_mailbox(self) -> bool:
        """Known to fit into the smaller plan, and to have no archive."""
        fits = self.mailbox_bytes is not None and self.mailbox_bytes <= SMALL_MAILBOX_BYTES
        return fits and self.has_archive is False


@dataclass(frozen=True, kw_only=True, slots=True)
class InUse:
    """What the reports show of one person, as far as it decides about a cheaper type: much the same for many.

    `shown`: workloads in use. `unused`: workloads whose use a report would show, were there any.
    """

    shown: frozenset[Workload]
    unused: frozenset[Workload]
    small_mailbox: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Alternative:
    """A type of the tenant that costs less. `saves`: a year; `estimate`: by list prices."""

    sku_id: str
    name: str
    plans: frozenset[str]
    saves: Money
    estimate: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Downgrade:
    """The best of the cheaper types that cover what is in use.

    `in_use`: the workloads that it covers. `lost`: service plan ids that it lacks, or has in a lower tier.
    """

    to: Alternative
    in_use: tuple[Workload, ...]
    lost: frozenset[str]


def alternatives(sku_id: str, types: Mapping[str, PricedType]) -> tuple[Alternative, ...]:
    """Types that cost less than this one: those that the organization has prices for, then the others.

    By what the organization pays where that can be compared, else by list prices; a price is never compared
    with a list price, nor with one in another currency. Each kind in its order, the cheapest first.
    """
    own = types[sku_id]
    found = [_alternative(own, each) for each in types.values() if each.sku_id != sku_id]
    cheaper = [each for each in found if each is not None]
    return tuple(sorted(cheaper, key=lambda each: (each.estimate, -each.saves.amount, each.sku_id)))


def _alternative(own: PricedType, other: PricedType) -> Alternative | None:
    found = saving(own, other)
    if found is None:
        return None
    saves, estimate = found
    return Alternative(
        sku_id=other.sku_id, name=other.name, plans=other.plans, saves=saves, estimate=estimate
    )


def saving(own: PricedType, other: PricedType) -> tuple[Money, bool] | None:
    """What the other type would cost less in a year, and whether that is an estimate by list prices."""
    prices = (own.annual, other.annual)
    estimate = not _comparable(*prices)
    now, then = (own.list_price, other.list_price) if estimate else prices
    if now is None or then is None or now.currency != then.currency or then.amount >= now.amount:
        return None
    return now - then, estimate


def _comparable(one: Money | None, other: Money | None) -> bool:
    return one is not None and other is not None and one.currency == other.currency


def in_use(usage: Usage) -> InUse:
    """What the reports show."""
    return InUse(shown=_shown_in_use(usage), unused=_shown_unused(usage), small_mailbox=usage.small_mailbox)


def find_downgrade(plans: frozenset[str], cheaper: Sequence[Alternative], used: InUse) -> Downgrade | None:
    """The first type that would do, or None: also where the reports don't show what is in use.

    Args:
        plans: service plans of the type that the person holds, less those switched off.
        cheaper: types that cost less, the best first (`alternatives`).
        used: what the reports show of the person (`in_use`).
    """
    provided = _provided(plans)
    needed = provided & (used.shown | (_MEASURED - used.unused))
    if not provided & used.shown:
        return None
    for each in cheaper:
        lost = _lost(plans, each.plans)
        if not lost or _unmanages(lost, each.plans):
            continue
        if all(_would_do(one, plans, each.plans, small_mailbox=used.small_mailbox) for one in needed):
            return Downgrade(to=each, in_use=tuple(each for each in Workload if each in needed), lost=lost)
    return None


def explain_downgrade(downgrade: Downgrade, plan_names: Mapping[str, str]) -> tuple[str, ...]:
    """What would do, and what it lacks, as sentences. `plan_names`: by service plan id."""
    to = downgrade.to
    used = ", ".join(workload.label for workload in downgrade.in_use)
    by = "Microsoft's list prices, which are estimates" if to.estimate else "the prices entered here"
    lacking = sorted(downgrade.lost, key=lambda plan_id: (not _known_by_people(plan_id), plan_names[plan_id]))
    named = ", ".join(plan_names[plan_id] for plan_id in lacking[:_MOST_NAMED])
    more = len(lacking) - _MOST_NAMED
    others = f" and {more} more services" if more > 0 else ""
    going = losses(downgrade.lost, to.plans)
    return (
        f"{to.name} covers what is in use, or not shown otherwise by a usage report: {used}.",
        f"It costs less by {by}.",
        f"It lacks, or has less of: {named}{others}.",
        "What security and compliance services are worth is not measurable.",
        *(loss.text for loss in going if loss.consequence is not Consequence.ARCHIVE),  # there is none
    )


@functools.lru_cache(maxsize=4096)
def _known_by_people(plan_id: str) -> bool:
    """Whether people would notice that the plan is gone: it is a workload, or data goes with it."""
    return bool(workloads_of([plan_id]) or losses([plan_id]))


_MEASURED: Final = frozenset(workload for dates in DATES.values() for workload in dates)


def _shown_in_use(usage: Usage) -> frozenset[Workload]:
    """Workloads with a date within the threshold, however old the report is that says so."""
    since = usage.today - timedelta(days=usage.threshold_days)
    return frozenset(
        workload
        for evidence in usage.reports.values()
        if evidence.has_row
        for workload, last in evidence.dates.items()
        if last is not None and last >= since
    )


def _shown_unused(usage: Usage) -> frozenset[Workload]:
    """Workloads of which a fresh report with a row for the person would tell a use within the threshold.

    An activation tells of its own day and nothing of later ones, so its report shows nothing unused.
    """
    return frozenset(
        workload
        for report, evidence in usage.reports.items()
        if report is not Report.ACTIVATIONS
        and evidence.status is SourceStatus.AVAILABLE
        and evidence.refreshed_on is not None
        and (usage.today - evidence.refreshed_on).days <= usage.report_stale_days
        for workload in evidence.dates
    )


@functools.lru_cache(maxsize=4096)
def _provided(plans: frozenset[str]) -> frozenset[Workload]:
    return workloads_of(plans)


@functools.lru_cache(maxsize=16384)
def _lost(plans: frozenset[str], instead: frozenset[str]) -> frozenset[str]:
    return uncovered(plans, instead)


@functools.lru_cache(maxsize=65536)
def _as_well(workload: Workload, plans: frozenset[str], instead: frozenset[str]) -> bool:
    """Whether the other type has all plans of the workload, or higher tiers of them."""
    return not any(workload in workloads_of([plan_id]) for plan_id in _lost(plans, instead))


@functools.lru_cache(maxsize=16384)
def _unmanages(lost: frozenset[str], instead: frozenset[str]) -> bool:
    """Whether devices would be left without management: no report tells who depends on it."""
    return any(loss.consequence is Consequence.DEVICE_MANAGEMENT for loss in losses(lost, instead))


def ruled_out_by(plans: frozenset[str], instead: frozenset[str]) -> frozenset[Workload] | None:
    """The workloads whose use alone rules the other type out; None where it never would do.

    Says nothing that `find_downgrade` does not: it spares looking at people of whom that is known before.
    """
    lost = _lost(plans, instead)
    if not lost or _unmanages(lost, instead) or not _provided(plans) & _provided(instead) & _MEASURED:
        return None
    return frozenset(
        each
        for each in _provided(plans) & _MEASURED
        if not _would_do(each, plans, instead, small_mailbox=True)
    )


def _would_do(
    workload: Workload, plans: frozenset[str], instead: frozenset[str], *, small_mailbox: bool
) -> bool:
    """Whether the other type serves a workload that is in use as well, or well enough."""
    if workload not in _provided(instead):
        return False
    if _as_well(workload, plans, instead):
        return True
    if workload is Workload.EXCHANGE:
        return bool(_SMALLER_EXCHANGE & instead) and small_mailbox
    return workload in _FILES and bool(_SMALLER_SHAREPOINT & instead)
