"""Counts that pages total from, and the snapshot of the day."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy
from sqlalchemy import case, delete, func
from sqlmodel import Session, col, select

from core.spend.purchases import PurchaseDetails, read_purchases
from core.store.bulk import table_of, upsert_rows
from core.store.tables import (
    Assignment,
    AssignmentRollup,
    DailyCost,
    DailySnapshot,
    LicenseType,
    Opportunity,
    User,
)

_AT_ONCE: Final = 5_000


def write_rollups(session: Session, application_id: int) -> None:
    """Count the seats anew by type, status, department, country and company."""
    session.connection().execute(
        delete(AssignmentRollup).where(col(AssignmentRollup.application_id) == application_id)
    )
    totals: dict[tuple[Any, ...], tuple[int, int]] = {}
    for (*parts, is_reclaimable), number in _count_seats(session, application_id).items():
        seats, reclaimable = totals.get(tuple(parts), (0, 0))
        totals[tuple(parts)] = seats + number, reclaimable + number * is_reclaimable
    columns = tuple(column.name for column in table_of(AssignmentRollup).columns)
    rows = [(application_id, *parts, *numbers) for parts, numbers in totals.items()]
    upsert_rows(session, AssignmentRollup, columns, rows)


def _count_seats(session: Session, application_id: int) -> Counter[tuple[Any, ...]]:
    """How many seats have the same of what is counted by, and are surely reclaimable or not.

    They are counted here and not by the database: SQLite would sort all of them first, in memory.
    """
    held, user, offered = table_of(Assignment).c, table_of(User).c, table_of(Opportunity).c
    statement = (
        sqlalchemy.select(
            held.sku_id,
            held.activity_status,
            func.coalesce(user.department, ""),
            func.coalesce(user.country, ""),
            func.coalesce(user.company_name, ""),
            case((offered.reclaimable.is_(True) & (offered.confidence == "high"), 1), else_=0),
        )
        .select_from(
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
        .where(held.application_id == application_id)
        .order_by(held.user_id, held.sku_id)  # as the people and opportunities lie, too
    )
    streamed = session.connection().execute(statement, execution_options={"yield_per": _AT_ONCE})
    counted: Counter[tuple[Any, ...]] = Counter()
    for rows in streamed.partitions():
        counted.update(map(tuple, rows))
    return counted


def write_snapshot(session: Session, application_id: int, now: datetime) -> None:
    """Keep the day's seats and cost per license type; the last one written on a day stands for it."""
    today = now.date()
    types = session.exec(
        select(LicenseType).where(
            LicenseType.application_id == application_id, col(LicenseType.gone_at).is_(None)
        )
    ).all()
    seats: dict[str, dict[str, int]] = {}
    counted = (
        select(AssignmentRollup.sku_id, AssignmentRollup.activity_status, func.sum(AssignmentRollup.seats))
        .where(AssignmentRollup.application_id == application_id)
        .group_by(col(AssignmentRollup.sku_id), col(AssignmentRollup.activity_status))
    )
    for sku_id, status, number in session.exec(counted):
        seats.setdefault(sku_id, {})[status] = int(number)
    for model in (DailySnapshot, DailyCost):
        table = table_of(model)
        session.connection().execute(
            delete(table).where(table.c.application_id == application_id, table.c.taken_on == today)
        )
    for known in types:
        by_status = seats.get(known.sku_id, {})
        session.add(
            DailySnapshot(
                application_id=application_id,
                taken_on=today,
                sku_id=known.sku_id,
                purchased=known.purchased,
                assigned=sum(by_status.values()),
                active=by_status.get("active", 0),
                inactive=by_status.get("inactive", 0),
                never_active=by_status.get("never_active", 0),
                unknown=by_status.get("unknown", 0),
            )
        )
    for (sku_id, currency), (bought, annual) in _cost_on(
        read_purchases(session, application_id), today
    ).items():
        session.add(
            DailyCost(
                application_id=application_id,
                taken_on=today,
                sku_id=sku_id,
                currency=currency,
                seats=bought,
                annual=annual,
            )
        )


def _cost_on(purchases: Iterable[PurchaseDetails], day: date) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Seats and annual cost of the purchases valid on a day, by license type and currency."""
    found: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for each in purchases:
        terms, annual = each.terms, each.terms.annual
        if annual is None or not terms.valid_on(day):
            continue
        seats, amount = found.get((each.sku_id, terms.currency), (0, Decimal(0)))
        found[each.sku_id, terms.currency] = (seats + terms.seats, amount + annual.amount)
    return found
