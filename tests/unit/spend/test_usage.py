"""Seat-days: who held what on which day, and what nobody held."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spend.figures import SpendPart
from core.spend.trend import Shares
from core.spend.usage import stands_for, usage
from tests.support.purchases import bought

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 4)
DAYS = [date(2026, 11, number) for number in (1, 2, 3, 4)]
IT_2: Shares = {"E3": {SpendPart.ACTIVE: {"IT": 2}}}
IT_1_SALES_4: Shares = {"E3": {SpendPart.ACTIVE: {"IT": 1}, SpendPart.UNKNOWN: {"Sales": 3, "": 1}}}


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ([], {}),
        ([date(2026, 10, 1)], dict.fromkeys(DAYS, date(2026, 10, 1))),
        ([date(2026, 12, 1)], dict.fromkeys(DAYS, date(2026, 12, 1))),
        ([DAYS[2]], dict.fromkeys(DAYS, DAYS[2])),
        ([DAYS[0], DAYS[2]], dict(zip(DAYS, [DAYS[0], DAYS[0], DAYS[2], DAYS[2]], strict=True))),
        ([DAYS[3], DAYS[0]], dict(zip(DAYS, [DAYS[0], DAYS[0], DAYS[0], DAYS[3]], strict=True))),
    ],
)
def test_a_day_without_counts_is_told_by_the_one_before_it(
    kept: list[date], expected: dict[date, date]
) -> None:
    assert stands_for(kept, DAYS) == expected


def test_seat_days_are_summed_by_group_and_what_is_left_is_unassigned() -> None:
    shares = {DAYS[0]: IT_2, DAYS[2]: IT_1_SALES_4}
    terms = {"E3": [bought(6, ends_on=DAYS[1]), bought(5, starts_on=DAYS[2])]}
    made = usage(terms, shares, stands_for(shares, DAYS), first=FIRST, last=LAST)
    [e3] = made.types
    assert dict(e3.held) == {"IT": 2 + 2 + 1 + 1, "Sales": 6, "": 2}
    assert e3.unassigned == 4 + 4 + 0 + 0
    assert (made.days, made.counted_days) == (4, 2)


def test_more_held_than_paid_leaves_nothing_unassigned() -> None:
    made = usage({"E3": [bought(3)]}, {DAYS[0]: IT_1_SALES_4}, {DAYS[0]: DAYS[0]}, first=FIRST, last=FIRST)
    assert made.types[0].unassigned == 0


def test_a_type_that_cost_nothing_then_is_left_out() -> None:
    terms = {"E3": [bought(3, starts_on=date(2027, 1, 1))], "E5": [bought(3, "0")]}
    assert usage(terms, {}, {}, first=FIRST, last=LAST).types == ()


def test_without_any_count_everything_paid_is_unassigned() -> None:
    [e3] = usage({"E3": [bought(3)]}, {}, {}, first=FIRST, last=LAST).types
    assert (dict(e3.held), e3.unassigned) == ({}, 12)


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        usage({}, {}, {}, first=LAST, last=FIRST)


@given(
    st.dictionaries(
        st.sampled_from(DAYS), st.dictionaries(st.sampled_from(["IT", "Sales"]), st.integers(1, 9))
    ),
    st.integers(1, 12),
)
def test_held_and_unassigned_cover_every_paid_seat_of_every_day(
    counts: dict[date, dict[str, int]], paid: int
) -> None:
    shares: dict[date, Shares] = {day: {"E3": {SpendPart.ACTIVE: by}} for day, by in counts.items()}
    standing = stands_for(shares, DAYS)
    [e3] = usage({"E3": [bought(paid)]}, shares, standing, first=FIRST, last=LAST).types
    each_day = [sum(counts[standing[day]].values()) if standing else 0 for day in DAYS]
    assert sum(e3.held.values()) == sum(each_day)
    assert e3.unassigned == sum(max(0, paid - held) for held in each_day)
