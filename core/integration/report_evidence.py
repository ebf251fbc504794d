"""What the usage reports say of a person, from the columns in which it is kept: for pages of many people."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement

from core.activity.evidence import Report, ReportEvidence, SourceStatus
from core.activity.report_columns import LISTED_COLUMNS, REPORT_COLUMNS
from core.activity.workloads import DATES
from core.store.bulk import table_of
from core.store.plain import day_of, plain
from core.store.tables import UserActivity


def columns_of_reports() -> tuple[ColumnElement[Any], ...]:
    """What to select of `user_activity`, in the order in which `evidence_of_reports` reads it."""
    activity = table_of(UserActivity).c
    names = [name for columns in REPORT_COLUMNS.values() for name in columns]
    return tuple(plain(activity[name]) for name in (*names, *LISTED_COLUMNS.values()))


def evidence_of_reports(
    values: Sequence[Any], status: Mapping[Report, SourceStatus]
) -> dict[Report, ReportEvidence]:
    """The reports that have a row for the person. `values` of `columns_of_reports`, as read."""
    found = {}
    for report, first, end in _PLACES:
        if values[first] is not None:
            # Of the active users no two rows are the same; those of the other reports differ little.
            make = _row if report is Report.ACTIVE_USERS else _remembered_row
            found[report] = make(report, status[report], *values[first:end])
    if values[_ACTIVATIONS] is not None:
        found[Report.ACTIVATIONS] = _activations(status[Report.ACTIVATIONS], *values[_ACTIVATIONS:])
    return found


def _places() -> Iterator[tuple[Report, int, int]]:
    first = 0
    for report, columns in REPORT_COLUMNS.items():
        if report is not Report.ACTIVATIONS:
            yield report, first, first + len(columns)
        first += len(columns)


_PLACES: Final = tuple(_places())
_ACTIVATIONS: Final = _PLACES[-1][2]
"""The last of them: the days of the products' own rows stand behind its columns."""


def _row(report: Report, status: SourceStatus, refreshed_on: Any, *dates: Any) -> ReportEvidence:  # noqa: ANN401 - as the driver gives them
    return ReportEvidence(
        status=status,
        refreshed_on=day_of(refreshed_on),
        dates=dict(zip(DATES[report], map(day_of, dates), strict=True)),
    )


_remembered_row = functools.lru_cache(maxsize=16384)(_row)


@functools.lru_cache(maxsize=16384)
def _activations(status: SourceStatus, refreshed_on: Any, *rest: Any) -> ReportEvidence:  # noqa: ANN401 - as the driver gives them
    """The row of activations, without dates of products that the newest report has no row of."""
    products = len(DATES[Report.ACTIVATIONS])
    row = _row(Report.ACTIVATIONS, status, refreshed_on, *rest[:products])
    listed = dict(zip(LISTED_COLUMNS, map(day_of, rest[products:]), strict=True))
    known = {
        workload: day
        for workload, day in row.dates.items()
        if day is not None or listed.get(workload, row.refreshed_on) == row.refreshed_on
    }
    return ReportEvidence(status=status, refreshed_on=row.refreshed_on, dates=known)
