"""How many writes to a tenant may be in flight: a pure rule, the way a network connection finds its rate.

Each answer without complaint widens the window a little, by one for a whole round of answers; being pushed
back (409, 429; contract §7.1) halves it. Calls that were under way when it was halved tell nothing new, so
they do not halve it again.
"""

from dataclasses import dataclass, replace
from typing import Final

MOST: Final = 8
"""Writes in flight at most. It reaches Microsoft's 3,000 writes per 150 seconds and keeps 409s rare."""

BEGINNING: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """The width as it has been found so far. `halvings` counts how often it was halved."""

    width: float = float(BEGINNING)
    most: int = MOST
    halvings: int = 0

    @property
    def places(self) -> int:
        """Writes that may be in flight: from 1 to `most`."""
        return int(self.width)

    def widened(self) -> "Window":
        """After an answer without complaint."""
        return replace(self, width=min(float(self.most), self.width + 1 / self.width))

    def pushed_back(self, sent_after: int) -> "Window":
        """After being pushed back, of a call that was sent when the window had been halved so often."""
        if sent_after < self.halvings:
            return self
        return replace(self, width=max(1.0, self.width / 2), halvings=self.halvings + 1)
