"""When an application is synced by itself: daily at a minute of its own, and once more after a failure.

All of it is a rule over moments in UTC, where every day has the same hours. What it decides from:

- The hour is a person's choice. The minute within it follows from the application's key, so that many
  applications do not begin at once.
- Whoever was stopped over the minute syncs once the process is back and the data is a day old.
- A round that failed is tried again an hour later, twice at most: what an hour does not mend (a wrong secret,
  a permission that was taken away) is left until the next day. Each round stays visible as a task run.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

DEFAULT_HOUR: Final = 3
HOURS: Final = range(24)
EVERY: Final = timedelta(days=1)
APART: Final = timedelta(hours=1)
"""Rounds never begin closer together: the daily one does not follow at once on one that was made up for."""

TRIES: Final = 3
"""Rounds of one day while they fail: the daily one and two more, `APART` from each other."""

_CATCH_UP: Final = timedelta(minutes=10)
"""Within this time after the process is back, each application after a wait of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Whether an application is synced by itself, and from which hour of the day on, in UTC.

    `changed_at`: minutes that passed before it do not count as missed. `changed_by`: nobody for the default.
    """

    enabled: bool = True
    hour: int = DEFAULT_HOUR
    changed_at: datetime | None = None
    changed_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds:
    """What has been synced so far.

    Attributes:
        last: when the latest round began that was complete or was the schedule's own; nothing before any.
        failed: when the schedule's own rounds began since the last complete one, if one of their tasks has
            failed and was not mended since.
    """

    last: datetime | None = None
    failed: Sequence[datetime] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """The moment from which on a round is due. `retry`: only what has failed is to be done again."""

    at: datetime
    retry: bool = False


def next_round(plan: Plan, rounds: Rounds, *, key: str, awake_since: datetime) -> Next | None:
    """The round that comes next; nothing where the schedule is off.

    It depends on what is on record and not on the clock, so whoever asks again gets the same answer.

    Args:
        plan: of the application.
        rounds: what was synced.
        key: of the application.
        awake_since: since when there is a process that keeps the schedule.
    """
    if not plan.enabled:
        return None
    regular = _regular(plan, rounds.last, key=key, awake_since=awake_since)
    again = _again(plan, rounds.failed, key=key)
    if again is not None and awake_since > again:
        again = awake_since + _wait(key)
    return Next(at=regular) if again is None or regular <= again else Next(at=again, retry=True)


def minute_of(key: str) -> int:
    """The minute within the hour at which an application begins: the same in every process, for good."""
    return _number(key) % 60


def _regular(plan: Plan, last: datetime | None, *, key: str, awake_since: datetime) -> datetime:
    floors = [moment for moment in (None if last is None else last + APART, plan.changed_at) if moment]
    if not floors:  # never synced, and nobody asked for an hour: as old as data can be
        return awake_since + _wait(key)
    slot = _first_slot(max(floors), plan, key)
    if awake_since <= slot:
        return slot
    old = slot if last is None else max(slot, last + EVERY)
    return min(_first_slot(awake_since, plan, key), max(old, awake_since) + _wait(key))


def _again(plan: Plan, failed: Sequence[datetime], *, key: str) -> datetime | None:
    """When a failed round is tried again; nothing where the day has had its tries."""
    if not failed:
        return None
    latest = max(failed)
    day = _first_slot(latest, plan, key)
    day = day if day == latest else day - EVERY
    tries = sum(1 for moment in failed if moment >= day)
    return latest + APART if tries < TRIES else None


def _first_slot(moment: datetime, plan: Plan, key: str) -> datetime:
    """The application's minute of the day, at or after a moment."""
    day = moment.astimezone(UTC)
    slot = day.replace(hour=plan.hour, minute=minute_of(key), second=0, microsecond=0)
    return slot if slot >= moment else slot + EVERY


def _wait(key: str) -> timedelta:
    return timedelta(seconds=_number(key) // 60 % int(_CATCH_UP.total_seconds()))


def _number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])
