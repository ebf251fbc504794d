"""The limit of Microsoft's that a listing of sign-ins meets at once, and the seam to whoever keeps to it."""

from typing import Final, Protocol

SIGN_IN_REQUESTS: Final = 5
"""Requests with `signInActivity` in `SIGN_IN_SECONDS`, of one application in one tenant (contract §7.2)."""

SIGN_IN_SECONDS: Final = 10.0


class Limiter(Protocol):
    """Spreads requests that share a limit (contract §7.2) over time, also between processes. Thread-safe."""

    def reserve(self) -> float:
        """Take the next slot; the seconds until it."""
        ...

    def push_back(self, seconds: float) -> None:
        """Give out no slot for so long, because Microsoft asked for it."""
        ...
