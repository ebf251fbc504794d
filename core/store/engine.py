"""The engine, and sessions that read or write.

SQLite needs care that the ORM's defaults do not take: WAL, so that readers never wait for a writer, and
`BEGIN IMMEDIATE` for every transaction that writes; with the default, concurrent read-then-write
transactions lose updates or fail half-way.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, create_engine

_WRITES = "seatwise_writes"
_POSTGRES_OPTIONS = "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC"


def make_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL. The folder of an SQLite file is made where it is missing."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        options: dict[str, Any] = {}
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            # Each connection holds 32 MB of pages, which are stale as soon as another one has written. So one
            # is kept, and those that are needed beside it for a moment are closed.
            options = {"pool_size": 1, "max_overflow": 14}
        engine = create_engine(parsed, connect_args={"timeout": 30, "check_same_thread": False}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        parsed,
        pool_pre_ping=True,
        pool_size=10,
        connect_args={
            "options": _POSTGRES_OPTIONS,
            "connect_timeout": 10,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
        },
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for queries only: one consistent view, nothing is kept."""
    # SQLite's snapshot is one by itself; PostgreSQL's default would be another one for each statement.
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as session:
        yield session  # closing it rolls back, and leaves what was read usable


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session whose changes are committed at the end, all of them or, on an exception, none."""
    with Session(engine.execution_options(**{_WRITES: True}), expire_on_commit=False) as session:
        yield session
        session.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours, below
    for pragma in (
        "page_size = 8192",  # of a new file: ids are random, so every row written touches pages of its own
        "journal_mode = WAL",
        "journal_size_limit = 67108864",  # what a large sync has left of it is given back
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "busy_timeout = 30000",
        "temp_store = MEMORY",
        "cache_size = -32768",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> Any:  # noqa: ANN401 - SQLAlchemy ignores it
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
