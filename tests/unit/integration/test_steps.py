from collections.abc import Iterator

import pytest

from core.graph import GraphError
from core.integration.steps import steps


def passing(*seconds: float) -> Iterator[float]:
    """A clock that reads these moments one after another, and then stands still."""
    yield from seconds
    while True:
        yield seconds[-1]


def test_fast_pages_share_a_step_up_to_the_most() -> None:
    assert list(steps(range(7), most=3, clock=lambda: 0.0)) == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_slow_page_does_not_wait_for_the_next() -> None:
    clock = passing(0.0, 0.1, 0.7, 0.7, 2.0)
    assert list(steps("abc", most=9, clock=lambda: next(clock))) == [["a", "b"], ["c"]]


def test_what_was_read_before_an_error_comes_first() -> None:
    def pages() -> Iterator[int]:
        yield 1
        yield 2
        raise GraphError("broken off")

    found = steps(pages(), most=9, clock=lambda: 0.0)
    assert next(found) == [1, 2]
    with pytest.raises(GraphError, match="broken off"):
        next(found)


def test_no_pages_are_no_step() -> None:
    assert list(steps([], most=3)) == []
