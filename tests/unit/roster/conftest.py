from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.applications import database_of_two_applications
from tests.support.holdings import Person, keep_people


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with two applications; in the first one are Ada, Ben and Cy, person1 to 3@example.com."""
    with database_of_two_applications(request.param, tmp_path) as made:
        keep_people(made, 1, [Person(name=name) for name in ("Ada", "Ben", "Cy")])
        yield made
