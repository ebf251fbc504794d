from datetime import UTC, datetime, timedelta

import pytest

from core.store.slots import next_slot

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("free_in", "slot_in"),
    [(-3600, 0), (-1, 0), (0, 0), (1.5, 1.5), (600, 600), (3600, 3600), (3601, 0), (86_400, 0)],
)
def test_a_slot_is_the_next_free_one_unless_a_clock_was_set_back(free_in: float, slot_in: float) -> None:
    free_at = NOW + timedelta(seconds=free_in)
    assert next_slot(free_at, NOW) == NOW + timedelta(seconds=slot_in)
