"""Chargeback: what was paid is shared out whole, by who held the seats."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spend.chargeback import NOBODY, Charge, TypeUsage, Unassigned, charges, statements
from core.spend.money import Money

DAYS = 30


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def usage(held: dict[str, int], *, unassigned: int = 0, cost: str = "90", sku_id: str = "E3") -> TypeUsage:
    seat_days = {group: seats * DAYS for group, seats in held.items()}
    return TypeUsage(
        sku_id=sku_id,
        cost={"USD": usd(cost)},
        paid={"USD": 100 * DAYS},
        held=seat_days,
        unassigned=unassigned * DAYS,
    )


def told(found: tuple[Charge, ...]) -> dict[str | None, tuple[str, str]]:
    return {each.group: (str(each.seats), str(each.amount.amount.normalize())) for each in found}


@pytest.mark.parametrize(
    ("held", "unassigned", "choice", "expected"),
    [
        ({"Sales": 2, "IT": 1}, 0, Unassigned.APART, {"Sales": ("2", "6E+1"), "IT": ("1", "3E+1")}),
        (
            {"Sales": 2, "IT": 1},
            3,
            Unassigned.APART,
            {"Sales": ("2", "3E+1"), "IT": ("1", "15"), NOBODY: ("3", "45")},
        ),
        ({"Sales": 2, "IT": 1}, 3, Unassigned.SPREAD, {"Sales": ("2", "6E+1"), "IT": ("1", "3E+1")}),
        ({"": 1, "IT": 1}, 0, Unassigned.SPREAD, {"": ("1", "45"), "IT": ("1", "45")}),
        ({}, 3, Unassigned.SPREAD, {NOBODY: ("3", "9E+1")}),
        ({}, 0, Unassigned.APART, {NOBODY: ("0", "9E+1")}),
        ({"Sales": 0}, 0, Unassigned.APART, {NOBODY: ("0", "9E+1")}),
    ],
)
def test_who_bears_what(
    held: dict[str, int],
    unassigned: int,
    choice: Unassigned,
    expected: dict[str | None, tuple[str, str]],
) -> None:
    found = charges([usage(held, unassigned=unassigned)], days=DAYS, unassigned=choice)
    assert told(found) == expected


def test_a_seat_that_changed_hands_is_shared_by_its_days() -> None:
    moved = TypeUsage(
        sku_id="E3", cost={"USD": usd("30")}, paid={"USD": 30}, held={"Sales": 10, "IT": 20}, unassigned=0
    )
    found = charges([moved], days=DAYS, unassigned=Unassigned.APART)
    assert {each.group: each.amount for each in found} == {"Sales": usd("10"), "IT": usd("20")}
    assert {each.group: each.seats for each in found} == {"Sales": Fraction(1, 3), "IT": Fraction(2, 3)}


def test_seats_of_a_type_that_is_paid_in_two_currencies_count_once() -> None:
    both = TypeUsage(
        sku_id="E3",
        cost={"EUR": Money(Decimal(30), "EUR"), "USD": usd("90")},
        paid={"EUR": 10 * DAYS, "USD": 30 * DAYS},
        held={"Sales": 20 * DAYS},
        unassigned=20 * DAYS,
    )
    found = charges([both], days=DAYS, unassigned=Unassigned.APART)
    assert {(each.group, each.currency): each.seats for each in found} == {
        ("Sales", "EUR"): 5,
        ("Sales", "USD"): 15,
        (NOBODY, "EUR"): 5,
        (NOBODY, "USD"): 15,
    }


def test_a_statement_has_the_lines_of_one_group_and_nobody_comes_last() -> None:
    found = charges(
        [usage({"IT": 1, "Sales": 2}, unassigned=6, cost="90"), usage({"IT": 1}, cost="5", sku_id="Visio")],
        days=DAYS,
        unassigned=Unassigned.APART,
    )
    made = statements(found)
    assert [(each.group, each.total) for each in made] == [
        ("Sales", usd("20")),
        ("IT", usd("15")),
        (NOBODY, usd("60")),
    ]
    assert [line.sku_id for line in made[1].lines] == ["E3", "Visio"]


groups = st.sampled_from(["", "IT", "Sales", "HR"])
usages = st.builds(
    TypeUsage,
    sku_id=st.sampled_from(["E3", "E5", "Visio"]),
    cost=st.dictionaries(st.just("USD"), st.builds(Money, st.decimals(0, 10**6, places=6), st.just("USD"))),
    paid=st.just({"USD": 9}),
    held=st.dictionaries(groups, st.integers(0, 10**6)),
    unassigned=st.integers(0, 10**6),
)


@given(st.lists(usages, max_size=5), st.sampled_from(Unassigned))
def test_no_money_is_lost_and_none_is_made(listed: list[TypeUsage], choice: Unassigned) -> None:
    found = charges(listed, days=DAYS, unassigned=choice)
    paid = sum(cost.millionths for each in listed for cost in each.cost.values())
    assert sum(each.amount.millionths for each in found) == paid
    assert sum(each.total.millionths for each in statements(found)) == paid
    assert all(each.amount.millionths >= 0 for each in found)


@given(usages.filter(lambda each: any(each.held.values())))
def test_spreading_leaves_nothing_with_nobody(each: TypeUsage) -> None:
    found = charges([each], days=DAYS, unassigned=Unassigned.SPREAD)
    assert NOBODY not in {charge.group for charge in found}
