"""The employee status by the file's words and the day."""

from datetime import date

import pytest

from core.roster.status import EmployeeStatus, RosterStatus, employee_status

TODAY = date(2026, 11, 24)
PAST, AHEAD = date(2026, 11, 23), date(2026, 11, 25)
ACTIVE, INACTIVE, ON_LEAVE = EmployeeStatus.ACTIVE, EmployeeStatus.INACTIVE, EmployeeStatus.ON_LEAVE


@pytest.mark.parametrize(
    ("word", "inactive_date", "departed_on", "expected"),
    [
        ("active", None, None, ACTIVE),
        ("active", AHEAD, None, ACTIVE),
        ("active", TODAY, None, ACTIVE),
        ("active", PAST, None, INACTIVE),
        ("inactive", None, None, INACTIVE),
        ("inactive", AHEAD, None, ACTIVE),
        ("inactive", TODAY, None, ACTIVE),
        ("inactive", PAST, None, INACTIVE),
        ("on_leave", None, None, ON_LEAVE),
        ("on_leave", AHEAD, None, ON_LEAVE),
        ("on_leave", PAST, None, ON_LEAVE),
        ("active", None, PAST, INACTIVE),
        ("active", AHEAD, PAST, INACTIVE),
        ("on_leave", None, PAST, INACTIVE),
    ],
)
def test_the_status_follows_from_word_and_dates(
    word: str, inactive_date: date | None, departed_on: date | None, expected: EmployeeStatus
) -> None:
    assert employee_status(RosterStatus(word), inactive_date, departed_on, TODAY) is expected
