"""How often Python looks for garbage in cycles while a tenant is read."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_OBJECTS: Final = 100_000
"""More than the pages of one transaction hold, so that they are gone before anybody looks for cycles."""

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
