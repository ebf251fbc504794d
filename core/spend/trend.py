"""How seats and spend went over time, from the days that were kept. Rules only, no I/O.

A week or month is told by its last day with a snapshot. Where a period has none there is a gap: nothing is
filled in. What a day cost follows from the purchases that were valid on it, as they are on record now: a
price that changes does not rewrite the past, but one that was entered wrongly and corrected does.
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.spend.figures import Figure, SpendPart, TypeUse, spend, sum_figures
from core.spend.money import Purchase
from core.spend.sharing import share_of

Shares = Mapping[str, Mapping[SpendPart, Mapping[str, int]]]
"""Assigned seats of a day by SKU id, by what they are doing, by group."""


class Step(StrEnum):
    """How long the periods are."""

    MONTH = "month"
    WEEK = "week"  # from Monday to Sunday
    DAY = "day"


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A period with its first and last day, and the day that stands for it: None is a gap."""

    first: date
    last: date
    on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DayUse:
    """Seats by what they are doing, and what they cost, by currency. Parts without any are left out."""

    seats: Mapping[SpendPart, int]
    costs: Mapping[str, Mapping[SpendPart, Figure]]


def periods(days: Iterable[date], step: Step, *, until: date, most: int) -> tuple[Period, ...]:
    """The periods up to the one of `until`, from the first with a day on; `most` of them.

    Args:
        days: those of which a snapshot was kept, in any order.
        step: how long a period is.
        until: a day of the last period; later days don't count.
        most: how many periods at most; the latest ones.
    """
    latest: dict[date, date] = {}
    for day in sorted(days):
        if day <= until:
            latest[_first(day, step)] = day
    if not latest:
        return ()
    found: list[Period] = []
    first, earliest = _first(until, step), min(latest)
    while first >= earliest and len(found) < most:
        found.append(Period(first=first, last=_last(first, step), on=latest.get(first)))
        first = _first(first - timedelta(days=1), step)
    return tuple(reversed(found))


def _first(day: date, step: Step) -> date:
    if step is Step.DAY:
        return day
    return day - timedelta(days=day.weekday()) if step is Step.WEEK else day.replace(day=1)


def _last(first: date, step: Step) -> date:
    if step is Step.DAY:
        return first
    if step is Step.WEEK:
        return first + timedelta(days=6)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def runs(listed: Sequence[Period]) -> list[list[Period]]:
    """The periods without the gaps: those that follow each other stay together."""
    found: list[list[Period]] = []
    joined = False
    for period in listed:
        if period.on is None:
            joined = False
            continue
        if not joined:
            found.append([])
        found[-1].append(period)
        joined = True
    return found


def use_of_types(
    types: Iterable[TypeUse],
    purchases: Mapping[str, Sequence[Purchase]],
    *,
    on: date,
    sku_id: str | None = None,
) -> DayUse:
    """The use of all license types on a day, or of one.

    Seats of free types count only where one of them is chosen; what is for the company as a whole has none.
    """
    shown = [use for use in types if sku_id is None or use.sku_id == sku_id]
    bought = {key: terms for key, terms in purchases.items() if sku_id is None or key == sku_id}
    seats: dict[SpendPart, int] = {}
    for use in shown:
        if not use.for_company and (sku_id is not None or not use.free):
            for part, number in use.by_part.items():
                seats[part] = seats.get(part, 0) + number
    return DayUse(
        seats={part: number for part, number in seats.items() if number},
        costs={
            each.currency: {part: figure for part, figure in each.split.items() if figure.annual.millionths}
            for each in spend(shown, bought, on=on).currencies
        },
    )


def use_of_group(
    types: Iterable[TypeUse],
    purchases: Mapping[str, Sequence[Purchase]],
    shares: Shares,
    group: str,
    *,
    on: date,
) -> DayUse:
    """The seats that a group held on a day, and what they cost; all groups sum to what is assigned."""
    listed = list(types)
    free = {use.sku_id for use in listed if use.free}
    seats: dict[SpendPart, int] = {}
    for sku_id, counts in shares.items():
        for part, by_name in counts.items():
            if sku_id not in free and group in by_name:
                seats[part] = seats.get(part, 0) + by_name[group]
    costs: dict[str, dict[SpendPart, list[Figure]]] = {}
    for each in spend(listed, purchases, on=on).currencies:
        for row in each.by_license_type:
            for part, figure in share_of(group, row, shares.get(row.sku_id, {})):
                costs.setdefault(each.currency, {}).setdefault(part, []).append(figure)
    return DayUse(
        seats=seats,
        costs={
            currency: {part: sum_figures(figures, currency) for part, figures in by_part.items()}
            for currency, by_part in costs.items()
        },
    )
