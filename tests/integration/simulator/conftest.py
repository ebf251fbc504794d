from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.simulator.config import Conditions, TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from tests.support.simulated import Caller

CREATED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared_simulator() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=400, created_at=CREATED_AT)) as running:
        yield running


@pytest.fixture
def simulator(shared_simulator: RunningSimulator) -> RunningSimulator:
    """A tenant of 400 people as on its first day, without faults and under the usual conditions."""
    shared_simulator.tenant.conditions = Conditions()
    shared_simulator.faults.clear()
    shared_simulator.tenant.reset(CREATED_AT)
    shared_simulator.service.calls.clear()
    shared_simulator.service.limiter.forget()
    return shared_simulator


@pytest.fixture
def caller(simulator: RunningSimulator) -> Iterator[Caller]:
    caller = Caller(simulator)
    yield caller
    caller.session.close()
