"""The values that activity is judged from and by: evidence, policy, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from core.activity.reasons import Reason
from core.activity.workloads import Report, Workload

THRESHOLDS: Final = (15, 30, 60, 90, 120)
"""The thresholds, in days, that a person can choose."""


class ActivityStatus(StrEnum):
    """What the evidence says of one assignment, against the threshold."""

    ACTIVE = "active"  # used within the threshold
    INACTIVE = "inactive"  # used, but longer ago
    NEVER_ACTIVE = "never_active"  # shown never to have been used
    UNKNOWN = "unknown"  # the evidence does not suffice to say
    FAILED = "failed"  # Microsoft could not assign the license: nobody holds a seat, so nothing can be used

    @property
    def is_seat(self) -> bool:
        """Whether somebody holds a seat, which is counted as assigned and costs something."""
        return self is not ActivityStatus.FAILED


class Confidence(StrEnum):
    """How sure a finding is."""

    HIGH = "high"  # every source that counts was read, is fresh and agrees
    PROBABLE = "probable"  # one source says so, another one is not to be had
    REVIEW = "review"  # a person should look


class SourceStatus(StrEnum):
    """How a source of evidence stands."""

    AVAILABLE = "available"  # read, and as fresh as it gets
    DEGRADED = "degraded"  # read, but too many people have no data
    STALE = "stale"  # what we have is old
    MISSING = "missing"  # not to be had: permission, license or cloud
    FAILED = "failed"  # should have been read, but was not
    CONCEALED = "concealed"  # read, but with hashed names
    NOT_READ = "not_read"  # nobody has tried yet


class ActivitySource(StrEnum):
    """Where the date of the last activity comes from: a sign-in, or a workload's usage report."""

    SIGN_IN = "sign_in"
    SIGN_IN_ATTEMPT = "sign_in_attempt"  # from the time before successes were recorded
    EXCHANGE = "exchange"
    ONEDRIVE = "onedrive"
    SHAREPOINT = "sharepoint"
    TEAMS = "teams"
    YAMMER = "yammer"
    SKYPE = "skype"
    APPS = "apps"
    COPILOT = "copilot"
    VISIO = "visio"
    PROJECT = "project"
    POWERBI = "powerbi"

    @property
    def label(self) -> str:
        """The words for a table cell."""
        if self is ActivitySource.SIGN_IN:
            return "Sign-in"
        if self is ActivitySource.SIGN_IN_ATTEMPT:
            return "Sign-in attempt"
        return f"{Workload(self.value).label} report"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInEvidence:
    """What the sign-in scan says of one account (contract §4.3). Times are aware and in UTC; nothing is None.

    `complete`: the scan that read it went through to the last page. `degraded`: too many enabled, licensed
    members came without data, so that an empty answer may be a hole (contract §4.5).
    """

    successful: datetime | None
    interactive: datetime | None
    non_interactive: datetime | None
    read_at: datetime
    complete: bool
    degraded: bool

    @property
    def empty(self) -> bool:
        """No sign-in of any kind, not even a failed one."""
        return self.successful is None and self.interactive is None and self.non_interactive is None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportEvidence:
    """What one usage report says of one account.

    `refreshed_on`: the day up to which the account's row speaks; None where there is no row for it. `dates`:
    the last activity by workload; None is an empty cell, an absent key a column that was not read.
    """

    status: SourceStatus
    refreshed_on: date | None = None
    dates: Mapping[Workload, date | None] = field(default_factory=dict)

    @property
    def has_row(self) -> bool:
        """Whether a row is known to be this account's; a concealed one belongs to nobody that we know."""
        return self.refreshed_on is not None and self.status is not SourceStatus.CONCEALED


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that is known about the use of one assignment.

    `assigned_at`: when the assignment last changed, the nearest that Graph has to "assigned". `sign_in`: None
    where no scan ever read this account. `reports`: an absent one was never read.
    """

    account_created_at: datetime | None
    assigned_at: datetime | None
    sign_in: SignInEvidence | None
    sign_in_status: SourceStatus
    reports: Mapping[Report, ReportEvidence]


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityPolicy:
    """How activity is judged. Days are whole days in UTC."""

    threshold_days: int = 60
    young_days: int = 30
    sign_in_stale_days: int = 7
    report_stale_days: int = 7

    def __post_init__(self) -> None:
        if self.threshold_days not in THRESHOLDS:
            offered = ", ".join(str(days) for days in THRESHOLDS)
            raise ValueError(f"the threshold is {self.threshold_days} days; it must be one of {offered}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What the evidence says.

    `last_activity_at` is in UTC; of a usage report, which knows days only, it is the day's midnight.
    """

    status: ActivityStatus
    last_activity_at: datetime | None
    last_activity_source: ActivitySource | None
    confidence: Confidence
    reasons: tuple[Reason, ...]
