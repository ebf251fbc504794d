"""SQL that a person would write for what pages show: the least that the same rows and figures can cost.

It goes to SQLite through the standard library, with the cache that the product has, and its rows are thrown
away as they come: texts, numbers and nothing made of them.
"""

import sqlite3
from contextlib import closing
from typing import Any, Final

APPLICATION: Final = 1
"""The only one of a database that the benchmark has filled."""

_JOINED: Final = """FROM users u
    JOIN assignments a ON a.application_id = u.application_id AND a.user_id = u.user_id"""
_OURS: Final = f"WHERE u.application_id = {APPLICATION}"
_BY_NAME: Final = "ORDER BY u.display_name, u.user_id, a.sku_id"
_SHOWN: Final = """u.user_id, u.user_principal_name, u.display_name, u.account_enabled, u.department,
    u.country, u.company_name, u.job_title, u.created_at, u.employee_status, u.cost_center, a.sku_id,
    a.direct, a.group_count, a.updated_at, a.activity_status, a.last_activity_at, a.last_activity_source,
    a.confidence, a.reasons"""
USER_ID, SKU_ID = 0, 11
"""Where a row of the page has them."""
_REPORTS: Final = """r.report_refreshed_on, r.apps_refreshed_on, r.mailbox_refreshed_on,
    r.copilot_refreshed_on, r.activations_refreshed_on"""
_REPORTED: Final = """LEFT JOIN user_activity r
    ON r.application_id = u.application_id AND r.user_id = u.user_id"""

_FIGURES: Final = (
    f"""SELECT sku_id, activity_status, count(*) FROM assignments
    WHERE application_id = {APPLICATION} GROUP BY sku_id, activity_status""",  # noqa: S608 - our own words
    f"""SELECT a.sku_id, a.activity_status, coalesce(u.department, ''), count(*) {_JOINED} {_OURS}
    GROUP BY a.sku_id, a.activity_status, coalesce(u.department, '')""",
)
FILE: Final = f"""SELECT u.user_id, u.user_principal_name, u.display_name, u.account_enabled, u.department,
    u.country, t.product_name AS license_type, t.part_number, a.sku_id,
    CASE WHEN NOT a.direct THEN 'group' WHEN a.group_count = 0 THEN 'direct' ELSE 'both' END AS assigned_by,
    a.activity_status, a.last_activity_at AS last_activity, a.reasons AS evidence, u.employee_status,
    a.confidence, a.last_activity_source, u.company_name AS company, u.job_title,
    a.updated_at AS assigned_at, u.created_at AS account_created_at, u.cost_center, 60 AS threshold_days
    {_JOINED}
    JOIN license_types t ON t.application_id = a.application_id AND t.sku_id = a.sku_id
    {_OURS} {_BY_NAME}"""
"""The columns of a file of assignments, as the database has them: codes for evidence, no date of a report."""


def first_page(condition: str) -> str:
    """The rows of the first page of the Activity page."""
    return f"""SELECT {_SHOWN}, {_REPORTS} {_JOINED} {_REPORTED}
    {_OURS} AND {condition} {_BY_NAME} LIMIT 200"""


def filter_totals(condition: str) -> str:
    """Seats of the filter by license type and activity status."""
    return f"""SELECT a.sku_id, a.activity_status, count(*) {_JOINED}
    {_OURS} AND {condition} GROUP BY a.sku_id, a.activity_status"""


def connect(path: str) -> closing[sqlite3.Connection]:
    """The database, with the cache and the temporary store that the product gives it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA cache_size = -32768")
    connection.execute("PRAGMA temp_store = MEMORY")
    return closing(connection)


def rows(connection: sqlite3.Connection, statement: str) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    return connection.execute(statement).fetchall()


def figures(connection: sqlite3.Connection) -> list[list[tuple[Any, ...]]]:
    """Seats by license type and activity status, and the same by department, counted from the assignments."""
    return [rows(connection, each) for each in _FIGURES]
