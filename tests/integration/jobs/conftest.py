from collections.abc import Iterator
from pathlib import Path

import pytest

from core.jobs.worker import Worker, launch
from core.simulator.config import Conditions, TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from tests.support.job_runtime import runtime_on
from tests.support.tenants import Bench, bench_on


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=400)) as running:
        yield running


@pytest.fixture
def bench(shared_simulator: RunningSimulator, tmp_path: Path) -> Iterator[Bench]:
    """A tenant of 400 people as on its first day, and the rows of a sync of it."""
    shared_simulator.tenant.conditions = Conditions()
    shared_simulator.faults.clear()
    shared_simulator.tenant.reset()
    shared_simulator.service.calls.clear()
    with bench_on(shared_simulator, tmp_path) as made:
        yield made


@pytest.fixture
def worker(bench: Bench) -> Iterator[Worker]:
    """A worker in this process, as the app has one."""
    launched = launch(runtime_on(bench))
    yield launched
    launched.stop()
