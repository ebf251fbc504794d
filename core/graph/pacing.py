"""Paces the writes to one tenant: a few at once, within Microsoft's limit, and none while it asks to wait.

How many are in flight follows Microsoft's answers (`core.graph.window`). Within the limit on writes they stay
by slots that all processes share; a process takes them in blocks, so that a write hardly ever waits for the
database. While Microsoft asks to wait, nothing is begun at all: requests made meanwhile would count against
the tenant.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from core.graph.limits import WriteLimiter
from core.graph.replicas import Replicas
from core.graph.window import MOST, Window

__all__ = ["BLOCK", "MOST", "WriteGate"]

BLOCK: Final = 20
"""Slots that a process takes at once: a second's worth."""

_KEPT: Final = 10.0
"""Seconds after their time for which slots are still used: what was taken is counted, used or not."""

_WITHOUT_RETRY_AFTER: Final = 2.0
_LONGEST: Final = 300.0
_AHEAD: Final = 2

_LINGER: Final = 0.25
"""Seconds for which several places are waited for, before fewer will do."""


class WriteGate:
    """Lets 1 to `most` writes be in flight at once. Thread-safe; one per application and process.

    Without a `limiter`, Microsoft's answers alone set the pace. `replicas` knows how soon writes are shown.
    """

    def __init__(
        self,
        *,
        most: int = MOST,
        start: int = 4,
        limiter: WriteLimiter | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._window = Window(width=float(start), most=most)
        self._in_flight = 0
        self._closed_until = 0.0
        self._clock = clock
        self._sleep = sleep
        self._changed = threading.Condition()
        self._slots = _Slots(limiter, clock) if limiter else None
        self._ahead = threading.Semaphore(_AHEAD)
        self._turn = threading.Lock()
        self.replicas = Replicas()

    @property
    def allowed(self) -> int:
        """How many writes may be in flight now."""
        return self._window.places

    @property
    def halvings(self) -> int:
        """How often Microsoft's pushing back has halved what may be in flight; kept with each call."""
        return self._window.halvings

    @contextmanager
    def in_line(self) -> Iterator["Place"]:
        """Stand in line to read, then to write: two may read or be ready, and one writes.

        So what was read is hardly older than a second when it is acted on, and reading never holds writing
        up.
        """
        place = Place(self._ahead, self._turn)
        try:
            yield place
        finally:
            place.step_out()

    def enter(self, patience: float, wanted: int = 1) -> int:
        """Wait for places, at most `patience` seconds; how many there are, 0 where none came free.

        Where several are wanted, half of all places are waited for a moment, so that whoever writes down what
        is begun does so a few times, not for each. Each place owes a `leave`.
        """
        deadline = self._clock() + patience
        while True:
            places = self._take(deadline, wanted)
            if not places or self._slots is None:
                return places
            slots, wait = self._slots.take(places)
            self.leave(places - slots)
            in_time = self._clock() + wait <= deadline
            if in_time and wait > 0:
                self._sleep(wait)
            if in_time and self.closed_for() == 0:
                return slots
            self._slots.give_back(slots)
            self.leave(slots)
            if not in_time:
                self._close(wait)  # other processes were pushed back, and all are to wait
                return 0

    def leave(self, places: int = 1) -> None:
        """Give places free."""
        if places:
            with self._changed:
                self._in_flight -= places
                self._changed.notify_all()

    def closed_for(self) -> float:
        """Seconds for which nothing may be begun, because Microsoft asked for it; 0 where it may."""
        return max(0.0, self._closed_until - self._clock())

    def went_well(self) -> None:
        """An answer came without complaint: allow a little more."""
        with self._changed:
            self._window = self._window.widened()
            self._changed.notify_all()

    def conflicted(self, sent_after: int | None = None) -> None:
        """Calls got into each other's way: halve what is in flight. `sent_after`: `halvings` at the time."""
        with self._changed:
            self._halve(sent_after)

    def pushed_back(self, retry_after: float | None = None, sent_after: int | None = None) -> float:
        """Microsoft wants less: halve what is in flight and begin nothing for a while; the seconds of it."""
        pause = min(_LONGEST, _WITHOUT_RETRY_AFTER if retry_after is None else retry_after)
        with self._changed:
            self._halve(sent_after)
        self._close(pause)
        if self._slots is not None:
            self._slots.push_back(pause)
        return pause

    def _halve(self, sent_after: int | None) -> None:
        sent = self._window.halvings if sent_after is None else sent_after
        self._window = self._window.pushed_back(sent)

    def _close(self, seconds: float) -> None:
        with self._changed:
            self._closed_until = max(self._closed_until, self._clock() + seconds)
            self._changed.notify_all()

    def _take(self, deadline: float, wanted: int) -> int:
        """Wait until enough places are free, and take those that are; none after the deadline."""
        began = self._clock()
        with self._changed:
            while True:
                now = self._clock()
                closed = max(0.0, self._closed_until - now)
                lingers = max(0.0, began + _LINGER - now)
                places = self._free(wanted, few=lingers == 0)
                if closed == 0 and places:
                    self._in_flight += places
                    return places
                if now >= deadline:
                    return 0
                self._changed.wait(min(closed or lingers or _LONGEST, deadline - now))

    def _free(self, wanted: int, *, few: bool) -> int:
        """Places that are free, where they are enough to begin with, or `few` are as well."""
        allowed = self._window.places
        free = min(wanted, allowed - self._in_flight)
        return max(0, free) if few or free >= min(wanted, (allowed + 1) // 2) else 0


class Place:
    """Somebody's place in the line; of one thread."""

    def __init__(self, ahead: threading.Semaphore, turn: threading.Lock) -> None:
        self._ahead = ahead
        self._turn = turn
        self._held: threading.Semaphore | threading.Lock | None = ahead
        ahead.acquire()

    def step_up(self) -> None:
        """Wait for the turn to write; then the next one may begin to read."""
        self._turn.acquire()
        self.step_out()
        self._held = self._turn

    def step_out(self) -> None:
        """Let the next one in, whatever is still to be done without them."""
        if self._held is not None:
            self._held.release()
            self._held = None


class _Slots:
    """The block of slots that this process has taken. Thread-safe."""

    def __init__(self, limiter: WriteLimiter, clock: Callable[[], float]) -> None:
        self._limiter = limiter
        self._clock = clock
        self._next = 0.0
        self._left = 0
        self._lock = threading.Lock()

    def take(self, wanted: int) -> tuple[int, float]:
        """As many slots of one block as there are, at least one; the seconds until the first."""
        with self._lock:
            now = self._clock()
            if not self._left or now > self._next + _KEPT:
                self._next, self._left = now + self._limiter.reserve(BLOCK), BLOCK
            taken = min(wanted, self._left)
            wait = max(0.0, self._next - now)
            self._left -= taken
            self._next += taken * self._limiter.spacing
            return taken, wait

    def give_back(self, slots: int) -> None:
        """Slots that were not used, where nobody took later ones of the block meanwhile."""
        with self._lock:
            if self._left + slots <= BLOCK:
                self._left += slots
                self._next -= slots * self._limiter.spacing

    def push_back(self, seconds: float) -> None:
        """Let nobody, in whatever process, write for so long."""
        with self._lock:
            self._left = 0
            self._limiter.push_back(seconds)
