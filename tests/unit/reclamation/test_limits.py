"""The daily limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reclamation.limits import (
    Exceeded,
    LimitRefused,
    Limits,
    exceeded_limits,
    limit_of,
    require_within_limits,
)


@pytest.mark.parametrize(
    ("seats", "limit"),
    [(0, 5), (10, 5), (59, 5), (60, 6), (99, 9), (250, 25), (499, 49), (500, 50), (100_000, 50)],
)
def test_the_limit_is_50_or_a_tenth_of_the_seats_but_not_below_5(seats: int, limit: int) -> None:
    assert limit_of(seats) == limit


@given(st.integers(min_value=0, max_value=10**7))
def test_the_limit_stays_between_5_and_50(seats: int) -> None:
    assert 5 <= limit_of(seats) <= 50
    assert limit_of(seats) <= limit_of(seats + 1)


def test_what_was_requested_lately_counts() -> None:
    assert exceeded_limits({"e3": 10}, {"e3": 15}, {"e3": 250}) == ()
    assert exceeded_limits({"e3": 10}, {"e3": 16}, {"e3": 250}) == (
        Exceeded(sku_id="e3", requested=10, recent=16, limit=25),
    )


def test_fifty_is_the_limit_of_all_types_together() -> None:
    seats = dict.fromkeys("abc", 1000)
    assert exceeded_limits({"a": 20, "b": 20}, {"c": 10}, seats) == ()
    assert exceeded_limits({"a": 20, "b": 20}, {"c": 11}, seats) == (
        Exceeded(sku_id=None, requested=40, recent=11, limit=50),
    )


@pytest.mark.parametrize("confirmed", [None, 7, 9])
def test_above_the_limit_the_exact_number_must_be_typed(confirmed: int | None) -> None:
    with pytest.raises(LimitRefused, match="Confirm with the number of requests of this run, 8") as caught:
        require_within_limits({"e3": 8}, {}, {"e3": 60}, confirmed=confirmed)
    assert caught.value.exceeded == (Exceeded(sku_id="e3", requested=8, recent=0, limit=6),)


def test_the_typed_number_lifts_the_limit() -> None:
    require_within_limits({"e3": 8}, {}, {"e3": 60}, confirmed=8)


def test_within_the_limits_nothing_has_to_be_typed() -> None:
    require_within_limits({"e3": 6}, {}, {"e3": 60}, confirmed=None)


def test_an_empty_run_exceeds_nothing() -> None:
    require_within_limits({"e3": 0}, {"e3": 99}, {"e3": 60}, confirmed=None)


def test_the_message_names_the_license_type_as_people_know_it() -> None:
    with pytest.raises(LimitRefused, match="above the limit of 6 for Microsoft 365 E3"):
        require_within_limits({"e3": 8}, {}, {"e3": 60}, confirmed=None, names={"e3": "Microsoft 365 E3"})


@pytest.mark.parametrize(("seats", "limit"), [(10, 2), (100, 20), (1000, 30)])
def test_the_limits_of_an_application_take_the_place_of_the_defaults(seats: int, limit: int) -> None:
    own = Limits(requests=30, percent=20, smallest=2)
    assert limit_of(seats, own) == limit
    assert exceeded_limits({"e3": limit}, {}, {"e3": seats}, own) == ()
    assert [each.limit for each in exceeded_limits({"e3": limit + 1}, {}, {"e3": seats}, own)][-1] == limit
    with pytest.raises(LimitRefused, match=f"limit of {limit} "):
        require_within_limits({"e3": limit + 1}, {}, {"e3": seats}, confirmed=None, limits=own)
