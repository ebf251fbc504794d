"""Every combination of sources, judged by the rules and by the sentences that the rules are made from.

`expected` says the same as "Activity: evidence, status, confidence" of the specification, over plain facts of
sources instead of evidence, and shares nothing with the rules.
"""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.activity.evidence import (
    ActivityPolicy,
    ActivityStatus,
    Confidence,
    Evidence,
    Report,
    ReportEvidence,
    SignInEvidence,
    SourceStatus,
    classify,
)
from core.activity.workloads import DATES, Workload

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
POLICY = ActivityPolicy(threshold_days=60)
RECENT, OLD = 25, 100
"""Days ago: within and beyond the threshold."""

Verdict = tuple[ActivityStatus, Confidence]
ACTIVE: Verdict = (ActivityStatus.ACTIVE, Confidence.HIGH)
UNKNOWN: Verdict = (ActivityStatus.UNKNOWN, Confidence.REVIEW)


def inactive(confidence: Confidence) -> Verdict:
    return ActivityStatus.INACTIVE, confidence


def never(confidence: Confidence) -> Verdict:
    return ActivityStatus.NEVER_ACTIVE, confidence


HIGH, PROBABLE, REVIEW = Confidence.HIGH, Confidence.PROBABLE, Confidence.REVIEW


@dataclass(frozen=True, kw_only=True)
class State:
    """How a source stands for the account; days count back from now.

    `read`: how many days ago it was read, or of which day the report is; None where it has nothing on the
    account. `used`: days since the last success or use that it shows. `attempted`: days since an attempt.
    """

    status: SourceStatus = SourceStatus.AVAILABLE
    read: int | None = 2
    used: int | None = None
    attempted: int | None = None
    complete: bool = True

    @property
    def shows(self) -> int | None:
        """The use that is known to be this account's."""
        return None if self.status is SourceStatus.CONCEALED or self.read is None else self.used

    @property
    def to_be_had(self) -> bool:
        return self.status not in {SourceStatus.MISSING, SourceStatus.CONCEALED}

    @property
    def fresh(self) -> bool:
        return self.read is not None and self.read < 7


SIGN_INS = {
    "recent": State(used=RECENT),
    "old": State(used=OLD),
    "none": State(),
    "attempts": State(attempted=RECENT),
    "none, cut off": State(complete=False),
    "none, degraded": State(status=SourceStatus.DEGRADED),
    "none, stale": State(read=20),
    "old, read long ago": State(used=OLD, read=80),
    "old, then failed": State(used=OLD, status=SourceStatus.FAILED),
    "missing": State(status=SourceStatus.MISSING, read=None),
    "failed": State(status=SourceStatus.FAILED, read=None),
    "not read": State(status=SourceStatus.NOT_READ, read=None),
}
REPORTS = {
    "recent": State(used=RECENT),
    "old": State(used=OLD),
    "empty": State(),
    "no row": State(read=None),
    "recent, stale": State(status=SourceStatus.STALE, used=RECENT, read=20),
    "old, stale": State(status=SourceStatus.STALE, used=OLD, read=20),
    "empty, stale": State(status=SourceStatus.STALE, read=20),
    "old, kept from long ago": State(used=OLD, read=90),
    "empty, kept from weeks ago": State(read=20),
    "empty, then failed": State(status=SourceStatus.FAILED),
    "empty, column lacking": State(status=SourceStatus.DEGRADED),
    "concealed": State(status=SourceStatus.CONCEALED, used=RECENT),
    "failed": State(status=SourceStatus.FAILED, read=None),
    "missing": State(status=SourceStatus.MISSING, read=None),
    "not read": State(status=SourceStatus.NOT_READ, read=None),
}
OFFICE = frozenset(
    {Workload.EXCHANGE, Workload.ONEDRIVE, Workload.SHAREPOINT, Workload.TEAMS, Workload.YAMMER}
)


@dataclass(frozen=True, kw_only=True)
class Type:
    """A license type: what it provides, its own report, and the reports that concern it."""

    provides: frozenset[Workload]
    own: Report
    concern: tuple[Report, ...]
    by_sign_in: bool = True


TYPES = {
    "suite": Type(
        provides=OFFICE | {Workload.APPS},
        own=Report.APP_USAGE,
        concern=(Report.ACTIVE_USERS, Report.APP_USAGE, Report.MAILBOX_USAGE),
    ),
    "Exchange": Type(
        provides=frozenset({Workload.EXCHANGE}),
        own=Report.MAILBOX_USAGE,
        concern=(Report.ACTIVE_USERS, Report.MAILBOX_USAGE),
    ),
    "apps": Type(provides=frozenset({Workload.APPS}), own=Report.APP_USAGE, concern=(Report.APP_USAGE,)),
    "Copilot": Type(
        provides=frozenset({Workload.COPILOT}),
        own=Report.COPILOT_USAGE,
        concern=(Report.COPILOT_USAGE,),
        by_sign_in=False,
    ),
    "Visio": Type(
        provides=frozenset({Workload.VISIO, Workload.VISIO_WEB, Workload.ONEDRIVE}),
        own=Report.ACTIVATIONS,
        concern=(Report.ACTIVATIONS,),
        by_sign_in=False,
    ),
    "Power BI": Type(
        provides=frozenset({Workload.POWERBI}), own=Report.COPILOT_USAGE, concern=(), by_sign_in=False
    ),
    "unknown type": Type(provides=frozenset(), own=Report.APP_USAGE, concern=()),
}


def expected(type_: Type, sign_in: State, reports: dict[Report, State]) -> Verdict:
    """What the specification says."""
    concern = [reports[report] for report in type_.concern]
    uses = [state.shows for state in concern]
    if type_.by_sign_in:
        uses.append(sign_in.shows)
    known = [days for days in uses if days is not None]
    if any(days <= 60 for days in known):
        return ACTIVE  # a date that proves activity counts however its source stands
    witnesses = all(state.status is SourceStatus.AVAILABLE and state.fresh for state in concern)
    if not type_.by_sign_in:
        return _by_its_own_report(type_, concern, witnesses=witnesses, used=bool(known))
    signed = sign_in.used is not None or sign_in.attempted is not None
    whole = sign_in.complete and sign_in.status is SourceStatus.AVAILABLE
    scanned = sign_in.fresh and (whole or (signed and sign_in.status is SourceStatus.AVAILABLE))
    reported = bool(concern) and witnesses
    if known:
        if scanned or reported:
            return inactive(HIGH if scanned and reported else PROBABLE)
        return inactive(REVIEW) if _looked_lately(sign_in, concern) else UNKNOWN
    if scanned and reported:
        return never(HIGH)
    disagrees = any(state.shows is not None for state in reports.values())
    alone = scanned and not signed and not disagrees and not any(state.to_be_had for state in concern)
    return never(PROBABLE) if alone else UNKNOWN


def _looked_lately(sign_in: State, concern: list[State]) -> bool:
    """Whether anything within the threshold would have shown use."""
    read = [sign_in.read, *(state.read for state in concern if state.status is not SourceStatus.CONCEALED)]
    return any(days is not None and days <= 60 for days in read)


def _by_its_own_report(type_: Type, concern: list[State], *, witnesses: bool, used: bool) -> Verdict:
    """A sign-in proves nothing; an activation tells of its day, and browser use leaves no trace."""
    if not concern:
        return UNKNOWN
    activations = type_.own is Report.ACTIVATIONS
    if used:
        if activations or concern[0].read is None or concern[0].read > 60:
            return UNKNOWN
        return inactive(HIGH if witnesses else REVIEW)
    return never(PROBABLE if activations else HIGH) if witnesses else UNKNOWN


def evidence_of(sign_in: State, reports: dict[Report, State]) -> Evidence:
    """The same facts as the rules take them."""
    return Evidence(
        account_created_at=datetime(2022, 3, 4, tzinfo=UTC),
        assigned_at=datetime(2023, 1, 1, tzinfo=UTC),
        sign_in=None
        if sign_in.read is None
        else SignInEvidence(
            successful=_ago(sign_in.used),
            interactive=_ago(sign_in.attempted if sign_in.used is None else sign_in.used),
            non_interactive=None,
            read_at=NOW - timedelta(days=sign_in.read),
            complete=sign_in.complete,
            degraded=sign_in.status is SourceStatus.DEGRADED,
        ),
        sign_in_status=sign_in.status,
        reports={
            report: ReportEvidence(
                status=state.status,
                refreshed_on=None if state.read is None else (NOW - timedelta(days=state.read)).date(),
                dates={workload: _day(state.used) for workload in DATES[report]},
            )
            for report, state in reports.items()
        },
    )


def _ago(days: int | None) -> datetime | None:
    return None if days is None else NOW - timedelta(days=days)


def _day(days: int | None) -> date | None:
    moment = _ago(days)
    return None if moment is None else moment.date()


def verdict(type_: Type, sign_in: State, reports: dict[Report, State]) -> Verdict:
    finding = classify(evidence_of(sign_in, reports), type_.provides, POLICY, NOW)
    assert finding.reasons
    return finding.status, finding.confidence


def others_like(active: State) -> dict[Report, State]:
    """The reports beside the active users': as that one stands, without use of their own."""
    alike = replace(active, used=None)
    return dict.fromkeys(Report, alike) | {Report.ACTIVE_USERS: active}


@pytest.mark.parametrize("sign_in", SIGN_INS)
@pytest.mark.parametrize("name", TYPES)
def test_every_combination_of_sources_is_judged_as_specified(name: str, sign_in: str) -> None:
    type_ = TYPES[name]
    for active, own in itertools.product(REPORTS, REPORTS):
        reports = others_like(REPORTS[active]) | {type_.own: REPORTS[own]}
        found = verdict(type_, SIGN_INS[sign_in], reports)
        wanted = expected(type_, SIGN_INS[sign_in], reports)
        assert found == wanted, f"sign-ins {sign_in}, active users {active}, {type_.own} {own}"


@pytest.mark.parametrize(
    ("name", "sign_in", "active", "own", "wanted"),
    [
        ("suite", "recent", "failed", "failed", ACTIVE),
        ("suite", "none", "empty", "empty", never(HIGH)),
        ("suite", "attempts", "empty", "empty", never(HIGH)),
        ("suite", "none", "empty", "recent", ACTIVE),
        ("suite", "none", "empty", "failed", UNKNOWN),
        ("suite", "none", "empty", "no row", UNKNOWN),
        ("suite", "none", "empty", "missing", UNKNOWN),
        ("suite", "none", "no row", "empty", UNKNOWN),
        ("suite", "none", "missing", "missing", never(PROBABLE)),
        ("suite", "none", "concealed", "concealed", never(PROBABLE)),
        ("suite", "none, degraded", "missing", "missing", UNKNOWN),
        ("suite", "missing", "empty", "empty", UNKNOWN),
        ("suite", "old", "empty", "empty", inactive(HIGH)),
        ("suite", "old", "empty", "failed", inactive(PROBABLE)),
        ("suite", "missing", "recent, stale", "failed", ACTIVE),
        ("Exchange", "none", "empty", "recent", ACTIVE),
        ("Exchange", "none", "empty", "empty", never(HIGH)),
        ("Exchange", "none", "empty", "empty, stale", UNKNOWN),
        ("apps", "none", "recent", "empty", never(HIGH)),
        ("Copilot", "recent", "recent", "empty", never(HIGH)),
        ("Copilot", "recent", "recent", "old", inactive(HIGH)),
        ("Copilot", "recent", "recent", "no row", UNKNOWN),
        ("Copilot", "missing", "missing", "recent", ACTIVE),
        ("Visio", "recent", "recent", "recent", ACTIVE),
        ("Visio", "recent", "recent", "old", UNKNOWN),
        ("Visio", "recent", "recent", "empty", never(PROBABLE)),
        ("Visio", "recent", "recent", "concealed", UNKNOWN),
        ("Power BI", "recent", "recent", "recent", UNKNOWN),
        ("unknown type", "none", "empty", "empty", never(PROBABLE)),
        ("unknown type", "none", "recent", "empty", UNKNOWN),
        ("unknown type", "old", "empty", "empty", inactive(PROBABLE)),
    ],
)
def test_the_cases_that_matter_most(name: str, sign_in: str, active: str, own: str, wanted: Verdict) -> None:
    type_ = TYPES[name]
    reports = others_like(REPORTS[active]) | {type_.own: REPORTS[own]}
    assert verdict(type_, SIGN_INS[sign_in], reports) == wanted
