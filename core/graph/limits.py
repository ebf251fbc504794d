"""The limits of Microsoft's that the product meets by itself, and the seams to whoever keeps to them."""

from typing import Final, Protocol

SIGN_IN_REQUESTS: Final = 5
"""Requests with `signInActivity` in `SIGN_IN_SECONDS`, of one application in one tenant (contract §7.2)."""

SIGN_IN_SECONDS: Final = 10.0

WRITES: Final = 3000
"""Writes in `WRITE_SECONDS`, of one application in one tenant (contract §7.2)."""

WRITE_SECONDS: Final = 150.0


class Limiter(Protocol):
    """Spreads requests that share a limit (contract §7.2) over time, also between processes. Thread-safe."""

    def reserve(self) -> float:
        """Take the next slot; the seconds until it."""
        ...

    def push_back(self, seconds: float) -> None:
        """Give out no slot for so long, because Microsoft asked for it."""
        ...


class WriteLimiter(Protocol):
    """The same for writes, whose slots are taken several at a time. `spacing`: seconds between two."""

    @property
    def spacing(self) -> float:
        """Seconds between two slots."""
        ...

    def reserve(self, count: int = 1) -> float:
        """Take the next slots, one after the other; the seconds until the first."""
        ...

    def push_back(self, seconds: float) -> None:
        """Give out no slot for so long, because Microsoft asked for it."""
        ...
