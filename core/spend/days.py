"""Reads the days that were kept: the seats of each license type, who held them, and what changed between two.

Days of which no snapshot was written are in no answer.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from core.spend.changes import Changes, changes
from core.spend.figures import SpendPart, TypeUse
from core.spend.grouping import Grouping
from core.spend.license_types import COMPANY
from core.spend.money import Purchase
from core.spend.purchases import read_purchases
from core.spend.trend import Shares
from core.store.bulk import table_of
from core.store.tables import DailyShare, DailySnapshot, LicenseType, ReclamationRequest

_PARTS: Final = (SpendPart.ACTIVE, SpendPart.INACTIVE, SpendPart.NEVER_ACTIVE, SpendPart.UNKNOWN)
"""In the order in which `daily_shares` has their seats."""
_REQUEST: Final = table_of(ReclamationRequest).c


def kept_days(session: Session, application_id: int) -> list[date]:
    """All days with a snapshot, the earliest first."""
    days = select(col(DailySnapshot.taken_on)).where(DailySnapshot.application_id == application_id)
    return sorted(session.exec(days.distinct()))


def days_of_groups(session: Session, application_id: int, grouping: Grouping) -> list[date]:
    """The days of which it is kept who held the seats, the earliest first."""
    days = select(col(DailyShare.taken_on)).where(
        DailyShare.application_id == application_id, DailyShare.dimension == grouping.value
    )
    return sorted(session.exec(days.distinct()))


def read_days(session: Session, application_id: int, days: Collection[date]) -> dict[date, list[TypeUse]]:
    """The license types on each of these days, by part number."""
    known = {
        row.sku_id: row
        for row in session.exec(select(LicenseType).where(LicenseType.application_id == application_id))
    }
    rows = session.exec(
        select(DailySnapshot).where(
            DailySnapshot.application_id == application_id, col(DailySnapshot.taken_on).in_(days)
        )
    )
    found: dict[date, list[TypeUse]] = {}
    for row in rows:
        license_type = known.get(row.sku_id)
        found.setdefault(row.taken_on, []).append(
            TypeUse(
                sku_id=row.sku_id,
                part_number=license_type.part_number if license_type else row.sku_id,
                seats=row.purchased,
                active=row.active,
                inactive=row.inactive,
                never_active=row.never_active,
                unknown=row.unknown,
                free=license_type is not None and license_type.free,
                for_company=license_type is not None and license_type.applies_to == COMPANY,
            )
        )
    return {day: sorted(found[day], key=lambda use: (use.part_number, use.sku_id)) for day in sorted(found)}


def read_shares(
    session: Session,
    application_id: int,
    grouping: Grouping,
    days: Collection[date],
    *,
    sku_id: str | None = None,
) -> dict[date, Shares]:
    """Who held the seats on each of these days, of all license types or of one; empty is "none given"."""
    share = table_of(DailyShare).c
    query = select(share.taken_on, share.sku_id, share.seats).where(
        share.application_id == application_id, share.dimension == grouping.value, share.taken_on.in_(days)
    )
    if sku_id is not None:
        query = query.where(share.sku_id == sku_id)
    found: dict[date, dict[str, dict[SpendPart, dict[str, int]]]] = {}
    for day, held_type, seats in session.connection().execute(query):
        by_part = found.setdefault(day, {}).setdefault(held_type, {})
        for name, counts in seats.items():
            for part, number in zip(_PARTS, counts, strict=True):
                if number:
                    by_part.setdefault(part, {})[name] = number
    return {day: found[day] for day in sorted(found)}


def read_terms(session: Session, application_id: int) -> dict[str, list[Purchase]]:
    """All purchases by SKU id, whenever they are valid."""
    found: dict[str, list[Purchase]] = {}
    for each in read_purchases(session, application_id):
        found.setdefault(each.sku_id, []).append(each.terms)
    return found


def read_changes(session: Session, application_id: int, *, before: date, after: date) -> Changes:
    """What changed from one kept day to a later one."""
    days = read_days(session, application_id, (before, after))
    return changes(
        read_terms(session, application_id),
        (days.get(before, ()), days.get(after, ())),
        before=before,
        after=after,
        reclaimed=_requests(session, application_id, _REQUEST.reclaimed_at, before, after),
        restored=_requests(session, application_id, _REQUEST.restored_at, before, after),
    )


def _requests(
    session: Session, application_id: int, moment: ColumnElement[datetime], before: date, after: date
) -> dict[str, int]:
    """Requests of which something happened after a day, up to another one, by SKU id."""
    counted = (
        select(col(ReclamationRequest.sku_id), func.count().label("number"))
        .where(
            col(ReclamationRequest.application_id) == application_id,
            moment >= _midnight_after(before),
            moment < _midnight_after(after),
        )
        .group_by(col(ReclamationRequest.sku_id))
    )
    return {row.sku_id: row.number for row in session.connection().execute(counted)}


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
