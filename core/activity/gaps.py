"""Why silence proves nothing: what each source of evidence lacks for one account and type.

Missing is Unknown. A source that failed, is stale or concealed, a row that is absent, a date that was not
read: each is a gap, and with a gap nobody is called never active.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from core.activity.facts import ActivityPolicy, Evidence, ReportEvidence, SourceStatus
from core.activity.reasons import ALL_REPORTS, REPORT_GAPS, Gap, Reason
from core.activity.workloads import Measure, Report, Workload

SIGN_INS_RECORDED_SINCE: Final = date(2020, 5, 1)
"""Sign-ins before it left no trace at all (contract §4.3), so silence proves nothing for older accounts."""

NEVER_READ: Final = ReportEvidence(status=SourceStatus.NOT_READ)

_SIGN_IN_REASON: Final = {
    SourceStatus.AVAILABLE: Reason.SIGN_IN_NOT_READ,  # read for others, not for this account
    SourceStatus.DEGRADED: Reason.SIGN_IN_DEGRADED,
    SourceStatus.STALE: Reason.SIGN_IN_STALE,
    SourceStatus.MISSING: Reason.SIGN_IN_MISSING,
    SourceStatus.CONCEALED: Reason.SIGN_IN_MISSING,
    SourceStatus.FAILED: Reason.SIGN_IN_FAILED,
    SourceStatus.NOT_READ: Reason.SIGN_IN_NOT_READ,
}
_REPORT_GAP: Final = {
    SourceStatus.AVAILABLE: Gap.WITHOUT_ROW,
    SourceStatus.DEGRADED: Gap.WITHOUT_DATE,
    SourceStatus.STALE: Gap.STALE,
    SourceStatus.MISSING: Gap.MISSING,
    SourceStatus.CONCEALED: Gap.CONCEALED,
    SourceStatus.FAILED: Gap.FAILED,
    SourceStatus.NOT_READ: Gap.NOT_READ,
}
_NOT_TO_BE_HAD: Final = frozenset({SourceStatus.MISSING, SourceStatus.CONCEALED})
_READ: Final = frozenset({SourceStatus.AVAILABLE, SourceStatus.DEGRADED})


def sign_in_gap(evidence: Evidence, policy: ActivityPolicy, now: datetime) -> Reason | None:
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


def report_gaps(
    evidence: Evidence, measure: Measure, policy: ActivityPolicy, now: datetime
) -> tuple[Reason, ...]:
    """Why empty reports prove nothing for this account and type; nothing if they do."""
    today = now.date()
    found: list[tuple[Report, Gap]] = []
    for report, dates in measure.needed:
        gap = _report_gap(evidence.reports.get(report, NEVER_READ), dates, policy, today)
        if gap is not None:
            found.append((report, gap))
    kinds = {gap for _, gap in found}
    if len(found) == len(measure.needed) > 1 and len(kinds) == 1 and kinds <= ALL_REPORTS.keys():
        return (ALL_REPORTS[kinds.pop()],)
    return tuple(REPORT_GAPS[report][gap] for report, gap in found)


def _report_gap(
    report: ReportEvidence, dates: frozenset[Workload], policy: ActivityPolicy, today: date
) -> Gap | None:
    if report.refreshed_on is None or report.status is not SourceStatus.AVAILABLE:
        return _REPORT_GAP[report.status]
    if (today - report.refreshed_on).days > policy.report_stale_days:
        return Gap.STALE
    return None if dates <= report.dates.keys() else Gap.WITHOUT_DATE


def no_report_to_be_had(evidence: Evidence, measure: Measure) -> bool:
    """Whether cloud, permission or concealed names keep every report of the type from us, for good."""
    return all(
        evidence.reports.get(report, NEVER_READ).status in _NOT_TO_BE_HAD for report, _ in measure.needed
    )


def silence_gaps(evidence: Evidence) -> Iterator[Reason]:
    """What forbids to conclude "never" from the sign-in scan alone."""
    if evidence.sign_in is not None and not evidence.sign_in.empty:
        yield Reason.ONLY_ATTEMPTS
    created_at = evidence.account_created_at
    if created_at is not None and created_at.date() <= SIGN_INS_RECORDED_SINCE:
        yield Reason.OLDER_THAN_RECORDS
    if any(report.has_row and any(report.dates.values()) for report in evidence.reports.values()):
        yield Reason.ACTIVE_ELSEWHERE


def age_gaps(evidence: Evidence, policy: ActivityPolicy, now: datetime) -> Iterator[Reason]:
    """Why the account may simply be too young to have been used."""
    created_at = evidence.account_created_at
    if created_at is None:
        yield Reason.CREATION_UNKNOWN
    elif (now.date() - created_at.astimezone(UTC).date()).days <= policy.threshold_days:
        yield Reason.YOUNG_ACCOUNT


def assigned_recently(evidence: Evidence, policy: ActivityPolicy, now: datetime) -> bool:
    """Whether there was little time to use the license."""
    return evidence.assigned_at is not None and (now - evidence.assigned_at).days < policy.young_days


def days_unseen(evidence: Evidence, measure: Measure, now: datetime) -> float:
    """Days that nothing is known of: since the newest source that follows the use of the type was read."""
    days: list[int] = []
    if measure.sign_in and evidence.sign_in is not None:
        days.append((now.date() - evidence.sign_in.read_at.date()).days)
    for name, _ in measure.reports:
        report = evidence.reports.get(name, NEVER_READ)
        if name is not Report.ACTIVATIONS and report.has_row and report.refreshed_on is not None:
            days.append((now.date() - report.refreshed_on).days)
    return min(days, default=float("inf"))
