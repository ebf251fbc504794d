from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.applications import database_of_two_applications
from tests.support.license_types import keep_license_types


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with two applications; the first one has the license types of `tests.support`."""
    with database_of_two_applications(request.param, tmp_path) as made:
        keep_license_types(made)
        yield made
