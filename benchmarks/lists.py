"""The queries of the Overview and Activity pages beside bare SQL, on one database.

    python -m benchmarks.lists '{"database": "…"}'

Both run in this process, one after the other, with warm caches; the best of several rounds counts.
"""

import json
import math
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine

from benchmarks import bare
from benchmarks.clock import Measured, clocks, since
from benchmarks.seats import AT, sku_id
from core.activity.breakdown import read_breakdown
from core.activity.evidence import ActivityStatus
from core.activity.listing import ActivityFilter, ActivityRow, AssignedBy, choices, page, totals
from core.roster.status import EmployeeStatus
from core.spend.grouping import Grouping
from core.spend.license_types import read_license_types
from core.spend.summary import read_summary
from core.store.engine import make_engine, reading

_ROUNDS: Final = 5
_ENOUGH: Final = 2.0
"""Seconds of CPU after which no further round is made: chance matters less, the longer the work is."""

_FOUND: Final = """(u.display_name LIKE '%{0}%' OR u.user_principal_name LIKE '%{0}%'
    OR u.mail LIKE '%{0}%')"""
_MANAGED: Final = f"""u.user_id IN (SELECT user_id FROM employees
    WHERE application_id = {bare.APPLICATION} AND manager_email = '{{}}')"""  # noqa: S608 - our own words

FILTERS: Final = {
    "none": (ActivityFilter(), "1"),
    "license type": (ActivityFilter(sku_ids=(sku_id(3),)), f"a.sku_id = '{sku_id(3)}'"),
    "status": (ActivityFilter(statuses=(ActivityStatus.INACTIVE,)), "a.activity_status = 'inactive'"),
    "type and status": (
        ActivityFilter(sku_ids=(sku_id(5),), statuses=(ActivityStatus.NEVER_ACTIVE,)),
        f"a.sku_id = '{sku_id(5)}' AND a.activity_status = 'never_active'",
    ),
    "department": (ActivityFilter(departments=("Department 7",)), "u.department = 'Department 7'"),
    "cost center": (ActivityFilter(cost_centers=("CC0007",)), "u.cost_center = 'CC0007'"),
    "manager": (
        ActivityFilter(managers=("manager17@example.com",)),
        _MANAGED.format("manager17@example.com"),
    ),
    "two groupings": (
        ActivityFilter(departments=("Department 7",), countries=("Country 3",)),
        "u.department = 'Department 7' AND u.country = 'Country 3'",
    ),
    "account off": (ActivityFilter(account_enabled=False), "u.account_enabled = 0"),
    "has left": (
        ActivityFilter(employee_statuses=(EmployeeStatus.INACTIVE,)),
        "u.employee_status = 'inactive'",
    ),
    "by group": (ActivityFilter(assigned_by=(AssignedBy.GROUP,)), "NOT a.direct"),
    "text": (ActivityFilter(text="novak"), _FOUND.format("novak")),
    "rare text": (ActivityFilter(text="person4711@"), _FOUND.format("person4711@")),
}
"""What each filter is for the product, and for bare SQL."""


def measure(database: str) -> Measured:
    """Milliseconds of CPU of each query, `… bare` of its peer."""
    engine = make_engine(f"sqlite:///{database}")
    on = AT.date()
    with bare.connect(database) as connection:
        found = _both("rollups", partial(_counts, engine), partial(bare.figures, connection))
        found["summary"] = _best(lambda: read_summary(engine, bare.APPLICATION, on=on))
        found["choices"] = _best(partial(_choices, engine))
        for name, (chosen, condition) in FILTERS.items():
            rows, counts = bare.first_page(condition), bare.filter_totals(condition)
            _hold_together(name, _page(engine, chosen), bare.rows(connection, rows))
            found |= _both(
                f"page: {name}", partial(_page, engine, chosen), partial(bare.rows, connection, rows)
            )
            found |= _both(
                f"totals: {name}", partial(_totals, engine, chosen), partial(bare.rows, connection, counts)
            )
    engine.dispose()
    return found


def _counts(engine: Engine) -> None:
    with reading(engine) as session:
        read_license_types(session, bare.APPLICATION)
        read_breakdown(session, bare.APPLICATION, Grouping.DEPARTMENT)


def _choices(engine: Engine) -> None:
    with reading(engine) as session:
        choices(session, bare.APPLICATION)


def _page(engine: Engine, chosen: ActivityFilter) -> list[ActivityRow]:
    with reading(engine) as session:
        return page(session, bare.APPLICATION, chosen)


def _totals(engine: Engine, chosen: ActivityFilter) -> None:
    with reading(engine) as session:
        totals(session, bare.APPLICATION, chosen)


def _hold_together(name: str, shown: list[ActivityRow], rows: list[tuple[Any, ...]]) -> None:
    """Raises SystemExit where bare SQL found other rows than the product."""
    found = [(row[bare.USER_ID], row[bare.SKU_ID]) for row in rows]
    if not rows or found != [(row.user_id, row.sku_id) for row in shown]:
        raise SystemExit(f"the filter {name}: bare SQL and the product show different rows, or none")


def _both(name: str, product: Callable[[], object], peer: Callable[[], object]) -> Measured:
    return {name: _best(product), f"{name} bare": _best(peer)}


def _best(work: Callable[[], object]) -> float:
    """Of rounds in a row, so that all but the first find the caches as they have left them."""
    best, start = math.inf, clocks()
    for _ in range(_ROUNDS):
        best = min(best, _milliseconds(work))
        if since(start)["cpu"] > _ENOUGH:
            break
    return best


def _milliseconds(work: Callable[[], object]) -> float:
    start = clocks()
    work()
    return since(start)["cpu"] * 1_000


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1])["database"])))
