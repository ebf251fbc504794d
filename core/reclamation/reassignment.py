"""When Microsoft's terms let a freed seat go to somebody else. Rules only, no I/O.

Microsoft Product Terms for Online Services, License Reassignment: a subscription license is not to be
reassigned within 90 days of the last assignment, but to cover an absence; the Universal License Terms also
let it go at once where an employment or contract has ended.
https://www.microsoft.com/licensing/terms/product/ForOnlineServices
"""

from datetime import date, datetime, timedelta
from typing import Final

HELD_FOR: Final = timedelta(days=90)


def free_from(assigned_at: datetime | None, now: datetime) -> date | None:
    """From when the seat may go to another person; nothing where it may already, or the day is not known.

    `assigned_at` is when the assignment last changed, the nearest that Graph tells (contract §4.2).
    """
    if assigned_at is None or now - assigned_at >= HELD_FOR:
        return None
    return (assigned_at + HELD_FOR).date()


def reassignment_caution(assigned_at: datetime, free_on: date) -> str:
    """The rule as it applies to one seat."""
    return (
        f"Assigned or changed on {assigned_at.date()}: by Microsoft's terms the freed seat may not go to "
        f"another person before {free_on}, except to cover an absence, or where this person's employment or "
        "contract has ended."
    )
