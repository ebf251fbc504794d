"""docs/worked-example.md, computed by the product."""

from datetime import date
from decimal import Decimal
from typing import Final

import pytest

from core.settings import PROJECT
from core.spend.chargeback import NOBODY, TypeUsage, Unassigned, charges
from core.spend.conversion import Rate, together
from core.spend.figures import CurrencySpend, Figure, SpendPart, TypeUse, spend
from core.spend.money import Frequency, Money, Purchase
from core.spend.periods import period_cost
from core.spend.realized import realized

TODAY: Final = date(2026, 11, 24)
YEAR: Final = date(2026, 1, 1), date(2026, 12, 31)
PAGE: Final = (PROJECT / "docs" / "worked-example.md").read_text(encoding="utf-8")


def bought(
    identifier: str,
    seats: int,
    cost: str,
    currency: str,
    frequency: Frequency,
    days: tuple[str, str | None],
    notice: int | None = None,
    *,
    renews: bool = True,
) -> Purchase:
    starts, ends = days
    return Purchase(
        seats=seats,
        cost_per_seat=Decimal(cost),
        currency=currency,
        frequency=frequency,
        starts_on=date.fromisoformat(starts),
        ends_on=date.fromisoformat(ends) if ends else None,
        notice_days=notice,
        identifier=identifier,
        renews=renews,
    )


MONTHLY, YEARLY = Frequency.MONTHLY, Frequency.ANNUALLY
OLD = bought("EA-1", 200, "36.00", "USD", MONTHLY, ("2026-01-01", "2026-06-30"), 30, renews=False)
NEW = bought("EA-1", 200, "39.00", "USD", MONTHLY, ("2026-07-01", "2026-12-31"), 30)
EXTRA = bought("EA-2", 40, "420.00", "USD", YEARLY, ("2026-03-01", "2027-02-28"), 60)
E5 = bought("CSP-7", 50, "165.00", "EUR", Frequency.QUARTERLY, ("2026-04-01", None))
VISIO = bought("CSP-9", 25, "540.00", "EUR", Frequency.EVERY_18_MONTHS, ("2026-01-01", "2027-06-30"), 30)
PURCHASES = {"E3": [OLD, NEW, EXTRA], "E5": [E5], "VISIO": [VISIO]}
USE = [
    TypeUse(
        sku_id="E3",
        part_number="E3",
        seats=240,
        active=180,
        inactive=24,
        never_active=6,
        unknown=10,
        reclaimable=22,
    ),
    TypeUse(sku_id="E5", part_number="E5", seats=50, active=48, unknown=2),
    TypeUse(
        sku_id="VISIO", part_number="VISIO", seats=25, active=10, inactive=5, never_active=5, reclaimable=8
    ),
]


def usd(amount: str | int) -> Money:
    return Money(Decimal(amount), "USD")


def eur(amount: str | int) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.fixture(scope="module")
def euros() -> CurrencySpend:
    return spend(USE, PURCHASES, on=TODAY, reserve_percent=5).currencies[0]


@pytest.fixture(scope="module")
def dollars() -> CurrencySpend:
    return spend(USE, PURCHASES, on=TODAY, reserve_percent=5).currencies[1]


def on_the_page(*figures: str) -> None:
    """The page says these; a figure that is changed there alone fails here."""
    assert [each for each in figures if each not in PAGE] == []


def test_the_purchases_are_those_of_the_page() -> None:
    for each in (OLD, NEW, EXTRA, E5, VISIO):
        ends = each.ends_on.isoformat() if each.ends_on else "–"
        on_the_page(
            f"| {each.seats} | {each.cost_per_seat} {each.currency} | "
            f"{each.frequency.label.lower()} | {each.starts_on} | {ends} |"
        )


def test_spend(euros: CurrencySpend, dollars: CurrencySpend) -> None:
    assert (dollars.annual, dollars.monthly) == (usd(110_400), usd(9_200))
    assert (euros.annual, euros.monthly) == (eur(42_000), eur(3_500))
    assert {row.sku_id: (row.annual, row.monthly) for row in euros.by_license_type} == {
        "E5": (eur(33_000), eur(2_750)),
        "VISIO": (eur(9_000), eur(750)),
    }
    on_the_page("**110,400 USD**", "**42,000 EUR**", "33,000 EUR | 2,750 EUR", "9,000 EUR | 750 EUR")


def test_the_past_keeps_its_price() -> None:
    before = spend(USE, PURCHASES, on=date(2026, 6, 30))
    assert before.currencies[1].annual == usd(103_200)
    on_the_page("**103,200 USD**")


def test_exposure(euros: CurrencySpend, dollars: CurrencySpend) -> None:
    [e3] = dollars.by_license_type
    assert e3.split[SpendPart.ACTIVE].annual == usd(180 * 460)
    assert (e3.exposure, e3.unknown) == (
        Figure(seats=50, annual=usd(23_000)),
        Figure(seats=10, annual=usd(4_600)),
    )
    assert (euros.exposure, euros.unknown) == (
        Figure(seats=15, annual=eur(5_400)),
        Figure(seats=2, annual=eur(1_320)),
    )
    on_the_page("= 50 | 23,000 USD | 10 × 460 = 4,600 USD", "= 15 | 5,400 EUR | 0 EUR", "2 × 660 = 1,320 EUR")


def test_reassignable_now(euros: CurrencySpend, dollars: CurrencySpend) -> None:
    assert dollars.reassignable_now == Figure(seats=42, annual=usd(19_320))
    assert euros.reassignable_now == Figure(seats=13, annual=eur(4_680))
    on_the_page("**19,320 USD**", "**4,680 EUR**")


def test_reducible_at_renewal(euros: CurrencySpend, dollars: CurrencySpend) -> None:
    [e3] = dollars.by_license_type[0].reductions
    assert (e3.identifier, e3.seats, NEW.seats - e3.seats, e3.annual) == ("EA-1", 30, 170, usd(14_040))
    assert dollars.reducible_at_renewal.by_date == date(2026, 12, 1)
    [visio] = next(row for row in euros.by_license_type if row.sku_id == "VISIO").reductions
    assert (visio.seats, VISIO.seats - visio.seats, visio.annual) == (11, 14, eur(3_960))
    assert euros.reducible_at_renewal.by_date == date(2027, 5, 31)
    on_the_page("**170 seats**", "**14,040 USD**", "**2026-12-01**", "**14 seats**", "**3,960 EUR**")


def test_the_cost_of_the_year() -> None:
    everything = [purchase for listed in PURCHASES.values() for purchase in listed]
    assert period_cost(everything, *YEAR) == {"EUR": eur(33_750), "USD": usd(104_000)}
    on_the_page("**104,000 USD**", "**33,750 EUR**")


def test_in_one_currency(euros: CurrencySpend, dollars: CurrencySpend) -> None:
    rate = Rate(currency="EUR", into="USD", rate=Decimal("1.08"), valid_from=date(2026, 11, 1))
    assert together([dollars.monthly, euros.monthly], "USD", [rate], on=TODAY).amount == usd(12_980)
    on_the_page("**12,980 USD**")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Unassigned.APART, {"IT": "4600.000000", "Sales": "3833.333333", NOBODY: "766.666667"}),
        (Unassigned.SPREAD, {"IT": "5018.181818", "Sales": "4181.818182"}),
    ],
)
def test_who_pays_for_november(choice: Unassigned, expected: dict[str | None, str]) -> None:
    cost = period_cost(PURCHASES["E3"], date(2026, 11, 1), date(2026, 11, 30))
    held = {"Sales": 30 * 100, "IT": 30 * 120}
    november = TypeUsage(sku_id="E3", cost=cost, paid={"USD": 30 * 240}, held=held, unassigned=30 * 20)
    found = charges([november], days=30, unassigned=choice)
    assert {each.group: each.amount for each in found} == {
        group: usd(amount) for group, amount in expected.items()
    }
    on_the_page(*(f"{Decimal(amount):,}" for amount in expected.values()))


def test_what_was_saved() -> None:
    renewed = bought("EA-1", 170, "39.00", "USD", MONTHLY, ("2027-01-01", "2027-12-31"), 30)
    reclaimed = [date(2026, 11, 25)] * 22
    assert realized(PURCHASES["E3"], reclaimed, on=date(2026, 12, 31)).invoice_reduced == {}
    after = realized([*PURCHASES["E3"], renewed], reclaimed, on=date(2027, 1, 1))
    assert after.invoice_reduced == {"USD": Figure(seats=22, annual=usd(10_296))}
    on_the_page("**10,296 USD**", "still paid until 2026-12-31")
