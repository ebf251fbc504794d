from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.databases import emptied_postgresql_database, sqlite_database
from tests.support.seats import add_application


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with sqlite_database(tmp_path) if request.param == "sqlite" else emptied_postgresql_database() as made:
        yield made


@pytest.fixture
def application_id(engine: Engine) -> int:
    return add_application(engine)
