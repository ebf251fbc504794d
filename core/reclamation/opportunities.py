"""Who could give up a license: scenarios, confidence, and what stands against it. Rules only, no I/O.

A *blocker* means that the license is not to be taken from this person as things stand; a *caution* is
something that a person should know before deciding. What could not be read is shown as a caution, never
guessed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.activity.evidence import ActivityPolicy, ActivityStatus, Confidence
from core.activity.explain import UNKNOWN_DATES, RefreshDates, explain_all
from core.reclamation.candidates import (
    NOBODYS_MAILBOX,
    BlockerCode,
    Candidate,
    CautionCode,
    GivingGroup,
    MailboxPurpose,
    Note,
)
from core.reclamation.duplicates import WITHOUT_ERROR, explain_cover
from core.reclamation.hr_scenarios import confidence_of_leaving, explain_leaving, explain_missing
from core.reclamation.objections import blockers_of, cautions_of
from core.reclamation.protected import is_protected
from core.roster.status import EmployeeStatus

__all__ = [
    "NOBODYS_MAILBOX",
    "BlockerCode",
    "Candidate",
    "CautionCode",
    "GivingGroup",
    "MailboxPurpose",
    "Match",
    "Note",
    "Opportunity",
    "Scenario",
    "duplicate_alone",
    "find_opportunity",
]


class Scenario(StrEnum):
    """Why an assignment could be reclaimed."""

    HR_INACTIVE = "hr_inactive"  # the employee left
    NEVER_ACTIVE = "never_active"
    DISABLED_ACCOUNT = "disabled_account"
    INACTIVE = "inactive"
    DUPLICATE = "duplicate"  # another type that the user holds covers it
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
_UNUSED: Final = frozenset(
    {Scenario.HR_INACTIVE, Scenario.NEVER_ACTIVE, Scenario.DISABLED_ACCOUNT, Scenario.INACTIVE}
)
"""Whoever matches one of these needs no other license in place of the one that goes."""

_STRENGTH: Final = tuple(Scenario)
"""The strongest first, among matches of the same confidence."""

_SURENESS: Final = (Confidence.HIGH, Confidence.PROBABLE, Confidence.REVIEW)


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A scenario that the assignment matches, and how surely."""

    scenario: Scenario
    confidence: Confidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Opportunity:
    """An assignment that could be reclaimed. `matches` holds at least one, the strongest first.

    `cheaper_sku_id`: the type that is advised in its place.
    """

    matches: tuple[Match, ...]
    reasons: tuple[str, ...]
    blockers: tuple[Note, ...]
    cautions: tuple[Note, ...]
    cheaper_sku_id: str | None = None

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
    found = _matches(candidate, now)
    if is_protected(candidate.protections):
        found = map(_below_high, found)
    matches = sorted(found, key=_rank)
    if any(match.scenario in _UNUSED for match in matches):  # whoever needs none needs no cheaper one
        if candidate.downgrade is not None:
            candidate = replace(candidate, downgrade=None, advice=())
        matches = [match for match in matches if match.scenario is not Scenario.DOWNGRADE]
    if not matches:
        return None
    reasons = explain_all(candidate.finding, threshold_days=policy.threshold_days, refreshed_on=refreshed_on)
    if not candidate.account_enabled:
        reasons = ("The account is disabled: nobody can sign in with it.", *reasons)
    downgrade = candidate.downgrade
    blockers = tuple(blockers_of(candidate, policy, now))
    if downgrade is not None and all(match.scenario is Scenario.DOWNGRADE for match in matches):
        text = f"Advice only: {downgrade.to.name} would do instead. Nothing is taken away for it."
        blockers = (Note(code=BlockerCode.ADVICE, text=text), *blockers)
    return Opportunity(
        matches=tuple(matches),
        reasons=(*_hr_reasons(candidate, matches, now), *_overlap_reasons(candidate), *reasons),
        blockers=blockers,
        cautions=tuple(cautions_of(candidate, now)),
        cheaper_sku_id=None if downgrade is None else downgrade.to.sku_id,
    )


def _overlap_reasons(candidate: Candidate) -> tuple[str, ...]:
    """What another type has to do with it: one that the user holds, or one that would do."""
    cover = candidate.cover
    return (*(() if cover is None else (explain_cover(cover),)), *candidate.advice)


def duplicate_alone(scenarios: Iterable[str]) -> bool:
    """Whether it rests on another license that covers this one, and not on its being unused."""
    found = set(scenarios)
    return Scenario.DUPLICATE in found and found.isdisjoint(_UNUSED)


def _below_high(match: Match) -> Match:
    """A name that has to be typed is a person's choice, whatever the evidence."""
    return replace(match, confidence=Confidence.PROBABLE) if match.confidence is Confidence.HIGH else match


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
    cover = candidate.cover
    if cover is not None:
        sure = cover.lasting and candidate.state == WITHOUT_ERROR
        yield Match(scenario=Scenario.DUPLICATE, confidence=Confidence.HIGH if sure else Confidence.PROBABLE)
    if candidate.downgrade is not None:
        yield Match(scenario=Scenario.DOWNGRADE, confidence=Confidence.REVIEW)
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
