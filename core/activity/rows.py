"""One assignment as pages show it and files hold it: names instead of ids, reasons as sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import Row, Select, and_, select
from sqlmodel import Session, col

from core.activity.evidence import (
    ActivitySource,
    ActivityStatus,
    Confidence,
    Finding,
    Reason,
)
from core.activity.explain import explain_all
from core.activity.report_columns import REPORT_COLUMNS
from core.activity.selection import ASSIGNED_BY, SAME_USER, AssignedBy
from core.exports import Cell, Column, Kind
from core.policies.policies import read_policies
from core.policies.settings import Policies
from core.roster.status import EmployeeStatus
from core.spend.type_names import read_type_names
from core.store.tables import Assignment, LicenseType, User, UserActivity


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityRow:
    """One assignment, as it is shown and exported; times are in UTC.

    `evidence`: the reasons of the activity status, as sentences. `last_activity_source`: which evidence the
    date comes from. `assigned_at`: when the assignment last changed, the nearest that Graph has.
    """

    user_id: str
    user_principal_name: str
    display_name: str
    account_enabled: bool
    department: str | None
    country: str | None
    company: str | None
    job_title: str | None
    license_type: str
    part_number: str
    sku_id: str
    assigned_by: AssignedBy
    assigned_at: datetime | None
    account_created_at: datetime | None
    activity_status: ActivityStatus
    last_activity: datetime | None
    last_activity_source: ActivitySource | None
    confidence: Confidence
    evidence: tuple[str, ...]
    employee_status: EmployeeStatus | None
    """From the HR roster; nothing where none was imported, or it leaves open whose account it is."""
    cost_center: str | None
    threshold_days: int
    """The days against which the activity status is judged."""


EXPORT_COLUMNS: Final = (
    Column(name="user_id"),
    Column(name="user_principal_name"),
    Column(name="display_name"),
    Column(name="account_enabled", kind=Kind.BOOLEAN),
    Column(name="department"),
    Column(name="country"),
    Column(name="license_type"),
    Column(name="part_number"),
    Column(name="sku_id"),
    Column(name="assigned_by"),
    Column(name="activity_status"),
    Column(name="last_activity", kind=Kind.DATETIME),
    Column(name="evidence"),
    Column(name="employee_status"),
    Column(name="confidence"),
    Column(name="last_activity_source"),
    Column(name="company"),
    Column(name="job_title"),
    Column(name="assigned_at", kind=Kind.DATETIME),
    Column(name="account_created_at", kind=Kind.DATETIME),
    Column(name="cost_center"),
    Column(name="threshold_days", kind=Kind.INTEGER),
)
"""Columns of a file of assignments, for `export_cells`. `employee_status` is empty without an HR roster."""


def export_cells(row: ActivityRow) -> tuple[Cell, ...]:
    """A row's cells, in the order of `EXPORT_COLUMNS`."""
    return (
        row.user_id,
        row.user_principal_name,
        row.display_name,
        row.account_enabled,
        row.department,
        row.country,
        row.license_type,
        row.part_number,
        row.sku_id,
        row.assigned_by.value,
        row.activity_status.value,
        row.last_activity,
        " ".join(row.evidence),
        None if row.employee_status is None else row.employee_status.value,
        row.confidence.value,
        None if row.last_activity_source is None else row.last_activity_source.value,
        row.company,
        row.job_title,
        row.assigned_at,
        row.account_created_at,
        row.cost_center,
        row.threshold_days,
    )


_REFRESHED_ON: Final = {
    report: col(getattr(UserActivity, columns[0])) for report, columns in REPORT_COLUMNS.items()
}
"""The day that each usage report's row for an account speaks of."""


def row_query(application_id: int) -> Select[*tuple[Any, ...]]:
    """All assignments of an application, joined with what a row is made of; for `read_rows`."""
    return (
        select(
            col(User.user_id),
            col(User.user_principal_name),
            col(User.display_name),
            col(User.account_enabled),
            col(User.department),
            col(User.country),
            col(User.company_name),
            col(User.job_title),
            col(User.created_at),
            col(User.employee_status),
            col(User.cost_center),
            col(Assignment.sku_id),
            ASSIGNED_BY.label("assigned_by"),
            col(Assignment.updated_at),
            col(Assignment.activity_status),
            col(Assignment.last_activity_at),
            col(Assignment.last_activity_source),
            col(Assignment.confidence),
            col(Assignment.reasons),
            *(column.label(report.value) for report, column in _REFRESHED_ON.items()),
        )
        .join_from(User, Assignment, SAME_USER)
        .outerjoin(
            UserActivity,
            and_(
                col(UserActivity.application_id) == col(User.application_id),
                col(UserActivity.user_id) == col(User.user_id),
            ),
        )
        .where(col(User.application_id) == application_id)
    )


def read_rows(session: Session, application_id: int, query: Select[*tuple[Any, ...]]) -> list[ActivityRow]:
    """Run a query made from `row_query`."""
    naming = _Naming.read(session, application_id)
    return [naming.row(found) for found in session.connection().execute(query)]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Naming:
    """What turns stored rows into rows for people: names of license types, and thresholds in days."""

    types: Mapping[str, tuple[str, str]]
    policies: Policies

    @classmethod
    def read(cls, session: Session, application_id: int) -> Self:
        parts = session.connection().execute(
            select(col(LicenseType.sku_id), col(LicenseType.part_number)).where(
                col(LicenseType.application_id) == application_id
            )
        )
        names = read_type_names(session, application_id)
        return cls(
            types={each.sku_id: (names[each.sku_id], each.part_number) for each in parts},
            policies=read_policies(session, application_id),
        )

    def row(self, found: Row[*tuple[Any, ...]]) -> ActivityRow:
        source = found.last_activity_source
        finding = Finding(
            status=ActivityStatus(found.activity_status),
            last_activity_at=found.last_activity_at,
            last_activity_source=None if source is None else ActivitySource(source),
            confidence=Confidence(found.confidence),
            reasons=tuple(Reason(reason) for reason in found.reasons),
        )
        threshold_days = self.policies.threshold_of(found.sku_id)
        license_type, part_number = self.types.get(found.sku_id, (found.sku_id, found.sku_id))
        return ActivityRow(
            user_id=found.user_id,
            user_principal_name=found.user_principal_name,
            display_name=found.display_name,
            account_enabled=found.account_enabled,
            department=found.department,
            country=found.country,
            company=found.company_name,
            job_title=found.job_title,
            license_type=license_type,
            part_number=part_number,
            sku_id=found.sku_id,
            assigned_by=AssignedBy(found.assigned_by),
            assigned_at=found.updated_at,
            account_created_at=found.created_at,
            employee_status=None if found.employee_status is None else EmployeeStatus(found.employee_status),
            cost_center=found.cost_center,
            threshold_days=threshold_days,
            activity_status=finding.status,
            last_activity=finding.last_activity_at,
            last_activity_source=finding.last_activity_source,
            confidence=finding.confidence,
            evidence=explain_all(
                finding,
                threshold_days=threshold_days,
                refreshed_on={report: getattr(found, report.value) for report in _REFRESHED_ON},
            ),
        )
