"""Scenarios, confidence, blockers and cautions."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.activity.evidence import (
    ActivityPolicy,
    ActivitySource,
    ActivityStatus,
    Confidence,
    Finding,
    Reason,
)
from core.activity.workloads import Workload
from core.reclamation.downgrades import Alternative, Downgrade
from core.reclamation.duplicates import Cover
from core.reclamation.hr_scenarios import HrFacts
from core.reclamation.opportunities import (
    BlockerCode,
    Candidate,
    CautionCode,
    GivingGroup,
    MailboxPurpose,
    Match,
    Note,
    Opportunity,
    Scenario,
    find_opportunity,
)
from core.roster.matching import MatchedBy
from core.roster.status import EmployeeStatus
from core.spend.free_types import FreeReason
from core.spend.money import Money

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
POLICY = ActivityPolicy(threshold_days=60, young_days=30)
HIGH, PROBABLE, REVIEW = Confidence.HIGH, Confidence.PROBABLE, Confidence.REVIEW


def found(status: ActivityStatus, confidence: Confidence = HIGH) -> Finding:
    last = {ActivityStatus.ACTIVE: 3, ActivityStatus.INACTIVE: 100}.get(status)
    return Finding(
        status=status,
        last_activity_at=None if last is None else NOW - timedelta(days=last),
        last_activity_source=None if last is None else ActivitySource.SIGN_IN,
        confidence=confidence,
        reasons=(Reason.NOTHING_REPORTED,) if last is None else (Reason.LAST_SIGN_IN,),
    )


INACTIVE = found(ActivityStatus.INACTIVE)
NEVER = found(ActivityStatus.NEVER_ACTIVE)
ACTIVE = found(ActivityStatus.ACTIVE)
UNKNOWN = found(ActivityStatus.UNKNOWN, REVIEW)

PLAIN = Candidate(
    account_enabled=True,
    account_created_at=datetime(2022, 3, 4, tzinfo=UTC),
    guest=False,
    management_restricted=False,
    mailbox_purpose=MailboxPurpose.USER,
    direct=True,
    groups=(),
    state="Active",
    error=None,
    assigned_at=datetime(2023, 1, 1, tzinfo=UTC),
    finding=INACTIVE,
    type_name="Microsoft 365 E3",
    free=None,
    priced=True,
    for_company=False,
    self_service=False,
)
SALES = GivingGroup(group_id="g1", name="Sales", dynamic=True, synced=False, also_gives=("Visio Plan 2",))


def opportunity(candidate: Candidate) -> Opportunity:
    result = find_opportunity(candidate, POLICY, NOW)
    assert result is not None
    return result


def changed(**facts: Any) -> Opportunity:  # noqa: ANN401 - any of the candidate's facts
    return opportunity(replace(PLAIN, **facts))


@pytest.mark.parametrize("finding", [ACTIVE, UNKNOWN])
def test_an_enabled_account_that_is_active_or_unknown_is_no_opportunity(finding: Finding) -> None:
    assert find_opportunity(replace(PLAIN, finding=finding), POLICY, NOW) is None


@pytest.mark.parametrize(
    ("enabled", "finding", "purpose", "matches"),
    [
        (True, INACTIVE, MailboxPurpose.USER, [("inactive", HIGH)]),
        (True, INACTIVE, None, [("inactive", HIGH)]),
        (True, found(ActivityStatus.INACTIVE, PROBABLE), MailboxPurpose.USER, [("inactive", PROBABLE)]),
        (True, NEVER, MailboxPurpose.USER, [("never_active", HIGH)]),
        (True, NEVER, MailboxPurpose.NONE, [("never_active", HIGH)]),
        (True, NEVER, None, [("never_active", PROBABLE)]),
        (True, found(ActivityStatus.NEVER_ACTIVE, REVIEW), None, [("never_active", REVIEW)]),
        (False, UNKNOWN, MailboxPurpose.USER, [("disabled_account", HIGH)]),
        (False, UNKNOWN, None, [("disabled_account", PROBABLE)]),
        (False, ACTIVE, MailboxPurpose.USER, [("disabled_account", PROBABLE)]),
        (False, INACTIVE, None, [("disabled_account", PROBABLE), ("inactive", PROBABLE)]),
        (False, INACTIVE, MailboxPurpose.USER, [("disabled_account", HIGH), ("inactive", HIGH)]),
        (False, NEVER, MailboxPurpose.USER, [("never_active", HIGH), ("disabled_account", HIGH)]),
        (
            False,
            found(ActivityStatus.NEVER_ACTIVE, PROBABLE),
            MailboxPurpose.USER,
            [("disabled_account", HIGH), ("never_active", PROBABLE)],
        ),
    ],
)
def test_the_scenarios_that_match_the_strongest_first(
    *,
    enabled: bool,
    finding: Finding,
    purpose: MailboxPurpose | None,
    matches: list[tuple[str, Confidence]],
) -> None:
    result = changed(account_enabled=enabled, finding=finding, mailbox_purpose=purpose)
    assert [(match.scenario, match.confidence) for match in result.matches] == matches
    assert result.scenarios == tuple(scenario for scenario, _ in matches)
    assert result.confidence is matches[0][1]


def test_nothing_stands_against_a_plain_candidate() -> None:
    result = opportunity(PLAIN)
    assert (result.blockers, result.cautions) == ((), ())
    assert result.reclaimable
    assert result.reasons == ("Last successful sign-in on 2026-08-16.",)


@pytest.mark.parametrize(
    ("facts", "code", "text"),
    [
        (
            {"exempt": "The department Sales is exempt until 2027-11-24."},
            BlockerCode.EXEMPT,
            "The department Sales is exempt until 2027-11-24.",
        ),
        (
            {"cooldown": "Not offered until 2027-02-22: restored on 2026-11-24."},
            BlockerCode.COOLDOWN,
            "Not offered until 2027-02-22: restored on 2026-11-24.",
        ),
        (
            {"direct": False, "groups": (SALES,)},
            BlockerCode.INHERITED,
            (
                "Inherited from the group Sales (dynamic): it can't be taken from the user directly. "
                "Leaving would also take away Visio Plan 2."
            ),
        ),
        (
            {"direct": False, "groups": (GivingGroup(group_id="g2", synced=True),)},
            BlockerCode.INHERITED,
            "Inherited from the group g2 (synced): it can't be taken from the user directly.",
        ),
        (
            {"direct": True, "groups": (SALES, GivingGroup(group_id="g2", name="All"))},
            BlockerCode.ALSO_INHERITED,
            (
                "Also inherited from the group Sales (dynamic) and the group All: "
                "taking away the direct assignment would free no seat."
            ),
        ),
        (
            {"account_created_at": NOW - timedelta(days=29)},
            BlockerCode.YOUNG_ACCOUNT,
            "The account was created on 2026-10-26, less than 30 days ago.",
        ),
        (
            {"assigned_at": NOW - timedelta(days=29)},
            BlockerCode.YOUNG_ASSIGNMENT,
            "The license was assigned or changed on 2026-10-26, less than 30 days ago.",
        ),
        (
            {"mailbox_purpose": MailboxPurpose.SHARED},
            BlockerCode.MAILBOX,
            "The mailbox is of the kind shared: it is used without anybody signing in.",
        ),
        (
            {"mailbox_purpose": MailboxPurpose.ROOM},
            BlockerCode.MAILBOX,
            "The mailbox is of the kind room: it is used without anybody signing in.",
        ),
        (
            {"mailbox_purpose": MailboxPurpose.EQUIPMENT},
            BlockerCode.MAILBOX,
            "The mailbox is of the kind equipment: it is used without anybody signing in.",
        ),
        (
            {"free": FreeReason.VIRAL, "priced": False},
            BlockerCode.FREE_TYPE,
            "Microsoft 365 E3 is a viral license type: taking it back saves nothing.",
        ),
        (
            {"self_service": True},
            BlockerCode.SELF_SERVICE_TYPE,
            "Microsoft 365 E3 was bought by people themselves: Microsoft lets no administrator take it back.",
        ),
        (
            {"for_company": True},
            BlockerCode.COMPANY_TYPE,
            "Microsoft 365 E3 is for the company as a whole: it can't be taken from a user.",
        ),
        (
            {"management_restricted": True},
            BlockerCode.MANAGEMENT_RESTRICTED,
            "The user is in a restricted administrative unit, where this application may change nothing.",
        ),
        (
            {"state": "Error", "error": "CountViolation"},
            BlockerCode.LICENSE_ERROR,
            "The license is in error (CountViolation) and not in effect: resolve that in Entra ID first.",
        ),
    ],
)
def test_a_blocker_stands_against_it_and_says_why(
    facts: dict[str, Any], code: BlockerCode, text: str
) -> None:
    result = changed(**facts)
    assert [(note.code, note.text) for note in result.blockers] == [(code, text)]
    assert not result.reclaimable


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"mailbox_purpose": None}, CautionCode.MAILBOX_UNKNOWN),
        ({"management_restricted": None}, CautionCode.MANAGEMENT_RESTRICTION_UNKNOWN),
        ({"assigned_at": None}, CautionCode.ASSIGNED_UNKNOWN),
        ({"guest": True}, CautionCode.GUEST),
        ({"state": "ActiveWithError", "error": "Other"}, CautionCode.LICENSE_WARNING),
        ({"priced": False}, CautionCode.NO_PRICE),
    ],
)
def test_a_caution_is_shown_and_blocks_nothing(facts: dict[str, Any], code: CautionCode) -> None:
    result = changed(**facts)
    assert [note.code for note in result.cautions] == [code]
    assert result.reclaimable


def test_a_priced_type_is_never_free() -> None:
    assert changed(free=FreeReason.FREE, priced=True).reclaimable


@pytest.mark.parametrize("days", [30, 31])
def test_an_account_and_assignment_of_the_set_age_are_not_young(days: int) -> None:
    then = NOW - timedelta(days=days)
    assert changed(account_created_at=then, assigned_at=then).reclaimable


def test_an_account_from_before_creation_was_recorded_is_not_young() -> None:
    assert changed(account_created_at=None).reclaimable


def test_a_surer_opportunity_ranks_before_a_stronger_scenario() -> None:
    ranks = [
        changed(finding=NEVER).rank,
        changed(finding=INACTIVE).rank,
        changed(finding=NEVER, mailbox_purpose=None).rank,
        changed(finding=found(ActivityStatus.INACTIVE, PROBABLE)).rank,
        changed(finding=found(ActivityStatus.NEVER_ACTIVE, REVIEW)).rank,
    ]
    assert all(before < after for before, after in pairwise(ranks))


def test_the_scenarios_are_the_words_of_the_files() -> None:
    assert set(Scenario) == {
        "hr_inactive",
        "not_in_hr_roster",
        "never_active",
        "inactive",
        "disabled_account",
        "duplicate",
        "downgrade",
    }


@given(
    enabled=st.booleans(),
    finding=st.sampled_from([ACTIVE, INACTIVE, NEVER, UNKNOWN]),
    purpose=st.sampled_from([None, *MailboxPurpose]),
)
def test_an_unknown_mailbox_keeps_disabled_and_never_active_accounts_below_high(
    *, enabled: bool, finding: Finding, purpose: MailboxPurpose | None
) -> None:
    candidate = replace(PLAIN, account_enabled=enabled, finding=finding, mailbox_purpose=purpose)
    result = find_opportunity(candidate, POLICY, NOW)
    if result is None or purpose is not None:
        return
    if not enabled or Scenario.NEVER_ACTIVE in result.scenarios:
        assert all(match.confidence is not HIGH for match in result.matches)


LEFT = HrFacts(
    status=EmployeeStatus.INACTIVE,
    read_at=NOW - timedelta(days=10),
    matched_by=MatchedBy.EMPLOYEE_ID,
    left_on=date(2026, 11, 22),
)
MISSING = HrFacts(status=EmployeeStatus.NOT_IN_ROSTER, read_at=NOW - timedelta(days=10))
BY_UPN, BY_MAIL = MatchedBy.USER_PRINCIPAL_NAME, MatchedBy.EMAIL
NO_MAILBOX = MailboxPurpose.NONE


@pytest.mark.parametrize(
    ("hr", "facts", "confidence"),
    [
        (LEFT, {}, HIGH),
        (replace(LEFT, matched_by=BY_MAIL), {}, HIGH),
        (replace(LEFT, left_on=None), {}, HIGH),
        (replace(LEFT, departed=True), {}, HIGH),
        (replace(LEFT, matched_by=BY_UPN), {}, REVIEW),
        (replace(LEFT, conflict="The directory has another employee id."), {}, REVIEW),
        (replace(LEFT, read_at=NOW - timedelta(days=45)), {}, HIGH),
        (replace(LEFT, read_at=NOW - timedelta(days=46)), {}, REVIEW),
        (replace(LEFT, left_on=date(2026, 11, 20)), {}, PROBABLE),  # used on the 21st
        (LEFT, {"mailbox_purpose": None}, HIGH),
        (LEFT, {"mailbox_purpose": None, "account_enabled": False}, PROBABLE),
        (LEFT, {"guest": True}, HIGH),
    ],
)
def test_who_left_by_the_roster_is_an_opportunity(
    hr: HrFacts, facts: dict[str, Any], confidence: Confidence
) -> None:
    result = changed(hr=hr, finding=ACTIVE, **facts)
    (match,) = [match for match in result.matches if match.scenario is Scenario.HR_INACTIVE]
    assert match.confidence is confidence


@pytest.mark.parametrize(
    ("facts", "matches"),
    [
        ({}, [("not_in_hr_roster", REVIEW)]),
        ({"account_enabled": False}, [("disabled_account", PROBABLE), ("not_in_hr_roster", REVIEW)]),
        ({"finding": INACTIVE}, [("inactive", HIGH), ("not_in_hr_roster", REVIEW)]),
        ({"mailbox_purpose": None}, [("not_in_hr_roster", REVIEW)]),
        ({"mailbox_purpose": NO_MAILBOX}, [("not_in_hr_roster", REVIEW)]),
    ],
)
def test_who_is_not_in_the_roster_is_one_for_review(
    facts: dict[str, Any], matches: list[tuple[str, Confidence]]
) -> None:
    result = changed(**{"hr": MISSING, "finding": ACTIVE} | facts)
    assert [(match.scenario, match.confidence) for match in result.matches] == matches


@pytest.mark.parametrize(
    "facts",
    [
        {"guest": True},
        {"mailbox_purpose": MailboxPurpose.SHARED},
        {"mailbox_purpose": MailboxPurpose.ROOM},
        {"mailbox_purpose": MailboxPurpose.EQUIPMENT},
    ],
)
def test_guests_and_mailboxes_of_nobody_need_not_be_in_the_roster(facts: dict[str, Any]) -> None:
    candidate = replace(PLAIN, hr=MISSING, finding=ACTIVE, **facts)
    assert find_opportunity(candidate, POLICY, NOW) is None


@pytest.mark.parametrize("status", [EmployeeStatus.ACTIVE, EmployeeStatus.ON_LEAVE])
def test_who_is_employed_is_no_opportunity_by_the_roster(status: EmployeeStatus) -> None:
    candidate = replace(PLAIN, hr=replace(LEFT, status=status, left_on=None), finding=ACTIVE)
    assert find_opportunity(candidate, POLICY, NOW) is None


def test_who_is_on_leave_is_blocked() -> None:
    result = changed(hr=replace(LEFT, status=EmployeeStatus.ON_LEAVE, left_on=None))
    assert not result.reclaimable
    assert [note.code for note in result.blockers] == [BlockerCode.ON_LEAVE]


def test_the_strongest_reason_is_that_somebody_left() -> None:
    result = changed(hr=LEFT, finding=NEVER, account_enabled=False)
    assert result.scenarios == (Scenario.HR_INACTIVE, Scenario.NEVER_ACTIVE, Scenario.DISABLED_ACCOUNT)


def test_what_the_roster_says_comes_first_among_the_reasons() -> None:
    assert changed(hr=replace(LEFT, matched_by=BY_UPN), finding=ACTIVE).reasons == (
        "The employee left on 2026-11-22, says the HR roster of 2026-11-14.",
        "The account was found by the user principal name only.",
        "Last successful sign-in on 2026-11-21.",
    )
    departed = changed(hr=replace(LEFT, departed=True), finding=ACTIVE)
    assert departed.reasons[0] == "The employee left: the full HR roster of 2026-11-22 no longer lists them."
    stale = changed(hr=replace(LEFT, read_at=NOW - timedelta(days=50)), finding=ACTIVE)
    assert "The roster is 50 days old: import a newer one to be sure." in stale.reasons
    missing = changed(hr=MISSING, finding=ACTIVE)
    assert missing.reasons[0] == (
        "Nobody in the full HR roster of 2026-11-14, or added since, has this account."
    )


def test_an_account_in_use_after_its_owner_left_is_cautioned() -> None:
    result = changed(hr=replace(LEFT, left_on=date(2026, 11, 20)), finding=ACTIVE)
    assert [note.code for note in result.cautions] == [CautionCode.USED_AFTER_LEAVING]
    assert changed(hr=LEFT, finding=ACTIVE).cautions == ()


@given(
    st.sampled_from([INACTIVE, NEVER, ACTIVE, UNKNOWN]),
    st.booleans(),
    st.booleans(),
    st.none() | st.sampled_from(MailboxPurpose),
)
def test_an_exempt_license_is_never_offered_as_reclaimable(
    finding: Finding, enabled: bool, direct: bool, purpose: MailboxPurpose | None
) -> None:
    candidate = replace(
        PLAIN,
        finding=finding,
        account_enabled=enabled,
        direct=direct,
        groups=() if direct else (SALES,),
        mailbox_purpose=purpose,
        exempt="Exempt.",
    )
    result = find_opportunity(candidate, POLICY, NOW)
    assert result is None or not result.reclaimable


COVER = Cover(sku_id="e5", name="Microsoft 365 E5", lasting=True)
CHEAPER = Alternative(
    sku_id="e1",
    name="Office 365 E1",
    plans=frozenset(),
    saves=Money(Decimal(100), "USD"),
    estimate=False,
)
DOWNGRADE = Downgrade(to=CHEAPER, in_use=(Workload.TEAMS,), lost=frozenset({"visio-plan"}))
ADVISED: dict[str, Any] = {"downgrade": DOWNGRADE, "advice": ("It lacks Visio Desktop App.",)}


@pytest.mark.parametrize(
    ("facts", "confidence"),
    [
        ({}, HIGH),
        ({"cover": replace(COVER, lasting=False)}, PROBABLE),
        ({"state": "ActiveWithError"}, PROBABLE),
        ({"mailbox_purpose": None}, HIGH),
    ],
)
def test_a_license_that_another_one_covers_is_a_duplicate_also_of_somebody_active(
    facts: dict[str, Any], confidence: Confidence
) -> None:
    result = changed(**({"finding": ACTIVE, "cover": COVER} | facts))
    assert result.matches == (Match(scenario=Scenario.DUPLICATE, confidence=confidence),)
    assert result.reclaimable
    assert result.reasons[0].startswith("Microsoft 365 E5, which the user holds too, provides every service")


def test_what_may_end_soon_and_covers_a_duplicate_is_a_caution() -> None:
    result = changed(finding=ACTIVE, cover=replace(COVER, lasting=False))
    assert [note.code for note in result.cautions] == [CautionCode.COVER_ENDS]


def test_an_inherited_duplicate_is_shown_and_cannot_be_taken() -> None:
    result = changed(finding=ACTIVE, cover=COVER, direct=False, groups=(SALES,))
    assert result.scenarios == (Scenario.DUPLICATE,)
    assert [note.code for note in result.blockers] == [BlockerCode.INHERITED]


def test_all_scenarios_that_match_are_shown_the_strongest_first() -> None:
    result = changed(finding=INACTIVE, cover=COVER, account_enabled=False)
    assert result.scenarios == (Scenario.DISABLED_ACCOUNT, Scenario.INACTIVE, Scenario.DUPLICATE)
    assert changed(finding=found(ActivityStatus.INACTIVE, PROBABLE), cover=COVER).scenarios == (
        Scenario.DUPLICATE,
        Scenario.INACTIVE,
    )


def test_a_downgrade_is_advice_and_never_reclaimable() -> None:
    result = changed(finding=ACTIVE, **ADVISED)
    assert result.matches == (Match(scenario=Scenario.DOWNGRADE, confidence=REVIEW),)
    assert result.cheaper_sku_id == "e1"
    assert not result.reclaimable
    (advice,) = result.blockers
    assert (advice.code, advice.text) == (
        BlockerCode.ADVICE,
        "Advice only: Office 365 E1 would do instead. Nothing is taken away for it.",
    )
    assert "Visio Desktop App" in " ".join(result.reasons)


def test_what_is_more_than_advice_can_be_taken() -> None:
    result = changed(finding=ACTIVE, hr=MISSING, **ADVISED)
    assert result.scenarios == (Scenario.NOT_IN_HR_ROSTER, Scenario.DOWNGRADE)
    assert result.reclaimable


@pytest.mark.parametrize("facts", [{"finding": INACTIVE}, {"finding": ACTIVE, "account_enabled": False}])
def test_whoever_needs_no_license_is_advised_no_cheaper_one(facts: dict[str, Any]) -> None:
    result = changed(**facts, **ADVISED)
    assert Scenario.DOWNGRADE not in result.scenarios
    assert result.cheaper_sku_id is None
    assert "Visio Desktop App" not in " ".join(result.reasons)


ADMINISTRATOR = Note(
    code=CautionCode.ADMIN_ROLE, text="The account holds an admin role: Global Administrator."
)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"finding": NEVER},
        {"account_enabled": False},
        {"hr": LEFT},
        {"finding": ACTIVE, "cover": COVER},
    ],
)
def test_an_account_whose_name_has_to_be_typed_is_never_high_whatever_the_evidence(
    facts: dict[str, Any],
) -> None:
    assert changed(**facts).confidence is HIGH
    protected = changed(**facts, protections=(ADMINISTRATOR,))
    assert protected.confidence is PROBABLE
    assert {match.confidence for match in protected.matches} <= {PROBABLE, REVIEW}
    assert (protected.reclaimable, protected.cautions[0]) == (True, ADMINISTRATOR)


def test_what_is_below_high_anyway_stays_as_it_is() -> None:
    finding = found(ActivityStatus.INACTIVE, REVIEW)
    assert changed(finding=finding, protections=(ADMINISTRATOR,)).confidence is REVIEW


def test_an_admin_role_that_could_not_be_read_is_not_known_and_lowers_nothing() -> None:
    result = changed(admin_roles_known=False)
    assert result.confidence is HIGH
    assert [(note.code, note.text) for note in result.cautions] == [
        (CautionCode.ADMIN_ROLES_UNKNOWN, "Whether the account holds an admin role is not known.")
    ]


def test_a_role_that_is_known_is_told_also_where_others_are_not() -> None:
    result = changed(admin_roles_known=False, protections=(ADMINISTRATOR,))
    assert [note.code for note in result.cautions] == [CautionCode.ADMIN_ROLE]


@pytest.mark.parametrize(("days", "told"), [(31, True), (89, True), (90, False)])
def test_within_ninety_days_of_the_assignment_the_vendors_rule_is_told(*, days: int, told: bool) -> None:
    result = changed(assigned_at=NOW - timedelta(days=days))
    assert [note.code for note in result.cautions] == ([CautionCode.REASSIGNMENT] if told else [])
    assert (result.confidence, result.reclaimable) == (HIGH, True)


def test_the_seat_of_somebody_who_has_left_may_go_to_another_person_at_once() -> None:
    result = changed(assigned_at=NOW - timedelta(days=40), hr=LEFT)
    assert CautionCode.REASSIGNMENT not in {note.code for note in result.cautions}
