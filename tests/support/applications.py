"""A database with two applications, 1 and 2, for the tests of what is kept for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from core.store.engine import writing
from core.store.tables import Application
from tests.support.databases import emptied_postgresql_database, sqlite_database

CREATED = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def database_of_two_applications(kind: str, folder: Path) -> Iterator[Engine]:
    """On `sqlite`, in the folder, or on `postgresql`."""
    with sqlite_database(folder) if kind == "sqlite" else emptied_postgresql_database() as made:
        with writing(made) as session:
            session.add(Application(id=1, key="contoso", name="Contoso", created_at=CREATED))
            session.add(Application(id=2, key="fabrikam", name="Fabrikam", created_at=CREATED))
        yield made
