"""The days that were kept, read back: written as an assessment writes them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from core.integration.snapshots import write_snapshot
from core.rights import Actor, Role
from core.spend.days import days_of_groups, kept_days, read_changes, read_days, read_shares, read_terms
from core.spend.figures import SpendPart
from core.spend.grouping import Grouping
from core.spend.money import Money
from core.spend.purchases import add_purchase, change_terms
from core.spend.trend import use_of_group, use_of_types
from core.store.engine import reading, writing
from core.store.tables import DailyShare
from tests.support.license_types import E3, E5, OLD, count_seats
from tests.support.reclaimed import keep_reclaimed

TODAY = date(2026, 11, 24)
ANALYST = Actor(name="Ana", role=Role.ANALYST)


def moment(day: date, hour: int = 6) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def keep(engine: Engine, day: date, hour: int = 6) -> None:
    with writing(engine) as session:
        write_snapshot(session, 1, moment(day, hour))


def buy(engine: Engine, seats: int = 100, cost: str = "12") -> int:
    values = {
        "license_type": E3,
        "purchase_identifier": "EA-1",
        "seats": seats,
        "cost_per_seat": Decimal(cost),
        "currency": "USD",
        "frequency": "annually",
        "starts_on": date(2026, 1, 1),
    }
    return add_purchase(engine, 1, values, actor=ANALYST, now=moment(TODAY))


def test_a_day_holds_the_types_of_the_tenant_as_they_were(engine: Engine) -> None:
    count_seats(engine, E3, "active", 7)
    count_seats(engine, E3, "unknown", 2, department="")
    keep(engine, TODAY - timedelta(days=1))
    count_seats(engine, E3, "active", 1)
    keep(engine, TODAY)
    with reading(engine) as session:
        assert kept_days(session, 1) == [TODAY - timedelta(days=1), TODAY]
        assert kept_days(session, 2) == []
        found = read_days(session, 1, [TODAY - timedelta(days=1), TODAY, date(2020, 1, 1)])
    seats = {
        day: {use.sku_id: (use.seats, use.active, use.unknown) for use in types if use.assigned}
        for day, types in found.items()
    }
    assert seats == {TODAY - timedelta(days=1): {E3: (100, 7, 2)}, TODAY: {E3: (100, 8, 2)}}
    assert OLD not in {use.sku_id for use in found[TODAY]}


def test_a_day_written_again_is_replaced(engine: Engine) -> None:
    count_seats(engine, E3, "active", 7)
    keep(engine, TODAY)
    count_seats(engine, E3, "active", 3, department="IT")
    keep(engine, TODAY, hour=20)
    with reading(engine) as session:
        found = read_shares(session, 1, Grouping.DEPARTMENT, [TODAY])
        assert sum(use.assigned for use in read_days(session, 1, [TODAY])[TODAY]) == 10
    assert found == {TODAY: {E3: {SpendPart.ACTIVE: {"IT": 3, "Sales": 7}}}}


@pytest.mark.parametrize("grouping", list(Grouping))
def test_each_grouping_of_a_day_sums_to_the_day(engine: Engine, grouping: Grouping) -> None:
    count_seats(engine, E3, "active", 7, department="Sales", country="France", cost_center="CC 1")
    count_seats(engine, E3, "inactive", 5, department="", country="")
    count_seats(engine, E5, "active", 2, department="IT", cost_center="CC 2")
    buy(engine, seats=31, cost="0.01")
    keep(engine, TODAY)
    with reading(engine) as session:
        types = read_days(session, 1, [TODAY])[TODAY]
        shares = read_shares(session, 1, grouping, [TODAY])[TODAY]
        terms = read_terms(session, 1)
    names = {name for counts in shares.values() for by_name in counts.values() for name in by_name}
    groups = [use_of_group(types, terms, shares, name, on=TODAY) for name in names]
    whole = use_of_types(types, terms, on=TODAY)
    for part in (SpendPart.ACTIVE, SpendPart.INACTIVE):
        assert sum(group.seats.get(part, 0) for group in groups) == whole.seats[part]
        shared = [
            group.costs["USD"][part].annual.millionths
            for group in groups
            if part in group.costs.get("USD", {})
        ]
        assert sum(shared) == whole.costs["USD"][part].annual.millionths


def test_shares_of_one_type_are_read_alone(engine: Engine) -> None:
    count_seats(engine, E3, "active", 7)
    count_seats(engine, E5, "active", 2)
    keep(engine, TODAY)
    with reading(engine) as session:
        found = read_shares(session, 1, Grouping.COUNTRY, [TODAY], sku_id=E5)
    assert found == {TODAY: {E5: {SpendPart.ACTIVE: {"Germany": 2}}}}


def test_old_days_of_groups_shrink_to_month_ends_and_those_of_types_stay(engine: Engine) -> None:
    count_seats(engine, E3, "active", 7)
    old = [date(2025, 8, 30), date(2025, 8, 31), date(2025, 9, 29)]
    for day in (*old, TODAY):
        keep(engine, day)
    with reading(engine) as session:
        assert kept_days(session, 1) == [*old, TODAY]
        assert days_of_groups(session, 1, Grouping.DEPARTMENT) == [*old[1:], TODAY]


def test_a_fault_while_a_day_is_written_leaves_the_day_as_it_was(engine: Engine) -> None:
    count_seats(engine, E3, "active", 7)
    keep(engine, TODAY)
    count_seats(engine, E3, "active", 1)

    def write_and_fail() -> None:
        with writing(engine) as session:
            write_snapshot(session, 1, moment(TODAY, 20))
            session.flush()
            raise ConnectionError

    with pytest.raises(ConnectionError):
        write_and_fail()
    with reading(engine) as session:
        assert sum(use.active for use in read_days(session, 1, [TODAY])[TODAY]) == 7
        assert session.get_one(DailyShare, (1, "department", TODAY, E3)).seats == {"Sales": [7, 0, 0, 0]}


def test_what_changed_is_told_with_what_was_reclaimed_in_between(engine: Engine) -> None:
    first = date(2026, 11, 10)
    count_seats(engine, E3, "active", 7)
    purchase = buy(engine)
    keep(engine, first)
    count_seats(engine, E3, "active", 5)
    change_terms(
        engine,
        1,
        purchase,
        {"seats": 90, "cost_per_seat": Decimal(15), "currency": "USD", "frequency": "annually"}
        | {"starts_on": date(2026, 11, 20)},
        actor=ANALYST,
        now=moment(TODAY),
    )
    keep_reclaimed(engine, at=moment(first, 23))  # before the first day was over
    keep_reclaimed(engine, at=moment(first + timedelta(days=1), 0))
    keep_reclaimed(engine, at=moment(TODAY, 23), state="restored", restored_at=moment(TODAY, 23))
    keep_reclaimed(engine, at=moment(TODAY + timedelta(days=1), 0))
    keep(engine, TODAY)
    with reading(engine) as session:
        found = read_changes(session, 1, before=first, after=TODAY)
    [seats] = found.seats
    assert (seats.difference, seats.reclaimed, seats.restored, seats.elsewhere) == (5, 2, 1, 6)
    [dollars] = found.currencies
    assert dollars.seat_effect == Money(Decimal(-120), "USD")
    assert dollars.price_effect == Money(Decimal(270), "USD")
