"""How fast a run goes, and how long it still takes. Rules only, no I/O."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_FEWEST: Final = 5
"""Ends from which on a rate says something."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """`per_minute`: requests that came to an end. `left`: until the last one does, at that rate."""

    per_minute: float
    left: timedelta


def pace(*, done: int, requests: int, since: datetime | None, now: datetime) -> Pace | None:
    """The pace of a run that is made ready since then; None where too little has ended to tell."""
    if since is None or done < _FEWEST or now <= since:
        return None
    each = (now - since) / done
    return Pace(per_minute=timedelta(minutes=1) / each, left=each * (requests - done))
