"""Writing many rows at once, the same on SQLite and PostgreSQL.

Statements go to the driver as text with plain tuples, and the commonest values are turned into what SQLite
keeps by the shortest way: for a large tenant that more than halves the cost of a row. What is stored is what
SQLAlchemy would have stored.
"""

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Dialect, Table
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, SQLModel

from core.store.types import UtcDateTime

Convert = Callable[[Any], Any]
Row = tuple[Any, ...]


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that handle rows in bulk."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def upsert(session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; where the primary key exists, update the columns that the rows name.

    All rows name the same columns. Columns that they leave out keep their values on existing rows.
    """
    if rows:
        columns = tuple(rows[0])
        upsert_rows(session, model, columns, [tuple(row[name] for name in columns) for row in rows])


def upsert_rows(
    session: Session, model: type[SQLModel], columns: tuple[str, ...], rows: Sequence[Row]
) -> None:
    """Insert rows; where the primary key exists, update `columns`. The rows hold their values in that order.

    Columns that are not named get their defaults on new rows, and keep their values on existing ones.
    """
    if rows:
        dialect = session.get_bind().dialect
        statement, defaults = _upsert_statement(table_of(model), columns, dialect)
        values = _converted(rows, _converters(table_of(model), columns, dialect), defaults)
        session.connection().exec_driver_sql(statement, list(values))


def update_rows(
    session: Session, model: type[SQLModel], columns: tuple[str, ...], rows: Sequence[Row]
) -> None:
    """Update rows that exist. `columns` begins with the whole primary key, by which each row is found."""
    table, dialect = table_of(model), session.get_bind().dialect
    keys = tuple(column.name for column in table.primary_key)
    count = len(keys)
    if columns[:count] != keys:
        raise ValueError(f"the columns of {table.name} must begin with its key {', '.join(keys)}")
    if rows:
        changed = columns[count:]
        statement = (
            f"UPDATE {_quoted(table.name)} SET {_equations(changed, dialect, ', ')}"  # noqa: S608 - our names
            f" WHERE {_equations(keys, dialect, ' AND ')}"
        )
        turned = [row[count:] + row[:count] for row in rows]
        values = _converted(turned, _converters(table, changed + keys, dialect), ())
        session.connection().exec_driver_sql(statement, list(values))


def _converted(
    rows: Sequence[Row], converters: tuple[tuple[int, Convert], ...], defaults: Row
) -> Iterator[Row]:
    for row in rows:
        values = list(row)
        for place, convert in converters:
            value = values[place]
            if value is not None:
                values[place] = convert(value)
        values += defaults
        yield tuple(values)


@functools.lru_cache(maxsize=64)
def _upsert_statement(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[str, Row]:
    """The statement, and the values of the columns that it fills in with their defaults."""
    keys = [column.name for column in table.primary_key]
    action = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in columns if name not in keys)
    defaults = _defaults(table, columns)
    inserted = (*columns, *defaults)
    statement = (
        f"INSERT INTO {_quoted(table.name)} ({', '.join(map(_quoted, inserted))})"  # noqa: S608 - our names
        f" VALUES ({', '.join([_mark(dialect)] * len(inserted))})"
        f" ON CONFLICT ({', '.join(map(_quoted, keys))})"
        f" DO {f'UPDATE SET {action}' if action else 'NOTHING'}"
    )
    places = _converters(table, tuple(defaults), dialect)
    return statement, next(_converted([tuple(defaults.values())], places, ()))


@functools.lru_cache(maxsize=64)
def _converters(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[tuple[int, Convert], ...]:
    """What has to be done to values that are not None on their way to this database, by place."""
    found = ((place, _converter(table.c[name].type, dialect)) for place, name in enumerate(columns))
    return tuple((place, convert) for place, convert in found if convert is not None)


def _converter(column: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if dialect.name == "sqlite":
        match column:
            case UtcDateTime():
                return _sqlite_moment
            case Date():
                return date.isoformat
            case Boolean():
                return bool
            case JSON():
                return _sqlite_json
    return column.dialect_impl(dialect).bind_processor(dialect)


def _sqlite_moment(moment: datetime) -> str:
    """A moment as SQLAlchemy writes it: in UTC, to the microsecond, without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone cannot be stored: {moment.isoformat()}")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:26]


def _sqlite_json(value: Any) -> str:  # noqa: ANN401 - whatever is JSON
    """The JSON text. Tuples of strings, such as codes of reasons, repeat themselves: they are remembered."""
    if type(value) is tuple:
        try:
            return _json_of_texts(value)
        except TypeError:
            pass
    return json.dumps(value)


@functools.lru_cache(maxsize=4096)
def _json_of_texts(texts: tuple[str, ...]) -> str:
    if not all(
        isinstance(text, str) for text in texts
    ):  # 1 and True are equal, and would be remembered as one
        raise TypeError
    return json.dumps(texts)


def _defaults(table: Table, columns: tuple[str, ...]) -> dict[str, Any]:
    """The defaults of the columns that are not named, as SQLAlchemy would fill them in."""
    found: dict[str, Any] = {}
    for column in table.columns:
        default = column.default
        if column.name in columns:
            continue
        if isinstance(default, CallableColumnDefault):
            found[column.name] = default.arg(None)  # type: ignore[arg-type]  # ours look at no context
        elif isinstance(default, ScalarElementColumnDefault):
            found[column.name] = default.arg
    return found


def _equations(names: tuple[str, ...], dialect: Dialect, between: str) -> str:
    return between.join(f"{_quoted(name)} = {_mark(dialect)}" for name in names)


def _mark(dialect: Dialect) -> str:
    return "%s" if dialect.name == "postgresql" else "?"


def _quoted(name: str) -> str:
    return f'"{name}"'
