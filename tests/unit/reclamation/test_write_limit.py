from datetime import timedelta

import pytest
from sqlalchemy import Engine

from core.graph.limits import WRITE_SECONDS, WRITES
from core.integration.limiter import SignInLimiter
from core.reclamation.write_limit import SPACING, WriteLimiter

SLACK = 0.5
"""Seconds that the test itself may take."""
MINUTE = timedelta(minutes=1)


def test_three_thousand_writes_are_left_room_to_be_late_but_hardly_slower() -> None:
    assert 1 < WRITES * SPACING.total_seconds() / WRITE_SECONDS <= 1 / 0.95


def test_several_slots_are_taken_at_once_and_follow_one_another(engine: Engine, application_id: int) -> None:
    one, other = (WriteLimiter(engine, application_id, spacing=MINUTE) for _ in range(2))
    waits = [one.reserve(3), other.reserve(2), one.reserve(1)]
    assert waits == pytest.approx([0, 180, 300], abs=SLACK)
    assert one.spacing == MINUTE.total_seconds()


def test_what_microsoft_asks_for_holds_for_all_writers_and_for_no_reader(
    engine: Engine, application_id: int
) -> None:
    one, other = (WriteLimiter(engine, application_id, spacing=MINUTE) for _ in range(2))
    one.push_back(200)
    assert other.reserve(2) == pytest.approx(200, abs=SLACK)
    assert SignInLimiter(engine, application_id).reserve() == 0
