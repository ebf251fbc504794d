"""One assignment as pages show it and files hold it: names instead of ids, reasons as sentences."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, and_, case, null, select
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
from core.roster.status import EmployeeStatus
from core.spend.type_names import distinct_names
from core.store.columns import read_columns
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
"""Columns of a file of assignments, for `read_cells`. `employee_status` is empty without an HR roster."""


_REFRESHED_ON: Final = {
    report: col(getattr(UserActivity, columns[0])) for report, columns in REPORT_COLUMNS.items()
}
"""The day that each usage report's row for an account speaks of."""

_BY_SIGN_IN: Final = and_(
    col(Assignment.activity_status) == ActivityStatus.ACTIVE.value,
    col(Assignment.last_activity_source).in_(
        [ActivitySource.SIGN_IN.value, ActivitySource.SIGN_IN_ATTEMPT.value]
    ),
)
"""Active by a sign-in, which then is the one reason: no report is named, so its day is not looked up."""


def row_query(application_id: int) -> Select[*tuple[Any, ...]]:
    """All assignments of an application, joined with what a row is made of; for the two functions below."""
    return (
        select(
            col(User.user_id),
            col(User.user_principal_name),
            col(User.display_name),
            col(User.account_enabled),
            col(User.department),
            col(User.country),
            col(User.company_name).label("company"),
            col(User.job_title),
            col(User.created_at).label("account_created_at"),
            col(User.employee_status),
            col(User.cost_center),
            col(Assignment.sku_id),
            ASSIGNED_BY.label("assigned_by"),
            col(Assignment.updated_at).label("assigned_at"),
            col(Assignment.activity_status),
            col(Assignment.last_activity_at).label("last_activity"),
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
                col(UserActivity.user_id) == case((_BY_SIGN_IN, null()), else_=col(User.user_id)),
            ),
        )
        .where(col(User.application_id) == application_id)
    )


def read_rows(session: Session, application_id: int, query: Select[*tuple[Any, ...]]) -> list[ActivityRow]:
    """Run a query made from `row_query`."""
    columns = _read(session, application_id, query)
    for name, word in _WORDS.items():
        columns[name] = [None if value is None else word(value) for value in columns[name]]
    names = tuple(columns)
    return [
        ActivityRow(**dict(zip(names, values, strict=True))) for values in zip(*columns.values(), strict=True)
    ]


def read_cells(
    session: Session, application_id: int, query: Select[*tuple[Any, ...]]
) -> list[tuple[Cell, ...]]:
    """Run a query made from `row_query`; a cell for each of `EXPORT_COLUMNS` of each row."""
    columns = _read(session, application_id, query)
    columns["evidence"] = [" ".join(sentences) for sentences in columns["evidence"]]
    return list(zip(*(columns[column.name] for column in EXPORT_COLUMNS), strict=True))


_WORDS: Final[Mapping[str, type[StrEnum]]] = {
    "assigned_by": AssignedBy,
    "activity_status": ActivityStatus,
    "last_activity_source": ActivitySource,
    "confidence": Confidence,
    "employee_status": EmployeeStatus,
}


def _read(session: Session, application_id: int, query: Select[*tuple[Any, ...]]) -> dict[str, Sequence[Any]]:
    """The fields of `ActivityRow` by name, each with its values for all rows; words as they are stored."""
    columns = read_columns(session, query)
    sku_ids = columns["sku_id"]
    types, policies = _read_types(session, application_id), read_policies(session, application_id)
    names = [types.get(sku_id, (sku_id, sku_id)) for sku_id in sku_ids]
    columns["license_type"] = [name for name, _ in names]
    columns["part_number"] = [part_number for _, part_number in names]
    thresholds = {sku_id: policies.threshold_of(sku_id) for sku_id in set(sku_ids)}
    columns["threshold_days"] = [thresholds[sku_id] for sku_id in sku_ids]
    columns["evidence"] = [
        _evidence(tuple(reasons), None if last is None else last.date(), *rest)
        for reasons, last, *rest in zip(
            columns.pop("reasons"),
            columns["last_activity"],
            columns["last_activity_source"],
            columns["activity_status"],
            columns["confidence"],
            columns["threshold_days"],
            *(columns.pop(report.value) for report in _REFRESHED_ON),
            strict=True,
        )
    ]
    return columns


def _read_types(session: Session, application_id: int) -> dict[str, tuple[str, str]]:
    """The name and the part number of each license type, by SKU id."""
    listed = (
        session.connection()
        .execute(
            select(
                col(LicenseType.sku_id), col(LicenseType.product_name), col(LicenseType.part_number)
            ).where(col(LicenseType.application_id) == application_id)
        )
        .all()
    )
    names = distinct_names((sku_id, product, part) for sku_id, product, part in listed)
    return {sku_id: (names[sku_id], part_number) for sku_id, _, part_number in listed}


@functools.lru_cache(maxsize=16_384)
def _evidence(
    reasons: tuple[str, ...],
    last_on: date | None,
    source: str | None,
    status: str,
    confidence: str,
    threshold_days: int,
    *refreshed_on: date | None,
) -> tuple[str, ...]:
    """The reasons of a finding as sentences. They speak of whole days, so many assignments have the same."""
    finding = Finding(
        status=ActivityStatus(status),
        last_activity_at=None if last_on is None else datetime.combine(last_on, time.min, UTC),
        last_activity_source=None if source is None else ActivitySource(source),
        confidence=Confidence(confidence),
        reasons=tuple(Reason(reason) for reason in reasons),
    )
    refreshed = dict(zip(_REFRESHED_ON, refreshed_on, strict=True))
    return explain_all(finding, threshold_days=threshold_days, refreshed_on=refreshed)
