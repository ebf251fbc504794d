"""Who could give up a license: scenarios, confidence, and what stands against it. Rules only, no I/O.

A *blocker* means that the license is not to be taken from this person as things stand; a *caution* is
something that a person should know before deciding. What could not be read is shown as a caution, never
guessed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.activity.evidence import ActivityPolicy, ActivityStatus, Confidence, Finding
from core.activity.explain import UNKNOWN_DATES, RefreshDates, explain_all
from core.reclamation.hr_scenarios import (
    HrFacts,
    confidence_of_leaving,
    explain_leaving,
    explain_missing,
    used_after_leaving,
)
from core.roster.status import EmployeeStatus
from core.spend.free_types import FreeReason


class Scenario(StrEnum):
    """Why an assignment could be reclaimed."""

    HR_INACTIVE = "hr_inactive"  # the employee left
    NEVER_ACTIVE = "never_active"
    DISABLED_ACCOUNT = "disabled_account"
    INACTIVE = "inactive"
    DUPLICATE = "duplicate"  # another type of the user covers it
    NOT_IN_HR_ROSTER = "not_in_hr_roster"
    DOWNGRADE = "downgrade"  # a cheaper type would do; advice only

    @property
    def label(self) -> str:
        """The words that people see."""
        return _LABELS[self]


_LABELS = {
    Scenario.HR_INACTIVE: "HR inactive",
    Scenario.NEVER_ACTIVE: "Never active",
    Scenario.DISABLED_ACCOUNT: "Disabled account",
    Scenario.INACTIVE: "Inactive",
    Scenario.DUPLICATE: "Duplicate",
    Scenario.NOT_IN_HR_ROSTER: "Not in HR roster",
    Scenario.DOWNGRADE: "Downgrade",
}
_STRENGTH: Final = tuple(Scenario)
"""The strongest first, among matches of the same confidence."""

_SURENESS: Final = (Confidence.HIGH, Confidence.PROBABLE, Confidence.REVIEW)


class MailboxPurpose(StrEnum):
    """Graph's `userPurpose` (contract §11), and `none` for an account without a mailbox."""

    USER = "user"
    LINKED = "linked"
    SHARED = "shared"
    ROOM = "room"
    EQUIPMENT = "equipment"
    OTHERS = "others"
    NONE = "none"


NOBODYS_MAILBOX: Final = frozenset({MailboxPurpose.SHARED, MailboxPurpose.ROOM, MailboxPurpose.EQUIPMENT})
"""Look like perfect candidates (disabled, never signed in) and are in use."""


class BlockerCode(StrEnum):
    """What stands against reclaiming."""

    EXEMPT = "exempt"
    COOLDOWN = "cooldown"
    INHERITED = "inherited"
    ALSO_INHERITED = "also_inherited"
    ON_LEAVE = "on_leave"
    YOUNG_ACCOUNT = "young_account"
    YOUNG_ASSIGNMENT = "young_assignment"
    MAILBOX = "mailbox"
    FREE_TYPE = "free_type"
    SELF_SERVICE_TYPE = "self_service_type"
    COMPANY_TYPE = "company_type"
    MANAGEMENT_RESTRICTED = "management_restricted"
    LICENSE_ERROR = "license_error"


class CautionCode(StrEnum):
    """What a person should know before deciding."""

    MAILBOX_UNKNOWN = "mailbox_unknown"
    MANAGEMENT_RESTRICTION_UNKNOWN = "management_restriction_unknown"
    USED_AFTER_LEAVING = "used_after_leaving"
    ASSIGNED_UNKNOWN = "assigned_unknown"
    GUEST = "guest"
    LICENSE_WARNING = "license_warning"
    NO_PRICE = "no_price"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A blocker or caution: the code to filter by, and the sentence to show."""

    code: BlockerCode | CautionCode
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GivingGroup:
    """A group through which the license is inherited. `name`, `dynamic`, `synced`: None where not read.

    `also_gives`: names of the other license types that leaving the group would take away.
    """

    group_id: str
    name: str | None = None
    dynamic: bool | None = None
    synced: bool | None = None
    also_gives: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """All facts about one assignment that decide whether it could be reclaimed.

    `state` and `error` are Graph's words for the assignment (contract §4.2). `mailbox_purpose` and
    `management_restricted` are None where they could not be read. `priced`: a purchase with a price is valid.
    `hr`: what the HR roster says; None where there is no roster, or it leaves open whose account it is.
    `exempt`, `cooldown`: the sentence of the exemption or cooldown that spares it.
    """

    account_enabled: bool
    account_created_at: datetime | None
    guest: bool
    management_restricted: bool | None
    mailbox_purpose: MailboxPurpose | None
    direct: bool
    groups: tuple[GivingGroup, ...]
    state: str
    error: str | None
    assigned_at: datetime | None
    finding: Finding
    type_name: str
    free: FreeReason | None
    priced: bool
    for_company: bool
    self_service: bool
    hr: HrFacts | None = None
    exempt: str | None = None
    cooldown: str | None = None

    @property
    def employee_status(self) -> EmployeeStatus | None:
        """What the HR roster says of the person."""
        return None if self.hr is None else self.hr.status


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A scenario that the assignment matches, and how surely."""

    scenario: Scenario
    confidence: Confidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Opportunity:
    """An assignment that could be reclaimed. `matches` holds at least one, the strongest first."""

    matches: tuple[Match, ...]
    reasons: tuple[str, ...]
    blockers: tuple[Note, ...]
    cautions: tuple[Note, ...]

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All scenarios that match, the strongest first."""
        return tuple(match.scenario for match in self.matches)

    @property
    def confidence(self) -> Confidence:
        """That of the strongest match."""
        return self.matches[0].confidence

    @property
    def reclaimable(self) -> bool:
        """Nothing stands against it; without High confidence it is still a person's choice."""
        return not self.blockers

    @property
    def rank(self) -> int:
        """The order in which opportunities are offered: lower is stronger."""
        return _rank(self.matches[0])


def find_opportunity(
    candidate: Candidate,
    policy: ActivityPolicy,
    now: datetime,
    *,
    refreshed_on: RefreshDates = UNKNOWN_DATES,
) -> Opportunity | None:
    """The opportunity that an assignment is, or None where no scenario matches.

    Args:
        candidate: the facts.
        policy: the thresholds against which `candidate.finding` was made.
        now: the moment of judgment, aware, in UTC.
        refreshed_on: the usage reports' own dates, for the reasons.
    """
    matches = sorted(_matches(candidate, now), key=_rank)
    if not matches:
        return None
    reasons = explain_all(candidate.finding, threshold_days=policy.threshold_days, refreshed_on=refreshed_on)
    if not candidate.account_enabled:
        reasons = ("The account is disabled: nobody can sign in with it.", *reasons)
    return Opportunity(
        matches=tuple(matches),
        reasons=(*_hr_reasons(candidate, matches, now), *reasons),
        blockers=tuple(_blockers(candidate, policy, now)),
        cautions=tuple(_cautions(candidate)),
    )


def _rank(match: Match) -> int:
    return _SURENESS.index(match.confidence) * len(_STRENGTH) + _STRENGTH.index(match.scenario)


def _hr_reasons(candidate: Candidate, matches: Iterable[Match], now: datetime) -> tuple[str, ...]:
    scenarios = {match.scenario for match in matches}
    if candidate.hr is None:
        return ()
    if Scenario.HR_INACTIVE in scenarios:
        return explain_leaving(candidate.hr, now)
    return explain_missing(candidate.hr) if Scenario.NOT_IN_HR_ROSTER in scenarios else ()


def _matches(candidate: Candidate, now: datetime) -> Iterator[Match]:
    """An unknown mailbox may be a shared one, which looks disabled or never active: then never High."""
    finding = candidate.finding
    mailbox_known = candidate.mailbox_purpose is not None
    could_be_shared = not mailbox_known and (
        not candidate.account_enabled or finding.status is ActivityStatus.NEVER_ACTIVE
    )
    if not candidate.account_enabled:
        lately_used = finding.status is ActivityStatus.ACTIVE
        confidence = Confidence.PROBABLE if lately_used or could_be_shared else Confidence.HIGH
        yield Match(scenario=Scenario.DISABLED_ACCOUNT, confidence=confidence)
    hr = candidate.hr
    if hr is not None and hr.status is EmployeeStatus.INACTIVE:
        confidence = confidence_of_leaving(hr, finding.last_activity_at, now)
        lowered = could_be_shared and confidence is Confidence.HIGH
        yield Match(scenario=Scenario.HR_INACTIVE, confidence=Confidence.PROBABLE if lowered else confidence)
    if _should_be_in_roster(candidate) and candidate.employee_status is EmployeeStatus.NOT_IN_ROSTER:
        yield Match(scenario=Scenario.NOT_IN_HR_ROSTER, confidence=Confidence.REVIEW)
    scenario = _SCENARIO_OF.get(finding.status)
    if scenario is not None:
        lowered = could_be_shared and finding.confidence is Confidence.HIGH
        yield Match(scenario=scenario, confidence=Confidence.PROBABLE if lowered else finding.confidence)


def _should_be_in_roster(candidate: Candidate) -> bool:
    """Guests are other organizations' people, and nobody is employed as a shared mailbox or a room."""
    return not candidate.guest and candidate.mailbox_purpose not in NOBODYS_MAILBOX


_SCENARIO_OF = {
    ActivityStatus.NEVER_ACTIVE: Scenario.NEVER_ACTIVE,
    ActivityStatus.INACTIVE: Scenario.INACTIVE,
}


def _blockers(candidate: Candidate, policy: ActivityPolicy, now: datetime) -> Iterator[Note]:
    if candidate.exempt is not None:
        yield Note(code=BlockerCode.EXEMPT, text=candidate.exempt)
    if candidate.cooldown is not None:
        yield Note(code=BlockerCode.COOLDOWN, text=candidate.cooldown)
    yield from _inheritance(candidate)
    if candidate.employee_status is EmployeeStatus.ON_LEAVE:
        text = "The employee is on leave and comes back: the HR roster says so."
        yield Note(code=BlockerCode.ON_LEAVE, text=text)
    yield from _youth(candidate, policy, now)
    yield from _type_blockers(candidate)
    if candidate.mailbox_purpose in NOBODYS_MAILBOX:
        text = (
            f"The mailbox is of the kind {candidate.mailbox_purpose}: it is used without anybody signing in."
        )
        yield Note(code=BlockerCode.MAILBOX, text=text)
    if candidate.management_restricted:
        text = "The user is in a restricted administrative unit, where this application may change nothing."
        yield Note(code=BlockerCode.MANAGEMENT_RESTRICTED, text=text)
    if candidate.state == "Error":
        error = candidate.error or "no reason given"
        text = f"The license is in error ({error}) and not in effect: resolve that in Entra ID first."
        yield Note(code=BlockerCode.LICENSE_ERROR, text=text)


def _inheritance(candidate: Candidate) -> Iterator[Note]:
    if not candidate.groups:
        return
    named = " and ".join(_described(group) for group in candidate.groups)
    if candidate.direct:
        text = f"Also inherited from {named}: taking away the direct assignment would free no seat."
        yield Note(code=BlockerCode.ALSO_INHERITED, text=text)
        return
    text = f"Inherited from {named}: it can't be taken from the user directly."
    others = sorted({name for group in candidate.groups for name in group.also_gives})
    if others:
        text = f"{text} Leaving would also take away {', '.join(others)}."
    yield Note(code=BlockerCode.INHERITED, text=text)


def _described(group: GivingGroup) -> str:
    name = f"the group {group.name or group.group_id}"
    kinds = [word for word, true in (("dynamic", group.dynamic), ("synced", group.synced)) if true]
    return f"{name} ({', '.join(kinds)})" if kinds else name


def _youth(candidate: Candidate, policy: ActivityPolicy, now: datetime) -> Iterator[Note]:
    created_at, assigned_at = candidate.account_created_at, candidate.assigned_at
    if created_at is not None and (now - created_at).days < policy.young_days:
        text = f"The account was created on {created_at.date()}, less than {policy.young_days} days ago."
        yield Note(code=BlockerCode.YOUNG_ACCOUNT, text=text)
    if assigned_at is not None and (now - assigned_at).days < policy.young_days:
        text = (
            f"The license was assigned or changed on {assigned_at.date()}, "
            f"less than {policy.young_days} days ago."
        )
        yield Note(code=BlockerCode.YOUNG_ASSIGNMENT, text=text)


def _type_blockers(candidate: Candidate) -> Iterator[Note]:
    name = candidate.type_name
    if candidate.free is not None and not candidate.priced:
        text = f"{name} is a {candidate.free} license type: taking it back saves nothing."
        yield Note(code=BlockerCode.FREE_TYPE, text=text)
    if candidate.self_service:
        text = f"{name} was bought by people themselves: Microsoft lets no administrator take it back."
        yield Note(code=BlockerCode.SELF_SERVICE_TYPE, text=text)
    if candidate.for_company:
        text = f"{name} is for the company as a whole: it can't be taken from a user."
        yield Note(code=BlockerCode.COMPANY_TYPE, text=text)


def _cautions(candidate: Candidate) -> Iterator[Note]:
    if candidate.mailbox_purpose is None:
        text = "The mailbox type is not known: it could be a shared mailbox."
        yield Note(code=CautionCode.MAILBOX_UNKNOWN, text=text)
    if candidate.management_restricted is None:
        text = "Whether the user is in a restricted administrative unit is not known."
        yield Note(code=CautionCode.MANAGEMENT_RESTRICTION_UNKNOWN, text=text)
    hr = candidate.hr
    if (
        hr is not None
        and hr.status is EmployeeStatus.INACTIVE
        and used_after_leaving(hr, candidate.finding.last_activity_at)
    ):
        text = f"The account was used after the employee left on {hr.left_on}."
        yield Note(code=CautionCode.USED_AFTER_LEAVING, text=text)
    if candidate.assigned_at is None:
        text = "Since when the user holds the license is not known."
        yield Note(code=CautionCode.ASSIGNED_UNKNOWN, text=text)
    if candidate.guest:
        yield Note(code=CautionCode.GUEST, text="The account is a guest of another organization.")
    if candidate.state in {"ActiveWithError", "Disabled"}:
        because = f" ({candidate.error})" if candidate.error else ""
        text = f"The license is assigned, but not without problems: {candidate.state}{because}."
        yield Note(code=CautionCode.LICENSE_WARNING, text=text)
    if not candidate.priced and candidate.free is None:
        text = f"No price is entered for {candidate.type_name}: what this saves is not known."
        yield Note(code=CautionCode.NO_PRICE, text=text)
