"""Counts that pages total from: seats by one thing at a time."""

from collections import Counter
from collections.abc import Iterable
from itertools import repeat
from typing import Any, Final

import sqlalchemy
from sqlalchemy import case, delete, func, literal
from sqlmodel import Session, col, select

from core.spend.grouping import WHOLE, Grouping
from core.store.bulk import table_of, upsert_rows
from core.store.tables import Assignment, AssignmentRollup, Employee, Opportunity, User

_AT_ONCE: Final = 5_000
_COLUMNS: Final = (
    "application_id",
    "dimension",
    "value",
    "sku_id",
    "activity_status",
    "seats",
    "reclaimable",
)

Counted = Counter[tuple[str, str, str, int]]
"""Seats by value, type, status and whether they are surely reclaimable."""


def write_rollups(session: Session, application_id: int) -> None:
    """Count the seats anew by type and status: all of them, and by each grouping for itself."""
    session.connection().execute(
        delete(AssignmentRollup).where(col(AssignmentRollup.application_id) == application_id)
    )
    for dimension, counted in _count_seats(session, application_id).items():
        totals: dict[tuple[str, str, str], tuple[int, int]] = {}
        for (*key, is_reclaimable), number in counted.items():
            value, sku_id, status = key
            seats, reclaimable = totals.get((value, sku_id, status), (0, 0))
            totals[value, sku_id, status] = seats + number, reclaimable + number * is_reclaimable
        rows = [(application_id, str(dimension), *key, *numbers) for key, numbers in totals.items()]
        upsert_rows(session, AssignmentRollup, _COLUMNS, rows)


def _count_seats(session: Session, application_id: int) -> dict[str, Counted]:
    """Seats by dimension.

    They are counted here and not by the database: SQLite would sort all of them for each of the dimensions.
    """
    statement = _seats(session, application_id)
    streamed = session.connection().execute(statement, execution_options={"yield_per": _AT_ONCE})
    counted: dict[str, Counted] = {dimension: Counter() for dimension in (WHOLE, *Grouping)}
    for rows in streamed.partitions():
        sku_ids, statuses, reclaimable, *groups = zip(*rows, strict=True)
        values: list[Iterable[str]] = [repeat(""), *groups]
        for seats, of_dimension in zip(counted.values(), values, strict=True):
            seats.update(zip(of_dimension, sku_ids, statuses, reclaimable, strict=False))
    return counted


def _seats(session: Session, application_id: int) -> sqlalchemy.Select[Any]:
    """Every seat: its type and status, whether it is surely reclaimable, and a value for each grouping."""
    held, user, offered, employee = (table_of(model).c for model in (Assignment, User, Opportunity, Employee))
    joined = (
        table_of(Assignment)
        .join(
            table_of(User),
            (user.application_id == held.application_id) & (user.user_id == held.user_id),
        )
        .outerjoin(
            table_of(Opportunity),
            (offered.application_id == held.application_id)
            & (offered.user_id == held.user_id)
            & (offered.sku_id == held.sku_id),
        )
    )
    manager: sqlalchemy.ColumnElement[str] = literal("")
    if _knows_managers(session, application_id):
        joined = joined.outerjoin(  # an account is that of one employee at most
            table_of(Employee),
            (employee.application_id == held.application_id) & (employee.user_id == held.user_id),
        )
        manager = func.coalesce(employee.manager_email, "")
    by = {
        Grouping.DEPARTMENT: func.coalesce(user.department, ""),
        Grouping.COUNTRY: func.coalesce(user.country, ""),
        Grouping.COMPANY: func.coalesce(user.company_name, ""),
        Grouping.COST_CENTER: func.coalesce(user.cost_center, ""),
        Grouping.MANAGER: manager,
    }
    return (
        sqlalchemy.select(
            held.sku_id,
            held.activity_status,
            case((offered.reclaimable.is_(True) & (offered.confidence == "high"), 1), else_=0),
            *(by[grouping].label(grouping.value) for grouping in Grouping),
        )
        .select_from(joined)
        .where(held.application_id == application_id)
        .order_by(held.user_id, held.sku_id)  # as the people and opportunities lie, too
    )


def _knows_managers(session: Session, application_id: int) -> bool:
    known = select(Employee.id).where(
        Employee.application_id == application_id,
        col(Employee.user_id).is_not(None),
        col(Employee.manager_email).is_not(None),
    )
    return session.exec(known.limit(1)).first() is not None
