"""The assignments as pages and commands list them: filtered, counted, paged and streamed in SQL.

The page holds 200 rows of a million; a download streams all of them in batches. Counts come from the rollups
where the filter asks for nothing finer than they hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from core.activity.evidence import ActivityStatus
from core.activity.rows import EXPORT_COLUMNS, ActivityRow, read_cells, read_rows, row_query
from core.activity.selection import (
    NOT_GIVEN,
    SAME_USER,
    ActivityFilter,
    AssignedBy,
    conditions,
    rollup_conditions,
)
from core.exports import Cell
from core.roster.records import any_full_roster, any_roster
from core.roster.status import EmployeeStatus
from core.spend.grouping import WHOLE, Grouping
from core.spend.type_names import read_type_names
from core.store.engine import reading
from core.store.tables import Assignment, AssignmentRollup, LicenseType, User

__all__ = [
    "EXPORT_COLUMNS",
    "NOT_GIVEN",
    "PAGE_ROWS",
    "ActivityFilter",
    "ActivityRow",
    "AssignedBy",
    "Choice",
    "Choices",
    "Totals",
    "TypeChoice",
    "choices",
    "count",
    "page",
    "stream_cells",
    "totals",
]

PAGE_ROWS: Final = 200
BATCH_ROWS: Final = 2_000

_ORDER: Final = (col(User.display_name), col(User.user_id), col(Assignment.sku_id))
_ORDER_CELLS: Final = tuple(
    [column.name for column in EXPORT_COLUMNS].index(name) for name in ("display_name", "user_id", "sku_id")
)
"""Where a batch has what it is ordered by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A value to filter by, and how many assignments have it."""

    value: str
    seats: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeChoice:
    """A license type to filter by, under a label that no other one has."""

    sku_id: str
    label: str
    seats: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What an application's assignments can be filtered by; license types with most seats come first."""

    license_types: tuple[TypeChoice, ...]
    departments: tuple[Choice, ...]
    countries: tuple[Choice, ...]
    companies: tuple[Choice, ...]
    cost_centers: tuple[Choice, ...]
    managers_known: bool
    """Whether the HR roster tells managers. They are as many as the tenant is large, and not listed."""
    employee_statuses: tuple[EmployeeStatus, ...]
    """None where no HR roster was imported; who is in none is known only after a full one."""

    @property
    def several_companies(self) -> bool:
        """Whether it makes a difference to filter by company."""
        return len(self.companies) > 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """Assignments that a filter lets through, by license type and activity status."""

    by_type: Mapping[str, Mapping[ActivityStatus, int]]

    @property
    def seats(self) -> int:
        """All of them."""
        return sum(sum(counts.values()) for counts in self.by_type.values())

    def held_of_type(self, sku_id: str) -> int:
        """Those of one license type by which somebody holds a seat: one that failed costs nothing."""
        counts = self.by_type.get(sku_id, {})
        return sum(number for status, number in counts.items() if status.is_seat)

    def of_status(self, status: ActivityStatus) -> int:
        """Those of one activity status."""
        return sum(counts.get(status, 0) for counts in self.by_type.values())


def totals(session: Session, application_id: int, chosen: ActivityFilter) -> Totals:
    """Count what the filter lets through."""
    if chosen.counted_by_rollups:
        counted = (
            select(
                col(AssignmentRollup.sku_id),
                col(AssignmentRollup.activity_status),
                func.sum(col(AssignmentRollup.seats)),
            )
            .where(col(AssignmentRollup.application_id) == application_id, *rollup_conditions(chosen))
            .group_by(col(AssignmentRollup.sku_id), col(AssignmentRollup.activity_status))
        )
    else:
        counted = (
            select(col(Assignment.sku_id), col(Assignment.activity_status), func.count())
            .join_from(Assignment, User, SAME_USER)
            .where(col(Assignment.application_id) == application_id, *conditions(chosen))
            .group_by(col(Assignment.sku_id), col(Assignment.activity_status))
        )
    by_type: dict[str, dict[ActivityStatus, int]] = {}
    for sku_id, status, seats in session.connection().execute(counted):
        by_type.setdefault(sku_id, {})[ActivityStatus(status)] = int(seats)
    return Totals(by_type=by_type)


def count(session: Session, application_id: int, chosen: ActivityFilter) -> int:
    """How many assignments the filter lets through."""
    return totals(session, application_id, chosen).seats


def page(
    session: Session,
    application_id: int,
    chosen: ActivityFilter,
    *,
    number: int = 1,
    rows: int = PAGE_ROWS,
) -> list[ActivityRow]:
    """One page of the assignments, by name; the first one is number 1."""
    # Which rows these are comes from indices alone; only they are read.
    keys = (
        select(col(User.user_id), col(Assignment.sku_id))
        .join_from(User, Assignment, SAME_USER)
        .where(col(User.application_id) == application_id, *conditions(chosen))
        .order_by(*_ORDER)
        .limit(rows)
        .offset((max(number, 1) - 1) * rows)
        .subquery()
    )
    ours = and_(keys.c.user_id == col(User.user_id), keys.c.sku_id == col(Assignment.sku_id))
    return read_rows(session, application_id, row_query(application_id).join(keys, ours).order_by(*_ORDER))


def stream_cells(
    engine: Engine, application_id: int, chosen: ActivityFilter, *, size: int = BATCH_ROWS
) -> Iterator[list[tuple[Cell, ...]]]:
    """All assignments that the filter lets through, by name, in batches, with a cell for each export column.

    Each batch is a read of its own, so that a slow reader holds nothing open. Memory does not grow with them.
    """
    query = row_query(application_id).where(*conditions(chosen)).order_by(*_ORDER).limit(size)
    after: tuple[Any, ...] | None = None
    while True:
        with reading(engine) as session:
            batch = read_cells(
                session, application_id, query if after is None else query.where(*_after(*after))
            )
        if batch:
            yield batch
        if len(batch) < size:
            return
        after = tuple(batch[-1][place] for place in _ORDER_CELLS)


def choices(session: Session, application_id: int) -> Choices:
    """What the assignments can be filtered by, from the rollups."""
    seats = _seats_by(session, application_id, WHOLE, col(AssignmentRollup.sku_id))
    offered = session.scalars(
        select(col(LicenseType.sku_id)).where(
            col(LicenseType.application_id) == application_id,
            or_(col(LicenseType.gone_at).is_(None), col(LicenseType.sku_id).in_(seats)),
            col(LicenseType.applies_to) == "User",
        )
    )
    names = read_type_names(session, application_id)
    labelled = [
        TypeChoice(sku_id=sku_id, label=names[sku_id], seats=seats.get(sku_id, 0)) for sku_id in offered
    ]
    return Choices(
        license_types=tuple(sorted(labelled, key=lambda each: (-each.seats, each.label))),
        departments=_choices(session, application_id, Grouping.DEPARTMENT),
        countries=_choices(session, application_id, Grouping.COUNTRY),
        companies=_choices(session, application_id, Grouping.COMPANY),
        cost_centers=_choices(session, application_id, Grouping.COST_CENTER),
        managers_known=_managers_known(session, application_id),
        employee_statuses=_employee_statuses(session, application_id),
    )


def _employee_statuses(session: Session, application_id: int) -> tuple[EmployeeStatus, ...]:
    if not any_roster(session, application_id):
        return ()
    full = any_full_roster(session, application_id)
    return tuple(each for each in EmployeeStatus if full or each is not EmployeeStatus.NOT_IN_ROSTER)


def _choices(session: Session, application_id: int, grouping: Grouping) -> tuple[Choice, ...]:
    """By name; what is not known comes last."""
    seats = _seats_by(session, application_id, grouping, col(AssignmentRollup.value))
    ordered = sorted(seats, key=lambda value: (value == NOT_GIVEN, value.casefold()))
    return tuple(Choice(value=value, seats=seats[value]) for value in ordered)


def _managers_known(session: Session, application_id: int) -> bool:
    known = select(col(AssignmentRollup.value)).where(
        col(AssignmentRollup.application_id) == application_id,
        col(AssignmentRollup.dimension) == Grouping.MANAGER.value,
        col(AssignmentRollup.value) > NOT_GIVEN,
    )
    return session.connection().execute(known.limit(1)).first() is not None


def _seats_by(session: Session, application_id: int, dimension: str, column: Mapped[str]) -> dict[str, int]:
    query = (
        select(column, func.sum(col(AssignmentRollup.seats)))
        .where(
            col(AssignmentRollup.application_id) == application_id,
            col(AssignmentRollup.dimension) == str(dimension),
        )
        .group_by(column)
    )
    return {value: int(seats) for value, seats in session.connection().execute(query)}


def _after(display_name: str, user_id: str, sku_id: str) -> tuple[ColumnElement[bool], ...]:
    """Rows that come after this one. The first condition lets the database enter the index by name there."""
    return (
        col(User.display_name) >= display_name,
        or_(
            col(User.display_name) > display_name,
            col(User.user_id) > user_id,
            and_(col(User.user_id) == user_id, col(Assignment.sku_id) > sku_id),
        ),
    )
