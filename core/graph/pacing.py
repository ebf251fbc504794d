"""Paces the writes to one tenant: a few at once, more while all goes well, fewer when Microsoft pushes back.

The number in flight grows by one per round of answers and halves at every 409 or 429 (contract §7.1), the
way a network connection finds its rate. While Microsoft asks to wait, nothing is begun at all: requests
made meanwhile would count against the tenant.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

MOST: Final = 8
"""Writes in flight at most. It reaches Microsoft's 3,000 writes per 150 seconds and keeps 409s rare."""

_WITHOUT_RETRY_AFTER: Final = 2.0
_LONGEST: Final = 300.0


class WriteGate:
    """Lets 1 to `most` writes be in flight at once. Thread-safe; one per application and process."""

    def __init__(
        self, *, most: int = MOST, start: int = 4, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._allowed = float(start)
        self._in_flight = 0
        self._closed_until = 0.0
        self._clock = clock
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many writes may be in flight now."""
        return int(self._allowed)

    def enter(self, patience: float) -> bool:
        """Wait for a place, at most `patience` seconds; False where none came free. True owes a `leave`."""
        deadline = self._clock() + patience
        with self._changed:
            while (wait := self._wait()) > 0:
                left = deadline - self._clock()
                if left <= 0:
                    return False
                self._changed.wait(min(wait, left))
            self._in_flight += 1
            return True

    def leave(self) -> None:
        """Give the place free."""
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()

    def went_well(self) -> None:
        """An answer came without complaint: allow a little more."""
        with self._changed:
            self._allowed = min(float(self._most), self._allowed + 1 / self._allowed)
            self._changed.notify_all()

    def pushed_back(self, retry_after: float | None = None) -> float:
        """Microsoft wants less: halve what is in flight and begin nothing for a while; the seconds of it."""
        pause = min(_LONGEST, _WITHOUT_RETRY_AFTER if retry_after is None else retry_after)
        with self._changed:
            now = self._clock()
            if now >= self._closed_until:  # answers to requests sent before the last push count once
                self._allowed = max(1.0, self._allowed / 2)
            self._closed_until = max(self._closed_until, now + pause)
        return pause

    def _wait(self) -> float:
        """Seconds until asking again makes sense; 0 where there is a place now."""
        closed = self._closed_until - self._clock()
        if closed > 0:
            return closed
        return 0.0 if self._in_flight < int(self._allowed) else _LONGEST
