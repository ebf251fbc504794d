"""The chargeback of an application for a month or a part of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from core.spend.chargeback import Statement, Unassigned, charges, statements
from core.spend.grouping import Grouping
from core.spend.periods import by_month
from core.spend.statement import Terms
from core.spend.summary import read_summary
from core.spend.usage import read_usage


@dataclass(frozen=True, kw_only=True, slots=True)
class Chargeback:
    """What each group bears of a period. `names`: product names by SKU id."""

    statements: tuple[Statement, ...]
    names: Mapping[str, str]
    terms: Terms


def months_until(today: date, *, most: int) -> list[date]:
    """The first days of the latest months, the current one first."""
    found = [today.replace(day=1)]
    while len(found) < most:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found


def month_until(month: date, today: date) -> tuple[date, date]:
    """The first and last day of a month that lies not after today; of the current one, until today.

    Raises:
        ValueError: the month has not begun.
    """
    if month.replace(day=1) > today:
        raise ValueError(f"{month:%B %Y} has not begun")
    return next(iter(by_month(month.replace(day=1), today)))


def read_chargeback(
    engine: Engine,
    application_id: int,
    grouping: Grouping,
    *,
    month: date,
    unassigned: Unassigned,
    name: str,
    now: datetime,
) -> Chargeback:
    """Share out what a month cost.

    Args:
        engine: the product's database.
        application_id: the application.
        grouping: what people are grouped by.
        month: any day of the month; of the current one, the days until today count.
        unassigned: what becomes of seats that nobody holds.
        name: of the application.
        now: this moment.

    Raises:
        ValueError: the month has not begun.
    """
    first, last = month_until(month, now.date())
    used = read_usage(engine, application_id, grouping, first=first, last=last)
    summary = read_summary(engine, application_id, on=last, groupings=())
    return Chargeback(
        statements=statements(charges(used.types, days=used.days, unassigned=unassigned)),
        names=summary.names,
        terms=Terms(
            name=name,
            grouping=grouping,
            first=first,
            last=last,
            days=used.days,
            counted_days=used.counted_days,
            unassigned=unassigned,
            unpriced=[summary.names[each.sku_id] for each in summary.spend.unpriced],
            made_at=now,
        ),
    )
