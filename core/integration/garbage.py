"""How often Python looks for garbage in cycles while a tenant is read, and what happens to freed memory."""

import contextlib
import ctypes
import functools
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_OBJECTS: Final = 100_000
"""More than the pages of one transaction hold, so that they are gone before anybody looks for cycles."""

_M_ARENA_MAX: Final = -8
"""The number of the option in glibc's `mallopt`."""

_lock = threading.Lock()
_usual: tuple[int, int, int] | None = None
_inside = 0


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Look for cycles more rarely while the block runs; several may run at once.

    Pages of a listing are many objects without a cycle among them, freed one and all as soon as they are
    stored. Looking for cycles every few hundred objects costs more than a tenth of the time of a sync.
    """
    global _usual, _inside  # noqa: PLW0603 - the thresholds are the process's own
    share_memory_between_threads()
    with _lock:
        _inside += 1
        if _usual is None:
            _usual = gc.get_threshold()
            often, *older = _usual
            gc.set_threshold(max(_OBJECTS, often) if often else 0, *older)  # 0: never at all
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _usual is not None:
                gc.set_threshold(*_usual)
                _usual = None


@functools.cache
def share_memory_between_threads() -> None:
    """Let all threads that begin from now on take their memory from one place, where the C library is glibc.

    By default it gives many of them a place of their own, and each keeps what the pages took that went
    through the thread: a tenth of the memory of a sync. Python's threads take turns, so they don't compete.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back_memory() -> None:
    """Return to the system what the C library has kept of freed memory, where it is glibc.

    The database's cache is dropped whenever another connection has written, and filled again elsewhere: the
    holes between add up to as much as the cache itself, and more for a larger tenant.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
            ctypes.CDLL(None).malloc_trim(0)
