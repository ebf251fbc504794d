"""The decision just before a removal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.activity.evidence import ActivityStatus
from core.reclamation.opportunities import MailboxPurpose
from core.reclamation.recheck import AlreadyRemoved, Decided, Proceed, ReadNow, Skip, SkipReason, recheck

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ASSIGNED = datetime(2023, 1, 1, tzinfo=UTC)
LAST = NOW - timedelta(days=100)
BEFORE = Decided(
    account_enabled=True,
    assigned_at=ASSIGNED,
    last_activity_at=LAST,
    status=ActivityStatus.INACTIVE,
    threshold_days=60,
    manual=False,
)
UNCHANGED = ReadNow(
    exists=True,
    checked_at=NOW,
    account_enabled=True,
    direct=True,
    assigned_at=ASSIGNED,
    last_activity_at=LAST,
    mailbox_purpose=MailboxPurpose.USER,
    management_restricted=False,
)
INTENDED = replace(BEFORE, intent_at=NOW - timedelta(minutes=1))


def test_an_unchanged_user_is_proceeded_with() -> None:
    assert recheck(BEFORE, UNCHANGED) == Proceed()


@pytest.mark.parametrize(
    ("now", "reason", "text"),
    [
        ({"exists": False}, SkipReason.USER_GONE, "The user does not exist any more."),
        ({"direct": False}, SkipReason.NOT_LICENSED, "The user does not hold the license any more."),
        (
            {"direct": False, "groups": ("Sales",)},
            SkipReason.INHERITED,
            "The license is now inherited from Sales.",
        ),
        (
            {"groups": ("Sales", "All")},
            SkipReason.INHERITED,
            "The license is also inherited from Sales, All: no seat would be freed.",
        ),
        (
            {"assigned_at": ASSIGNED + timedelta(seconds=1)},
            SkipReason.GRANTED_ANEW,
            "The license was granted anew or changed on 2023-01-01 00:00:01 UTC, since it was last read.",
        ),
        (
            {"mailbox_purpose": MailboxPurpose.SHARED},
            SkipReason.MAILBOX,
            "The mailbox is of the kind shared: it is used without signing in.",
        ),
        (
            {"management_restricted": True},
            SkipReason.MANAGEMENT_RESTRICTED,
            "The user is in a restricted administrative unit.",
        ),
        (
            {"exempt": "The person is exempt until 2027-11-24."},
            SkipReason.EXEMPT,
            "The person is exempt until 2027-11-24.",
        ),
        (
            {"last_activity_at": NOW - timedelta(days=1)},
            SkipReason.ACTIVE_SINCE,
            "The user was active again on 2026-11-23.",
        ),
        (
            {"current_opportunity": False},
            SkipReason.NO_OPPORTUNITY,
            "By the latest evidence there is no reason any more to take the license back.",
        ),
    ],
)
def test_what_has_changed_is_skipped_with_its_reason(
    now: dict[str, Any], reason: SkipReason, text: str
) -> None:
    assert recheck(BEFORE, replace(UNCHANGED, **now)) == Skip(reason=reason, text=text)


def reason_of(before: Decided, now_read: ReadNow) -> SkipReason | None:
    result = recheck(before, now_read)
    return result.reason if isinstance(result, Skip) else None


@pytest.mark.parametrize(
    ("was_enabled", "is_enabled", "reason"),
    [(False, True, SkipReason.ENABLED_AGAIN), (True, False, None), (False, False, None)],
)
def test_an_account_that_is_enabled_again_is_left_alone(
    *, was_enabled: bool, is_enabled: bool, reason: SkipReason | None
) -> None:
    before = replace(BEFORE, account_enabled=was_enabled)
    assert reason_of(before, replace(UNCHANGED, account_enabled=is_enabled)) is reason


@pytest.mark.parametrize(
    ("status", "last_before", "days_ago", "reason"),
    [
        (ActivityStatus.INACTIVE, LAST, 60, SkipReason.ACTIVE_SINCE),
        (ActivityStatus.INACTIVE, LAST, 61, None),  # newer, but still beyond the threshold
        (ActivityStatus.NEVER_ACTIVE, None, 90, SkipReason.ACTIVE_SINCE),  # any use disproves "never"
        (ActivityStatus.UNKNOWN, None, 90, SkipReason.ACTIVE_SINCE),
        (ActivityStatus.ACTIVE, NOW - timedelta(days=3), 3, None),  # disabled; nothing new
        (ActivityStatus.ACTIVE, NOW - timedelta(days=3), 1, SkipReason.ACTIVE_SINCE),
    ],
)
def test_activity_that_is_new_since_the_decision_counts(
    status: ActivityStatus, last_before: datetime | None, days_ago: int, reason: SkipReason | None
) -> None:
    before = replace(BEFORE, status=status, last_activity_at=last_before)
    now_read = replace(UNCHANGED, last_activity_at=NOW - timedelta(days=days_ago))
    assert reason_of(before, now_read) is reason


def test_activity_that_cannot_be_read_now_is_no_activity() -> None:
    assert recheck(BEFORE, replace(UNCHANGED, last_activity_at=None)) == Proceed()


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"last_activity_at": NOW}, None),
        ({"current_opportunity": False}, None),
        ({"mailbox_purpose": MailboxPurpose.ROOM}, SkipReason.MAILBOX),
        ({"groups": ("Sales",)}, SkipReason.INHERITED),
        ({"exempt": "Exempt."}, SkipReason.EXEMPT),
        ({"exists": False}, SkipReason.USER_GONE),
    ],
)
def test_a_manual_request_overrides_activity_and_nothing_else(
    now: dict[str, Any], reason: SkipReason | None
) -> None:
    assert reason_of(replace(BEFORE, manual=True), replace(UNCHANGED, **now)) is reason


@pytest.mark.parametrize("groups", [(), ("Sales",)])
def test_absence_after_our_intent_is_our_removal(groups: tuple[str, ...]) -> None:
    now_read = replace(UNCHANGED, direct=False, groups=groups)
    assert recheck(INTENDED, now_read) == AlreadyRemoved(groups=groups)


@pytest.mark.parametrize(
    ("seconds_before_intent", "reason"),
    [(-30, SkipReason.GRANTED_ANEW), (0, SkipReason.GRANTED_ANEW), (5, SkipReason.GRANTED_ANEW), (6, None)],
)
def test_a_license_granted_anew_after_the_intent_is_left_alone(
    seconds_before_intent: int, reason: SkipReason | None
) -> None:
    assert INTENDED.intent_at is not None
    assigned_at = INTENDED.intent_at - timedelta(seconds=seconds_before_intent)
    assert reason_of(INTENDED, replace(UNCHANGED, assigned_at=assigned_at)) is reason


def test_a_user_who_vanished_after_the_intent_is_said_to_be_gone() -> None:
    assert reason_of(INTENDED, replace(UNCHANGED, exists=False)) is SkipReason.USER_GONE


def test_an_account_of_somebody_who_left_and_is_used_since_is_left_alone_and_the_reason_says_so() -> None:
    before = replace(BEFORE, status=ActivityStatus.ACTIVE, left=True)
    used = replace(UNCHANGED, last_activity_at=NOW - timedelta(days=1))
    assert recheck(before, UNCHANGED) == Proceed()
    assert recheck(before, used) == Skip(
        reason=SkipReason.ACTIVE_SINCE,
        text="The account was used on 2026-11-23, although the HR roster says that the employee left: "
        "find out who uses it.",
    )


_facts = st.fixed_dictionaries(
    {
        "exists": st.booleans(),
        "direct": st.booleans(),
        "account_enabled": st.booleans(),
        "groups": st.sampled_from([(), ("Sales",)]),
        "assigned_at": st.none() | st.sampled_from([ASSIGNED, NOW]),
        "last_activity_at": st.none() | st.sampled_from([LAST, NOW]),
        "mailbox_purpose": st.none() | st.sampled_from(MailboxPurpose),
        "current_opportunity": st.booleans(),
    }
)


@given(_facts, st.booleans(), st.none() | st.just(NOW - timedelta(minutes=1)))
def test_an_exempt_license_is_never_removed(
    facts: dict[str, Any], manual: bool, intent_at: datetime | None
) -> None:
    before = replace(BEFORE, manual=manual, intent_at=intent_at)
    assert recheck(before, replace(UNCHANGED, **facts, exempt="Exempt.")) != Proceed()


DUPLICATE = replace(BEFORE, status=ActivityStatus.ACTIVE, duplicate=True)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"covered": True}, None),
        ({"covered": True, "last_activity_at": NOW}, None),  # its user is active, on what covers it
        ({"covered": False}, SkipReason.NOT_COVERED),
        ({"covered": True, "current_opportunity": False}, SkipReason.NO_OPPORTUNITY),
        ({"covered": True, "groups": ("Sales",)}, SkipReason.INHERITED),
        ({"covered": True, "exempt": "Exempt."}, SkipReason.EXEMPT),
        ({"covered": True, "assigned_at": NOW}, SkipReason.GRANTED_ANEW),
    ],
)
def test_a_duplicate_goes_while_it_is_covered_whether_it_is_used_or_not(
    now: dict[str, Any], reason: SkipReason | None
) -> None:
    assert reason_of(DUPLICATE, replace(UNCHANGED, **now)) is reason


def test_what_is_taken_back_as_unused_need_not_be_covered() -> None:
    assert recheck(BEFORE, replace(UNCHANGED, covered=False)) == Proceed()


ROLE = "The account holds an admin role: Global Administrator."


@pytest.mark.parametrize("manual", [True, False])
def test_an_account_that_is_protected_is_left_alone_unless_its_name_was_typed(*, manual: bool) -> None:
    before, now_read = replace(BEFORE, manual=manual), replace(UNCHANGED, protections=(ROLE,))
    assert recheck(before, now_read) == Skip(
        reason=SkipReason.NAME_NOT_TYPED,
        text=f"{ROLE} Its name was not typed for this run, so it is left alone.",
    )
    assert recheck(replace(before, name_typed=True), now_read) == Proceed()


def test_a_typed_name_helps_against_nothing_else() -> None:
    before = replace(BEFORE, name_typed=True)
    assert reason_of(before, replace(UNCHANGED, exempt="Exempt.")) is SkipReason.EXEMPT
