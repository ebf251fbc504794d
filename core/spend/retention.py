"""How long the days of snapshots are kept, by what people are grouped by. Rules only, no I/O."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from core.spend.grouping import Grouping

MONTHS_OF_DAYS: Final[Mapping[Grouping, int]] = {
    Grouping.DEPARTMENT: 13,
    Grouping.COUNTRY: 13,
    Grouping.COMPANY: 13,
    Grouping.COST_CENTER: 13,
    Grouping.MANAGER: 2,  # as many as the tenant is large; statements are made of the last months
}
"""Whole calendar months before the current one of which each day is kept; of earlier ones, the last day."""

_MONTHS_A_YEAR: Final = 12


def outlived(days: Iterable[date], grouping: Grouping, today: date) -> list[date]:
    """Those of the days that are kept which to forget: of earlier months, all but the last one of each."""
    months = today.year * _MONTHS_A_YEAR + today.month - 1 - MONTHS_OF_DAYS[grouping]
    first = date(months // _MONTHS_A_YEAR, months % _MONTHS_A_YEAR + 1, 1)
    old = sorted(day for day in days if day < first)
    last = {(day.year, day.month): day for day in old}
    return [day for day in old if last[day.year, day.month] != day]
