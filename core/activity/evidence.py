"""Evidence to activity status and confidence: the rules, and nothing else.

Missing is Unknown. A source that failed, is stale or concealed, a row that is absent, a date that was not
read: none of them ever makes somebody "never active". A date that proves activity counts however old its
source is.

    classify(evidence, provides, policy, now) -> Finding

`core.activity.explain` turns the reasons of a finding into sentences.
"""

from datetime import UTC, date, datetime, time
from typing import Final

from core.activity.facts import (
    THRESHOLDS,
    ActivityPolicy,
    ActivitySource,
    ActivityStatus,
    Confidence,
    Evidence,
    Finding,
    Reason,
    ReportEvidence,
    SignInEvidence,
    SourceStatus,
)
from core.activity.workloads import Measure, Workload, measure_of

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
    "ReportEvidence",
    "SignInEvidence",
    "SourceStatus",
    "classify",
]

SUCCESSES_RECORDED_SINCE: Final = datetime(2023, 12, 1, tzinfo=UTC)
"""Before it Microsoft recorded sign-in attempts only, failed ones included (contract §4.3)."""

SIGN_INS_RECORDED_SINCE: Final = date(2020, 5, 1)
"""Sign-ins before it left no trace at all (contract §4.3), so silence proves nothing for older accounts."""

_SOURCE_OF = {workload: ActivitySource(workload.value) for workload in Workload}
_SIGN_IN_REASON = {
    SourceStatus.AVAILABLE: Reason.SIGN_IN_NOT_READ,  # read for others, not for this account
    SourceStatus.DEGRADED: Reason.SIGN_IN_DEGRADED,
    SourceStatus.STALE: Reason.SIGN_IN_STALE,
    SourceStatus.MISSING: Reason.SIGN_IN_MISSING,
    SourceStatus.CONCEALED: Reason.SIGN_IN_MISSING,
    SourceStatus.FAILED: Reason.SIGN_IN_FAILED,
    SourceStatus.NOT_READ: Reason.SIGN_IN_NOT_READ,
}
_REPORT_REASON = {
    SourceStatus.AVAILABLE: Reason.REPORT_WITHOUT_ROW,
    SourceStatus.DEGRADED: Reason.REPORT_FAILED,
    SourceStatus.STALE: Reason.REPORT_STALE,
    SourceStatus.MISSING: Reason.REPORT_MISSING,
    SourceStatus.CONCEALED: Reason.REPORT_CONCEALED,
    SourceStatus.FAILED: Reason.REPORT_FAILED,
    SourceStatus.NOT_READ: Reason.REPORT_NOT_READ,
}
_NO_REPORT_TO_BE_HAD = frozenset({SourceStatus.MISSING, SourceStatus.CONCEALED})
_READ = frozenset({SourceStatus.AVAILABLE, SourceStatus.DEGRADED})


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
    last, source = _latest(evidence, measure)
    if last is None or source is None:
        return _without_activity(evidence, measure, policy, now)
    why = _reason_of(source)
    if (now.date() - last.date()).days <= policy.threshold_days:
        return Finding(
            status=ActivityStatus.ACTIVE,
            last_activity_at=last,
            last_activity_source=source,
            confidence=Confidence.HIGH,
            reasons=(why,),
        )
    status, confidence, gaps = _not_lately(evidence, measure, policy, now)
    return Finding(
        status=status,
        last_activity_at=last,
        last_activity_source=source,
        confidence=confidence,
        reasons=(why, *gaps),
    )


def _reason_of(source: ActivitySource) -> Reason:
    if source is ActivitySource.SIGN_IN:
        return Reason.LAST_SIGN_IN
    return Reason.LAST_ATTEMPT if source is ActivitySource.SIGN_IN_ATTEMPT else Reason.LAST_REPORT


def _row(evidence: Evidence) -> ReportEvidence | None:
    """The account's report row; a concealed one belongs to nobody that we know."""
    return None if evidence.report_status is SourceStatus.CONCEALED else evidence.report


def _latest_sign_in(sign_in: SignInEvidence | None) -> tuple[datetime | None, ActivitySource | None]:
    """The last success; without one, the last attempt from the time before successes were recorded."""
    if sign_in is None:
        return None, None
    if sign_in.successful is not None:
        return sign_in.successful, ActivitySource.SIGN_IN
    attempts = [
        attempt
        for attempt in (sign_in.interactive, sign_in.non_interactive)
        if attempt is not None and attempt < SUCCESSES_RECORDED_SINCE
    ]
    return (max(attempts), ActivitySource.SIGN_IN_ATTEMPT) if attempts else (None, None)


def _latest(evidence: Evidence, measure: Measure) -> tuple[datetime | None, ActivitySource | None]:
    """The latest trustworthy date, and where it comes from; of equal days, the sign-in."""
    last, source = _latest_sign_in(evidence.sign_in) if measure.sign_in else (None, None)
    report = _row(evidence)
    if report is None:
        return last, source
    last_on = None if last is None else last.date()
    workload_used: Workload | None = None
    for workload, used_on in report.dates.items():
        if used_on is None or workload not in measure.workloads:
            continue
        if last_on is None or used_on > last_on:
            last_on, workload_used = used_on, workload
    if last_on is None or workload_used is None:
        return last, source
    return datetime.combine(last_on, time.min, UTC), _SOURCE_OF[workload_used]


def _sign_in_gap(evidence: Evidence, policy: ActivityPolicy, now: datetime) -> Reason | None:
    """Why silence in the sign-in scan proves nothing for this account; None if it does."""
    sign_in = evidence.sign_in
    status = evidence.sign_in_status
    if sign_in is None or status not in _READ:
        return _SIGN_IN_REASON[status]
    if (now - sign_in.read_at).days >= policy.sign_in_stale_days:
        return Reason.SIGN_IN_STALE
    if not sign_in.empty:
        return None  # there is data on this account, so a hole elsewhere doesn't matter
    if sign_in.degraded or status is SourceStatus.DEGRADED:
        return Reason.SIGN_IN_DEGRADED
    return None if sign_in.complete else Reason.SIGN_IN_INCOMPLETE


def _report_gap(evidence: Evidence, measure: Measure, policy: ActivityPolicy, now: datetime) -> Reason | None:
    """Why an empty report proves nothing for this account and type; None if it does."""
    report = _row(evidence)
    if not measure.sign_in and (report is None or not measure.needed <= report.dates.keys()):
        return Reason.OWN_SOURCE_NEEDED
    if report is None or evidence.report_status is not SourceStatus.AVAILABLE:
        return _REPORT_REASON[evidence.report_status]
    if (now.date() - report.refreshed_on).days > policy.report_stale_days:
        return Reason.REPORT_STALE
    if not measure.needed <= report.dates.keys():
        return Reason.REPORT_WITHOUT_DATE
    return None


def _has_report(measure: Measure, evidence: Evidence) -> bool:
    """Whether a usage report exists, in principle, that speaks of this type's workloads."""
    if measure.needed:
        return True
    report = _row(evidence)
    return report is not None and not measure.workloads.isdisjoint(report.dates)


def _assigned_recently(evidence: Evidence, policy: ActivityPolicy, now: datetime) -> bool:
    return evidence.assigned_at is not None and (now - evidence.assigned_at).days < policy.young_days


def _not_lately(
    evidence: Evidence, measure: Measure, policy: ActivityPolicy, now: datetime
) -> tuple[ActivityStatus, Confidence, tuple[Reason, ...]]:
    """The last known activity lies beyond the threshold: how sure is it that none came after it?"""
    gaps: list[Reason] = []
    if measure.sign_in and (gap := _sign_in_gap(evidence, policy, now)) is not None:
        gaps.append(gap)
    counted = int(measure.sign_in)
    if _has_report(measure, evidence):
        counted += 1
        if (gap := _report_gap(evidence, measure, policy, now)) is not None:
            gaps.append(gap)
    else:
        gaps.append(Reason.SIGN_IN_ONLY)
        counted += 1
    if not gaps:
        confidence = Confidence.HIGH
    elif len(gaps) < counted:
        confidence = Confidence.PROBABLE
    elif _seen_until(evidence, measure, now) > policy.threshold_days:
        return ActivityStatus.UNKNOWN, Confidence.REVIEW, (*gaps, Reason.EVIDENCE_TOO_OLD)
    else:
        confidence = Confidence.REVIEW
    if _assigned_recently(evidence, policy, now):
        confidence = Confidence.REVIEW
        gaps.append(Reason.ASSIGNED_RECENTLY)
    return ActivityStatus.INACTIVE, confidence, tuple(gaps)


def _seen_until(evidence: Evidence, measure: Measure, now: datetime) -> int:
    """Days that nothing at all is known about: since the newest source that counts was read."""
    days: list[int] = []
    if measure.sign_in and evidence.sign_in is not None:
        days.append((now.date() - evidence.sign_in.read_at.date()).days)
    report = _row(evidence)
    if report is not None and not measure.workloads.isdisjoint(report.dates):
        days.append((now.date() - report.refreshed_on).days)
    return min(days)


def _without_activity(evidence: Evidence, measure: Measure, policy: ActivityPolicy, now: datetime) -> Finding:
    """No date of activity at all: shown never to have been used, or simply not known."""
    sign_in = evidence.sign_in
    gaps: list[Reason] = []
    if measure.sign_in and (gap := _sign_in_gap(evidence, policy, now)) is not None:
        gaps.append(gap)
    confidence = Confidence.HIGH
    proof = [Reason.NOTHING_REPORTED]
    if _has_report(measure, evidence) and not (
        measure.sign_in and evidence.report_status in _NO_REPORT_TO_BE_HAD
    ):
        if (gap := _report_gap(evidence, measure, policy, now)) is not None:
            gaps.append(gap)
        elif measure.sign_in and sign_in is not None:
            proof.append(Reason.NEVER_SIGNED_IN if sign_in.empty else Reason.ONLY_ATTEMPTS)
    else:
        confidence = Confidence.PROBABLE
        alone = _REPORT_REASON[evidence.report_status] if measure.needed else Reason.SIGN_IN_ONLY
        proof = [Reason.NEVER_SIGNED_IN, alone]
        gaps.extend(_silence_gaps(evidence))
    gaps.extend(_age_gaps(evidence, policy, now))
    if gaps:
        return _finding_without_date(ActivityStatus.UNKNOWN, Confidence.REVIEW, gaps)
    if _assigned_recently(evidence, policy, now):
        confidence = Confidence.REVIEW
        proof.append(Reason.ASSIGNED_RECENTLY)
    return _finding_without_date(ActivityStatus.NEVER_ACTIVE, confidence, proof)


def _silence_gaps(evidence: Evidence) -> list[Reason]:
    """What forbids to conclude "never" from the sign-in scan alone."""
    gaps: list[Reason] = []
    if evidence.sign_in is not None and not evidence.sign_in.empty:
        gaps.append(Reason.ONLY_ATTEMPTS)
    created_at = evidence.account_created_at
    if created_at is not None and created_at.date() <= SIGN_INS_RECORDED_SINCE:
        gaps.append(Reason.OLDER_THAN_RECORDS)
    report = _row(evidence)
    if report is not None and any(report.dates.values()):
        gaps.append(Reason.ACTIVE_ELSEWHERE)
    return gaps


def _age_gaps(evidence: Evidence, policy: ActivityPolicy, now: datetime) -> tuple[Reason, ...]:
    created_at = evidence.account_created_at
    if created_at is None:
        return (Reason.CREATION_UNKNOWN,)
    if (now.date() - created_at.date()).days <= policy.threshold_days:
        return (Reason.YOUNG_ACCOUNT,)
    return ()


def _finding_without_date(status: ActivityStatus, confidence: Confidence, reasons: list[Reason]) -> Finding:
    return Finding(
        status=status,
        last_activity_at=None,
        last_activity_source=None,
        confidence=confidence,
        reasons=tuple(reasons),
    )
