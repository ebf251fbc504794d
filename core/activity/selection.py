"""Which assignments are meant: the filter of pages and commands, and its SQL."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, case, or_
from sqlmodel import col

from core.activity.evidence import ActivityStatus
from core.roster.status import EmployeeStatus
from core.store.search import contains
from core.store.tables import Assignment, AssignmentRollup, User

NOT_GIVEN: Final = ""
"""In a filter by department, country or company: the accounts of which the directory says none."""


class AssignedBy(StrEnum):
    """How an assignment came to the user; direct and inherited of one type is one seat."""

    DIRECT = "direct"
    GROUP = "group"
    BOTH = "both"

    @property
    def label(self) -> str:
        """The words that people see."""
        return {"direct": "Direct", "group": "Group", "both": "Direct and group"}[self.value]


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityFilter:
    """Which assignments; an empty field asks for nothing.

    `departments`, `countries` and `companies` may hold `NOT_GIVEN`. `text` is looked for in names, user
    principal names and mail addresses, whatever its case.
    """

    sku_ids: tuple[str, ...] = ()
    statuses: tuple[ActivityStatus, ...] = ()
    departments: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    employee_statuses: tuple[EmployeeStatus, ...] = ()
    account_enabled: bool | None = None
    assigned_by: tuple[AssignedBy, ...] = ()
    text: str = ""

    @property
    def counted_by_rollups(self) -> bool:
        """Whether the rollups can count what the filter lets through."""
        finer = self.employee_statuses or self.assigned_by or self.text.strip()
        return self.account_enabled is None and not finer


_SEARCHED: Final = (col(User.display_name), col(User.user_principal_name), col(User.mail))

SAME_USER: Final = and_(
    col(User.application_id) == col(Assignment.application_id), col(User.user_id) == col(Assignment.user_id)
)
"""Joins assignments with the accounts that hold them."""

ASSIGNED_BY: Final = case(
    (col(Assignment.direct).is_(False), AssignedBy.GROUP.value),
    (col(Assignment.group_count) == 0, AssignedBy.DIRECT.value),
    else_=AssignedBy.BOTH.value,
)
"""The word of `AssignedBy` for an assignment."""


def rollup_conditions(chosen: ActivityFilter) -> list[ColumnElement[bool]]:
    """The filter over the rollups, which hold `NOT_GIVEN` as it is."""
    wanted = {
        AssignmentRollup.sku_id: chosen.sku_ids,
        AssignmentRollup.activity_status: chosen.statuses,
        AssignmentRollup.department: chosen.departments,
        AssignmentRollup.country: chosen.countries,
        AssignmentRollup.company_name: chosen.companies,
    }
    return [col(column).in_(values) for column, values in wanted.items() if values]


def conditions(chosen: ActivityFilter) -> list[ColumnElement[bool]]:
    """The filter over assignments joined with their users."""
    found: list[ColumnElement[bool]] = []
    if chosen.sku_ids:
        found.append(col(Assignment.sku_id).in_(chosen.sku_ids))
    if chosen.statuses:
        found.append(col(Assignment.activity_status).in_(chosen.statuses))
    for column, values in (
        (col(User.department), chosen.departments),
        (col(User.country), chosen.countries),
        (col(User.company_name), chosen.companies),
    ):
        if values:
            given = column.in_(values)
            found.append(or_(given, column.is_(None)) if NOT_GIVEN in values else given)
    if chosen.employee_statuses:
        found.append(col(User.employee_status).in_([each.value for each in chosen.employee_statuses]))
    if chosen.account_enabled is not None:
        found.append(col(User.account_enabled).is_(chosen.account_enabled))
    if chosen.assigned_by:
        found.append(ASSIGNED_BY.in_([each.value for each in chosen.assigned_by]))
    if text := chosen.text.strip():
        found.append(contains(text, _SEARCHED))
    return found
