import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.easing import Easing, pause_at, share_used


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("share", "seconds"),
    [(0.0, 0.0), (0.5, 0.0), (0.8, 0.0), (0.85, 0.625), (0.9, 2.5), (1.0, 10.0), (1.8, 10.0)],
)
def test_the_fuller_a_limit_the_longer_the_pause(share: float, seconds: float) -> None:
    assert pause_at(share) == pytest.approx(seconds)


@given(shares=st.lists(st.floats(0, 3), min_size=2, max_size=2))
def test_a_fuller_limit_never_means_a_shorter_pause(shares: list[float]) -> None:
    emptier, fuller = sorted(shares)
    assert 0 <= pause_at(emptier) <= pause_at(fuller) <= 10


@pytest.mark.parametrize(
    ("header", "share"),
    [
        ("0.8", 0.8),
        ("1.25", 1.25),
        (None, 0.0),
        ("", 0.0),
        ("much", 0.0),
        ("nan", 0.0),
        ("inf", 0.0),
        ("-1", 0.0),
    ],
)
def test_a_share_that_makes_no_sense_is_none(header: str | None, share: float) -> None:
    assert share_used(header) == share


def test_what_is_done_meanwhile_counts_towards_the_pause() -> None:
    clock = Clock()
    easing = Easing(clock=clock)
    easing.heed(1.0)
    assert easing.left() == pytest.approx(10)
    clock.now += 8
    assert easing.left() == pytest.approx(2)
    clock.now += 8
    assert easing.left() == 0


def test_the_latest_answer_knows_best() -> None:
    easing = Easing(clock=Clock())
    easing.heed(1.2)
    easing.heed(0.5)
    assert easing.left() == 0
