"""Amounts of several currencies as one: beside the originals, at rates somebody entered, or not at all."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spend.conversion import Rate, convert, rate_on, together
from core.spend.money import Money

DAY = date(2026, 11, 24)
codes = st.sampled_from(["USD", "EUR", "JPY"])
rates = st.lists(
    st.builds(
        Rate,
        currency=codes,
        into=codes,
        rate=st.decimals(min_value="0.001", max_value=10**6, places=6),
        valid_from=st.dates(DAY - timedelta(days=9), DAY + timedelta(days=9)),
    ).filter(lambda rate: rate.currency != rate.into),
    max_size=8,
)
amounts = st.lists(
    st.builds(Money, st.decimals(min_value=-(10**6), max_value=10**6, places=6), codes), max_size=6
)


def euro(rate: str, since: date = DAY, *, into: str = "USD") -> Rate:
    return Rate(currency="EUR", into=into, rate=Decimal(rate), valid_from=since)


def amount(text: str, currency: str) -> Money:
    return Money(Decimal(text), currency)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), "1.05"),
        (date(2026, 6, 30), "1.05"),
        (date(2026, 7, 1), "1.10"),
        (DAY, "1.10"),
    ],
)
def test_a_rate_counts_from_its_day_until_the_next_one(on: date, expected: str | None) -> None:
    entered = [euro("1.10", date(2026, 7, 1)), euro("1.05", date(2026, 1, 1)), euro("9", into="JPY")]
    found = rate_on(entered, "EUR", "USD", on=on)
    assert (None if found is None else found.rate) == (None if expected is None else Decimal(expected))


def test_the_other_direction_serves_where_the_pair_has_no_rate() -> None:
    entered = [euro("1.25")]
    assert rate_on(entered, "USD", "EUR", on=DAY) == entered[0]
    assert convert(amount("100", "USD"), entered[0]) == amount("80", "EUR")


def test_the_newest_rate_counts_in_whichever_direction_it_was_entered() -> None:
    older = Rate(currency="USD", into="EUR", rate=Decimal("0.9"), valid_from=DAY - timedelta(days=300))
    same_day = Rate(currency="USD", into="EUR", rate=Decimal("0.8"), valid_from=DAY)
    assert rate_on([euro("1.25"), older], "USD", "EUR", on=DAY) == euro("1.25")
    assert rate_on([euro("1.25"), older, same_day], "USD", "EUR", on=DAY) == same_day
    assert rate_on([euro("1.25"), older, same_day], "EUR", "USD", on=DAY) == euro("1.25")


def test_no_rate_is_made_up_by_way_of_a_third_currency() -> None:
    entered = [euro("1.1"), Rate(currency="USD", into="JPY", rate=Decimal(150), valid_from=DAY)]
    found = together([amount("10", "EUR"), amount("1", "USD")], "JPY", entered, on=DAY)
    assert (found.amount, found.missing) == (amount("150", "JPY"), ("EUR",))


def test_a_rate_of_other_currencies_is_refused() -> None:
    with pytest.raises(ValueError, match="says nothing of JPY"):
        convert(amount("1", "JPY"), euro("1.1"))


def test_what_was_used_is_told_as_it_was_entered() -> None:
    found = together(
        [amount("10", "EUR"), amount("1", "USD"), amount("5", "EUR")], "USD", [euro("1.1")], on=DAY
    )
    assert found.amount == amount("17.5", "USD")
    assert found.rates == (euro("1.1"),)
    assert found.missing == ()


@given(amounts, rates, codes)
def test_every_amount_is_either_converted_or_named_as_missing(
    listed: list[Money], entered: list[Rate], into: str
) -> None:
    found = together(listed, into, entered, on=DAY)
    for each in listed:
        rate = rate_on(entered, each.currency, into, on=DAY)
        assert (each.currency in found.missing) == (each.currency != into and rate is None)
    by_currency = {each: rate_on(entered, each, into, on=DAY) for each in ("USD", "EUR", "JPY")}
    converted = [each for each in listed if each.currency == into] + [
        convert(each, rate)
        for each in listed
        if each.currency != into and (rate := by_currency[each.currency]) is not None
    ]
    assert found.amount.millionths == sum(each.millionths for each in converted)
    assert all(each.valid_from <= DAY for each in found.rates)


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=6), st.decimals("0.001", 10**4, places=6))
def test_there_and_back_is_the_same_but_for_one_rounding(value: Decimal, factor: Decimal) -> None:
    rate = euro(str(factor))
    there = convert(Money(value, "EUR"), rate)
    back = convert(there, rate)
    assert abs(back.millionths - Money(value, "EUR").millionths) <= 1 / (2 * factor) + 1
