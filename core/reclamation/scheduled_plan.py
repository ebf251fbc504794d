"""What is reclaimed by itself, and when it is due. Rules over moments in UTC; nothing here asks the clock."""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from core.reclamation.limits import DEFAULT
from core.reclamation.modes import RunMode
from core.reclamation.opportunities import Scenario

HOURS: Final = range(24)
WEEKDAYS: Final = range(7)
DAYS: Final = ("daily", *(name.lower() for name in calendar.day_name))
"""The words for the days of a plan: every day, and the weekdays from Monday on."""

AT_MOST: Final = range(1, DEFAULT.requests + 1)
"""Requests of one run: never more than what a person may ask for in a day without typing the number."""

FRESH_HOURS: Final = range(1, 169)
ALLOWED: Final = tuple(
    scenario for scenario in Scenario if scenario not in {Scenario.NOT_IN_HR_ROSTER, Scenario.DOWNGRADE}
)
"""Scenarios that can be chosen. Who is not in the HR roster is for review, and a downgrade is advice."""

WAITS: Final = timedelta(minutes=45)
"""So long a run that is due waits for fresh enough data, from then on or since the process is back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReclaimPlan:
    """What is reclaimed by itself, with High confidence only. As it comes, nothing is.

    Attributes:
        enabled: whether it is at all.
        mode: what is done to the tenant.
        scenarios: those of which the strongest that an opportunity matches must be one.
        included: SKU ids of the only license types; empty for all that are not excluded.
        excluded: SKU ids of license types that are left alone.
        weekday: 0 is Monday; None for every day.
        hour: of the day, in UTC.
        at_most: requests of one run.
        fresh_hours: how old the last complete sync may be.
        changed_at: when it was last changed: times before it don't count as missed. None as it comes.
        changed_by: by whom.
    """

    enabled: bool = False
    mode: RunMode = RunMode.NOTIFY
    scenarios: tuple[Scenario, ...] = ALLOWED
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    weekday: int | None = None
    hour: int = 9
    at_most: int = 20
    fresh_hours: int = 24
    changed_at: datetime | None = None
    changed_by: str | None = None

    def takes_type(self, sku_id: str) -> bool:
        """Whether a license type may be reclaimed by itself."""
        return sku_id not in self.excluded and (not self.included or sku_id in self.included)

    @property
    def when(self) -> str:
        """As people read it: `every Monday at 09:00 UTC`."""
        day = "day" if self.weekday is None else calendar.day_name[self.weekday]
        return f"every {day} at {self.hour:02}:00 UTC"


def plan_problems(plan: ReclaimPlan) -> dict[str, str]:
    """What is wrong with a plan, a sentence by field; nothing where it may be set."""
    found: dict[str, str] = {}
    if plan.weekday is not None and plan.weekday not in WEEKDAYS:
        found["weekday"] = f"The weekday must be from 0 for Monday to 6 for Sunday, not {plan.weekday}."
    _within(found, "hour", plan.hour, HOURS, "The hour, in UTC,")
    _within(found, "at_most", plan.at_most, AT_MOST, "The most requests of a scheduled run")
    _within(found, "fresh_hours", plan.fresh_hours, FRESH_HOURS, "The age of the last sync, in hours,")
    refused = [each.label for each in plan.scenarios if each not in ALLOWED]
    if refused:
        found["scenarios"] = f"{_and(refused)} can't be reclaimed by itself: a person has to choose."
    elif not plan.scenarios:
        found["scenarios"] = "Choose at least one scenario."
    both = sorted(set(plan.included) & set(plan.excluded))
    if both:
        found["excluded"] = f"A license type can't be both included and excluded: {_and(both)}."
    return found


def hindrance(
    plan: ReclaimPlan, *, allow_reclaim: bool, paused: str | None, synced_at: datetime | None, now: datetime
) -> str | None:
    """Why nothing may be started now, as a sentence; None where it may.

    Args:
        plan: of the application.
        allow_reclaim: whether the configuration lets licenses be removed.
        paused: the sentence of the pause of reclamation; None where there is none.
        synced_at: when the last complete sync began; None where there was none.
        now: this moment.
    """
    if plan.mode is not RunMode.DRY_RUN:
        if not allow_reclaim:
            return (
                "Reclaiming is switched off for this application: set allow_reclaim = true in its "
                "configuration, or choose dry runs."
            )
        if paused is not None:
            return paused
    if synced_at is None:
        return "The tenant was never read completely: run its tasks on the page Applications."
    if not _fresh(plan, synced_at, now):
        return (
            f"The data is too old: the last complete sync began {synced_at:%Y-%m-%d %H:%M} UTC, and may be "
            f"{plan.fresh_hours} hours old at most. See the page Applications for what keeps it from running."
        )
    return None


def _within(found: dict[str, str], field: str, value: int, allowed: range, what: str) -> None:
    if value not in allowed:
        found[field] = f"{what} must be from {allowed[0]} to {allowed[-1]}, not {value}."


def _and(words: Iterable[str]) -> str:
    return " and ".join(words)


def due_at(plan: ReclaimPlan, *, last: datetime | None, now: datetime) -> datetime | None:
    """The time that is due now; None where none is. Of several that were missed it is the latest alone.

    Args:
        plan: of the application.
        last: the latest time of which it is on record what came of it.
        now: this moment.
    """
    if not plan.enabled or plan.changed_at is None:
        return None
    slot = _at_or_before(plan, now)
    return slot if slot >= plan.changed_at and (last is None or slot > last) else None


def next_at(plan: ReclaimPlan, *, last: datetime | None, now: datetime) -> datetime | None:
    """When it is due next, or since when; None where it is off."""
    if not plan.enabled:
        return None
    return due_at(plan, last=last, now=now) or _at_or_before(plan, now) + _every(plan)


def waits_for_data(
    plan: ReclaimPlan, *, due: datetime, synced_at: datetime | None, awake_since: datetime, now: datetime
) -> bool:
    """Whether a run that is due is put off because the tenant may still be read anew in time.

    Args:
        plan: of the application.
        due: the time that is due.
        synced_at: when the last complete sync began; None where there was none.
        awake_since: since when there is a process that keeps the schedules, that of the sync among them.
        now: this moment.
    """
    return not _fresh(plan, synced_at, now) and now < max(due, awake_since) + WAITS


def _fresh(plan: ReclaimPlan, synced_at: datetime | None, now: datetime) -> bool:
    return synced_at is not None and now - synced_at <= timedelta(hours=plan.fresh_hours)


def _every(plan: ReclaimPlan) -> timedelta:
    return timedelta(days=1 if plan.weekday is None else 7)


def _at_or_before(plan: ReclaimPlan, moment: datetime) -> datetime:
    slot = moment.astimezone(UTC).replace(hour=plan.hour, minute=0, second=0, microsecond=0)
    if plan.weekday is not None:
        slot -= timedelta(days=(slot.weekday() - plan.weekday) % len(WEEKDAYS))
    return slot if slot <= moment else slot - _every(plan)


FIELDS: Final[Mapping[str, str]] = {
    "enabled": "Scheduled runs",
    "mode": "Mode of scheduled runs",
    "scenarios": "Scenarios of scheduled runs",
    "included": "License types of scheduled runs",
    "excluded": "License types left out of scheduled runs",
    "weekday": "Day of scheduled runs",
    "hour": "Hour of scheduled runs",
    "at_most": "Most requests of a scheduled run",
    "fresh_hours": "Oldest sync of a scheduled run",
}
"""What can be set, with the names under which changes are on record for people."""
