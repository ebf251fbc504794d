"""Who used what over a period, day by day: the seats that a chargeback shares the cost out by.

A day that was not counted takes the counts of the latest day before it that was; before the first such day,
those of the first one after it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Engine

from core.spend.chargeback import TypeUsage
from core.spend.days import days_of_groups, read_shares, read_terms
from core.spend.figures import SpendPart
from core.spend.grouping import Grouping
from core.spend.money import Purchase
from core.spend.periods import period_cost
from core.spend.trend import Shares
from core.store.engine import reading

_NONE: Final[Mapping[SpendPart, Mapping[str, int]]] = {}
_NOBODY: Final[Shares] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """The license types that cost something in a period, and on how many of its days seats were counted."""

    first: date
    last: date
    counted_days: int
    types: tuple[TypeUsage, ...]

    @property
    def days(self) -> int:
        """The days of the period, both ends included."""
        return (self.last - self.first).days + 1


def read_usage(engine: Engine, application_id: int, grouping: Grouping, *, first: date, last: date) -> Usage:
    """The usage of a period by one thing that people are grouped by.

    Raises:
        ValueError: `last` lies before `first`.
    """
    days = _days(first, last)
    with reading(engine) as session:
        terms = read_terms(session, application_id)
        kept = days_of_groups(session, application_id, grouping)
        standing = stands_for(kept, days)
        shares = read_shares(session, application_id, grouping, set(standing.values()))
    return usage(terms, shares, standing, first=first, last=last)


def stands_for(kept: Iterable[date], days: Iterable[date]) -> dict[date, date]:
    """The kept day by whose counts each day is told; nothing where no day was ever kept."""
    known = sorted(kept)
    if not known:
        return {}
    return {day: known[max(0, bisect_right(known, day) - 1)] for day in days}


def usage(
    terms: Mapping[str, Sequence[Purchase]],
    shares: Mapping[date, Shares],
    standing: Mapping[date, date],
    *,
    first: date,
    last: date,
) -> Usage:
    """The usage of a period, from what was paid and who held seats.

    Args:
        terms: the purchases by SKU id, whenever they are valid.
        shares: who held the seats, by the days that were kept.
        standing: the kept day that each day of the period is told by; a day without any has no holders.
        first: of the period.
        last: of the period, included.
    """
    days = _days(first, last)
    return Usage(
        first=first,
        last=last,
        counted_days=sum(standing.get(day) == day for day in days),
        types=tuple(
            TypeUsage(
                sku_id=sku_id,
                cost=cost,
                paid=_paid(terms[sku_id], days),
                held=_held(sku_id, shares, standing, days),
                unassigned=_unassigned(sku_id, terms[sku_id], shares, standing, days),
            )
            for sku_id in sorted(terms)
            if (cost := period_cost(terms[sku_id], first, last))
        ),
    )


def _days(first: date, last: date) -> list[date]:
    if last < first:
        raise ValueError(f"the period ends on {last}, before it starts on {first}")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _held(
    sku_id: str, shares: Mapping[date, Shares], standing: Mapping[date, date], days: Iterable[date]
) -> dict[str, int]:
    """Seat-days by group."""
    found: dict[str, int] = {}
    for day in days:
        for by_group in _on(sku_id, shares, standing, day).values():
            for group, seats in by_group.items():
                found[group] = found.get(group, 0) + seats
    return found


def _paid(bought: Sequence[Purchase], days: Sequence[date]) -> dict[str, int]:
    """Seat-days that were paid for, by currency."""
    found: dict[str, int] = {}
    for each in bought:
        valid = sum(each.valid_on(day) for day in days)
        if valid and each.annual is not None:
            found[each.currency] = found.get(each.currency, 0) + each.seats * valid
    return found


def _unassigned(
    sku_id: str,
    bought: Sequence[Purchase],
    shares: Mapping[date, Shares],
    standing: Mapping[date, date],
    days: Iterable[date],
) -> int:
    """Seat-days that were paid for and that nobody held."""
    found = 0
    for day in days:
        paid = sum(each.seats for each in bought if each.valid_on(day) and each.annual is not None)
        held = sum(sum(by_group.values()) for by_group in _on(sku_id, shares, standing, day).values())
        found += max(0, paid - held)
    return found


def _on(
    sku_id: str, shares: Mapping[date, Shares], standing: Mapping[date, date], day: date
) -> Mapping[SpendPart, Mapping[str, int]]:
    told_by = standing.get(day)
    return _NONE if told_by is None else shares.get(told_by, _NOBODY).get(sku_id, _NONE)
