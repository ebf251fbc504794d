"""When a run needs a second person's approval, who may give it and until when. Rules only, no I/O."""

from datetime import datetime, timedelta
from typing import Final

APPROVED_WITHIN: Final = timedelta(days=7)
"""A run that nobody has approved by then is cancelled: what it rests on is old."""

NOT_APPROVED: Final = f"nobody approved it within {APPROVED_WITHIN.days} days"


def needs_approval(requests: int, *, above: int, dry_run: bool) -> bool:
    """Whether nothing of a run begins until another operator agrees.

    Args:
        requests: of the run.
        above: the number that the policies name; 0 for never.
        dry_run: it changes nothing, and needs nobody.
    """
    return not dry_run and 0 < above < requests


def expired(asked_at: datetime, now: datetime) -> bool:
    """Whether the time to approve has passed."""
    return now >= asked_at + APPROVED_WITHIN


def same_person(one: str, other: str) -> bool:
    """Whether two names of actors mean the same one: sign-in names have no case."""
    return one.strip().casefold() == other.strip().casefold()


def hindrance(*, asked_by: str, asked_at: datetime, who: str, now: datetime) -> str | None:
    """Why somebody can't decide on a run that waits, as a sentence; None where they can.

    Args:
        asked_by: the name of the actor who asked for the run.
        asked_at: when.
        who: the name of the actor who is to decide.
        now: this moment.
    """
    if expired(asked_at, now):
        return f"It was cancelled: {NOT_APPROVED}."
    if same_person(asked_by, who):
        return "Whoever asked for a run can't decide on it: another operator has to. It can be cancelled."
    return None
