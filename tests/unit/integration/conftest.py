from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.store.engine import writing
from core.store.tables import Application
from tests.support.databases import postgresql_database, sqlite_database

CREATED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with two applications, 1 and 2."""
    with sqlite_database(tmp_path) if request.param == "sqlite" else postgresql_database() as made:
        with writing(made) as session:
            session.add(Application(id=1, key="contoso", name="Contoso", created_at=CREATED))
            session.add(Application(id=2, key="fabrikam", name="Fabrikam", created_at=CREATED))
        yield made
