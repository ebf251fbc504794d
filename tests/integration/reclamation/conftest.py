from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.simulator.config import Conditions, TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from tests.support.tenants import Bench, bench_on

CREATED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=400, created_at=CREATED_AT)) as running:
        yield running


@pytest.fixture
def bench(shared_simulator: RunningSimulator, tmp_path: Path) -> Iterator[Bench]:
    """A tenant of 400 people as on its first day, and the rows of a sync of it."""
    shared_simulator.tenant.conditions = Conditions()
    shared_simulator.faults.clear()
    shared_simulator.tenant.reset(CREATED_AT)
    with bench_on(shared_simulator, tmp_path) as made:
        yield made
