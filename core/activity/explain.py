"""The reasons of a finding, as sentences that people understand."""

from datetime import date

from core.activity.evidence import Finding, Reason
from core.activity.workloads import Workload

_SENTENCES = {
    Reason.LAST_SIGN_IN: "Last successful sign-in on {day}.",
    Reason.LAST_ATTEMPT: "Last sign-in attempt on {day}; successes are recorded since December 2023.",
    Reason.LAST_REPORT: "Last use on {day}, by the usage report{as_of}.",
    Reason.REPORT_STALE: "The usage report is old{as_of}.",
    Reason.YOUNG_ACCOUNT: "The account is not older than the threshold of {threshold_days} days.",
    Reason.EVIDENCE_TOO_OLD: "Nothing is known of the last {threshold_days} days.",
    Reason.NOTHING_REPORTED: "The usage report has a row for this account and no use of this license in it.",
    Reason.NEVER_SIGNED_IN: "No sign-in of any kind is on record.",
    Reason.ONLY_ATTEMPTS: "There were sign-in attempts, but no successful sign-in is on record.",
    Reason.SIGN_IN_ONLY: "No usage report speaks of this license type, so only sign-ins can be judged.",
    Reason.OWN_SOURCE_NEEDED: "A sign-in does not prove this license used; no report of its use was read.",
    Reason.SIGN_IN_MISSING: "Sign-ins can't be read: AuditLog.Read.All or Entra ID P1 is missing.",
    Reason.SIGN_IN_FAILED: "Sign-ins could not be read at the last attempt.",
    Reason.SIGN_IN_STALE: "The sign-in data is old.",
    Reason.SIGN_IN_NOT_READ: "The sign-ins of this account have not been read.",
    Reason.SIGN_IN_INCOMPLETE: "The sign-in scan did not run to its end.",
    Reason.SIGN_IN_DEGRADED: "Too many accounts came without sign-in data, so silence proves nothing.",
    Reason.REPORT_MISSING: "Usage reports can't be read: the permission is missing, or this cloud has none.",
    Reason.REPORT_FAILED: "The usage report could not be read at the last attempt.",
    Reason.REPORT_CONCEALED: "The usage report hides names, so its rows can't be matched to people.",
    Reason.REPORT_NOT_READ: "The usage report has not been read.",
    Reason.REPORT_WITHOUT_ROW: "The usage report has no row for this account.",
    Reason.REPORT_WITHOUT_DATE: "The usage report lacks the column of a workload that this license provides.",
    Reason.CREATION_UNKNOWN: "It is not known when the account was created.",
    Reason.OLDER_THAN_RECORDS: "The account is older than May 2020, before which sign-ins left no trace.",
    Reason.ACTIVE_ELSEWHERE: "No sign-in is on record, yet a usage report shows activity.",
    Reason.ASSIGNED_RECENTLY: "The license was assigned or changed lately: there was little time to use it.",
}


def explain(
    reason: Reason, finding: Finding, *, threshold_days: int, report_refreshed_on: date | None = None
) -> str:
    """One reason of a finding as a sentence.

    Args:
        reason: one of `finding.reasons`.
        finding: supplies the date and the source of the last activity.
        threshold_days: the threshold against which the finding was made.
        report_refreshed_on: the usage report's own date, where it is known.
    """
    last = finding.last_activity_at
    day = "an unknown day" if last is None else last.date().isoformat()
    source = finding.last_activity_source
    as_of = "" if report_refreshed_on is None else f" as of {report_refreshed_on.isoformat()}"
    if reason is Reason.LAST_REPORT and source is not None:
        return f"Last use of {Workload(source.value).label} on {day}, by the usage report{as_of}."
    return _SENTENCES[reason].format(day=day, threshold_days=threshold_days, as_of=as_of)


def explain_all(
    finding: Finding, *, threshold_days: int, report_refreshed_on: date | None = None
) -> tuple[str, ...]:
    """All reasons of a finding as sentences, in its order."""
    return tuple(
        explain(reason, finding, threshold_days=threshold_days, report_refreshed_on=report_refreshed_on)
        for reason in finding.reasons
    )
