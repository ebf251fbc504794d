"""When an application is synced by itself. `contoso` has the minute 47 and waits 7 minutes 45 seconds."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.integration.schedule import APART, EVERY, TRIES, Next, Plan, Rounds, minute_of, next_round

KEY = "contoso"
HOUR = timedelta(hours=1)
LONG_AWAKE = datetime(2026, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """A moment of November 2026, as `24 03:47`."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def moment_of(plan: Plan, rounds: Rounds, awake_since: datetime = LONG_AWAKE) -> datetime | None:
    found = next_round(plan, rounds, key=KEY, awake_since=awake_since)
    return None if found is None else found.at


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("23 03:47", "24 03:47"),  # the day before, at its minute
        ("23 14:00", "24 03:47"),  # a person's own sync in between changes nothing
        ("24 02:10", "24 03:47"),
        ("24 02:50", "25 03:47"),  # less than an hour ago
        ("24 03:47", "25 03:47"),
    ],
)
def test_a_round_begins_at_the_minute_of_the_day_and_not_right_after_another(
    last: str, expected: str
) -> None:
    assert moment_of(Plan(), Rounds(last=at(last))) == at(expected)


def test_the_hour_is_a_persons_choice() -> None:
    plan = Plan(hour=22, changed_at=at("20 12:00"))
    assert moment_of(plan, Rounds(last=at("23 22:47"))) == at("24 22:47")


def test_a_schedule_that_is_off_is_never_due() -> None:
    assert moment_of(Plan(enabled=False), Rounds()) is None
    failed = Rounds(last=at("24 03:47"), failed=[at("24 03:47")])
    assert moment_of(Plan(enabled=False), failed) is None


@pytest.mark.parametrize(
    ("last", "back", "earliest"),
    [
        ("22 03:47", "24 10:00", "24 10:00"),  # stopped over the minute, data older than a day
        ("23 14:00", "24 10:00", "24 14:00"),  # stopped over the minute, but the data is younger
        ("23 03:47", "24 03:55", "24 03:55"),
    ],
)
def test_whoever_was_stopped_over_the_minute_makes_up_for_it(last: str, back: str, earliest: str) -> None:
    moment = moment_of(Plan(), Rounds(last=at(last)), at(back))
    assert moment is not None
    assert at(earliest) <= moment < at(earliest) + timedelta(minutes=10)


def test_whoever_is_back_before_the_minute_waits_for_it() -> None:
    assert moment_of(Plan(), Rounds(last=at("23 03:47")), at("24 03:10")) == at("24 03:47")
    assert moment_of(Plan(), Rounds(last=at("20 03:47")), at("24 03:46")) == at("24 03:47")


def test_one_that_was_never_synced_is_synced_soon_after_the_start() -> None:
    moment = moment_of(Plan(), Rounds(), at("24 10:00"))
    assert moment is not None
    assert at("24 10:00") <= moment < at("24 10:10")


def test_another_hour_does_not_count_as_missed_on_the_day_of_the_change() -> None:
    rounds = Rounds(last=at("24 03:47"))
    assert moment_of(Plan(hour=5, changed_at=at("24 12:00")), rounds) == at("25 05:47")
    assert moment_of(Plan(hour=15, changed_at=at("24 12:00")), rounds) == at("24 15:47")


def test_one_that_is_switched_on_again_waits_for_its_minute() -> None:
    assert moment_of(Plan(changed_at=at("24 12:00")), Rounds(last=at("01 03:47"))) == at("25 03:47")


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (["24 03:47"], "24 04:47"),
        (["24 03:47", "24 04:47"], "24 05:47"),
        (["24 03:47", "24 04:47", "24 05:47"], "25 03:47"),  # given up for this day
        (["23 03:47", "23 04:47", "23 05:47", "24 03:47"], "24 04:47"),  # a new day, new tries
    ],
)
def test_a_failed_round_is_tried_again_twice_a_day(failed: list[str], expected: str) -> None:
    began = [at(each) for each in failed]
    found = next_round(Plan(), Rounds(last=began[-1], failed=began), key=KEY, awake_since=LONG_AWAKE)
    assert found == Next(at=at(expected), retry=expected != "25 03:47")


def test_a_retry_waits_a_little_where_the_process_was_stopped() -> None:
    rounds = Rounds(last=at("24 03:47"), failed=[at("24 03:47")])
    moment = moment_of(Plan(), rounds, at("24 09:00"))
    assert moment is not None
    assert at("24 09:00") < moment < at("24 09:10")


def test_minutes_are_spread_over_the_hour_and_stay_the_same() -> None:
    assert minute_of(KEY) == 47
    minutes = [minute_of(f"tenant-{number}") for number in range(600)]
    assert set(minutes) == set(range(60))
    assert max(minutes.count(each) for each in set(minutes)) <= 25


def test_those_that_are_all_late_do_not_begin_at_once() -> None:
    moments = {
        next_round(Plan(), Rounds(last=at("20 03:47")), key=f"tenant-{number}", awake_since=at("24 10:00"))
        for number in range(50)
    }
    assert len(moments) > 40


keys = st.text(st.characters(codec="ascii"), min_size=1, max_size=20)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 - given one below
    lambda each: each.replace(tzinfo=UTC)
)
hours = st.integers(0, 23)


@given(keys, hours, moments, moments)
def test_a_round_is_never_due_within_an_hour_and_always_within_25(
    key: str, hour: int, last: datetime, awake_since: datetime
) -> None:
    found = next_round(Plan(hour=hour), Rounds(last=last), key=key, awake_since=awake_since)
    assert found is not None
    assert last + APART <= found.at
    assert found.at <= max(last + EVERY + APART, awake_since + timedelta(minutes=10))


@given(
    keys,
    hours,
    st.lists(st.tuples(st.integers(1, 72), st.booleans()), max_size=12),
    st.integers(0, 2**32),
)
def test_a_week_of_stops_and_failures_is_lived_through(
    key: str, hour: int, stops: list[tuple[int, bool]], outcomes: int
) -> None:
    """A process that asks every ten minutes, is stopped now and then, and whose rounds fail now and then."""
    now = awake_since = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
    end = now + timedelta(days=7)
    down = {now + timedelta(hours=start + 12 * place): 3 for place, (start, _) in enumerate(stops)}
    plan = Plan(hour=hour)
    begun: list[datetime] = []
    failed: list[datetime] = []
    while now < end:
        now += timedelta(minutes=10)
        if any(start <= now < start + timedelta(hours=length) for start, length in down.items()):
            awake_since = now + timedelta(minutes=10)
            continue
        rounds = Rounds(last=begun[-1] if begun else None, failed=tuple(failed))
        found = next_round(plan, rounds, key=key, awake_since=awake_since)
        if found is None or found.at > now:
            continue
        begun.append(now)
        outcomes, fails = divmod(outcomes, 2)
        failed = [*failed, now] if fails else []
    assert all(later - earlier >= APART for earlier, later in pairwise(begun))
    assert len(begun) >= 6
    for day in range(7):
        morning = datetime(2026, 11, 16, 9, 0, tzinfo=UTC) + timedelta(days=day)
        of_day = [each for each in begun if morning <= each < morning + EVERY]
        assert len(of_day) <= 2 * TRIES
