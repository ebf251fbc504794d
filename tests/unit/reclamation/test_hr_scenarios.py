"""What a roster that came in since a request was made speaks against it."""

import pytest

from core.reclamation.hr_scenarios import said_since
from core.roster.status import EmployeeStatus

ACTIVE, INACTIVE = EmployeeStatus.ACTIVE, EmployeeStatus.INACTIVE
ON_LEAVE, MISSING = EmployeeStatus.ON_LEAVE, EmployeeStatus.NOT_IN_ROSTER


@pytest.mark.parametrize(
    ("status", "left", "missing", "said"),
    [
        (None, True, False, None),
        (INACTIVE, True, False, None),
        (ACTIVE, True, False, "has not left any more"),
        (ON_LEAVE, True, False, "is on leave now"),
        (MISSING, True, False, None),
        (MISSING, False, True, None),
        (ACTIVE, False, True, "is an employee's now"),
        (INACTIVE, False, True, None),
        (ON_LEAVE, False, True, "is on leave now"),
        (ACTIVE, False, False, None),
        (ON_LEAVE, False, False, "is on leave now"),
    ],
)
def test_only_what_the_request_rests_on_can_be_taken_back_by_a_roster(
    status: EmployeeStatus | None, said: str | None, *, left: bool, missing: bool
) -> None:
    found = said_since(status, left=left, missing=missing)
    assert found is None if said is None else found is not None and said in found
