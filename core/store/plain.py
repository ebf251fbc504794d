"""Reading many rows at once: values as the driver gives them, turned into moments and days only where needed.

SQLite keeps both as text and PostgreSQL as what they are; `moment_of` and `day_of` take either.
"""

import functools
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, String, Text, cast, type_coerce


def plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column without SQLAlchemy's work on each value; JSON comes as its text."""
    return cast(column, Text) if isinstance(column.type, JSON) else type_coerce(column, String)


def moment_of(value: str | datetime | None) -> datetime | None:
    """A moment that was read plainly, aware and in UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        return datetime.fromisoformat(f"{value}+00:00")
    return value.astimezone(UTC)


def day_of(value: str | date | None) -> date | None:
    """A day that was read plainly."""
    return _day(value) if isinstance(value, str) else value


@functools.lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)
