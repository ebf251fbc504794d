"""The cost of a period: the same wherever it is cut, a month a twelfth of a year."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spend.money import MONTHS, Frequency, Money, Purchase
from core.spend.periods import by_month, calendar_months, period_cost
from tests.support.purchases import bought

DAY = timedelta(days=1)
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def usd(amount: str) -> dict[str, Money]:
    return {"USD": Money(Decimal(amount), "USD")}


@pytest.mark.parametrize("frequency", list(MONTHS))
def test_a_calendar_month_costs_its_share_of_the_payment_period(frequency: Frequency) -> None:
    purchase = bought(10, "36", frequency, starts_on=None)
    for month, last in ((1, 31), (2, 28), (4, 30)):
        cost = period_cost([purchase], date(2026, month, 1), date(2026, month, last))
        assert cost == usd(str(Decimal(360) / MONTHS[frequency]))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), "12"),
        (date(2026, 2, 1), date(2026, 2, 14), "0.5"),
        (date(2026, 1, 17), date(2026, 2, 14), "0.983871"),  # 15 of 31 days, and 14 of 28
        (date(2026, 5, 5), date(2026, 5, 5), "0.032258"),
        (date(2026, 5, 5), date(2026, 5, 4), None),
    ],
)
def test_a_part_of_a_month_costs_its_days(first: date, last: date, expected: str | None) -> None:
    found = period_cost([bought(1, "12")], first, last)
    assert found == ({} if expected is None else usd(expected))


def test_each_day_costs_what_was_valid_then() -> None:
    old = bought(10, "30", Frequency.MONTHLY, ends_on=date(2026, 4, 15))
    new = bought(8, "45", Frequency.MONTHLY, starts_on=date(2026, 4, 16))
    assert period_cost([old, new], date(2026, 4, 1), date(2026, 4, 30)) == usd("330")
    assert period_cost([old, new], date(2026, 3, 1), date(2026, 5, 31)) == usd("990")


def test_currencies_stay_apart() -> None:
    euro = bought(1, "24", currency="EUR")
    found = period_cost([bought(1, "12"), euro], date(2026, 3, 1), date(2026, 3, 31))
    assert found == {"EUR": Money(Decimal(2), "EUR"), **usd("1")}


def test_a_one_time_price_is_spread_over_its_own_days() -> None:
    once = bought(1, "300", Frequency.ONCE, starts_on=date(2026, 1, 16), ends_on=date(2026, 4, 15))
    assert period_cost([once], date(2026, 1, 1), date(2026, 12, 31)) == usd("300")
    endless = bought(1, "300", Frequency.ONCE)
    assert period_cost([endless], date(2026, 1, 1), date(2026, 12, 31)) == {}


@st.composite
def purchases(draw: st.DrawFn) -> Purchase:
    starts = draw(st.none() | days)
    ends = draw(st.none() | days.filter(lambda day: starts is None or day >= starts))
    return bought(
        draw(st.integers(1, 10**6)),
        str(draw(st.decimals(0, 10**6, places=6))),
        draw(st.sampled_from(Frequency)),
        starts_on=starts,
        ends_on=ends,
        currency=draw(st.sampled_from(["USD", "EUR"])),
    )


@given(st.lists(purchases(), max_size=4), days, days, st.data())
def test_a_period_costs_what_its_parts_cost(
    bought_ones: list[Purchase], one: date, other: date, data: st.DataObject
) -> None:
    first, last = min(one, other), max(one, other)
    cut = data.draw(st.dates(first, last))
    whole = period_cost(bought_ones, first, last)
    before, after = period_cost(bought_ones, first, cut), period_cost(bought_ones, cut + DAY, last)
    for currency in whole.keys() | before.keys() | after.keys():
        none = Money.zero(currency)
        parts = before.get(currency, none) + after.get(currency, none)
        assert abs((whole.get(currency, none) - parts).millionths) <= 1  # each of the three was rounded once


@given(days, days)
def test_the_parts_of_a_period_by_month_are_the_whole_of_it(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    parts = list(by_month(first, last))
    assert parts[0][0] == first
    assert parts[-1][1] == last
    assert all(before[1] + DAY == after[0] for before, after in pairwise(parts))
    assert all(start.month == end.month for start, end in parts)
    assert sum(calendar_months(start, end) for start, end in parts) == calendar_months(first, last)


@given(st.integers(2020, 2030))
def test_a_year_has_twelve_months(year: int) -> None:
    assert calendar_months(date(year, 1, 1), date(year, 12, 31)) == Fraction(12)
