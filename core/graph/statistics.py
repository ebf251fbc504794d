"""Counts what goes over the wire."""

import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Statistics:
    """What went over the wire. It is counted in `whole` as well, where this is a part of one."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0
    received: int = 0
    """Bytes of answers."""
    whole: "Statistics | None" = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, *, requests: int = 0, retries: int = 0, throttled: int = 0, received: int = 0) -> None:
        """Add to the counts. Thread-safe."""
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.throttled += throttled
            self.received += received
        if self.whole is not None:
            self.whole.count(requests=requests, retries=retries, throttled=throttled, received=received)
