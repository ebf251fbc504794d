"""The reasons of a finding, as sentences that people understand."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from core.activity.facts import Finding
from core.activity.reasons import LAST_USE, REPORT_GAPS, Gap, Reason
from core.activity.workloads import Report, Workload

RefreshDates = Mapping[Report, date | None]
"""The day that each usage report speaks of, where it is known."""

UNKNOWN_DATES: Final[RefreshDates] = MappingProxyType({})

_SENTENCES: Final = {
    Reason.LAST_SIGN_IN: "Last successful sign-in on {day}.",
    Reason.LAST_ATTEMPT: "Last sign-in attempt on {day}; successes are recorded since December 2023.",
    Reason.NOTHING_SINCE: "No report tells whether it was used since then.",
    Reason.YOUNG_ACCOUNT: "The account is not older than the threshold of {threshold_days} days.",
    Reason.EVIDENCE_TOO_OLD: "Nothing is known of the last {threshold_days} days.",
    Reason.BEFORE_ACCOUNT: "This account was created after that day: it may be the use of an earlier one.",
    Reason.NOTHING_REPORTED: "The usage reports list this account, without any use of this license.",
    Reason.NEVER_SIGNED_IN: "No sign-in of any kind is on record.",
    Reason.ONLY_ATTEMPTS: "There were sign-in attempts, but no successful sign-in is on record.",
    Reason.BROWSER_UNSEEN: "Only activations of the desktop app are reported; browser use leaves no trace.",
    Reason.SIGN_IN_ONLY: "No usage report speaks of this license type, so only sign-ins can be judged.",
    Reason.OWN_SOURCE_NEEDED: "A sign-in does not prove this license used; only a report of its use would.",
    Reason.UNREPORTED: "Microsoft has no report of the use of this license.",
    Reason.SIGN_IN_MISSING: "Sign-ins can't be read: AuditLog.Read.All or Entra ID P1 is missing.",
    Reason.SIGN_IN_FAILED: "Sign-ins could not be read at the last attempt.",
    Reason.SIGN_IN_STALE: "The sign-in data is old.",
    Reason.SIGN_IN_NOT_READ: "The sign-ins of this account have not been read.",
    Reason.SIGN_IN_INCOMPLETE: "The sign-in scan did not run to its end.",
    Reason.SIGN_IN_DEGRADED: "Too many accounts came without sign-in data, so silence proves nothing.",
    Reason.REPORTS_MISSING: "Usage reports can't be read: the permission is missing, or this cloud has none.",
    Reason.REPORTS_FAILED: "The usage reports could not be read at the last attempt.",
    Reason.REPORTS_WITHOUT_ROW: "The usage reports have no row for this account.",
    Reason.REPORTS_CONCEALED: "Usage reports hide names, so their rows can't be matched to people.",
    Reason.REPORTS_NOT_READ: "The usage reports have not been read.",
    Reason.ACTIVATIONS_WITHOUT_DATE: "The report of Office activations says nothing of this product.",
    Reason.CREATION_UNKNOWN: "It is not known when the account was created.",
    Reason.OLDER_THAN_RECORDS: "The account is older than May 2020, before which sign-ins left no trace.",
    Reason.ACTIVE_ELSEWHERE: "No sign-in is on record, yet a usage report shows activity.",
    Reason.ASSIGNED_RECENTLY: "The license was assigned or changed lately: there was little time to use it.",
    Reason.FAILED_COUNT: "Assignment failed: there were not enough licenses. Nobody holds a seat by it.",
    Reason.FAILED_EXCLUSIVE: "Assignment failed: it excludes another license of this person.",
    Reason.FAILED_DEPENDENCY: "In error: a service of it depends on another license, or another one on it.",
    Reason.FAILED_LOCATION: "Assignment failed: it is not offered at this person's usage location.",
    Reason.FAILED_UNIQUENESS: "Assignment failed: an address of this person is in use elsewhere.",
    Reason.FAILED_OTHERWISE: "Assignment failed: Microsoft gives no reason. Nobody holds a seat by it.",
}
_GAPS: Final = {
    Gap.MISSING: "The {report} can't be read: the permission is missing, or this cloud has none.",
    Gap.FAILED: "The {report} could not be read at the last attempt.",
    Gap.STALE: "The {report} is old{as_of}.",
    Gap.CONCEALED: "The {report} hides names, so its rows can't be matched to people.",
    Gap.NOT_READ: "The {report} has not been read.",
    Gap.WITHOUT_ROW: "The {report}{as_of} has no row for this account.",
    Gap.WITHOUT_DATE: "The {report} lacks the column of a workload that this license provides.",
}
_GAP_OF: Final = {
    reason: (report, gap) for report, gaps in REPORT_GAPS.items() for gap, reason in gaps.items()
}
_REPORT_OF: Final = {reason: report for report, reason in LAST_USE.items()}


def explain(
    reason: Reason,
    finding: Finding,
    *,
    threshold_days: int,
    refreshed_on: RefreshDates = UNKNOWN_DATES,
) -> str:
    """One reason of a finding as a sentence.

    Args:
        reason: one of `finding.reasons`.
        finding: supplies the date and the source of the last activity.
        threshold_days: the threshold against which the finding was made.
        refreshed_on: the usage reports' own dates.
    """
    last = finding.last_activity_at
    day = "an unknown day" if last is None else last.date().isoformat()
    if reason in _SENTENCES:
        return _SENTENCES[reason].format(day=day, threshold_days=threshold_days)
    if reason in _GAP_OF:
        report, gap = _GAP_OF[reason]
        return _GAPS[gap].format(report=report.label, as_of=_as_of(report, refreshed_on))
    report = _REPORT_OF[reason]
    source = finding.last_activity_source
    of = "" if source is None else f" of {Workload(source.value).label}"
    verb = "activation" if report is Report.ACTIVATIONS else "use"
    return f"Last {verb}{of} on {day}, by the {report.label}{_as_of(report, refreshed_on)}."


def explain_all(
    finding: Finding, *, threshold_days: int, refreshed_on: RefreshDates = UNKNOWN_DATES
) -> tuple[str, ...]:
    """All reasons of a finding as sentences, in its order."""
    return tuple(
        explain(reason, finding, threshold_days=threshold_days, refreshed_on=refreshed_on)
        for reason in finding.reasons
    )


def _as_of(report: Report, refreshed_on: RefreshDates) -> str:
    day = refreshed_on.get(report)
    return "" if day is None else f" as of {day.isoformat()}"
