"""A fresh, migrated database of each kind for the tests that ask for one.

Migrating takes far longer than copying. So each process migrates one of a kind, and every test gets a copy.
"""

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL, Engine, make_url, text
from sqlmodel import SQLModel

from core.store.engine import make_engine
from core.store.migrate import migrate

_FIRST_IDS = (
    "SELECT setval(oid::regclass, 1, false) FROM pg_class "
    "WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
)


@contextmanager
def sqlite_database(folder: Path) -> Iterator[Engine]:
    """An SQLite file in the folder."""
    path = folder / "seatwise.db"
    if not path.exists():
        shutil.copy(_sqlite_template(), path)
    engine = make_engine(f"sqlite:///{path}")
    migrate(engine)  # finds nothing to do, or what an older file lacks
    yield engine
    engine.dispose()


@contextmanager
def postgresql_database() -> Iterator[Engine]:
    """A database of its own on the server that SEATWISE_TEST_POSTGRES_URL names, dropped afterwards."""
    name = f"seatwise_test_{uuid4().hex}"
    template = _postgresql_template()
    _on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = make_engine(_text(_server().set(database=name)))
    try:
        yield engine
    finally:
        engine.dispose()
        _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def emptied_postgresql_database() -> Iterator[Engine]:
    """The one database of this process's tests that leave its schema alone, as empty as a new one.

    Making a database and dropping it takes as long as many a test.
    """
    url = _text(_server().set(database=_postgresql_to_empty()))
    _empty(url)
    engine = make_engine(url)
    yield engine
    engine.dispose()


@functools.cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="seatwise-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "seatwise.db"
    engine = make_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as connection:
        connection.execute(
            text("PRAGMA wal_checkpoint(TRUNCATE)")
        )  # all of it is in the one file that is copied
    engine.dispose()
    return path


@functools.cache
def _postgresql_template() -> str:
    return _new_postgresql_database("template")


@functools.cache
def _postgresql_to_empty() -> str:
    return _new_postgresql_database("shared")


def _new_postgresql_database(kind: str) -> str:
    """The name of a migrated database that is dropped when this process ends."""
    name = f"seatwise_{kind}_{uuid4().hex}"
    _on_server(f"CREATE DATABASE {name}")
    atexit.register(_on_server, f"DROP DATABASE {name} WITH (FORCE)")
    engine = make_engine(_text(_server().set(database=name)))
    migrate(engine)
    engine.dispose()
    return name


def _empty(url: str) -> None:
    """Delete all rows, and let ids begin with 1 again."""
    tables = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
    deletions = "; ".join(f"DELETE FROM {name}" for name in tables)  # noqa: S608 - our own tables
    with _emptying(url).begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '30s'; {deletions}; {_FIRST_IDS}")


@functools.cache
def _emptying(url: str) -> Engine:
    return make_engine(url)


def _on_server(statement: str) -> None:
    engine = make_engine(_text(_server())).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _server() -> URL:
    return make_url(os.environ["SEATWISE_TEST_POSTGRES_URL"]).set(drivername="postgresql+psycopg")


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
