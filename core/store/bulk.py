"""Writing many rows at once, the same on SQLite and PostgreSQL.

Statements go to the driver as text with plain tuples. Values are handled column by column, and the commonest
of them are turned into what SQLite keeps by the shortest way: for a large tenant that more than halves the
cost of a row. What is stored is what SQLAlchemy would have stored.
"""

import functools
import itertools
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Date, Dialect, Table
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, SQLModel

from core.store.types import UtcDateTime

Convert = Callable[[Iterable[Any]], Iterable[Any]]
"""Of all values of a column."""
Row = tuple[Any, ...]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


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
    session: Session,
    model: type[SQLModel],
    columns: tuple[str, ...],
    rows: Sequence[Row],
    *,
    same: Mapping[str, Any] = _NOTHING,
) -> None:
    """Insert rows; where the primary key exists, update `columns`. The rows hold their values in that order.

    `same` are further columns, with the value that all rows share. Columns that are not named get their
    defaults on new rows, and keep their values on existing ones.
    """
    if rows:
        table, dialect = table_of(model), session.get_bind().dialect
        named = (*columns, *same)
        statement, defaults = _upsert_statement(table, named, dialect)
        values = _by_column(table, columns, _by_key(table, columns, rows), dialect)
        values += _repeated(table, {**same, **defaults}, len(rows), dialect)
        session.connection().exec_driver_sql(statement, list(zip(*values, strict=True)))


def update_rows(
    session: Session,
    model: type[SQLModel],
    columns: tuple[str, ...],
    rows: Sequence[Row],
    *,
    same: Mapping[str, Any] = _NOTHING,
) -> None:
    """Update rows that exist, found by their primary key: `columns` and `same` name the whole of it.

    The rows hold the values of `columns`; `same` are further columns, with the value that all rows share.
    """
    table, dialect = table_of(model), session.get_bind().dialect
    keys = tuple(column.name for column in table.primary_key)
    named = (*columns, *same)
    if not set(keys) <= set(named):
        raise ValueError(f"the columns of {table.name} must hold its key {', '.join(keys)}")
    if rows:
        changed = tuple(name for name in named if name not in keys)
        statement = (
            f"UPDATE {_quoted(table.name)} SET {_equations(changed, dialect, ', ')}"  # noqa: S608 - our names
            f" WHERE {_equations(keys, dialect, ' AND ')}"
        )
        values = _by_column(table, columns, _by_key(table, columns, rows), dialect)
        values += _repeated(table, same, len(rows), dialect)
        by_name = dict(zip(named, values, strict=True))
        turned = (by_name[name] for name in changed + keys)
        session.connection().exec_driver_sql(statement, list(zip(*turned, strict=True)))


def rows_of(
    session: Session,
    model: type[SQLModel],
    columns: tuple[str, ...],
    key: str,
    keys: Collection[str],
    *,
    same: Mapping[str, Any],
) -> Sequence[Row]:
    """The rows that have one of `keys` in the column `key`, and the values of `same` in those columns.

    Values are as the driver gives them. At most as many keys as the database takes parameters: 32,000.
    """
    if not keys:
        return ()
    table, dialect = table_of(model), session.get_bind().dialect
    where, values = _among(key, keys, same, dialect)
    named = ", ".join(map(_quoted, columns))
    statement = f"SELECT {named} FROM {_quoted(table.name)} WHERE {where}"  # noqa: S608 - our names
    rows: Sequence[Row] = session.connection().exec_driver_sql(statement, values).all()
    return rows


def update_some(
    session: Session,
    model: type[SQLModel],
    key: str,
    keys: Collection[str],
    *,
    same: Mapping[str, Any],
    change: Mapping[str, Any],
) -> None:
    """Change all rows of `keys` (as in `rows_of`) in the same way, in one statement."""
    if not keys:
        return
    table, dialect = table_of(model), session.get_bind().dialect
    where, values = _among(key, keys, same, dialect)
    (changed,) = zip(*_by_column(table, tuple(change), [tuple(change.values())], dialect), strict=True)
    equations = _equations(tuple(change), dialect, ", ")
    statement = f"UPDATE {_quoted(table.name)} SET {equations} WHERE {where}"  # noqa: S608 - our names
    session.connection().exec_driver_sql(statement, (*changed, *values))


def _among(
    key: str, keys: Collection[str], same: Mapping[str, Any], dialect: Dialect
) -> tuple[str, tuple[Any, ...]]:
    marks = ", ".join([_mark(dialect)] * len(keys))
    known = tuple(name for name, value in same.items() if value is not None)
    parts = [
        _equations(known, dialect, " AND "),
        f"{_quoted(key)} IN ({marks})",
        *(f"{_quoted(name)} IS NULL" for name in same if name not in known),
    ]
    return " AND ".join(parts), (*(same[name] for name in known), *keys)


def _by_key(table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> Sequence[Row]:
    """The rows in the order of their primary key, those with the same key in the order given.

    Ids are random, and a large tenant's trees are larger than any cache. In order, each page of a tree is
    touched once, and neighbors by key, which are read together later, lie together.
    """
    places = [columns.index(column.name) for column in table.primary_key if column.name in columns]
    return sorted(rows, key=itemgetter(*places)) if places else rows


def _by_column(
    table: Table, columns: tuple[str, ...], rows: Sequence[Row], dialect: Dialect
) -> list[Iterable[Any]]:
    """The values that the database gets, column by column: for most of them nothing has to be done."""
    values: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for place, convert in _converters(table, columns, dialect):
        values[place] = convert(values[place])
    return values


def _repeated(table: Table, same: Mapping[str, Any], times: int, dialect: Dialect) -> list[Iterable[Any]]:
    """The columns that hold one value in all of their rows."""
    values = _by_column(table, tuple(same), [tuple(same.values())], dialect)
    return [itertools.repeat(value, times) for (value,) in values]


@functools.lru_cache(maxsize=64)
def _upsert_statement(
    table: Table, columns: tuple[str, ...], dialect: Dialect
) -> tuple[str, Mapping[str, Any]]:
    """The statement, and the columns that it fills in with their defaults."""
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
    return statement, defaults


@functools.lru_cache(maxsize=64)
def _converters(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[tuple[int, Convert], ...]:
    """What has to be done to the values of columns on their way to this database, by place."""
    found = ((place, _converter(table.c[name].type, dialect)) for place, name in enumerate(columns))
    return tuple((place, convert) for place, convert in found if convert is not None)


def _converter(column: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if dialect.name == "sqlite":
        match column:
            case UtcDateTime():
                return _sqlite_moments
            case Date():
                return _sqlite_days
            case Boolean():
                return None
            case JSON():
                return _sqlite_jsons
    convert = column.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return None
    return lambda values: [None if value is None else convert(value) for value in values]


def _sqlite_moments(moments: Iterable[datetime | None]) -> list[str | None]:
    return [None if moment is None else _sqlite_moment(moment) for moment in moments]


def _sqlite_moment(moment: datetime) -> str:
    """A moment as SQLAlchemy writes it: in UTC, to the microsecond, without a zone."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError(f"a moment without a time zone cannot be stored: {moment.isoformat()}")
        moment = moment.astimezone(UTC)
    # In two parts, because a datetime with a zone writes itself down in twice the time.
    return f"{moment.date().isoformat()} {moment.time().isoformat('microseconds')}"


def _sqlite_days(days: Iterable[date | None]) -> list[str | None]:
    return [None if day is None else _sqlite_day(day) for day in days]


@functools.lru_cache(maxsize=4096)
def _sqlite_day(day: date) -> str:
    return day.isoformat()


def _sqlite_jsons(values: Iterable[Any]) -> list[str | None]:
    return [None if value is None else _sqlite_json(value) for value in values]


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
