"""When a report goes out and to whom. Rules over moments in UTC; nothing here asks the clock."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from core.documents.formats import DocumentFormat
from core.notification.addresses import usable_address

MOST_RECIPIENTS: Final = 20
HOURS: Final = range(24)
_DAYS: Final = {"weekly": range(7), "monthly": range(1, 29)}
_EXPECTED_DAY: Final = {
    "weekly": "choose a weekday, from 0 for Monday to 6 for Sunday",
    "monthly": "choose a day from 1 to 28, which every month has",
}


class Every(StrEnum):
    """How often a report goes out."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A report that goes out by itself.

    `day`: of the week, 0 is Monday; or of the month, 1 to 28. `hour`: of the day, in UTC. `recipients`: bare
    addresses, each of which gets a mail of its own.
    """

    every: Every
    day: int
    hour: int
    recipients: tuple[str, ...]
    formats: tuple[DocumentFormat, ...]

    @property
    def words(self) -> str:
        """When, as people read it: `every Monday at 06:00 UTC`."""
        when = calendar.day_name[self.day] if self.every is Every.WEEKLY else f"month on day {self.day}"
        return f"every {when} at {self.hour:02}:00 UTC"


class PlanRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The plan cannot be kept as entered; nothing was changed. `problems` says why, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = dict(problems)


def check_plan(
    *, every: Every, day: int, hour: int, recipients: Sequence[str], formats: Sequence[DocumentFormat]
) -> Plan:
    """What was entered as a plan; an address that is given twice counts once.

    Raises:
        PlanRefused: one sentence for each field that is wrong.
    """
    problems: dict[str, str] = {}
    if day not in _DAYS[every]:
        problems["day"] = _EXPECTED_DAY[every]
    if hour not in HOURS:
        problems["hour"] = "choose an hour from 0 to 23, in UTC"
    given = [each.strip() for each in recipients if each.strip()]
    unusable = [each for each in given if usable_address(each) is None]
    addresses = tuple({each.casefold(): each for each in reversed(given)}.values())[::-1]
    if unusable:
        problems["recipients"] = f"{unusable[0]!r} is no e-mail address: one address a line, without names"
    elif not addresses:
        problems["recipients"] = "enter at least one e-mail address"
    elif len(addresses) > MOST_RECIPIENTS:
        problems["recipients"] = f"enter at most {MOST_RECIPIENTS} addresses, or one of a distribution list"
    if not formats:
        problems["formats"] = "choose PDF, Excel or both"
    if problems:
        raise PlanRefused(problems)
    chosen = tuple(each for each in DocumentFormat if each in formats)
    return Plan(every=every, day=day, hour=hour, recipients=addresses, formats=chosen)


def due(plan: Plan, *, after: datetime, now: datetime) -> datetime | None:
    """The latest moment of the plan that has come and lies after `after`; None where there is none.

    After a stop only the latest report is made up for: the ones before it would say less than it does.

    Args:
        plan: of the application.
        after: when the plan was last changed, or the moment of the latest report, whichever is later.
        now: this moment.
    """
    slot = _at_or_before(plan, now.astimezone(UTC))
    return slot if slot > after else None


def upcoming(plan: Plan, *, now: datetime) -> datetime:
    """The next moment of the plan that lies ahead."""
    moment = now.astimezone(UTC)
    length = 7 if plan.every is Every.WEEKLY else 31
    slot = _at_or_before(plan, moment + timedelta(days=length))
    while (before := _at_or_before(plan, slot - timedelta(seconds=1))) > moment:
        slot = before
    return slot


def _at_or_before(plan: Plan, moment: datetime) -> datetime:
    slot = moment.replace(hour=plan.hour, minute=0, second=0, microsecond=0)
    if plan.every is Every.WEEKLY:
        slot -= timedelta(days=(slot.weekday() - plan.day) % 7)
        return slot if slot <= moment else slot - timedelta(days=7)
    slot = slot.replace(day=plan.day)
    if slot <= moment:
        return slot
    return (slot.replace(day=1) - timedelta(days=1)).replace(day=plan.day)
