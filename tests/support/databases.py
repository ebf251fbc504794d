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

from core.store.engine import make_engine
from core.store.migrate import migrate


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
    name = f"seatwise_template_{uuid4().hex}"
    _on_server(f"CREATE DATABASE {name}")
    atexit.register(_on_server, f"DROP DATABASE {name} WITH (FORCE)")
    engine = make_engine(_text(_server().set(database=name)))
    migrate(engine)
    engine.dispose()
    return name


def _on_server(statement: str) -> None:
    engine = make_engine(_text(_server())).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _server() -> URL:
    return make_url(os.environ["SEATWISE_TEST_POSTGRES_URL"]).set(drivername="postgresql+psycopg")


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
