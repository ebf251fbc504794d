import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.prefetch import prefetch

SECONDS = 10.0


class Fetching:
    """Gives the numbers from 0 on, and tells how far it has come."""

    def __init__(self, end: int, error: BaseException | None = None) -> None:
        self.end, self.error = end, error
        self.begun = 0
        self.changed = threading.Condition()

    def __call__(self, _unwanted: Callable[[], bool]) -> Iterator[int]:
        for number in range(self.end):
            with self.changed:
                self.begun += 1
                self.changed.notify_all()
            yield number
        if self.error is not None:
            raise self.error

    def wait_for(self, begun: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.begun >= begun, SECONDS), self.begun


def threads() -> int:
    return sum(thread.name == "prefetch" for thread in threading.enumerate())


@given(number=st.integers(0, 20), ahead=st.integers(1, 3))
def test_everything_comes_once_and_in_order(number: int, ahead: int) -> None:
    assert list(prefetch(Fetching(number), ahead=ahead)) == list(range(number))
    assert threads() == 0


def test_the_next_is_fetched_while_this_one_is_worked_on() -> None:
    fetching = Fetching(3)
    with closing(prefetch(fetching)) as items:
        assert next(items) == 0
        fetching.wait_for(2)


@pytest.mark.parametrize("ahead", [1, 2])
def test_no_more_is_fetched_ahead_than_was_asked_for(ahead: int) -> None:
    fetching = Fetching(10)
    with closing(prefetch(fetching, ahead=ahead)) as items:
        next(items)
        fetching.wait_for(1 + ahead)
        with fetching.changed:
            assert not fetching.changed.wait_for(lambda: fetching.begun > 1 + ahead, 0.1)


def test_an_error_comes_after_what_was_fetched_before_it() -> None:
    items = prefetch(Fetching(2, ValueError("broken off")))
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(ValueError, match="broken off"):
        next(items)
    assert threads() == 0


def test_nothing_is_fetched_before_somebody_asks() -> None:
    fetching = Fetching(3)
    prefetch(fetching).close()
    assert (fetching.begun, threads()) == (0, 0)


def test_no_thread_is_left_when_nobody_wants_more() -> None:
    with closing(prefetch(Fetching(10))) as items:
        next(items)
    assert threads() == 0


def test_no_thread_is_left_when_the_work_fails() -> None:
    def work() -> None:
        with closing(prefetch(Fetching(10))) as items:
            for _ in items:
                raise ValueError("the work")

    with pytest.raises(ValueError, match="the work"):
        work()
    assert threads() == 0


def test_a_wait_ends_when_nobody_wants_more() -> None:
    waiting = threading.Event()

    def fetch(unwanted: Callable[[], bool]) -> Iterator[int]:
        yield 1
        waiting.set()
        while not unwanted():
            threading.Event().wait(0.01)
        raise InterruptedError

    with closing(prefetch(fetch)) as items:
        next(items)
        assert waiting.wait(SECONDS)
    assert threads() == 0
