from datetime import UTC, date, datetime

import pytest

from core.reclamation.restoring import (
    Deadline,
    GiveBack,
    Impossible,
    IsBack,
    ReadBefore,
    deadlines,
    may_be_given_back,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EXCHANGE, SHAREPOINT = "efb87545-963c-4e0d-99df-69c6916d9eb0", "5dbe027f-2339-4123-9542-606e4d348a72"
TEAMS, VISIO = "57ff2da0-773e-42df-b2af-ffb7a2317929", "663a804f-1c30-4ff0-9915-9db84f0d1cea"
CLOUD_PC = "3efff3fe-528a-4fc5-b1ba-845802cc764f"


def read(**changed: object) -> ReadBefore:
    facts: dict[str, object] = {
        "exists": True,
        "direct": False,
        "tried": False,
        "usage_location": "GB",
        "free_seats": 3,
    }
    return ReadBefore(**(facts | changed))  # type: ignore[arg-type]  # each case names what it changes


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, GiveBack),
        ({"free_seats": None}, GiveBack),  # not read: Microsoft's own answer decides
        ({"free_seats": 1}, GiveBack),
        ({"free_seats": 0}, Impossible),
        ({"free_seats": -2}, Impossible),
        ({"usage_location": None}, Impossible),
        ({"usage_location": ""}, Impossible),
        ({"exists": False}, Impossible),
        ({"exists": False, "direct": True}, Impossible),
        ({"direct": True}, IsBack),
        ({"direct": True, "tried": True}, IsBack),
        ({"direct": True, "usage_location": None, "free_seats": 0}, IsBack),  # it is there: nothing is needed
        ({"tried": True}, GiveBack),
    ],
)
def test_a_license_is_given_back_only_where_it_can_be(changed: dict[str, object], expected: type) -> None:
    assert isinstance(may_be_given_back(read(**changed)), expected)


def test_a_license_that_somebody_else_assigned_is_not_claimed_as_ours() -> None:
    already = may_be_given_back(read(direct=True))
    ours = may_be_given_back(read(direct=True, tried=True))
    assert isinstance(already, IsBack)
    assert isinstance(ours, IsBack)
    assert "nothing was changed" in already.text
    assert "nothing was changed" not in ours.text


def test_the_days_that_are_left_count_from_the_removal() -> None:
    reclaimed_at = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    assert deadlines({EXCHANGE, SHAREPOINT, TEAMS, CLOUD_PC}, reclaimed_at, NOW) == (
        Deadline(what="mailbox", until=date(2026, 12, 20), days_left=26),
        Deadline(what="OneDrive", until=date(2027, 2, 21), days_left=89),
        Deadline(what="Cloud PC", until=date(2026, 11, 27), days_left=3),
    )


def test_a_deadline_that_has_passed_says_so() -> None:
    (mailbox,) = deadlines({EXCHANGE}, datetime(2026, 10, 20, tzinfo=UTC), NOW)
    assert mailbox.days_left == -5


def test_a_license_without_mailbox_or_files_has_no_deadline() -> None:
    assert deadlines({VISIO}, NOW, NOW) == ()
