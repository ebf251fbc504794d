"""Evidence to activity status and confidence: the rules, and nothing else.

Missing is Unknown. A source that failed, is stale or concealed, a row that is absent, a date that was not
read: none of them ever makes somebody "never active". A date that proves activity counts however old its
source is.

    classify(evidence, provides, policy, now) -> Finding

`core.activity.gaps` holds why silence proves nothing, `core.activity.explain` turns the reasons of a finding
into sentences.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from core.activity import gaps
from core.activity.facts import (
    THRESHOLDS,
    ActivityPolicy,
    ActivitySource,
    ActivityStatus,
    Confidence,
    Evidence,
    Finding,
    ReportEvidence,
    SignInEvidence,
    SourceStatus,
)
from core.activity.gaps import SIGN_INS_RECORDED_SINCE
from core.activity.reasons import LAST_USE, Reason
from core.activity.workloads import DATES, Measure, Report, Workload, measure_of

__all__ = [
    "SIGN_INS_RECORDED_SINCE",
    "SUCCESSES_RECORDED_SINCE",
    "THRESHOLDS",
    "ActivityPolicy",
    "ActivitySource",
    "ActivityStatus",
    "Confidence",
    "Evidence",
    "Finding",
    "Reason",
    "Report",
    "ReportEvidence",
    "SignInEvidence",
    "SourceStatus",
    "classify",
]

SUCCESSES_RECORDED_SINCE: Final = datetime(2023, 12, 1, tzinfo=UTC)
"""Before it Microsoft recorded sign-in attempts only, failed ones included (contract §4.3)."""

_SOURCE_OF: Final = {
    workload: ActivitySource(workload.value) for dates in DATES.values() for workload in dates
}

Last = tuple[datetime, ActivitySource, Reason]
"""The latest trustworthy date, where it comes from, and the reason that says so."""


_BY_ID: Final = frozenset({ActivitySource.SIGN_IN, ActivitySource.SIGN_IN_ATTEMPT})
"""Graph ties sign-ins to the account itself; reports go by names, which pass on from account to account."""


def classify(
    evidence: Evidence, provides: frozenset[Workload], policy: ActivityPolicy, now: datetime
) -> Finding:
    """Judge one assignment.

    Args:
        evidence: what is known of the account and the assignment.
        provides: workloads of the type's service plans that are switched on; empty for a type of which none
            is known, which is then judged by sign-ins alone and never with High confidence.
        policy: the thresholds that apply to the type.
        now: the moment of judgment, aware, in UTC.
    """
    measure = measure_of(provides)
    last = _latest(evidence, measure)
    if last is None:
        status, confidence, reasons = _without_activity(evidence, measure, policy, now)
        return Finding(
            status=status,
            last_activity_at=None,
            last_activity_source=None,
            confidence=confidence,
            reasons=tuple(reasons),
        )
    last_at, source, why = last
    status, confidence, reasons = ActivityStatus.ACTIVE, Confidence.HIGH, ()
    if (now.date() - last_at.date()).days > policy.threshold_days:
        if source not in _BY_ID and _is_of_another_account(last_at, evidence.account_created_at):
            status, confidence, reasons = ActivityStatus.UNKNOWN, Confidence.REVIEW, (Reason.BEFORE_ACCOUNT,)
        else:
            status, confidence, reasons = _not_lately(evidence, measure, policy, now)
    return Finding(
        status=status,
        last_activity_at=last_at,
        last_activity_source=source,
        confidence=confidence,
        reasons=(why, *reasons),
    )


def _latest_sign_in(sign_in: SignInEvidence | None) -> Last | None:
    """The last success; without one, the last attempt from the time before successes were recorded."""
    if sign_in is None:
        return None
    if sign_in.successful is not None:
        return sign_in.successful, ActivitySource.SIGN_IN, Reason.LAST_SIGN_IN
    attempts = [
        attempt
        for attempt in (sign_in.interactive, sign_in.non_interactive)
        if attempt is not None and attempt < SUCCESSES_RECORDED_SINCE
    ]
    return (max(attempts), ActivitySource.SIGN_IN_ATTEMPT, Reason.LAST_ATTEMPT) if attempts else None


def _latest(evidence: Evidence, measure: Measure) -> Last | None:
    """The latest trustworthy date; of equal days, the sign-in, and then the first report."""
    last = _latest_sign_in(evidence.sign_in) if measure.sign_in else None
    last_on = date.min if last is None else last[0].date()
    found: tuple[Report, Workload] | None = None
    for name, workloads in measure.reports:
        report = evidence.reports.get(name)
        if report is None or report.refreshed_on is None or report.status is SourceStatus.CONCEALED:
            continue
        dates = report.dates
        for workload in workloads:
            used_on = dates.get(workload)
            if used_on is not None and used_on > last_on:
                last_on, found = used_on, (name, workload)
    if found is None:
        return last
    name, workload = found
    return datetime.combine(last_on, time.min, UTC), _SOURCE_OF[workload], LAST_USE[name]


def _is_of_another_account(last_at: datetime, created_at: datetime | None) -> bool:
    """Reports know accounts by name, and a name passes on: to whoever is hired again, or has the same one."""
    return created_at is not None and last_at.date() < created_at.astimezone(UTC).date()


def _not_lately(
    evidence: Evidence, measure: Measure, policy: ActivityPolicy, now: datetime
) -> tuple[ActivityStatus, Confidence, Sequence[Reason]]:
    """The last known activity lies beyond the threshold: how sure is it that none came after it?

    Sign-ins are one witness, the reports of the type together are the other.
    """
    if not measure.followed:
        return ActivityStatus.UNKNOWN, Confidence.REVIEW, (Reason.NOTHING_SINCE,)
    reasons: list[Reason] = []
    sign_in_gap = gaps.sign_in_gap(evidence, policy, now) if measure.sign_in else None
    if sign_in_gap is not None:
        reasons.append(sign_in_gap)
    report_gaps = (
        gaps.report_gaps(evidence, measure, policy, now) if measure.needed else (Reason.SIGN_IN_ONLY,)
    )
    reasons.extend(report_gaps)
    one_agrees = not report_gaps or (measure.sign_in and sign_in_gap is None)
    if not reasons:
        confidence = Confidence.HIGH
    elif one_agrees:
        confidence = Confidence.PROBABLE
    elif gaps.days_unseen(evidence, measure, now) > policy.threshold_days:
        return ActivityStatus.UNKNOWN, Confidence.REVIEW, (*reasons, Reason.EVIDENCE_TOO_OLD)
    else:
        confidence = Confidence.REVIEW
    if gaps.assigned_recently(evidence, policy, now):
        confidence = Confidence.REVIEW
        reasons.append(Reason.ASSIGNED_RECENTLY)
    return ActivityStatus.INACTIVE, confidence, reasons


def _without_activity(
    evidence: Evidence, measure: Measure, policy: ActivityPolicy, now: datetime
) -> tuple[ActivityStatus, Confidence, Sequence[Reason]]:
    """No date of activity at all: shown never to have been used, or simply not known."""
    if measure.unreported:
        return ActivityStatus.UNKNOWN, Confidence.REVIEW, (Reason.OWN_SOURCE_NEEDED, Reason.UNREPORTED)
    doubts: list[Reason] = []
    if measure.sign_in and (gap := gaps.sign_in_gap(evidence, policy, now)) is not None:
        doubts.append(gap)
    report_gaps = gaps.report_gaps(evidence, measure, policy, now)
    if measure.sign_in and gaps.no_report_to_be_had(evidence, measure):
        confidence = Confidence.PROBABLE
        proof = [Reason.NEVER_SIGNED_IN, *(report_gaps or (Reason.SIGN_IN_ONLY,))]
        doubts.extend(gaps.silence_gaps(evidence))
    else:
        confidence, proof = _by_reports(evidence, measure)
        if report_gaps and not measure.sign_in:
            doubts.append(Reason.OWN_SOURCE_NEEDED)
        doubts.extend(report_gaps)
    doubts.extend(gaps.age_gaps(evidence, policy, now))
    if doubts:
        return ActivityStatus.UNKNOWN, Confidence.REVIEW, doubts
    if gaps.assigned_recently(evidence, policy, now):
        confidence = Confidence.REVIEW
        proof.append(Reason.ASSIGNED_RECENTLY)
    return ActivityStatus.NEVER_ACTIVE, confidence, proof


def _by_reports(evidence: Evidence, measure: Measure) -> tuple[Confidence, list[Reason]]:
    """How sure "never" is by empty reports without a gap, and what shows it."""
    if not measure.sign_in:
        # Whoever works in the browser activates no client.
        unseen = any(report is Report.ACTIVATIONS for report, _ in measure.needed)
        return (
            (Confidence.PROBABLE, [Reason.NOTHING_REPORTED, Reason.BROWSER_UNSEEN])
            if unseen
            else (Confidence.HIGH, [Reason.NOTHING_REPORTED])
        )
    never = evidence.sign_in is not None and evidence.sign_in.empty
    return Confidence.HIGH, [
        Reason.NOTHING_REPORTED,
        Reason.NEVER_SIGNED_IN if never else Reason.ONLY_ATTEMPTS,
    ]
