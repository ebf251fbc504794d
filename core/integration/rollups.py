"""Counts that pages total from: seats by one thing at a time."""

from collections import Counter
from collections.abc import Sequence
from itertools import compress, islice, repeat
from typing import Any, Final

import sqlalchemy
from sqlalchemy import bindparam, case, delete, func
from sqlmodel import Session, col, select

from core.spend.grouping import WHOLE, Grouping
from core.store.bulk import table_of, upsert_rows
from core.store.tables import Application, Assignment, AssignmentRollup, Employee, Opportunity, User

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

Key = tuple[str, str, str]
"""Value, SKU id, activity status."""


def write_rollups(session: Session, application_id: int) -> None:
    """Count the seats anew by type and status, all of them and by each grouping; write what has changed.

    Whoever does the same at the same time waits until the transaction of this session has ended.
    """
    session.get_one(Application, application_id, with_for_update={"key_share": True})
    seats, reclaimable = _count_seats(session, application_id)
    for dimension in (WHOLE, *Grouping):
        _write(session, application_id, dimension, seats.pop(dimension), reclaimable.pop(dimension))


def _write(
    session: Session, application_id: int, dimension: str, seats: Counter[Key], reclaimable: Counter[Key]
) -> None:
    """Bring the rows of a dimension up to date. Of the counts, those are left that were written."""
    row = table_of(AssignmentRollup).c
    ours = (row.application_id == application_id, row.dimension == str(dimension))
    kept = sqlalchemy.select(row.value, row.sku_id, row.activity_status, row.seats, row.reclaimable)
    streamed = session.connection().execute(kept.where(*ours), execution_options={"yield_per": _AT_ONCE})
    gone: list[dict[str, str]] = []
    for value, sku_id, status, number, surely in streamed:
        key = value, sku_id, status
        if key not in seats:
            gone.append({"of_value": value, "of_type": sku_id, "of_status": status})
        elif (seats[key], reclaimable[key]) == (number, surely):
            del seats[key]
    if gone:
        its = (
            row.value == bindparam("of_value"),
            row.sku_id == bindparam("of_type"),
            row.activity_status == bindparam("of_status"),
        )
        session.connection().execute(delete(table_of(AssignmentRollup)).where(*ours, *its), gone)
    rows = ((application_id, str(dimension), *key, number, reclaimable[key]) for key, number in seats.items())
    while batch := list(islice(rows, _AT_ONCE)):
        upsert_rows(session, AssignmentRollup, _COLUMNS, batch)


def _count_seats(
    session: Session, application_id: int
) -> tuple[dict[str, Counter[Key]], dict[str, Counter[Key]]]:
    """Seats by dimension, and of these the ones that are surely reclaimable.

    They are counted here and not by the database: SQLite would sort all of them for each of the dimensions.
    """
    told = tuple(each for each in Grouping if not each.from_roster or _has_employees(session, application_id))
    seats: dict[str, Counter[Key]] = {dimension: Counter() for dimension in (WHOLE, *told)}
    reclaimable: dict[str, Counter[Key]] = {dimension: Counter() for dimension in (WHOLE, *told)}
    statement = _seats(application_id, told)
    streamed = session.connection().execute(statement, execution_options={"yield_per": _AT_ONCE})
    for rows in streamed.partitions():
        sku_ids, statuses, surely, *groups = zip(*rows, strict=True)
        for dimension, values in zip(seats, (repeat("", len(rows)), *groups), strict=True):
            keys = list(zip(values, sku_ids, statuses, strict=True))
            seats[dimension].update(keys)
            reclaimable[dimension].update(compress(keys, surely))
    for untold in set(Grouping) - set(told):  # of nobody one is known, so each is as the whole
        seats[untold], reclaimable[untold] = seats[WHOLE].copy(), reclaimable[WHOLE].copy()
    return seats, reclaimable


def _has_employees(session: Session, application_id: int) -> bool:
    known = select(Employee.id).where(
        Employee.application_id == application_id, col(Employee.user_id).is_not(None)
    )
    return session.exec(known.limit(1)).first() is not None


def _seats(application_id: int, told: Sequence[Grouping]) -> sqlalchemy.Select[Any]:
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
    if Grouping.MANAGER in told:
        joined = joined.outerjoin(  # an account is that of one employee at most
            table_of(Employee),
            (employee.application_id == held.application_id) & (employee.user_id == held.user_id),
        )
    by = {
        Grouping.DEPARTMENT: user.department,
        Grouping.COUNTRY: user.country,
        Grouping.COMPANY: user.company_name,
        Grouping.COST_CENTER: user.cost_center,
        Grouping.MANAGER: employee.manager_email,
    }
    return (
        sqlalchemy.select(
            held.sku_id,
            held.activity_status,
            case((offered.reclaimable.is_(True) & (offered.confidence == "high"), 1), else_=0),
            *(func.coalesce(by[grouping], "").label(grouping.value) for grouping in told),
        )
        .select_from(joined)
        .where(held.application_id == application_id)
        .order_by(held.user_id, held.sku_id)  # as the people and opportunities lie, too
    )
