import gc
from collections.abc import Iterator

import pytest

from core.integration.garbage import rarely_collected


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 9, 8)
    yield
    gc.set_threshold(*before)


def test_cycles_are_looked_for_more_rarely_while_the_block_runs() -> None:
    with rarely_collected():
        assert gc.get_threshold() == (100_000, 9, 8)
        assert gc.isenabled()
    assert gc.get_threshold() == (700, 9, 8)


def test_a_block_that_ends_leaves_the_others_as_they_are() -> None:
    first, second = rarely_collected(), rarely_collected()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] == 100_000
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 9, 8)


def test_a_failure_restores_the_thresholds() -> None:
    with pytest.raises(ZeroDivisionError), rarely_collected():
        raise ZeroDivisionError
    assert gc.get_threshold() == (700, 9, 8)


@pytest.mark.parametrize("often", [0, 1_000_000], ids=["never", "every million objects"])
def test_a_process_that_looks_even_more_rarely_keeps_to_that(often: int) -> None:
    gc.set_threshold(often, 9, 8)
    with rarely_collected():
        assert gc.get_threshold()[0] == often
