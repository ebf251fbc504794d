"""Reading many rows at once, the same on SQLite and PostgreSQL, column by column as `core.store.bulk` writes.

Values come from the driver as they are, and the commonest of them are turned by the shortest way into what
SQLAlchemy would have made of them: for a large list that more than halves the cost of a row.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import JSON, Boolean, Date, Dialect, Select
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from core.store.types import UtcDateTime

Convert = Callable[[Sequence[Any]], Sequence[Any]]
"""Of all values of a column."""


def read_columns(session: Session, query: Select[*tuple[Any, ...]]) -> dict[str, Sequence[Any]]:
    """Run a query; the values of each of its columns, by name, in the order of the rows.

    What was JSON may be one object in several rows: it is not to be changed.
    """
    selected = query.selected_columns
    dialect = session.get_bind().dialect
    with session.connection().execute(query) as result:
        rows = result.cursor.fetchall()
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(selected)
    return {
        name: values if (convert := _converter(column.type, dialect)) is None else convert(values)
        for (name, column), values in zip(selected.items(), columns, strict=True)
    }


def _converter(column: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """What has to be done to the driver's values of a column."""
    if dialect.name == "sqlite":
        match column:
            case UtcDateTime():
                return _moments
            case Date():
                return _days
            case Boolean():
                return _truths
            case JSON():
                return _jsons
    convert = column.dialect_impl(dialect).result_processor(dialect, None)
    return None if convert is None else lambda values: [convert(value) for value in values]


def _moments(texts: Iterable[str | None]) -> list[datetime | None]:
    return [None if text is None else datetime.fromisoformat(f"{text}+00:00") for text in texts]


def _days(texts: Iterable[str | None]) -> list[date | None]:
    return [None if text is None else _day(text) for text in texts]


_day: Final = functools.lru_cache(maxsize=4096)(date.fromisoformat)


def _truths(numbers: Iterable[int | None]) -> list[bool | None]:
    return [None if number is None else bool(number) for number in numbers]


def _jsons(texts: Sequence[str | None]) -> list[Any]:
    known = {text: orjson.loads(text) for text in set(texts) if text is not None}
    return [None if text is None else known[text] for text in texts]
