"""Assignments that Microsoft could not carry out, such as those of a group for which seats ran out.

Nobody holds a seat by one (contract §4.2, `Error`). One that is `ActiveWithError` is held like any other.
"""

from typing import Final

from core.activity.facts import ActivityStatus, Confidence, Finding
from core.activity.reasons import Reason

FAILED_STATE: Final = "Error"
"""The state of such an assignment in `licenseAssignmentStates`."""

_REASONS: Final = {
    "CountViolation": Reason.FAILED_COUNT,
    "MutuallyExclusiveViolation": Reason.FAILED_EXCLUSIVE,
    "DependencyViolation": Reason.FAILED_DEPENDENCY,
    "ProhibitedInUsageLocationViolation": Reason.FAILED_LOCATION,
    "UniquenessViolation": Reason.FAILED_UNIQUENESS,
}


def failed_finding(error: str | None) -> Finding:
    """The finding for an assignment in the state `Error`, by Microsoft's word for the error."""
    return Finding(
        status=ActivityStatus.FAILED,
        last_activity_at=None,
        last_activity_source=None,
        confidence=Confidence.REVIEW,
        reasons=(_REASONS.get(error or "", Reason.FAILED_OTHERWISE),),
    )
