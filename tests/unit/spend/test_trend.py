from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.spend.figures import ASSIGNED, Figure, SpendPart, TypeUse
from core.spend.money import Frequency, Money, Purchase, total
from core.spend.trend import Step, periods, runs, use_of_group, use_of_types

TODAY = date(2026, 11, 24)  # a Tuesday
E3 = TypeUse(sku_id="e3", part_number="E3", seats=100, active=60, inactive=20, never_active=5, unknown=5)
FREE = TypeUse(sku_id="flow", part_number="FLOW", seats=1000, active=40, free=True)
ROOMS = TypeUse(sku_id="rooms", part_number="ROOMS", seats=3, for_company=True)


def bought(seats: int = 100, cost: str = "12", **changes: object) -> Purchase:
    values = {"currency": "USD", "frequency": Frequency.ANNUALLY} | changes
    return Purchase(seats=seats, cost_per_seat=Decimal(cost), **values)  # type: ignore[arg-type]


def usd(amount: int) -> Money:
    return Money(Decimal(amount), "USD")


def points(days: list[date], step: Step, *, most: int = 99) -> list[tuple[date, date | None]]:
    return [(period.first, period.on) for period in periods(days, step, until=TODAY, most=most)]


@pytest.mark.parametrize("step", list(Step))
def test_without_a_day_there_is_no_period(step: Step) -> None:
    assert points([], step) == []
    assert points([TODAY + timedelta(days=1)], step) == []


def test_a_month_is_told_by_its_last_day_and_one_without_any_is_a_gap() -> None:
    days = [date(2026, 11, 3), date(2026, 8, 31), date(2026, 8, 2), date(2026, 10, 30)]
    assert points(days, Step.MONTH) == [
        (date(2026, 8, 1), date(2026, 8, 31)),
        (date(2026, 9, 1), None),
        (date(2026, 10, 1), date(2026, 10, 30)),
        (date(2026, 11, 1), date(2026, 11, 3)),
    ]


def test_a_week_begins_on_monday() -> None:
    days = [date(2026, 11, 15), date(2026, 11, 16), date(2026, 11, 22), TODAY]
    assert points(days, Step.WEEK) == [
        (date(2026, 11, 9), date(2026, 11, 15)),
        (date(2026, 11, 16), date(2026, 11, 22)),
        (date(2026, 11, 23), TODAY),
    ]


def test_a_day_without_a_snapshot_is_a_gap_up_to_today() -> None:
    assert points([TODAY - timedelta(days=2)], Step.DAY) == [
        (TODAY - timedelta(days=2), TODAY - timedelta(days=2)),
        (TODAY - timedelta(days=1), None),
        (TODAY, None),
    ]


def test_only_the_latest_periods_are_told() -> None:
    days = [date(2025, 1, 1), date(2026, 10, 1), TODAY]
    assert points(days, Step.MONTH, most=2) == [
        (date(2026, 10, 1), date(2026, 10, 1)),
        (date(2026, 11, 1), TODAY),
    ]


def test_a_gap_parts_the_periods() -> None:
    days = [date(2026, 6, 1), date(2026, 7, 1), date(2026, 9, 1), date(2026, 11, 1)]
    found = runs(periods(days, Step.MONTH, until=TODAY, most=99))
    assert [[period.first.month for period in run] for run in found] == [[6, 7], [9], [11]]


@given(st.sets(st.integers(0, 500)), st.sampled_from(Step))
def test_every_day_that_was_kept_lies_in_a_period_that_a_kept_day_stands_for(
    ages: set[int], step: Step
) -> None:
    days = {TODAY - timedelta(days=age) for age in ages}
    found = periods(days, step, until=TODAY, most=999)
    for earlier, later in pairwise(found):
        assert earlier.last + timedelta(days=1) == later.first
    for day in days:
        [period] = [each for each in found if each.first <= day <= each.last]
        assert period.on is not None
        assert day <= period.on
    assert {period.on for period in found if period.on is not None} <= days


def test_a_day_costs_what_the_purchases_valid_on_it_cost() -> None:
    terms = {
        "e3": [
            bought(cost="12", ends_on=date(2026, 10, 31)),
            bought(cost="24", starts_on=date(2026, 11, 1)),
        ]
    }
    october = use_of_types([E3], terms, on=date(2026, 10, 31))
    november = use_of_types([E3], terms, on=date(2026, 11, 1))
    assert october.costs["USD"][SpendPart.ACTIVE] == Figure(seats=60, annual=usd(720))
    assert november.costs["USD"][SpendPart.ACTIVE] == Figure(seats=60, annual=usd(1440))
    assert november.costs["USD"][SpendPart.UNASSIGNED] == Figure(seats=10, annual=usd(240))


def test_seats_count_without_a_price_free_ones_only_for_themselves_and_of_the_company_none() -> None:
    assert use_of_types([E3, FREE, ROOMS], {}, on=TODAY).seats == {
        SpendPart.ACTIVE: 60,
        SpendPart.INACTIVE: 20,
        SpendPart.NEVER_ACTIVE: 5,
        SpendPart.UNKNOWN: 5,
        SpendPart.UNASSIGNED: 10,
    }
    assert use_of_types([E3, FREE], {}, on=TODAY, sku_id="flow").seats == {
        SpendPart.ACTIVE: 40,
        SpendPart.UNASSIGNED: 960,
    }


def test_what_is_for_the_company_costs_something_all_the_same() -> None:
    found = use_of_types([ROOMS], {"rooms": [bought(3, "100")]}, on=TODAY)
    assert found.seats == {}
    assert found.costs["USD"] == {SpendPart.COMPANY: Figure(seats=3, annual=usd(300))}


def test_one_license_type_is_told_alone() -> None:
    visio = TypeUse(sku_id="visio", part_number="VISIO", seats=5, active=5)
    terms = {"e3": [bought()], "visio": [bought(5, "100", currency="EUR")]}
    found = use_of_types([E3, visio], terms, on=TODAY, sku_id="visio")
    assert found.seats == {SpendPart.ACTIVE: 5}
    assert list(found.costs) == ["EUR"]


seats = st.integers(0, 40)
amounts = st.decimals(min_value="0.000001", max_value=9999, places=6)


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[seats] * 4), min_size=1, max_size=5),
    st.lists(
        st.tuples(st.integers(1, 300), amounts, st.sampled_from(["USD", "EUR"])), min_size=1, max_size=3
    ),
)
def test_the_groups_of_a_day_sum_exactly_to_what_its_assigned_seats_cost(
    held: list[tuple[int, ...]], prices: list[tuple[int, Decimal, str]]
) -> None:
    names = [f"group {number}" for number in range(len(held))]
    active, inactive, never_active, unknown = (sum(column) for column in zip(*held, strict=True))
    use = TypeUse(
        sku_id="e3",
        part_number="E3",
        seats=50,
        active=active,
        inactive=inactive,
        never_active=never_active,
        unknown=unknown,
    )
    terms = {
        "e3": [
            bought(count, str(cost), currency=currency, frequency=Frequency.EVERY_18_MONTHS)
            for count, cost, currency in prices
        ]
    }
    counts = {
        part: {name: row[place] for name, row in zip(names, held, strict=True) if row[place]}
        for place, part in enumerate(ASSIGNED)
    }
    shares = {"e3": {part: by_name for part, by_name in counts.items() if by_name}}
    groups = [use_of_group([use], terms, shares, name, on=TODAY) for name in names]
    whole = use_of_types([use], terms, on=TODAY)
    for part in ASSIGNED:
        assert sum(group.seats.get(part, 0) for group in groups) == whole.seats.get(part, 0)
        for currency, split in whole.costs.items():
            shared = [
                group.costs[currency][part].annual
                for group in groups
                if part in group.costs.get(currency, {})
            ]
            whole_part = split[part].annual if part in split else Money.zero(currency)
            assert total(shared, currency) == whole_part
