"""What the HR roster says of an account, where its word and its dates disagree."""

from datetime import UTC, date, datetime

import pytest

from core.activity.evidence import Confidence
from core.integration.hr_facts import EmployeeOfAccount, LatestRoster, hr_facts
from core.reclamation.hr_scenarios import confidence_of_leaving
from core.roster.matching import MatchedBy
from core.roster.status import RosterStatus

IMPORTED_AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def employee(
    listed_as: str, inactive_date: date | None, departed_on: date | None = None
) -> EmployeeOfAccount:
    return EmployeeOfAccount(
        listed_as=RosterStatus(listed_as),
        inactive_date=inactive_date,
        departed_on=departed_on,
        matched_by=MatchedBy.EMPLOYEE_ID,
        conflict=None,
        listed_at=IMPORTED_AT,
    )


@pytest.mark.parametrize(
    ("listed_as", "inactive_date", "departed_on", "expected"),
    [
        ("active", date(2024, 1, 31), None, Confidence.REVIEW),  # an earlier employment's, perhaps
        ("active", date(2026, 11, 24), None, Confidence.HIGH),  # was still ahead
        ("inactive", date(2024, 1, 31), None, Confidence.HIGH),
        ("inactive", None, None, Confidence.HIGH),
        ("active", date(2024, 1, 31), date(2026, 11, 24), Confidence.HIGH),  # no longer listed at all
    ],
)
def test_whoever_is_called_active_after_the_last_day_is_left_to_review(
    listed_as: str, inactive_date: date | None, departed_on: date | None, expected: Confidence
) -> None:
    roster = LatestRoster(at=IMPORTED_AT, full_at=None)
    facts = hr_facts("inactive", employee(listed_as, inactive_date, departed_on), roster)
    assert facts is not None
    assert confidence_of_leaving(facts, None, IMPORTED_AT) is expected
    assert ("had passed" in (facts.conflict or "")) is (expected is Confidence.REVIEW)


@pytest.mark.parametrize("full_at", [None, datetime(2026, 11, 1, tzinfo=UTC)])
def test_only_a_full_roster_says_that_somebody_is_not_in_it(full_at: datetime | None) -> None:
    facts = hr_facts("not_in_roster", None, LatestRoster(at=IMPORTED_AT, full_at=full_at))
    assert (None if facts is None else facts.read_at) == full_at
