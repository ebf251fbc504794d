"""The snapshot of the day: seats and cost per license type, and who held them.

Types keep every day; they are few. By groups, whole days are kept, packed, for a time, and then month ends:
see `core.spend.retention`.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from core.spend.grouping import WHOLE, Grouping
from core.spend.purchases import PurchaseDetails, read_purchases
from core.spend.retention import outlived
from core.store.bulk import table_of
from core.store.tables import AssignmentRollup, DailyCost, DailyShare, DailySnapshot, LicenseType

STATUSES: Final = ("active", "inactive", "never_active", "unknown")


def write_snapshot(session: Session, application_id: int, now: datetime) -> None:
    """Keep the day's seats and cost; the last ones written on a day stand for it."""
    today = now.date()
    for model in (DailySnapshot, DailyCost, DailyShare):
        table = table_of(model)
        session.connection().execute(
            delete(table).where(table.c.application_id == application_id, table.c.taken_on == today)
        )
    _keep_types(session, application_id, today)
    for grouping in Grouping:
        _keep_shares(session, application_id, grouping, today)
        _forget(session, application_id, grouping, today)


def _keep_types(session: Session, application_id: int, today: date) -> None:
    types = session.exec(
        select(LicenseType).where(
            LicenseType.application_id == application_id, col(LicenseType.gone_at).is_(None)
        )
    ).all()
    seats = {sku_id: held[""] for sku_id, held in _seats(session, application_id, WHOLE).items()}
    for known in types:
        active, inactive, never_active, unknown = held = seats.get(known.sku_id, [0, 0, 0, 0])
        session.add(
            DailySnapshot(
                application_id=application_id,
                taken_on=today,
                sku_id=known.sku_id,
                purchased=known.purchased,
                assigned=sum(held),
                active=active,
                inactive=inactive,
                never_active=never_active,
                unknown=unknown,
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


def _keep_shares(session: Session, application_id: int, grouping: Grouping, today: date) -> None:
    for sku_id, seats in _seats(session, application_id, grouping).items():
        session.add(
            DailyShare(
                application_id=application_id,
                dimension=grouping.value,
                taken_on=today,
                sku_id=sku_id,
                seats=seats,
            )
        )
    session.flush()


def _seats(session: Session, application_id: int, dimension: str) -> dict[str, dict[str, list[int]]]:
    """The rollups of a dimension by SKU id and value, in the order of `STATUSES`."""
    row = table_of(AssignmentRollup).c
    counted = (
        select(row.sku_id, row.value, row.activity_status, row.seats)
        .where(
            row.application_id == application_id,
            row.dimension == str(dimension),
            row.activity_status.in_(STATUSES),  # an assignment that failed is no seat
        )
        .order_by(row.value)  # alike from day to day, and so packed smaller
    )
    place = {status: number for number, status in enumerate(STATUSES)}
    found: dict[str, dict[str, list[int]]] = {}
    for sku_id, value, status, seats in session.connection().execute(counted):
        found.setdefault(sku_id, {}).setdefault(value, [0, 0, 0, 0])[place[status]] = seats
    return found


def _forget(session: Session, application_id: int, grouping: Grouping, today: date) -> None:
    shares: Any = table_of(DailyShare)
    ours = (shares.c.application_id == application_id, shares.c.dimension == grouping.value)
    days = session.connection().execute(select(shares.c.taken_on).where(*ours).distinct()).scalars()
    if gone := outlived(days, grouping, today):
        session.connection().execute(delete(shares).where(*ours, shares.c.taken_on.in_(gone)))


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
