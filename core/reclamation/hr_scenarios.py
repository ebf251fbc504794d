"""What the HR roster says of the person who holds a seat, as a reason to take it back. Rules only, no I/O."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core.activity.evidence import Confidence
from core.roster.matching import MatchedBy
from core.roster.status import FRESH_FOR, EmployeeStatus

_CERTAIN: Final = frozenset({MatchedBy.EMPLOYEE_ID, MatchedBy.EMAIL})


@dataclass(frozen=True, kw_only=True, slots=True)
class HrFacts:
    """What the roster says of an account.

    `read_at`: when the roster was imported that spoke of the person last. `matched_by`, `conflict`: how the
    account was found, and why that is not certain. `left_on`: the last day, where it is known; `departed`:
    it is the day of the full roster that no longer listed the person.
    """

    status: EmployeeStatus
    read_at: datetime
    matched_by: MatchedBy | None = None
    conflict: str | None = None
    left_on: date | None = None
    departed: bool = False


def used_after_leaving(hr: HrFacts, last_activity_at: datetime | None) -> bool:
    """Whether somebody used the account after the person's last day."""
    return hr.left_on is not None and last_activity_at is not None and last_activity_at.date() > hr.left_on


def confidence_of_leaving(hr: HrFacts, last_activity_at: datetime | None, now: datetime) -> Confidence:
    """How sure it is that the person behind the account has left.

    High only where the account was found without conflict by employee id or e-mail, in a roster that is
    fresh; and an account that is in use after the last day is somebody's, so it is Probable at most.
    """
    if hr.matched_by not in _CERTAIN or hr.conflict is not None or now - hr.read_at > FRESH_FOR:
        return Confidence.REVIEW
    return Confidence.PROBABLE if used_after_leaving(hr, last_activity_at) else Confidence.HIGH


def explain_leaving(hr: HrFacts, now: datetime) -> tuple[str, ...]:
    """The reasons why the person counts as having left, as sentences."""
    if hr.departed:
        first = f"The employee left: the full HR roster of {hr.left_on} no longer lists them."
    elif hr.left_on is not None:
        first = f"The employee left on {hr.left_on}, says the HR roster of {hr.read_at.date()}."
    else:
        first = f"The employee left, says the HR roster of {hr.read_at.date()}."
    sentences = [first]
    if hr.matched_by is not None:
        only = "" if hr.matched_by in _CERTAIN else " only"
        sentences.append(f"The account was found by the {hr.matched_by.spoken}{only}.")
    if hr.conflict is not None:
        sentences.append(hr.conflict)
    if now - hr.read_at > FRESH_FOR:
        days = (now - hr.read_at).days
        sentences.append(f"The roster is {days} days old: import a newer one to be sure.")
    return tuple(sentences)


def explain_missing(hr: HrFacts) -> tuple[str, ...]:
    """The reasons why the account is nobody's: only a full roster can tell that."""
    return (f"Nobody in the full HR roster of {hr.read_at.date()}, or added since, has this account.",)


def said_since(status: EmployeeStatus | None, *, left: bool, missing: bool) -> str | None:
    """What a roster that came in since speaks against a request; nothing where it does not.

    Args:
        status: what the roster says of the person now.
        left: the request rests on the employee having left.
        missing: it rests on nobody in the roster having the account.
    """
    if status is EmployeeStatus.ON_LEAVE:
        return "By the HR roster the employee is on leave now."
    if status is EmployeeStatus.ACTIVE and left:
        return "By the HR roster the employee has not left any more."
    if status is EmployeeStatus.ACTIVE and missing:
        return "By the HR roster the account is an employee's now."
    return None
