from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notification.deadlines import add_working_days, deadline, last_day, reminder_at

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-11-24", 5, "2026-12-01"),  # Tuesday to Tuesday
        ("2026-11-27", 1, "2026-11-30"),  # Friday to Monday
        ("2026-11-28", 1, "2026-11-30"),  # Saturday to Monday
        ("2026-11-29", 5, "2026-12-04"),  # Sunday to Friday
        ("2026-12-30", 3, "2027-01-04"),  # over the turn of the year: Thu, Fri, Mon
        ("2028-02-28", 1, "2028-02-29"),  # a leap day is a day
        ("2026-11-24", 10, "2026-12-08"),
        ("2026-11-30", -1, "2026-11-27"),  # Monday back to Friday
        ("2026-11-29", -1, "2026-11-27"),  # Sunday back to Friday
        ("2026-11-28", 0, "2026-11-28"),  # no days: the day itself
    ],
)
def test_working_days_leave_out_saturday_and_sunday(day: str, count: int, expected: str) -> None:
    assert add_working_days(date.fromisoformat(day), count) == date.fromisoformat(expected)


@given(DAYS, st.integers(1, 60))
def test_as_many_working_days_lie_between_as_were_added(day: date, count: int) -> None:
    end = add_working_days(day, count)
    between = [day + timedelta(days=number + 1) for number in range((end - day).days)]
    assert sum(each.weekday() < 5 for each in between) == count
    assert end.weekday() < 5


@given(DAYS, st.integers(1, 60))
def test_going_back_from_a_working_day_leads_to_where_it_began(day: date, count: int) -> None:
    begin = add_working_days(day, 1)
    assert add_working_days(add_working_days(begin, count), -count) == begin


@pytest.mark.parametrize(
    ("notified", "days", "until"),
    [
        ("2026-11-24T09:00+00:00", 5, "2026-12-02T00:00+00:00"),
        ("2026-11-24T23:59+00:00", 1, "2026-11-26T00:00+00:00"),
        ("2026-11-28T12:00+00:00", 5, "2026-12-05T00:00+00:00"),
        ("2026-11-24T23:30-05:00", 1, "2026-11-27T00:00+00:00"),  # the day is the one in UTC: the 25th
    ],
)
def test_the_last_day_counts_to_its_end(notified: str, days: int, until: str) -> None:
    assert deadline(datetime.fromisoformat(notified), days) == datetime.fromisoformat(until)


def test_the_last_day_is_the_one_that_a_deadline_ends() -> None:
    assert last_day(datetime(2026, 12, 2, tzinfo=UTC)) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (5, "2026-11-30T09:30+00:00"),  # Monday, the working day before Tuesday
        (4, "2026-11-27T09:30+00:00"),  # Friday, before Monday
        (2, "2026-11-25T09:30+00:00"),
        (1, None),  # it would be the day of the notice
    ],
)
def test_the_reminder_comes_one_working_day_before_the_last_one(days: int, expected: str | None) -> None:
    notified = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    reminder = reminder_at(notified, deadline(notified, days))
    assert reminder == (datetime.fromisoformat(expected) if expected else None)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.integers(1, 60))  # noqa: DTZ001 - made aware below
def test_a_reminder_lies_between_the_notice_and_the_last_day(moment: datetime, days: int) -> None:
    notified = moment.replace(tzinfo=UTC)
    until = deadline(notified, days)
    reminder = reminder_at(notified, until)
    if reminder is not None:
        assert notified.date() < reminder.date() < last_day(until)
