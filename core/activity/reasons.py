"""The codes that say why a finding is what it is; `core.activity.explain` turns them into sentences."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.activity.workloads import Report


class Reason(StrEnum):
    """Why a finding is what it is. Stored with it: a code keeps its meaning."""

    LAST_SIGN_IN = "last_sign_in"
    LAST_ATTEMPT = "last_attempt"
    LAST_REPORT = "last_report"  # of the active users; the next four of the other reports
    LAST_APP_USAGE = "last_app_usage"
    LAST_MAILBOX_USAGE = "last_mailbox_usage"
    LAST_COPILOT_USAGE = "last_copilot_usage"
    LAST_ACTIVATION = "last_activation"
    NOTHING_SINCE = "nothing_since"
    NOTHING_REPORTED = "nothing_reported"
    NEVER_SIGNED_IN = "never_signed_in"
    ONLY_ATTEMPTS = "only_attempts"
    BROWSER_UNSEEN = "browser_unseen"
    SIGN_IN_ONLY = "sign_in_only"
    OWN_SOURCE_NEEDED = "own_source_needed"
    UNREPORTED = "unreported"
    SIGN_IN_MISSING = "sign_in_missing"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_STALE = "sign_in_stale"
    SIGN_IN_NOT_READ = "sign_in_not_read"
    SIGN_IN_INCOMPLETE = "sign_in_incomplete"
    SIGN_IN_DEGRADED = "sign_in_degraded"
    REPORTS_MISSING = "reports_missing"  # these five: of every report that speaks of the type
    REPORTS_FAILED = "reports_failed"
    REPORTS_WITHOUT_ROW = "reports_without_row"
    REPORTS_CONCEALED = "reports_concealed"
    REPORTS_NOT_READ = "reports_not_read"
    REPORT_MISSING = "report_missing"  # of the active users; each of the other reports has the same seven
    REPORT_FAILED = "report_failed"
    REPORT_STALE = "report_stale"
    REPORT_CONCEALED = "report_concealed"
    REPORT_NOT_READ = "report_not_read"
    REPORT_WITHOUT_ROW = "report_without_row"
    REPORT_WITHOUT_DATE = "report_without_date"
    APP_USAGE_MISSING = "app_usage_missing"
    APP_USAGE_FAILED = "app_usage_failed"
    APP_USAGE_STALE = "app_usage_stale"
    APP_USAGE_CONCEALED = "app_usage_concealed"
    APP_USAGE_NOT_READ = "app_usage_not_read"
    APP_USAGE_WITHOUT_ROW = "app_usage_without_row"
    APP_USAGE_WITHOUT_DATE = "app_usage_without_date"
    MAILBOX_USAGE_MISSING = "mailbox_usage_missing"
    MAILBOX_USAGE_FAILED = "mailbox_usage_failed"
    MAILBOX_USAGE_STALE = "mailbox_usage_stale"
    MAILBOX_USAGE_CONCEALED = "mailbox_usage_concealed"
    MAILBOX_USAGE_NOT_READ = "mailbox_usage_not_read"
    MAILBOX_USAGE_WITHOUT_ROW = "mailbox_usage_without_row"
    MAILBOX_USAGE_WITHOUT_DATE = "mailbox_usage_without_date"
    COPILOT_USAGE_MISSING = "copilot_usage_missing"
    COPILOT_USAGE_FAILED = "copilot_usage_failed"
    COPILOT_USAGE_STALE = "copilot_usage_stale"
    COPILOT_USAGE_CONCEALED = "copilot_usage_concealed"
    COPILOT_USAGE_NOT_READ = "copilot_usage_not_read"
    COPILOT_USAGE_WITHOUT_ROW = "copilot_usage_without_row"
    COPILOT_USAGE_WITHOUT_DATE = "copilot_usage_without_date"
    ACTIVATIONS_MISSING = "activations_missing"
    ACTIVATIONS_FAILED = "activations_failed"
    ACTIVATIONS_STALE = "activations_stale"
    ACTIVATIONS_CONCEALED = "activations_concealed"
    ACTIVATIONS_NOT_READ = "activations_not_read"
    ACTIVATIONS_WITHOUT_ROW = "activations_without_row"
    ACTIVATIONS_WITHOUT_DATE = "activations_without_date"
    YOUNG_ACCOUNT = "young_account"
    CREATION_UNKNOWN = "creation_unknown"
    OLDER_THAN_RECORDS = "older_than_records"
    ACTIVE_ELSEWHERE = "active_elsewhere"
    ASSIGNED_RECENTLY = "assigned_recently"
    EVIDENCE_TOO_OLD = "evidence_too_old"
    BEFORE_ACCOUNT = "before_account"
    FAILED_COUNT = "failed_count"  # this and the next: why Microsoft could not assign the license
    FAILED_EXCLUSIVE = "failed_exclusive"
    FAILED_DEPENDENCY = "failed_dependency"
    FAILED_LOCATION = "failed_location"
    FAILED_UNIQUENESS = "failed_uniqueness"
    FAILED_OTHERWISE = "failed_otherwise"


class Gap(StrEnum):
    """What a report lacks where its silence proves nothing."""

    MISSING = "missing"
    FAILED = "failed"
    STALE = "stale"
    CONCEALED = "concealed"
    NOT_READ = "not_read"
    WITHOUT_ROW = "without_row"
    WITHOUT_DATE = "without_date"


LAST_USE: Final[Mapping[Report, Reason]] = {
    Report.ACTIVE_USERS: Reason.LAST_REPORT,
    Report.APP_USAGE: Reason.LAST_APP_USAGE,
    Report.MAILBOX_USAGE: Reason.LAST_MAILBOX_USAGE,
    Report.COPILOT_USAGE: Reason.LAST_COPILOT_USAGE,
    Report.ACTIVATIONS: Reason.LAST_ACTIVATION,
}
"""That the last activity comes from a report."""

REPORT_GAPS: Final[Mapping[Report, Mapping[Gap, Reason]]] = {
    report: {
        gap: Reason(f"{'report' if report is Report.ACTIVE_USERS else report.value}_{gap.value}")
        for gap in Gap
    }
    for report in Report
}
"""That the silence of a report proves nothing."""

ALL_REPORTS: Final[Mapping[Gap, Reason]] = {
    Gap.MISSING: Reason.REPORTS_MISSING,
    Gap.FAILED: Reason.REPORTS_FAILED,
    Gap.CONCEALED: Reason.REPORTS_CONCEALED,
    Gap.NOT_READ: Reason.REPORTS_NOT_READ,
    Gap.WITHOUT_ROW: Reason.REPORTS_WITHOUT_ROW,
}
"""The same of all reports of a type at once, as where a permission is missing or names are concealed."""
