"""What purchases cost over a period, from the terms that were valid on each of its days.

A day costs its share of the calendar month it lies in, so a month costs a twelfth of a year whatever its
length, and the cost of a period is that of its parts, wherever it is cut.
"""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction

from core.spend.money import MONTHS, Frequency, Money, Purchase

_DAY = timedelta(days=1)


def calendar_months(first: date, last: date) -> Fraction:
    """The length of a period in months, both days included; each day counts as a share of its own month.

    Nothing, where `last` lies before `first`.
    """
    months = Fraction(0)
    for start, end in by_month(first, last):
        months += Fraction((end - start).days + 1, calendar.monthrange(start.year, start.month)[1])
    return months


def by_month(first: date, last: date) -> Iterable[tuple[date, date]]:
    """The period cut at the ends of months, as first and last days."""
    while first <= last:
        end = min(last, first.replace(day=calendar.monthrange(first.year, first.month)[1]))
        yield first, end
        first = end + _DAY


def period_cost(purchases: Sequence[Purchase], first: date, last: date) -> dict[str, Money]:
    """What the purchases cost from `first` to `last`, both included, by currency.

    Each is rounded once to the millionth. A one-time price is spread over its own days; without a start and
    an end it has none and costs nothing in any period.
    """
    exact: dict[str, Fraction] = {}
    for purchase in purchases:
        cost = _cost(purchase, first, last)
        if cost:
            exact[purchase.currency] = exact.get(purchase.currency, Fraction(0)) + cost
    return {currency: Money.of_millionths(round(exact[currency]), currency) for currency in sorted(exact)}


def _cost(purchase: Purchase, first: date, last: date) -> Fraction:
    """In millionths, exact."""
    starts, ends = purchase.starts_on or first, purchase.ends_on or last
    months = calendar_months(max(first, starts), min(last, ends))
    whole = Fraction(purchase.per_period.millionths)
    if purchase.frequency is not Frequency.ONCE:
        return whole * months / MONTHS[purchase.frequency]
    if purchase.starts_on is None or purchase.ends_on is None:
        return Fraction(0)
    return whole * months / calendar_months(purchase.starts_on, purchase.ends_on)
