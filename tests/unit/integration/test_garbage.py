import gc
import platform
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.integration.garbage import give_back_memory, rarely_collected


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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives threads memory of their own")
def test_threads_that_begin_later_share_their_memory() -> None:
    script = """
import ctypes, sys, threading
from core.integration.garbage import share_memory_between_threads
if sys.argv[1] == "shared":
    share_memory_between_threads()
started = threading.Barrier(3)
def work():
    kept = [bytes(2000) for _ in range(1000)]
    started.wait()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
started.wait()
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""

    def places(how: str) -> int:
        ended = subprocess.run(
            [sys.executable, "-c", script, how], capture_output=True, text=True, check=True
        )
        return ended.stdout.count("<heap nr=")

    assert (places("shared"), places("own") > 1) == (1, True)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to give memory back")
def test_freed_memory_between_what_is_still_used_is_given_back() -> None:
    blocks = [bytes(8_000) for _ in range(8_000)]
    kept = blocks[::50]
    blocks.clear()
    held = _resident_mb()
    give_back_memory()
    assert held - _resident_mb() > 30
    assert len(kept) == 160


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20
