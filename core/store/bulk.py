"""Writing many rows at once, the same on SQLite and PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that handle rows in bulk."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def upsert(session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; where the primary key exists, update the columns that the rows name.

    All rows name the same columns. Columns that they leave out keep their values on existing rows.
    """
    if not rows:
        return
    table = table_of(model)
    keys = {column.name for column in table.primary_key}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    conflict = list(table.primary_key)
    if changes:
        statement = statement.on_conflict_do_update(index_elements=conflict, set_=changes)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=conflict)
    session.connection().execute(statement, list(rows))
