from datetime import UTC, datetime, timedelta

import pytest

from core.reclamation.pace import Pace, pace

SINCE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("done", "requests", "seconds", "expected"),
    [
        (60, 120, 60, Pace(per_minute=60, left=timedelta(minutes=1))),
        (5, 6, 10, Pace(per_minute=30, left=timedelta(seconds=2))),
        (10, 10, 20, Pace(per_minute=30, left=timedelta(0))),
        (4, 100, 60, None),
        (60, 120, 0, None),
    ],
)
def test_the_rate_so_far_tells_what_is_left(
    done: int, requests: int, seconds: int, expected: Pace | None
) -> None:
    now = SINCE + timedelta(seconds=seconds)
    assert pace(done=done, requests=requests, since=SINCE, now=now) == expected


def test_a_run_that_is_not_made_ready_has_no_rate() -> None:
    assert pace(done=60, requests=120, since=None, now=SINCE) is None
