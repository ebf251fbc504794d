"""What is due of a schedule, when it comes next, and what keeps a run from being started."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reclamation.modes import RunMode
from core.reclamation.opportunities import Scenario
from core.reclamation.scheduled_plan import (
    ALLOWED,
    WAITS,
    ReclaimPlan,
    due_at,
    hindrance,
    next_at,
    plan_problems,
    waits_for_data,
)

SET_UP = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday
DAILY = ReclaimPlan(enabled=True, hour=9, changed_at=SET_UP, changed_by="ada@example.com")
MONDAYS = replace(DAILY, weekday=0)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_as_it_comes_nothing_is_reclaimed_by_itself() -> None:
    plan = ReclaimPlan()
    assert not plan.enabled
    assert plan.mode is RunMode.NOTIFY
    assert due_at(plan, last=None, now=NOW) is None
    assert next_at(plan, last=None, now=NOW) is None


@pytest.mark.parametrize(
    ("plan", "last", "now", "due"),
    [
        pytest.param(DAILY, at(23, 9), at(24, 8, 59), None, id="a minute early"),
        pytest.param(DAILY, at(23, 9), at(24, 9), at(24, 9), id="on time"),
        pytest.param(DAILY, at(24, 9), at(24, 9, 1), None, id="on record already"),
        pytest.param(DAILY, None, at(20, 12, 1), None, id="passed before it was set up"),
        pytest.param(DAILY, at(20, 9), at(24, 9, 5), at(24, 9), id="of missed ones the latest"),
        pytest.param(MONDAYS, None, at(22, 23), None, id="no Monday yet"),
        pytest.param(MONDAYS, None, at(23, 9), at(23, 9), id="on Monday"),
        pytest.param(MONDAYS, None, at(25, 1), at(23, 9), id="made up for on Wednesday"),
        pytest.param(MONDAYS, at(23, 9), at(30, 8), None, id="not before the next Monday"),
        pytest.param(replace(DAILY, enabled=False), None, NOW, None, id="switched off"),
    ],
)
def test_of_each_time_it_is_due_once(
    plan: ReclaimPlan, last: datetime | None, now: datetime, due: datetime | None
) -> None:
    assert due_at(plan, last=last, now=now) == due


@pytest.mark.parametrize(
    ("plan", "last", "now", "then"),
    [
        pytest.param(DAILY, at(23, 9), at(24, 8), at(24, 9), id="today"),
        pytest.param(DAILY, at(24, 9), at(24, 9, 1), at(25, 9), id="tomorrow"),
        pytest.param(MONDAYS, at(23, 9), at(24, 8), at(30, 9), id="next week"),
        pytest.param(DAILY, at(20, 9), at(24, 10), at(24, 9), id="since an hour"),
    ],
)
def test_the_next_time_is_told(
    plan: ReclaimPlan, last: datetime | None, now: datetime, then: datetime
) -> None:
    assert next_at(plan, last=last, now=now) == then


@given(
    weekday=st.none() | st.integers(0, 6),
    hour=st.integers(0, 23),
    looks=st.lists(st.integers(1, 3_000), min_size=1, max_size=40),
)
def test_whoever_looks_however_often_starts_each_time_at_most_once(
    weekday: int | None, hour: int, looks: list[int]
) -> None:
    plan, now, last = replace(DAILY, weekday=weekday, hour=hour), SET_UP, None
    for minutes in looks:
        now += timedelta(minutes=minutes)
        due = due_at(plan, last=last, now=now)
        if due is not None:
            assert SET_UP <= due <= now
            assert last is None or due > last
            assert due.hour == hour
            assert weekday is None or due.weekday() == weekday
            last = due
            assert due_at(plan, last=last, now=now) is None
        coming = next_at(plan, last=last, now=now)
        assert coming is not None
        assert coming > now


@pytest.mark.parametrize(
    ("synced_at", "awake_since", "now", "waits"),
    [
        pytest.param(at(24, 3), LONG_AGO, at(24, 9), False, id="fresh"),
        pytest.param(at(23, 3), LONG_AGO, at(24, 9), True, id="old"),
        pytest.param(None, LONG_AGO, at(24, 9), True, id="never read"),
        pytest.param(at(23, 3), LONG_AGO, at(24, 9) + WAITS, False, id="waited long enough"),
        pytest.param(at(20, 3), at(24, 13), at(24, 13, 1), True, id="just back after a stop"),
        pytest.param(at(24, 13), at(24, 13), at(24, 13, 9), False, id="back, and read anew"),
        pytest.param(at(20, 3), at(24, 13), at(24, 13) + WAITS, False, id="back for long, and not read"),
    ],
)
def test_a_run_that_is_due_waits_a_while_for_fresh_data(
    synced_at: datetime | None, awake_since: datetime, now: datetime, waits: bool
) -> None:
    found = waits_for_data(DAILY, due=at(24, 9), synced_at=synced_at, awake_since=awake_since, now=now)
    assert found is waits


HINDERED = [
    pytest.param({}, {}, None, id="nothing"),
    pytest.param({}, {"allow_reclaim": False}, "allow_reclaim = true", id="reclaiming is off"),
    pytest.param({"mode": RunMode.DRY_RUN}, {"allow_reclaim": False}, None, id="a dry run needs no right"),
    pytest.param({}, {"paused": "It is paused by Ada."}, "paused by Ada", id="paused"),
    pytest.param({"mode": RunMode.DRY_RUN}, {"paused": "It is paused."}, None, id="a dry run is not paused"),
    pytest.param({}, {"synced_at": None}, "never read completely", id="never synced"),
    pytest.param({}, {"synced_at": NOW - timedelta(hours=24)}, None, id="just fresh enough"),
    pytest.param({}, {"synced_at": NOW - timedelta(hours=24, seconds=1)}, "too old", id="a second too old"),
    pytest.param(
        {"mode": RunMode.DRY_RUN}, {"synced_at": NOW - timedelta(hours=25)}, "too old", id="also a dry run"
    ),
    pytest.param({"fresh_hours": 48}, {"synced_at": NOW - timedelta(hours=47)}, None, id="as it was set"),
]


@pytest.mark.parametrize(("changed", "facts", "said"), HINDERED)
def test_what_keeps_a_run_from_being_started_is_said(
    changed: dict[str, object], facts: dict[str, object], said: str | None
) -> None:
    plan = replace(DAILY, **changed)  # type: ignore[arg-type]  # fields of the plan
    known = {"allow_reclaim": True, "paused": None, "synced_at": NOW - timedelta(hours=1)} | facts
    found = hindrance(plan, now=NOW, **known)  # type: ignore[arg-type]  # arguments by name
    assert (found is None) if said is None else (found is not None and said in found)


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"weekday": 7}, "weekday", "from 0 for Monday to 6 for Sunday, not 7"),
        ({"hour": 24}, "hour", "from 0 to 23, not 24"),
        ({"at_most": 51}, "at_most", "from 1 to 50, not 51"),
        ({"at_most": 0}, "at_most", "from 1 to 50, not 0"),
        ({"fresh_hours": 0}, "fresh_hours", "from 1 to 168, not 0"),
        ({"scenarios": ()}, "scenarios", "at least one scenario"),
        ({"scenarios": (Scenario.DOWNGRADE,)}, "scenarios", "Downgrade can't be reclaimed by itself"),
        ({"scenarios": (Scenario.NOT_IN_HR_ROSTER,)}, "scenarios", "Not in HR roster can't be"),
        ({"included": ("a", "b"), "excluded": ("b",)}, "excluded", "both included and excluded: b"),
    ],
)
def test_a_plan_out_of_bounds_is_told_field_by_field(
    changed: dict[str, object], field: str, said: str
) -> None:
    problems = plan_problems(replace(DAILY, **changed))  # type: ignore[arg-type]  # fields of the plan
    assert list(problems) == [field]
    assert said in problems[field]


def test_the_plan_as_it_comes_may_be_set() -> None:
    assert plan_problems(ReclaimPlan()) == {}
    assert Scenario.NOT_IN_HR_ROSTER not in ALLOWED
    assert Scenario.DOWNGRADE not in ALLOWED


def test_people_read_when_it_is() -> None:
    assert DAILY.when == "every day at 09:00 UTC"
    assert MONDAYS.when == "every Monday at 09:00 UTC"
