"""The chargeback of a month, from purchases and kept days, and as documents."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from core.documents import Document, Table
from core.integration.snapshots import write_snapshot
from core.rights import Actor, Role
from core.spend.chargeback import NOBODY, Unassigned
from core.spend.charging import Chargeback, month_until, months_until, read_chargeback
from core.spend.grouping import Grouping
from core.spend.money import Money
from core.spend.purchases import add_purchase
from core.spend.statement import chargeback_document, statement_document
from core.store.engine import writing
from tests.support.license_types import E3, count_seats

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANALYST = Actor(name="Ana", role=Role.ANALYST)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.fixture
def counted(engine: Engine) -> Engine:
    """100 seats of E3 at $36 a month, of which IT holds 30 and Sales 60, as counted on 12 October."""
    values = {
        "license_type": E3,
        "purchase_identifier": "EA-1",
        "seats": 100,
        "cost_per_seat": "36",
        "currency": "USD",
        "frequency": "monthly",
        "starts_on": date(2026, 1, 1),
    }
    add_purchase(engine, 1, values, actor=ANALYST, now=NOW)
    count_seats(engine, E3, "active", 30, department="IT")
    count_seats(engine, E3, "inactive", 60, department="Sales")
    with writing(engine) as session:
        write_snapshot(session, 1, datetime(2026, 10, 12, 6, tzinfo=UTC))
    return engine


def charge(
    engine: Engine, month: date = date(2026, 10, 1), unassigned: Unassigned = Unassigned.APART
) -> Chargeback:
    return read_chargeback(
        engine, 1, Grouping.DEPARTMENT, month=month, unassigned=unassigned, name="Contoso", now=NOW
    )


def table(document: Document, heading: str) -> Table:
    found = next(each.table for each in document.sections if each.heading == heading)
    assert found is not None
    return found


def test_a_month_is_shared_out_whole(counted: Engine) -> None:
    made = charge(counted)
    assert {each.group: each.total for each in made.statements} == {
        "Sales": usd("2160"),
        "IT": usd("1080"),
        NOBODY: usd("360"),
    }
    assert (made.terms.days, made.terms.counted_days, made.terms.period) == (31, 1, "October 2026")


def test_unassigned_seats_can_be_spread(counted: Engine) -> None:
    made = charge(counted, unassigned=Unassigned.SPREAD)
    assert {each.group: each.total for each in made.statements} == {"Sales": usd("2400"), "IT": usd("1200")}


def test_the_current_month_counts_until_today(counted: Engine) -> None:
    made = charge(counted, date(2026, 11, 1))
    assert sum(each.total.millionths for each in made.statements) == usd("2880").millionths  # 24 of 30 days
    assert (made.terms.period, made.terms.counted_days) == ("2026-11-01 to 2026-11-24", 0)


def test_the_document_of_all_groups_sums_to_what_was_paid(counted: Engine) -> None:
    made = charge(counted)
    document = chargeback_document(made.statements, made.names, made.terms)
    assert document.title == "License cost by department, October 2026"
    totals = table(document, "Totals in USD")
    assert totals.total == ["Total", Decimal("100.00"), Decimal(3600)]
    assert [row[0] for row in totals.rows] == ["Sales", "IT", "Not assigned to anybody"]
    lines = table(document, "Lines in USD")
    assert ["Sales", "Microsoft 365 E3", Decimal("60.00"), Decimal(2160)] in [list(row) for row in lines.rows]
    assert any("counted on 1 of 31 days" in line for line in document.about)
    assert any("which have no price" in line for line in document.about)


def test_a_group_s_own_statement_has_its_lines_alone(counted: Engine) -> None:
    made = charge(counted)
    document = statement_document(made.statements, "IT", made.names, made.terms)
    assert document.title == "License statement for department IT, October 2026"
    own = table(document, "In USD")
    assert [list(row) for row in own.rows] == [["Microsoft 365 E3", Decimal("30.00"), Decimal(1080)]]
    assert own.total == ["Total", Decimal("30.00"), Decimal(1080)]


def test_without_purchases_there_is_nothing_to_charge(engine: Engine) -> None:
    made = charge(engine)
    document = chargeback_document(made.statements, made.names, made.terms)
    assert [each.heading for each in document.sections] == ["Nothing to charge"]


def test_months_end_with_themselves_or_today() -> None:
    today = date(2026, 3, 15)
    assert months_until(today, most=4) == [date(2026, month, 1) for month in (3, 2, 1)] + [date(2025, 12, 1)]
    assert month_until(date(2026, 2, 9), today) == (date(2026, 2, 1), date(2026, 2, 28))
    assert month_until(date(2026, 3, 1), today) == (date(2026, 3, 1), today)
    with pytest.raises(ValueError, match="April 2026 has not begun"):
        month_until(date(2026, 4, 1), today)
