"""Whether to try a request again, and how long to wait before: a pure decision.

The wait is never shorter than Microsoft asked for; without a word from Microsoft it doubles, with jitter, and
is bounded. Requests made while throttled count against the tenant, so asking early only makes it worse
(contract §7.1).
"""

import math
from dataclasses import dataclass
from typing import Final

RETRIED_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How an attempt ended: with a status, or without an answer (`status` None)."""

    status: int | None
    retry_after: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long to keep trying. Seconds."""

    attempts: int = 8
    attempts_unheard: int = 5
    """Where no answer came at all; a host that cannot be reached is told within seconds."""
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked: float = 600.0
    """If Microsoft asks for more than this, the caller is told instead."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not try again."""


PATIENT: Final = Patience()
ONCE: Final = Patience(attempts=1)


def decide_retry(outcome: Outcome, attempt: int, patience: Patience, *, jitter: float) -> Wait | GiveUp:
    """Decide after the `attempt`-th attempt (the first is 1). `jitter` is from 0 to 1.

    Only for requests that do no harm when repeated.
    """
    if outcome.status is not None and outcome.status not in RETRIED_STATUSES:
        return GiveUp()
    if attempt >= min(patience.attempts, patience.attempts if outcome.status else patience.attempts_unheard):
        return GiveUp()
    if outcome.retry_after is not None:
        asked = math.ceil(outcome.retry_after)
        return GiveUp() if asked > patience.longest_asked else Wait(asked + jitter)
    doubled = min(patience.longest_wait, patience.first_wait * 2.0 ** (attempt - 1))
    return Wait(doubled / 2 + doubled / 2 * jitter)
