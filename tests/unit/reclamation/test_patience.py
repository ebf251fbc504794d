from datetime import UTC, datetime, timedelta

import pytest

from core.reclamation.patience import after_pause, next_look

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("began_seconds_ago", "wait"), [(0, 0.5), (1, 0.5), (4, 2), (20, 10), (60, 30), (600, 30)]
)
def test_one_looks_again_soon_at_first_and_ever_more_rarely(began_seconds_ago: float, wait: float) -> None:
    since = NOW - timedelta(seconds=began_seconds_ago)
    assert next_look(since, NOW) == NOW + timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("retry_after", "attempt", "seconds"),
    [
        (0.0, 9, 0),
        (10.5, 1, 10.5),
        (None, 1, 2),
        (None, 2, 4),
        (None, 8, 256),
        (None, 9, 300),
        (None, 40, 300),
    ],
)
def test_the_pause_is_as_long_as_asked_and_doubles_where_nothing_was_said(
    retry_after: float | None, attempt: int, seconds: float
) -> None:
    assert after_pause(NOW, retry_after, attempt) == NOW + timedelta(seconds=seconds)
