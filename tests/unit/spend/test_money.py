"""Exact money: nothing is lost, nothing is mixed."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spend.currencies import currencies
from core.spend.money import (
    MONTHS,
    CurrencyMismatch,
    Frequency,
    LineKind,
    Money,
    Purchase,
    allocate,
    allocate_units,
    annualized,
    monthly,
    months_between,
    parse_frequency,
    seat_price,
    total,
)
from tests.support.purchases import bought

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=6)
prices = st.decimals(min_value=0, max_value=10**6, places=6)
codes = st.sampled_from(["USD", "EUR", "JPY", "KWD"])


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@given(amounts, amounts, codes, codes)
def test_currencies_never_mix(one: Decimal, other: Decimal, code: str, other_code: str) -> None:
    if code == other_code:
        assert (Money(one, code) + Money(other, code)).amount == one + other
        return
    with pytest.raises(CurrencyMismatch, match="totals of its own"):
        Money(one, code) + Money(other, other_code)
    with pytest.raises(CurrencyMismatch):
        Money(one, code) - Money(other, other_code)
    with pytest.raises(CurrencyMismatch):
        _ = Money(one, code) < Money(other, other_code)


@pytest.mark.parametrize("amount", ["0.0000001", "NaN", "Infinity", "1000000000000000000"])
def test_an_amount_that_cannot_be_kept_exactly_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        usd(amount)


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError, match="must be a Decimal, not float"):
        Money(0.1, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["usd", "XXX", "EURO", ""])
def test_an_unknown_currency_is_refused_by_name(code: str) -> None:
    with pytest.raises(ValueError, match=f"{code!r} is not a currency"):
        Money(Decimal(1), code)


def test_the_currency_table_knows_minor_units() -> None:
    table = currencies()
    assert len(table) > 150
    assert {code: table[code].minor_units for code in ("JPY", "USD", "KWD")} == {"JPY": 0, "USD": 2, "KWD": 3}
    symbols = [currency.symbol for currency in table.values() if currency.symbol]
    assert len(symbols) == len(set(symbols))


@given(amounts, st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=20))
def test_an_allocation_sums_to_what_was_allocated(amount: Decimal, weights: list[int]) -> None:
    money = Money(amount, "USD")
    if not any(weights):
        with pytest.raises(ValueError, match="one weight must be positive"):
            allocate(money, weights)
        return
    parts = allocate(money, weights)
    assert total(parts, "USD") == money
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(money.millionths * weight, sum(weights))
        assert abs(part.millionths - exact) < 1


def test_the_largest_remainder_gets_the_rest() -> None:
    assert allocate_units(10, [1, 1, 1]) == (4, 3, 3)
    assert allocate_units(7, [1, 2, 4, 0]) == (1, 2, 4, 0)
    assert allocate_units(1, [1, 2]) == (0, 1)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="none negative"):
        allocate(usd("1"), [2, -1])


@pytest.mark.parametrize(
    ("frequency", "annual", "per_month"),
    [
        (Frequency.MONTHLY, "432", "36"),
        (Frequency.QUARTERLY, "144", "12"),
        (Frequency.SEMI_ANNUALLY, "72", "6"),
        (Frequency.ANNUALLY, "36", "3"),
        (Frequency.EVERY_18_MONTHS, "24", "2"),
        (Frequency.BIENNIALLY, "18", "1.5"),
        (Frequency.TRIENNIALLY, "12", "1"),
    ],
)
def test_36_dollars_per_period_in_a_year_and_a_month(
    frequency: Frequency, annual: str, per_month: str
) -> None:
    assert annualized(usd("36"), frequency) == usd(annual)
    assert monthly(usd("36"), frequency) == usd(per_month)


@given(prices)
def test_frequencies_agree_over_their_common_multiple(price: Decimal) -> None:
    # The same money per month, asked for in periods of different lengths, is the same per year.
    for (one, months), (other, other_months) in pairwise(MONTHS.items()):
        per_period = Money(price, "USD").times(months)
        per_other_period = Money(price, "USD").times(other_months)
        assert annualized(per_period, one) == annualized(per_other_period, other)


@given(prices, st.sampled_from(list(MONTHS)))
def test_annualizing_is_off_by_half_a_millionth_at_most(price: Decimal, frequency: Frequency) -> None:
    annual = annualized(Money(price, "USD"), frequency)
    assert annual is not None
    exact = Fraction(price) * 12 / MONTHS[frequency]
    assert abs(Fraction(annual.amount) - exact) <= Fraction(1, 2_000_000)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "annual"),
    [
        (date(2024, 1, 1), date(2026, 12, 31), "1200"),  # three years, one of them a leap year
        (date(2026, 3, 15), date(2027, 3, 14), "3600"),
        (date(2026, 1, 31), date(2026, 2, 27), "43200"),  # to the day before the month's last: one month
        (date(2026, 1, 1), date(2027, 6, 30), "2400"),
    ],
)
def test_a_one_time_price_is_spread_from_start_to_end(starts_on: date, ends_on: date, annual: str) -> None:
    assert annualized(usd("3600"), Frequency.ONCE, starts_on=starts_on, ends_on=ends_on) == usd(annual)


@pytest.mark.parametrize(
    ("starts_on", "ends_on"), [(date(2026, 1, 1), None), (None, date(2026, 12, 31)), (None, None)]
)
def test_a_one_time_price_without_both_days_is_outside_the_run_rate(
    starts_on: date | None, ends_on: date | None
) -> None:
    purchase = bought(frequency=Frequency.ONCE, starts_on=starts_on, ends_on=ends_on)
    assert purchase.annual is None
    assert purchase.monthly is None
    assert seat_price([purchase], date(2026, 6, 1)) == {}


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), Fraction(1)),
        (date(2026, 2, 1), date(2026, 2, 14), Fraction(1, 2)),
        (date(2026, 11, 16), date(2026, 12, 30), Fraction(46, 31)),
        (date(2026, 5, 5), date(2026, 5, 5), Fraction(1, 31)),
        (date(2023, 12, 31), date(2024, 2, 28), Fraction(2)),
    ],
)
def test_the_length_of_a_period_in_months(first: date, last: date, months: Fraction) -> None:
    assert months_between(first, last) == months


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_a_longer_period_has_more_months(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    months = months_between(first, last)
    assert Fraction((last - first).days + 1, 31) <= months <= Fraction((last - first).days + 1, 28)


def test_biannually_is_two_years_with_a_warning() -> None:
    frequency, warning = parse_frequency("Biannually")
    assert frequency is Frequency.BIENNIALLY
    assert warning is not None
    assert "every two years" in warning


@pytest.mark.parametrize("frequency", Frequency)
def test_every_frequency_reads_as_itself_without_a_warning(frequency: Frequency) -> None:
    assert parse_frequency(f" {frequency.value.upper()} ") == (frequency, None)


@pytest.mark.parametrize(
    ("day", "valid"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_purchase_counts_on_its_first_and_last_day(day: date, *, valid: bool) -> None:
    assert bought(ends_on=date(2026, 12, 31)).valid_on(day) is valid


def test_a_purchase_without_days_always_counts() -> None:
    assert bought(starts_on=None, ends_on=None).valid_on(date(1999, 1, 1))


@pytest.mark.parametrize(
    ("ends_on", "notice_days", "notice_by"),
    [
        (date(2026, 12, 31), 30, date(2026, 12, 1)),
        (date(2026, 12, 31), None, date(2026, 12, 31)),
        (None, 30, None),
    ],
)
def test_notice_is_due_before_the_end(
    ends_on: date | None, notice_days: int | None, notice_by: date | None
) -> None:
    assert bought(ends_on=ends_on, notice_days=notice_days).notice_by == notice_by


def test_a_seat_costs_the_seat_weighted_mean_of_the_purchases_valid_then() -> None:
    purchases = [
        bought(30, "10", Frequency.MONTHLY),
        bought(10, "20", Frequency.MONTHLY),
        bought(99, "1", starts_on=date(2027, 1, 1)),
        bought(5, "100", Frequency.ANNUALLY, currency="EUR"),
    ]
    assert seat_price(purchases, date(2026, 6, 1)) == {
        "USD": usd("150"),
        "EUR": Money(Decimal(100), "EUR"),
    }


@pytest.mark.parametrize(
    ("seats", "cost_per_seat", "ends_on", "message"),
    [
        (0, "1", None, "at least one seat"),
        (1, "-1", None, "can't cost -1 USD"),
        (1, "1", date(2025, 12, 31), "ends on 2025-12-31, before it starts on 2026-01-01"),
    ],
)
def test_an_impossible_purchase_is_refused(
    seats: int, cost_per_seat: str, ends_on: date | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        bought(seats, cost_per_seat, ends_on=ends_on)


def line(kind: LineKind, cost: str = "30", *, seats: int = 0, currency: str = "USD") -> Purchase:
    return Purchase(
        seats=seats,
        cost_per_seat=Decimal(cost),
        currency=currency,
        frequency=Frequency.MONTHLY,
        kind=kind,
    )


def test_a_fee_adds_its_amount_and_a_discount_takes_it_off() -> None:
    assert (line(LineKind.FEE).annual, line(LineKind.DISCOUNT).annual) == (usd("360"), usd("-360"))
    assert (line(LineKind.FEE).monthly, line(LineKind.DISCOUNT).monthly) == (usd("30"), usd("-30"))


@pytest.mark.parametrize(("kind", "seats"), [(LineKind.SEATS, 0), (LineKind.FEE, 1), (LineKind.DISCOUNT, 1)])
def test_only_seats_have_a_number(kind: LineKind, seats: int) -> None:
    with pytest.raises(ValueError, match="seat"):
        line(kind, seats=seats)


def test_fees_and_discounts_are_shared_out_over_the_seats() -> None:
    lines = [line(LineKind.SEATS, "10", seats=6), line(LineKind.FEE), line(LineKind.DISCOUNT, "18")]
    assert seat_price(lines, date(2026, 1, 1)) == {"USD": usd("144")}
    assert seat_price([line(LineKind.FEE)], date(2026, 1, 1)) == {}
