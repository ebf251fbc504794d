"""The spend report says what the summary says, and sums to it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from core.documents import Document, Section
from core.rights import Actor, Role
from core.spend.purchases import add_purchase
from core.spend.report import spend_report
from core.spend.summary import read_summary
from tests.support.license_types import E3, E5, TWIN_A, count_seats

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ANALYST = Actor(name="Ana", role=Role.ANALYST)


def buy(engine: Engine, sku_id: str, seats: int, cost: str, currency: str = "USD") -> None:
    values = {
        "license_type": sku_id,
        "purchase_identifier": f"EA-{currency}",
        "seats": seats,
        "cost_per_seat": cost,
        "currency": currency,
        "frequency": "monthly",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        "notice_days": 30,
    }
    add_purchase(engine, 1, values, actor=ANALYST, now=NOW)


def report(engine: Engine) -> Document:
    return spend_report(read_summary(engine, 1, on=TODAY), name="Contoso", made_at=NOW)


def section(document: Document, heading: str) -> Section:
    return next(each for each in document.sections if each.heading == heading)


@pytest.fixture
def bought(engine: Engine) -> Engine:
    count_seats(engine, E3, "active", 60)
    count_seats(engine, E3, "inactive", 20, reclaimable=15)
    count_seats(engine, TWIN_A, "active", 3)
    buy(engine, E3, 100, "36")
    buy(engine, E5, 10, "57.01")
    buy(engine, E5, 5, "49.5", "EUR")
    return engine


def test_the_types_of_a_currency_sum_to_its_total(bought: Engine) -> None:
    table = section(report(bought), "Spend by license type, USD").table
    assert table is not None
    assert table.total is not None
    for place in range(1, len(table.columns)):
        values = [row[place] for row in table.rows]
        assert sum(value for value in values if isinstance(value, int | Decimal)) == table.total[place]
    assert table.total[-3:-1] == [Decimal("4170.1"), Decimal("50041.2")]


def test_currencies_have_sections_of_their_own(bought: Engine) -> None:
    headings = [each.heading for each in report(bought).sections]
    assert headings == [
        "Figures",
        "Spend by license type, EUR",
        "Spend by license type, USD",
        "Renewals ahead",
        "Assigned seats by department, EUR",
        "Assigned seats by department, USD",
        "What no amount covers",
    ]


def test_a_renewal_says_how_many_seats_to_order(bought: Engine) -> None:
    table = section(report(bought), "Renewals ahead").table
    assert table is not None
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    [e3] = [row for row in rows if row["License type"] == "Microsoft 365 E3"]
    free_and_reclaimable = read_summary(bought, 1, on=TODAY).of_currency("USD")
    assert free_and_reclaimable is not None
    dropped = next(
        each.seats
        for row in free_and_reclaimable.by_license_type
        for each in row.reductions
        if row.sku_id == E3
    )
    assert dropped > 0
    assert (e3["Seats"], e3["Order"]) == (100, 100 - dropped)
    assert e3["Saves a year"] == Decimal(12 * 36 * dropped)


def test_what_no_amount_covers_is_named(bought: Engine) -> None:
    document = report(bought)
    table = section(document, "What no amount covers").table
    assert table is not None
    unpriced = read_summary(bought, 1, on=TODAY).spend.unpriced
    assert unpriced
    assert sorted(str(row[1]) for row in table.rows) == sorted(each.part_number for each in unpriced)
    assert any(f"{len(unpriced)} license types have no price" in line for line in document.about)


def test_without_purchases_the_report_says_so(engine: Engine) -> None:
    document = report(engine)
    assert section(document, "Renewals ahead").sentences == ["No purchase with an end is entered."]
    assert section(document, "Figures").table is not None
