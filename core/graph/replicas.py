"""How long a tenant takes to show what was written: found by looking, so that nobody looks too early twice.

Microsoft may show a license for minutes after its removal was accepted (contract §5.1). Looking before that
costs a request and tells nothing; what one look has told, all others go by.
"""

import threading
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 300.0
"""Seconds that are waited before the first look at most."""

_FARTHER: Final = 1.5
_SHORTER: Final = 0.95
_NOTHING: Final = 0.2
_FIRST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds from a write until it is worth looking."""

    seconds: float = 0.0

    def after_old(self, age: float) -> "Delay":
        """What was written `age` seconds ago is not shown yet: half as long again, at least."""
        return Delay(max(self.seconds, min(LONGEST, max(_FIRST, age * _FARTHER))))

    def after_new(self) -> "Delay":
        """It is shown: perhaps a little less would do."""
        shorter = self.seconds * _SHORTER
        return Delay(shorter if shorter >= _NOTHING else 0.0)


class Replicas:
    """What is known of one tenant. Thread-safe."""

    def __init__(self) -> None:
        self._delay = Delay()
        self._lock = threading.Lock()

    @property
    def delay(self) -> float:
        """Seconds from a write until it is worth looking."""
        return self._delay.seconds

    def seen(self, *, old_at: float | None) -> None:
        """Somebody has looked. `old_at`: the age of the oldest write that was not shown; None: all were."""
        with self._lock:
            self._delay = self._delay.after_new() if old_at is None else self._delay.after_old(old_at)
