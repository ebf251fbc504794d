"""When a freed seat may go to another person, by Microsoft's terms."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.reclamation.reassignment import free_from, reassignment_caution

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, date(2027, 2, 22)),
        (70, date(2026, 12, 14)),
        (89, date(2026, 11, 25)),
        (90, None),
        (400, None),
        (-1, date(2027, 2, 23)),
    ],
)
def test_a_seat_is_free_ninety_days_after_its_assignment(days: int, expected: date | None) -> None:
    assert free_from(NOW - timedelta(days=days), NOW) == expected


def test_a_day_that_is_not_known_says_nothing() -> None:
    assert free_from(None, NOW) is None


def test_the_sentence_names_the_day_and_the_exceptions() -> None:
    assert reassignment_caution(NOW, date(2027, 2, 22)) == (
        "Assigned or changed on 2026-11-24: by Microsoft's terms the freed seat may not go to another person "
        "before 2027-02-22, except to cover an absence, or where this person's employment or contract has "
        "ended."
    )
