from collections.abc import Iterator
from pathlib import Path

import pytest

from core.simulator.config import TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from tests.support.applications import database_of_two_applications
from tests.support.syncing import Syncing
from tests.support.tenants import as_on_its_first_day

PEOPLE = 1_100
"""More than a page of users, and more than two of sign-ins."""


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=PEOPLE)) as running:
        yield running


@pytest.fixture
def simulator(running_simulator: RunningSimulator) -> RunningSimulator:
    return as_on_its_first_day(running_simulator)


@pytest.fixture
def tenant(simulator: RunningSimulator, tmp_path: Path) -> Iterator[Syncing]:
    """The tenant and an SQLite database that knows nothing of it yet."""
    with database_of_two_applications("sqlite", tmp_path) as engine:
        yield Syncing(engine=engine, simulator=simulator)
