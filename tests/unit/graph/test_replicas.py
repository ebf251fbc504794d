import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.replicas import LONGEST, Delay, Replicas


@pytest.mark.parametrize(
    ("before", "age", "seconds"),
    [(0, 0, 0.5), (0, 0.1, 0.5), (0, 2, 3), (3, 2, 3), (3, 4, 6), (250, 240, LONGEST), (0, 5000, LONGEST)],
)
def test_what_is_not_shown_yet_is_looked_for_half_as_long_again_later(
    before: float, age: float, seconds: float
) -> None:
    assert Delay(before).after_old(age) == Delay(seconds)


@pytest.mark.parametrize(("before", "seconds"), [(0, 0), (0.2, 0), (1, 0.95), (100, 95)])
def test_what_is_shown_is_looked_for_a_little_earlier_the_next_time(before: float, seconds: float) -> None:
    assert Delay(before).after_new() == Delay(seconds)


@given(st.floats(min_value=0, max_value=LONGEST / 2))
def test_whatever_a_tenant_takes_few_looks_come_too_early_and_none_waits_twice_as_long(lag: float) -> None:
    replicas, looks, waited = Replicas(), 0, []
    for chunk in range(200):
        age = replicas.delay
        while age < lag:
            replicas.seen(old_at=age)
            looks, age = looks + 1, max(replicas.delay, age * 1.5)
        replicas.seen(old_at=None)
        looks += 1
        if chunk:
            waited.append(age)
    assert looks <= 200 * 1.25
    assert max(waited) <= max(1.0, lag * 1.6)


def test_a_tenant_that_shows_everything_at_once_is_looked_at_at_once() -> None:
    replicas = Replicas()
    replicas.seen(old_at=None)
    assert replicas.delay == 0
