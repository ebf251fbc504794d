from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.spend.changes import PaidChange, PaidKind, changes, paid_changes
from core.spend.figures import TypeUse, spend
from core.spend.money import Frequency, Money, Purchase, total

BEFORE, AFTER = date(2026, 10, 31), date(2026, 11, 24)


def usd(amount: str | int) -> Money:
    return Money(Decimal(amount), "USD")


def bought(seats: int, cost: str, **changed: object) -> Purchase:
    values = {"currency": "USD", "frequency": Frequency.ANNUALLY, "identifier": "EA-1"} | changed
    return Purchase(seats=seats, cost_per_seat=Decimal(cost), **values)  # type: ignore[arg-type]


def changed(old: Purchase, new: Purchase) -> PaidChange:
    [only] = paid_changes({"e3": [old, new]}, before=BEFORE, after=AFTER)
    return only


OLD = {"ends_on": BEFORE}
NEW = {"starts_on": date(2026, 11, 1)}


@pytest.mark.parametrize(
    ("new", "seat_effect", "price_effect"),
    [
        (bought(90, "12", **NEW), -120, 0),
        (bought(100, "15", **NEW), 0, 300),
        (bought(90, "15", **NEW), -120, 270),
        (bought(110, "10", **NEW), 120, -220),
        (bought(100, "1", frequency=Frequency.MONTHLY, **NEW), 0, 0),
    ],
)
def test_seats_count_at_the_old_price_and_the_price_for_the_new_seats(
    new: Purchase, seat_effect: int, price_effect: int
) -> None:
    found = paid_changes({"e3": [bought(100, "12", **OLD), new]}, before=BEFORE, after=AFTER)
    effects = [(each.seat_effect, each.price_effect) for each in found]
    assert effects == ([(usd(seat_effect), usd(price_effect))] if seat_effect or price_effect else [])


def test_a_purchase_that_starts_or_ends_is_all_seats() -> None:
    found = paid_changes(
        {"e3": [bought(10, "12", **OLD), bought(5, "20", identifier="EA-2", **NEW)]},
        before=BEFORE,
        after=AFTER,
    )
    assert [(each.identifier, each.kind, each.seat_effect, each.price_effect) for each in found] == [
        ("EA-1", PaidKind.ENDED, usd(-120), usd(0)),
        ("EA-2", PaidKind.STARTED, usd(100), usd(0)),
    ]


def test_another_currency_is_an_end_and_a_start() -> None:
    found = paid_changes(
        {"e3": [bought(10, "12", **OLD), bought(10, "11", currency="EUR", **NEW)]},
        before=BEFORE,
        after=AFTER,
    )
    assert [(each.before.currency, each.kind) for each in found] == [
        ("EUR", PaidKind.STARTED),
        ("USD", PaidKind.ENDED),
    ]


def test_fewer_seats_of_a_purchase_without_a_price_are_told() -> None:
    assert changed(bought(10, "0", **OLD), bought(8, "0", **NEW)).seats_after == 8


def test_what_is_as_before_is_not_told() -> None:
    same = {"e3": [bought(100, "12")], "visio": [bought(1, "5", frequency=Frequency.ONCE)]}
    use = TypeUse(sku_id="e3", part_number="E3", seats=100, active=4)
    found = changes(same, ([use], [use]), before=BEFORE, after=AFTER, reclaimed={}, restored={})
    assert (found.paid, found.seats) == ((), ())
    [dollars] = found.currencies
    assert dollars.before == dollars.after == usd(1200)


amounts = st.decimals(min_value=0, max_value=9999, places=6)
terms = st.builds(
    lambda seats, cost, currency, frequency, identifier, dates: Purchase(
        seats=seats,
        cost_per_seat=cost,
        currency=currency,
        frequency=frequency,
        identifier=identifier,
        starts_on=dates[0],
        ends_on=dates[1],
    ),
    st.integers(1, 5000),
    amounts,
    st.sampled_from(["USD", "EUR", "JPY"]),
    st.sampled_from(Frequency),
    st.sampled_from(["EA-1", "EA-2"]),
    st.sampled_from([(None, None), (None, BEFORE), (AFTER, None), (date(2026, 1, 1), AFTER)]),
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["e3", "e5", "visio"]), st.lists(terms, max_size=4)))
def test_the_effects_sum_exactly_to_the_difference_of_the_spend(
    purchases: dict[str, list[Purchase]],
) -> None:
    found = changes(purchases, ((), ()), before=BEFORE, after=AFTER, reclaimed={}, restored={})
    spent = [
        {each.currency: each.annual for each in spend([], purchases, on=day).currencies}
        for day in (BEFORE, AFTER)
    ]
    for each in found.currencies:
        nothing = Money.zero(each.currency)
        assert each.before == spent[0].get(each.currency, nothing)
        assert each.after == spent[1].get(each.currency, nothing)
        assert each.seat_effect + each.price_effect == each.after - each.before
        ours = [line for line in found.paid if line.before.currency == each.currency]
        assert total((line.difference for line in ours), each.currency) == each.after - each.before
    for line in found.paid:
        assert line.seat_effect + line.price_effect == line.difference
        if line.kind is PaidKind.CHANGED and line.seats_before == line.seats_after:
            assert line.seat_effect == Money.zero(line.before.currency)
    assert {each.currency for each in found.currencies} == spent[0].keys() | spent[1].keys()


@given(seats=st.integers(1, 10**6), other=st.integers(1, 10**6), cost=amounts)
def test_the_same_price_has_no_price_effect(seats: int, other: int, cost: Decimal) -> None:
    for each in paid_changes(
        {"e3": [bought(seats, str(cost), **OLD), bought(other, str(cost), **NEW)]},
        before=BEFORE,
        after=AFTER,
    ):
        assert each.price_effect == usd(0)
        assert each.seat_effect.amount == Decimal(other - seats) * cost


counts = st.integers(0, 60)


@given(counts, counts, counts, counts)
def test_seats_are_explained_without_a_rest(held: int, later: int, reclaimed: int, restored: int) -> None:
    def of(active: int) -> TypeUse:
        return TypeUse(sku_id="e3", part_number="E3", seats=60, active=active)

    found = changes(
        {},
        ([of(held)], [of(later)]),
        before=BEFORE,
        after=AFTER,
        reclaimed={"e3": reclaimed},
        restored={"e3": restored},
    )
    for each in found.seats:
        assert each.difference == each.restored - each.reclaimed + each.elsewhere == later - held
    assert bool(found.seats) is bool(later != held or reclaimed or restored)


def test_types_that_came_or_went_are_told_from_nothing() -> None:
    e3 = TypeUse(sku_id="e3", part_number="E3", seats=9, active=7)
    e5 = TypeUse(sku_id="e5", part_number="E5", seats=9, active=3)
    found = changes({}, ([e3], [e5]), before=BEFORE, after=AFTER, reclaimed={}, restored={})
    assert [(each.sku_id, each.difference, each.after.seats) for each in found.seats] == [
        ("e3", -7, 0),
        ("e5", 3, 9),
    ]


def test_what_is_for_the_company_has_no_seats_that_change() -> None:
    rooms = [TypeUse(sku_id="rooms", part_number="ROOMS", seats=seats, for_company=True) for seats in (3, 5)]
    found = changes({}, (rooms[:1], rooms[1:]), before=BEFORE, after=AFTER, reclaimed={}, restored={})
    assert found.seats == ()


def test_a_price_that_does_not_come_out_even_loses_nothing() -> None:
    old = bought(3, "0.000001", frequency=Frequency.EVERY_18_MONTHS, **OLD)
    new = bought(7, "0.000002", frequency=Frequency.TRIENNIALLY, **NEW)
    found = changed(old, new)
    assert found.seat_effect + found.price_effect == found.difference
    assert found.difference.millionths == round(Fraction(14, 3)) - round(Fraction(2))
