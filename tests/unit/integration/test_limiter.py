from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from core.integration.limiter import NAME, SPACING, SignInLimiter
from core.store.bulk import upsert
from core.store.engine import writing
from core.store.tables import RateLimit

SLACK = 0.5
"""Seconds that the test itself may take."""


def test_five_requests_in_ten_seconds_are_left_room_to_be_late_but_hardly_slower() -> None:
    assert 0.2 <= (5 * SPACING).total_seconds() - 10 <= 0.5


def test_slots_follow_one_another(engine: Engine) -> None:
    limiter = SignInLimiter(engine, 1, spacing=timedelta(seconds=60))
    waits = [limiter.reserve() for _ in range(4)]
    assert waits == pytest.approx([0, 60, 120, 180], abs=SLACK)


def test_all_who_ask_at_once_share_the_slots(engine: Engine) -> None:
    limiters = [SignInLimiter(engine, 1, spacing=timedelta(seconds=60)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        waits = [
            wait
            for found in pool.map(lambda each: [each.reserve() for _ in range(5)], limiters)
            for wait in found
        ]
    assert sorted(waits) == pytest.approx([60 * place for place in range(20)], abs=4 * SLACK)


def test_each_application_has_slots_of_its_own(engine: Engine) -> None:
    one, other = (SignInLimiter(engine, each, spacing=timedelta(seconds=60)) for each in (1, 2))
    assert [one.reserve(), other.reserve()] == pytest.approx([0, 0], abs=SLACK)


def test_what_microsoft_asks_for_holds_for_everybody(engine: Engine) -> None:
    one, other = (SignInLimiter(engine, 1, spacing=timedelta(seconds=60)) for _ in range(2))
    one.push_back(200)
    assert [other.reserve(), one.reserve()] == pytest.approx([200, 260], abs=SLACK)


def test_a_shorter_wait_brings_nothing_forward(engine: Engine) -> None:
    limiter = SignInLimiter(engine, 1)
    limiter.push_back(200)
    limiter.push_back(5)
    assert limiter.reserve() == pytest.approx(200, abs=SLACK)


def test_nobody_waits_for_a_day_because_a_clock_was_set_back(engine: Engine) -> None:
    row = {"application_id": 1, "name": NAME, "next_at": datetime.now(UTC) + timedelta(days=1)}
    with writing(engine) as session:
        upsert(session, RateLimit, [row])
    assert SignInLimiter(engine, 1).reserve() == 0
