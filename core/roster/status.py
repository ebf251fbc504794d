"""Whether a person is employed, by what the HR roster says and the day. Rules only, no I/O."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

FRESH_FOR: Final = timedelta(days=45)
"""How long what a roster says counts as certain: rosters come monthly as a rule, and some come late."""


class RosterStatus(StrEnum):
    """What the file says of a person."""

    ACTIVE = "active"
    INACTIVE = "inactive"  # left, or leaves after the inactive date
    ON_LEAVE = "on_leave"


class EmployeeStatus(StrEnum):
    """What the HR roster says of the person behind an account today."""

    ACTIVE = "active"
    INACTIVE = "inactive"  # left
    ON_LEAVE = "on_leave"
    NOT_IN_ROSTER = "not_in_roster"  # a full roster was imported, and nobody on record has this account

    @property
    def label(self) -> str:
        """The words that people see."""
        return _LABELS[self]


_LABELS = {
    EmployeeStatus.ACTIVE: "Active",
    EmployeeStatus.INACTIVE: "Inactive",
    EmployeeStatus.ON_LEAVE: "On leave",
    EmployeeStatus.NOT_IN_ROSTER: "Not in roster",
}


def employee_status(
    status: RosterStatus, inactive_date: date | None, departed_on: date | None, today: date
) -> EmployeeStatus:
    """The status on a day.

    The inactive date is the last day: through it the person is active. Once it has passed the person has
    left, also where the file still says active. Leave stays leave, whatever the date: it may be the
    leave's own. Whoever a full roster no longer lists (`departed_on`) has left.
    """
    if departed_on is not None:
        return EmployeeStatus.INACTIVE
    if status is RosterStatus.ON_LEAVE:
        return EmployeeStatus.ON_LEAVE
    if inactive_date is not None:
        return EmployeeStatus.ACTIVE if inactive_date >= today else EmployeeStatus.INACTIVE
    return EmployeeStatus.INACTIVE if status is RosterStatus.INACTIVE else EmployeeStatus.ACTIVE
