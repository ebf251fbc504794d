"""When reports are due, and what can be entered."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.documents.formats import DocumentFormat
from core.reporting.plan import Every, Plan, PlanRefused, check_plan, due, upcoming

MONDAY_SIX = Plan(
    every=Every.WEEKLY, day=0, hour=6, recipients=("a@contoso.com",), formats=(DocumentFormat.PDF,)
)
FIRST_SIX = Plan(
    every=Every.MONTHLY, day=1, hour=6, recipients=("a@contoso.com",), formats=(DocumentFormat.PDF,)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("plan", "after", "now", "expected"),
    [
        (MONDAY_SIX, "2026-11-20T00:00", "2026-11-23T05:59", None),
        (MONDAY_SIX, "2026-11-20T00:00", "2026-11-23T06:00", "2026-11-23T06:00"),
        (MONDAY_SIX, "2026-11-20T00:00", "2026-11-26T00:00", "2026-11-23T06:00"),
        (MONDAY_SIX, "2026-11-23T06:00", "2026-11-26T00:00", None),
        (MONDAY_SIX, "2026-11-23T07:00", "2026-11-26T00:00", None),  # changed after the moment
        (MONDAY_SIX, "2026-10-01T00:00", "2026-11-26T00:00", "2026-11-23T06:00"),  # one, not eight
        (FIRST_SIX, "2026-10-01T06:00", "2026-11-01T05:00", None),
        (FIRST_SIX, "2026-10-01T06:00", "2026-11-01T06:00", "2026-11-01T06:00"),
        (FIRST_SIX, "2026-12-15T00:00", "2027-01-01T09:00", "2027-01-01T06:00"),
    ],
)
def test_a_report_is_due_once_at_each_moment(plan: Plan, after: str, now: str, expected: str | None) -> None:
    assert due(plan, after=at(after), now=at(now)) == (at(expected) if expected else None)


@pytest.mark.parametrize(
    ("plan", "now", "expected"),
    [
        (MONDAY_SIX, "2026-11-23T05:59", "2026-11-23T06:00"),
        (MONDAY_SIX, "2026-11-23T06:00", "2026-11-30T06:00"),
        (FIRST_SIX, "2026-12-31T23:00", "2027-01-01T06:00"),
        (FIRST_SIX, "2026-02-01T06:00", "2026-03-01T06:00"),
    ],
)
def test_the_next_one_lies_ahead(plan: Plan, now: str, expected: str) -> None:
    assert upcoming(plan, now=at(now)) == at(expected)


plans = st.one_of(
    st.builds(
        Plan,
        every=st.just(Every.WEEKLY),
        day=st.integers(0, 6),
        hour=st.integers(0, 23),
        recipients=st.just(("a@contoso.com",)),
        formats=st.just((DocumentFormat.PDF,)),
    ),
    st.builds(
        Plan,
        every=st.just(Every.MONTHLY),
        day=st.integers(1, 28),
        hour=st.integers(0, 23),
        recipients=st.just(("a@contoso.com",)),
        formats=st.just((DocumentFormat.PDF,)),
    ),
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds have none


@given(plans, moments)
def test_what_comes_next_is_what_is_due_then_and_nothing_lies_between(plan: Plan, now: datetime) -> None:
    following = upcoming(plan, now=now)
    assert following > now
    assert due(plan, after=now, now=following) == following
    assert due(plan, after=now, now=following - timedelta(microseconds=1)) is None
    assert (following.hour, following.minute) == (plan.hour, 0)
    assert plan.day == (following.weekday() if plan.every is Every.WEEKLY else following.day)


def test_addresses_count_once_and_formats_have_an_order() -> None:
    plan = check_plan(
        every=Every.WEEKLY,
        day=4,
        hour=7,
        recipients=[" a@contoso.com", "", "A@Contoso.com", "b@contoso.com"],
        formats=[DocumentFormat.XLSX, DocumentFormat.PDF],
    )
    assert plan.recipients == ("a@contoso.com", "b@contoso.com")
    assert plan.formats == (DocumentFormat.PDF, DocumentFormat.XLSX)
    assert plan.words == "every Friday at 07:00 UTC"
    assert FIRST_SIX.words == "every month on day 1 at 06:00 UTC"


@pytest.mark.parametrize(
    ("changed", "field", "problem"),
    [
        ({"day": 7}, "day", "weekday"),
        ({"every": Every.MONTHLY, "day": 29}, "day", "from 1 to 28"),
        ({"hour": 24}, "hour", "0 to 23"),
        ({"recipients": []}, "recipients", "at least one"),
        ({"recipients": ["Ada <a@contoso.com>"]}, "recipients", "without names"),
        ({"recipients": ["a@contoso.com\nBcc: x@evil.example"]}, "recipients", "no e-mail address"),
        ({"recipients": [f"a{number}@contoso.com" for number in range(21)]}, "recipients", "at most 20"),
        ({"formats": []}, "formats", "PDF, Excel or both"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(changed: dict[str, object], field: str, problem: str) -> None:
    entered: dict[str, object] = {
        "every": Every.WEEKLY,
        "day": 0,
        "hour": 6,
        "recipients": ["a@contoso.com"],
        "formats": [DocumentFormat.PDF],
    }
    with pytest.raises(PlanRefused) as refused:
        check_plan(**entered | changed)  # type: ignore[arg-type]
    assert list(refused.value.problems) == [field]
    assert problem in refused.value.problems[field]
