from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from core.notification.smtp import SmtpMailer
from core.simulator.config import Conditions, TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from core.store.engine import writing
from core.store.tables import User
from tests.support.mail_server import MailServer, mail_server
from tests.support.notices import Clock, notices_with
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


@pytest.fixture
def clock(bench: Bench) -> Clock:
    clock = Clock()
    bench.now_fn = clock
    return clock


@pytest.fixture
def server(bench: Bench) -> Iterator[MailServer]:
    """A mail server that the bench writes through; everybody has an address."""
    with writing(bench.engine) as session:
        for user in session.exec(select(User)):
            user.mail = f"{user.user_principal_name}"
    with mail_server() as running:
        bench.notices = notices_with(SmtpMailer(running.settings()))
        yield running
