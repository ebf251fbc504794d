"""Which assignments are meant: the filter of pages and commands, and its SQL."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, tuple_
from sqlmodel import col

from core.activity.evidence import ActivityStatus
from core.roster.status import EmployeeStatus
from core.spend.grouping import WHOLE, Grouping
from core.store.search import contains
from core.store.tables import Assignment, AssignmentRollup, Employee, User

NOT_GIVEN: Final = ""
"""In a filter by what people are grouped by: the accounts of which none is known."""


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

    `departments`, `countries`, `companies`, `cost_centers` and `managers` (by e-mail address; both as the HR
    roster has them) may hold `NOT_GIVEN`. `text` is looked for in names, user
    principal names and mail addresses, whatever its case.
    """

    sku_ids: tuple[str, ...] = ()
    statuses: tuple[ActivityStatus, ...] = ()
    departments: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    cost_centers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    employee_statuses: tuple[EmployeeStatus, ...] = ()
    account_enabled: bool | None = None
    assigned_by: tuple[AssignedBy, ...] = ()
    text: str = ""

    @property
    def groups(self) -> dict[Grouping, tuple[str, ...]]:
        """The groups that are asked for, by what they are groups of."""
        chosen = {
            Grouping.DEPARTMENT: self.departments,
            Grouping.COUNTRY: self.countries,
            Grouping.COMPANY: self.companies,
            Grouping.COST_CENTER: self.cost_centers,
            Grouping.MANAGER: self.managers,
        }
        return {grouping: values for grouping, values in chosen.items() if values}

    @property
    def counted_by_rollups(self) -> bool:
        """Whether the rollups can count what the filter lets through: by one grouping at a time."""
        finer = self.employee_statuses or self.assigned_by or self.text.strip()
        return self.account_enabled is None and not finer and len(self.groups) <= 1


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
    dimension, values = next(iter(chosen.groups.items()), (WHOLE, ()))
    wanted = {
        AssignmentRollup.sku_id: chosen.sku_ids,
        AssignmentRollup.activity_status: chosen.statuses,
        AssignmentRollup.value: values,
    }
    found = [col(column).in_(listed) for column, listed in wanted.items() if listed]
    return [col(AssignmentRollup.dimension) == str(dimension), *found]


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
        (col(User.cost_center), chosen.cost_centers),
    ):
        if values:
            given = column.in_(values)
            found.append(or_(given, column.is_(None)) if NOT_GIVEN in values else given)
    if chosen.managers:
        found.append(_managed_by(chosen.managers))
    if chosen.employee_statuses:
        found.append(col(User.employee_status).in_([each.value for each in chosen.employee_statuses]))
    if chosen.account_enabled is not None:
        found.append(col(User.account_enabled).is_(chosen.account_enabled))
    if chosen.assigned_by:
        found.append(ASSIGNED_BY.in_([each.value for each in chosen.assigned_by]))
    if text := chosen.text.strip():
        found.append(contains(text, _SEARCHED))
    return found


def _managed_by(managers: tuple[str, ...]) -> ColumnElement[bool]:
    """Accounts whose employee has one of these managers; the roster may know no employee, or no manager."""
    # A list of their accounts is made once. Asking for each account would go through all of a tenant.
    theirs = tuple_(col(User.application_id), col(User.user_id)).in_(
        select(col(Employee.application_id), col(Employee.user_id)).where(
            col(Employee.manager_email).in_(managers), col(Employee.user_id).is_not(None)
        )
    )
    if NOT_GIVEN not in managers:
        return theirs
    known = exists().where(
        col(Employee.application_id) == col(User.application_id),
        col(Employee.user_id) == col(User.user_id),
        col(Employee.manager_email).is_not(None),
    )
    return or_(theirs, ~known)
