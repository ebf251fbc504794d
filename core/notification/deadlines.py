"""Until when a notified person can answer, and when to remind. Rules only, no I/O.

Working days are Monday to Friday, in UTC. A period of five working days from a Tuesday ends with the Tuesday
after it: that day still counts, to its end.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

_SATURDAY: Final = 5


def add_working_days(day: date, count: int) -> date:
    """The working day that is `count` working days after `day`, or before it where `count` is negative.

    With 0 it is the day itself, whatever it is.
    """
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= day.weekday() < _SATURDAY
    return day


def deadline(notified_at: datetime, waiting_days: int) -> datetime:
    """The end of the last day on which somebody who is notified at this moment can answer."""
    day = add_working_days(notified_at.astimezone(UTC).date(), waiting_days)
    return datetime.combine(day + timedelta(days=1), time.min, UTC)


def last_day(deadline_at: datetime) -> date:
    """The last day before a deadline, as mails and pages name it."""
    return (deadline_at.astimezone(UTC) - timedelta(microseconds=1)).date()


def reminder_at(notified_at: datetime, deadline_at: datetime) -> datetime | None:
    """When to remind: one working day before the last one, at the time of day of the notice.

    None where the period is too short for it: nobody is reminded on the day of the notice.
    """
    notified_at = notified_at.astimezone(UTC)
    day = add_working_days(last_day(deadline_at), -1)
    if day <= notified_at.date():
        return None
    return datetime.combine(day, notified_at.time(), UTC)
