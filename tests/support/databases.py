"""A fresh, migrated database of each kind for the tests that ask for one."""

import os
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
    engine = make_engine(f"sqlite:///{folder / 'seatwise.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@contextmanager
def postgresql_database() -> Iterator[Engine]:
    """A database of its own on the server that SEATWISE_TEST_POSTGRES_URL names, dropped afterwards."""
    server = make_url(os.environ["SEATWISE_TEST_POSTGRES_URL"]).set(drivername="postgresql+psycopg")
    name = f"seatwise_test_{uuid4().hex}"
    admin = make_engine(server.render_as_string(hide_password=False)).execution_options(
        isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = make_engine(_text(server.set(database=name)))
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
