"""The decision just before a removal: the user was read again, so is it still right? Rules only, no I/O.

Every time that is compared with Graph's own is Graph's own: `lastUpdatedDateTime` of the assignment against
the `Date` header of the answer that the intent rests on. No clock of ours is involved.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.activity.evidence import ActivityStatus
from core.reclamation.opportunities import NOBODYS_MAILBOX, MailboxPurpose

GRANTED_ANEW_WITHIN: Final = timedelta(seconds=5)
"""Graph's servers don't agree to the second: an assignment that changed this shortly before counts as new."""

_TO_THE_SECOND: Final = "%Y-%m-%d %H:%M:%S UTC"


class SkipReason(StrEnum):
    """Why a license is left alone."""

    USER_GONE = "user_gone"
    NOT_LICENSED = "not_licensed"
    INHERITED = "inherited"
    GRANTED_ANEW = "granted_anew"
    EXEMPT = "exempt"
    NO_OPPORTUNITY = "no_opportunity"
    MAILBOX = "mailbox"
    NAME_NOT_TYPED = "name_not_typed"
    MANAGEMENT_RESTRICTED = "management_restricted"
    ENABLED_AGAIN = "enabled_again"
    ACTIVE_SINCE = "active_since"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What was known when the reclamation was decided.

    `assigned_at`: when the direct assignment last changed, as stored. `last_activity_at`, `status`: of the
    finding. `manual`: chosen by a person with a reason, whatever the activity. `intent_at`: Graph's time of
    the check that an intent rests on; None before the first intent. `left`: by the HR roster, the employee
    had left. `duplicate`: nothing but another license that covers it speaks for taking it back, so that use
    speaks not against it. `name_typed`: the name of the account was typed to confirm.
    """

    account_enabled: bool
    assigned_at: datetime | None
    last_activity_at: datetime | None
    status: ActivityStatus
    threshold_days: int
    manual: bool
    intent_at: datetime | None = None
    left: bool = False
    duplicate: bool = False
    name_typed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadNow:
    """What reading the user again has shown.

    `exists`: False where Graph knows no such user; the rest then doesn't matter. `direct`: the type is among
    the direct assignments. `groups`: names of the groups that give it. `last_activity_at`: the latest
    trustworthy activity by the same rules, from a sign-in pass that is recent enough. `current_opportunity`:
    the last assessment still has one. `checked_at`: the `Date` header of the answer. `exempt`: says which
    exemption spares the seat, if one does. `covered`: another license of the user, held without error and not
    being taken back, provides all that is switched on in this one. `protections`: why the name of the account
    has to be typed, a sentence each.
    """

    exists: bool
    checked_at: datetime
    account_enabled: bool = True
    direct: bool = False
    groups: tuple[str, ...] = ()
    assigned_at: datetime | None = None
    last_activity_at: datetime | None = None
    mailbox_purpose: MailboxPurpose | None = None
    management_restricted: bool | None = None
    current_opportunity: bool = True
    exempt: str | None = None
    covered: bool = False
    protections: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Proceed:
    """Remove the license now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Skip:
    """Leave the license alone."""

    reason: SkipReason
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AlreadyRemoved:
    """The direct assignment went after our intent, so the removal was ours: go on to verifying.

    `groups`: names of the groups that still give the type; then no seat was freed.
    """

    groups: tuple[str, ...]


def recheck(before: Decided, now_read: ReadNow) -> Proceed | Skip | AlreadyRemoved:
    """Whether to remove the license, by what the user looks like now."""
    if not now_read.exists:
        return Skip(reason=SkipReason.USER_GONE, text="The user does not exist any more.")
    if not now_read.direct:
        return _without_direct_assignment(before, now_read)
    return (
        _granted_anew(before, now_read)
        or _protected(before, now_read)
        or (None if before.manual else _no_longer_unused(before, now_read))
        or Proceed()
    )


def _without_direct_assignment(before: Decided, now_read: ReadNow) -> Skip | AlreadyRemoved:
    if before.intent_at is not None:
        return AlreadyRemoved(groups=now_read.groups)
    if now_read.groups:
        text = f"The license is now inherited from {', '.join(now_read.groups)}."
        return Skip(reason=SkipReason.INHERITED, text=text)
    return Skip(reason=SkipReason.NOT_LICENSED, text="The user does not hold the license any more.")


def _granted_anew(before: Decided, now_read: ReadNow) -> Skip | None:
    assigned_at = now_read.assigned_at
    if assigned_at is None:
        return None
    if before.intent_at is not None:
        if assigned_at < before.intent_at - GRANTED_ANEW_WITHIN:
            return None
        text = (
            f"The license was granted anew on {assigned_at:{_TO_THE_SECOND}}, after the removal was intended."
        )
        return Skip(reason=SkipReason.GRANTED_ANEW, text=text)
    if before.assigned_at is None or assigned_at <= before.assigned_at:
        return None
    text = (
        f"The license was granted anew or changed on {assigned_at:{_TO_THE_SECOND}}, since it was last read."
    )
    return Skip(reason=SkipReason.GRANTED_ANEW, text=text)


def _protected(before: Decided, now_read: ReadNow) -> Skip | None:
    """What holds for everybody, also where a person chose by hand."""
    if now_read.exempt is not None:
        return Skip(reason=SkipReason.EXEMPT, text=now_read.exempt)
    if now_read.groups:
        text = f"The license is also inherited from {', '.join(now_read.groups)}: no seat would be freed."
        return Skip(reason=SkipReason.INHERITED, text=text)
    if now_read.mailbox_purpose in NOBODYS_MAILBOX:
        text = f"The mailbox is of the kind {now_read.mailbox_purpose}: it is used without signing in."
        return Skip(reason=SkipReason.MAILBOX, text=text)
    if now_read.management_restricted:
        text = "The user is in a restricted administrative unit."
        return Skip(reason=SkipReason.MANAGEMENT_RESTRICTED, text=text)
    if now_read.protections and not before.name_typed:
        text = f"{' '.join(now_read.protections)} Its name was not typed for this run, so it is left alone."
        return Skip(reason=SkipReason.NAME_NOT_TYPED, text=text)
    return None


def _no_longer_unused(before: Decided, now_read: ReadNow) -> Skip | None:
    if before.duplicate:
        return _no_longer_duplicate(now_read)
    if not before.account_enabled and now_read.account_enabled:
        return Skip(reason=SkipReason.ENABLED_AGAIN, text="The account was disabled and is enabled again.")
    if _active_since(before, now_read):
        text = f"The user was active again on {now_read.last_activity_at:%Y-%m-%d}."
        if before.left:
            text = (
                f"The account was used on {now_read.last_activity_at:%Y-%m-%d}, although the HR roster says "
                "that the employee left: find out who uses it."
            )
        return Skip(reason=SkipReason.ACTIVE_SINCE, text=text)
    return _no_opportunity(now_read)


def _no_longer_duplicate(now_read: ReadNow) -> Skip | None:
    if not now_read.covered:
        text = (
            "No other license of the user covers this one any more: none that is held without error, has the "
            "same services switched on, and is not being taken back itself."
        )
        return Skip(reason=SkipReason.NOT_COVERED, text=text)
    return _no_opportunity(now_read)


def _no_opportunity(now_read: ReadNow) -> Skip | None:
    if now_read.current_opportunity:
        return None
    text = "By the latest evidence there is no reason any more to take the license back."
    return Skip(reason=SkipReason.NO_OPPORTUNITY, text=text)


def _active_since(before: Decided, now_read: ReadNow) -> bool:
    last = now_read.last_activity_at
    if last is None or (before.last_activity_at is not None and last <= before.last_activity_at):
        return False
    if before.status is not ActivityStatus.INACTIVE:
        return True
    return (now_read.checked_at.date() - last.date()).days <= before.threshold_days
