"""Sign-ins are read as fast as Microsoft permits, never faster; scans slow down before they are refused."""

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.graph import GraphClient, Throttled
from core.graph.retry import ONCE
from core.integration import tracking
from core.integration.limiter import SignInLimiter
from core.integration.sign_ins import refresh_sign_ins
from core.integration.sync import run_task
from core.simulator.config import TenantConfig
from core.simulator.limits import SIGN_INS, Limit, Limiter
from core.simulator.server import RunningSimulator
from core.store.tables import IntegrationTask, UserActivity
from tests.integration.integration.conftest import PEOPLE
from tests.support.applications import database_of_two_applications
from tests.support.sign_in_reader import start_reader
from tests.support.small_pages import read_in_small_pages, sign_ins_link, users_link
from tests.support.syncing import ADMINISTRATOR, Syncing
from tests.support.tenants import connection_to

SCALE = 10
"""So many times as fast as at Microsoft: five requests in a second."""

SPACING = timedelta(seconds=3.0 / SCALE)
"""Half as much again as needed: scaled so far down, a busy machine must not be taken for haste of ours."""

PAGE = 36
PAGES = -(-PEOPLE // PAGE)


class Watched(Limiter):
    """The simulator's own limiter, with a record of what it was asked for and what it refused."""

    def __init__(self) -> None:
        super().__init__(TenantConfig())
        self.arrived: list[float] = []
        self.refused = 0

    def use(self, limit: Limit, key: str, now: float, time_scale: float, *, cost: int = 1) -> float:
        if limit is SIGN_INS:
            self.arrived.append(now)
        self.refused += 1
        share = super().use(limit, key, now, time_scale, cost=cost)
        self.refused -= 1
        return share


class Slots(SignInLimiter):
    """Keeps the slots that it gave out."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, 1, spacing=SPACING)
        self.given: list[float] = []

    def reserve(self, count: int = 1) -> float:
        wait = super().reserve(count)
        self.given.append(time.monotonic() + wait)
        return wait


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with database_of_two_applications(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def watched(simulator: RunningSimulator) -> Iterator[Watched]:
    simulator.set_conditions(sign_in_limit=True, limit_time_scale=SCALE)
    before, simulator.service.limiter = simulator.service.limiter, Watched()
    yield simulator.service.limiter
    simulator.service.limiter = before


def test_a_pass_is_never_refused_and_waits_for_nothing_but_its_slots(
    tenant: Syncing, simulator: RunningSimulator, watched: Watched
) -> None:
    read_in_small_pages(tenant.engine, simulator.graph_url, PAGE, datetime.now(UTC))
    slots = Slots(tenant.engine)
    with GraphClient(connection_to(simulator), limiter=slots) as client:
        missing = refresh_sign_ins(tenant.engine, client, 1, clock=lambda: datetime.now(UTC))
        assert client.statistics.throttled == watched.refused == 0
    assert missing is None
    assert len(watched.arrived) == len(slots.given) == PAGES
    gaps = [later - earlier for earlier, later in pairwise(slots.given)]
    bound = SPACING.total_seconds()
    assert min(gaps) >= bound * 0.9  # what a clock that is read twice may differ by
    assert statistics.median(gaps) <= bound * 1.1
    assert len(tenant.rows(UserActivity)) == PEOPLE


def test_processes_that_share_a_database_never_exceed_the_limit_together(
    engine: Engine, simulator: RunningSimulator, watched: Watched
) -> None:
    page = 2 * PAGE
    readers = [start_reader(engine, simulator, SPACING, page) for _ in range(2)]
    read = [int(reader.communicate(timeout=60)[0]) for reader in readers]
    assert read == [PEOPLE, PEOPLE]
    assert len(watched.arrived) == 2 * -(-PEOPLE // page)
    assert watched.refused == 0
    window = SIGN_INS.seconds / SCALE
    spans = [sixth - first for first, sixth in zip(watched.arrived, watched.arrived[5:], strict=False)]
    assert min(spans) >= window


def test_without_slots_the_sixth_page_is_refused(simulator: RunningSimulator, watched: Watched) -> None:
    simulator.set_conditions(limit_time_scale=1.0)
    with GraphClient(connection_to(simulator), patience=ONCE) as client:
        pages = client.list_sign_ins(sign_ins_link(simulator.graph_url, PAGE))
        for _ in range(5):
            next(pages)
        with pytest.raises(Throttled):
            next(pages)
    assert watched.refused == 1


@pytest.mark.parametrize("background", [True, False])
def test_a_scan_slows_down_before_a_limit_of_the_directory_refuses_it(
    simulator: RunningSimulator, watched: Watched, *, background: bool
) -> None:
    simulator.set_conditions(directory_units=40)
    with GraphClient(connection_to(simulator), sleep=lambda seconds: time.sleep(seconds / SCALE)) as client:
        reader = client.in_background() if background else client
        pages = reader.list_users(users_link(simulator.graph_url, 20))
        assert sum(len(page.items) for page in pages) == PEOPLE
        assert (client.statistics.throttled == watched.refused == 0) is background


@pytest.mark.parametrize("moment", ["waits for its slot", "waits for a page"])
def test_a_run_that_is_cancelled_ends_within_seconds(tenant: Syncing, moment: str) -> None:
    tenant.run(IntegrationTask.DIFFERENTIATION, IntegrationTask.ROSTER)
    limiter = SignInLimiter(tenant.engine, 1)
    if moment == "waits for its slot":
        limiter.push_back(300)
    else:
        tenant.simulator.faults.add("slow", path="signInActivity", times=None, delay=1.0)
        read_in_small_pages(tenant.engine, tenant.simulator.graph_url, PAGE, datetime.now(UTC))
    (run_id,) = tenant.queue(IntegrationTask.ACCESS)
    with (
        GraphClient(connection_to(tenant.simulator), limiter=limiter) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        ending = pool.submit(run_task, tenant.engine, client, run_id)
        time.sleep(1.5)
        assert not ending.done()
        tracking.cancel(tenant.engine, run_id, ADMINISTRATOR, datetime.now(UTC))
        assert ending.result(timeout=4) == "cancelled"
    assert "prefetch" not in {thread.name for thread in threading.enumerate()}
