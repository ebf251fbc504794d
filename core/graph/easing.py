"""Slows background scans down before Microsoft refuses: the fuller a limit, the longer the pause.

From 0.8 of a limit on Microsoft says how much of it is used (contract §2.2). A scan that is refused has cost
the tenant's other work its share already; one that gives way in time never gets that far.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final

HEADER: Final = "x-ms-throttle-limit-percentage"
FULL: Final = 1.0

_BEGINS: Final = 0.8
_WINDOW: Final = 10.0
"""Seconds; of the limits for the directory (contract §7.2). After it, all that is used now is free again."""


def share_used(value: str | None) -> float:
    """The share of a limit that an answer says is used; 0 where it says nothing that makes sense."""
    try:
        share = float(value or 0)
    except ValueError:
        return 0.0
    return share if math.isfinite(share) and share > 0 else 0.0


def pause_at(share: float) -> float:
    """Seconds to wait before the next request of a scan, when so much of a limit is used.

    It grows with the square of the way from 0.8 to full: hardly anything at first, the whole window of 10 s
    at the limit, so that even a scan that has used all of it at one stroke is not refused.
    """
    way = max(0.0, share - _BEGINS) / (FULL - _BEGINS)
    return min(_WINDOW, _WINDOW * way * way)


class Easing:
    """Remembers until when scans of a client hold back. Thread-safe.

    What the caller does meanwhile, such as storing the last page, counts towards the pause.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0
        self._lock = threading.Lock()

    def heed(self, share: float) -> None:
        """An answer said that so much of a limit is used; the latest answer knows best."""
        with self._lock:
            self._until = self._clock() + pause_at(share)

    def left(self) -> float:
        """Seconds that a scan should still wait; 0 where none."""
        with self._lock:
            return max(0.0, self._until - self._clock())
