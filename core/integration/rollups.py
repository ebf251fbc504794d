"""Counts that pages total from, and the snapshot of the day."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy
from sqlalchemy import case, delete, func, insert, literal
from sqlmodel import Session, col, select

from core.spend.purchases import PurchaseDetails, read_purchases
from core.store.bulk import table_of
from core.store.tables import (
    Assignment,
    AssignmentRollup,
    DailyCost,
    DailySnapshot,
    LicenseType,
    Opportunity,
    User,
)


def write_rollups(session: Session, application_id: int) -> None:
    """Count the seats anew by type, status, department, country and company."""
    session.connection().execute(
        delete(AssignmentRollup).where(col(AssignmentRollup.application_id) == application_id)
    )
    parts = [
        col(Assignment.sku_id),
        col(Assignment.activity_status),
        func.coalesce(User.department, ""),
        func.coalesce(User.country, ""),
        func.coalesce(User.company_name, ""),
    ]
    reclaimable = case(
        (col(Opportunity.reclaimable).is_(True) & (col(Opportunity.confidence) == "high"), 1), else_=0
    )
    counted = (
        sqlalchemy.select(literal(application_id), *parts, func.count(), func.sum(reclaimable))
        .select_from(Assignment)
        .join(
            User,
            (col(User.application_id) == Assignment.application_id)
            & (col(User.user_id) == Assignment.user_id),
        )
        .outerjoin(
            Opportunity,
            (col(Opportunity.application_id) == Assignment.application_id)
            & (col(Opportunity.user_id) == Assignment.user_id)
            & (col(Opportunity.sku_id) == Assignment.sku_id),
        )
        .where(col(Assignment.application_id) == application_id)
        .group_by(*parts)
    )
    columns = [column.name for column in table_of(AssignmentRollup).columns]
    session.connection().execute(insert(table_of(AssignmentRollup)).from_select(columns, counted))


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
