"""Numbers as people read them."""

from decimal import Decimal

import pytest

from core.spend.formatting import decimal_text, format_age, format_count, format_money, format_percent
from core.spend.money import Money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("12480", "USD", "$12,480"),
        ("100", "USD", "$100"),
        ("100.5", "USD", "$101"),
        ("99.5", "USD", "$99.50"),
        ("0", "USD", "$0.00"),
        ("7", "JPY", "¥7"),
        ("-1500", "EUR", "-€1,500"),
        ("2500", "CHF", "CHF 2,500"),
        ("-3.25", "KWD", "-KWD 3.250"),
    ],
)
def test_an_amount_has_its_sign_or_code_and_no_decimals_from_100_on(
    amount: str, currency: str, text: str
) -> None:
    assert format_money(Money(Decimal(amount), currency)) == text


def test_the_period_is_said() -> None:
    assert format_money(Money(Decimal(12480), "USD"), "month") == "$12,480 / month"


@pytest.mark.parametrize(
    ("amount", "text"),
    [("999999", "$999,999"), ("1234567", "$1.2 M"), ("-1250000", "-$1.3 M"), ("2100000000", "$2.1 B")],
)
def test_millions_are_short_on_tiles(amount: str, text: str) -> None:
    assert format_money(Money(Decimal(amount), "USD"), compact=True) == text


@pytest.mark.parametrize(
    ("amount", "text"), [("1234.5", "$1,234.50"), ("0.004321", "$0.004321"), ("30", "$30.00")]
)
def test_an_exact_amount_keeps_every_decimal_it_has(amount: str, text: str) -> None:
    assert format_money(Money(Decimal(amount), "USD"), exact=True) == text


@pytest.mark.parametrize(
    ("part", "base", "text"),
    [
        (434, 2410, "18 % of 2,410 seats"),
        (0, 10, "0 % of 10 seats"),
        (1, 2410, "< 1 % of 2,410 seats"),
        (0, 0, "– of 0 seats"),
    ],
)
def test_a_percentage_has_its_base(part: int, base: int, text: str) -> None:
    assert format_percent(part, base, "seats") == text


def test_a_count_agrees_with_its_noun() -> None:
    assert [format_count(1284), format_count(1284, "seat"), format_count(1, "seat")] == [
        "1,284",
        "1,284 seats",
        "1 seat",
    ]


@pytest.mark.parametrize(("days", "text"), [(0, "today"), (1, "1 day"), (61, "61 days")])
def test_an_age_in_days(days: int, text: str) -> None:
    assert format_age(days) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1200", "1200.00"),
        ("0.000001", "0.000001"),
        ("432.500000", "432.50"),
        ("1E+3", "1000.00"),
        ("-0.5", "-0.50"),
    ],
)
def test_amounts_for_machines_are_exact_and_without_separators(amount: str, text: str) -> None:
    assert decimal_text(Decimal(amount)) == text
