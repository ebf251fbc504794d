"""Two applications and one worker: whatever befalls the one, the other comes in complete and on time."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

from core.graph import Connection, GraphClient
from core.graph.retry import Patience
from core.integration.portfolio import Trouble, read_portfolio
from core.integration.tracking import SYNC_TASKS, queue_tasks
from core.jobs.worker import launch
from core.rights import Actor, Role
from core.settings import ApplicationSettings
from core.simulator.config import TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from core.store.engine import reading
from core.store.tables import Assignment, Source, TaskRun, User
from tests.support.applications import database_of_two_applications
from tests.support.running_app import free_port
from tests.support.tenants import connection_to

ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)
KEYS = {1: "contoso", 2: "fabrikam"}
PEOPLE = {1: 120, 2: 90}
IMPATIENT = Patience(attempts=2, first_wait=0.0)


class _Two:
    """A runtime with the applications contoso and fabrikam."""

    def __init__(self, engine: Engine, clients: dict[str, GraphClient]) -> None:
        self.engine = engine
        self._clients = clients

    def key_of(self, application_id: int) -> str | None:
        return KEYS.get(application_id)

    def application(self, key: str) -> ApplicationSettings:
        connection = self._clients[key].connection
        return ApplicationSettings(
            key=key,
            name=key.title(),
            tenant_id=connection.tenant_id,
            client_id=connection.client_id,
            client_secret="secret",  # type: ignore[arg-type]
        )

    def client(self, key: str) -> GraphClient:
        return self._clients[key]

    def notices(self, key: str) -> None:
        assert key in self._clients  # nothing is configured for writing to people

    def post(self, key: str) -> None:
        assert key in self._clients  # nor for sending reports


@pytest.fixture(scope="module")
def tenants() -> Iterator[dict[int, RunningSimulator]]:
    """A tenant for each application, of different people."""
    with ExitStack() as stack:
        yield {
            number: stack.enter_context(start_simulator(TenantConfig(users=people, seed=number)))
            for number, people in PEOPLE.items()
        }


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with database_of_two_applications("sqlite", tmp_path) as made:
        yield made


def wrong_secret(tenant: RunningSimulator) -> Connection:
    return dataclasses.replace(connection_to(tenant), client_secret="wrong")


def down(tenant: RunningSimulator) -> Connection:
    nowhere = f"https://127.0.0.1:{free_port()}"
    return dataclasses.replace(connection_to(tenant), graph_url=nowhere)


def throttled(tenant: RunningSimulator) -> Connection:
    tenant.faults.add("throttled", path="/v1.0/", times=None)
    return connection_to(tenant)


def sync_both(engine: Engine, fabrikam: Connection, tenants: dict[int, RunningSimulator]) -> None:
    """Queue everything for both, and let one worker carry it out."""
    with ExitStack() as stack:
        clients = {
            key: stack.enter_context(GraphClient(connection, patience=IMPATIENT))
            for key, connection in (("contoso", connection_to(tenants[1])), ("fabrikam", fabrikam))
        }
        for application_id in KEYS:
            queue_tasks(engine, application_id, SYNC_TASKS, ADMINISTRATOR, datetime.now(UTC))
        worker = launch(_Two(engine, clients))
        try:
            deadline = time.monotonic() + 90
            while any(run.ended_at is None for run in runs(engine)):
                assert time.monotonic() < deadline, runs(engine)
                time.sleep(0.1)
        finally:
            worker.stop()


def runs(engine: Engine, application_id: int | None = None) -> list[TaskRun]:
    with reading(engine) as session:
        found = session.exec(select(TaskRun).order_by(col(TaskRun.id))).all()
    return [run for run in found if application_id in {None, run.application_id}]


def people(engine: Engine, application_id: int) -> int:
    with reading(engine) as session:
        return session.exec(
            select(func.count()).select_from(User).where(User.application_id == application_id)
        ).one()


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [(wrong_secret, "AADSTS7000215"), (down, "the connection was refused"), (throttled, "429")],
)
def test_one_that_fails_leaves_the_other_complete_and_says_why(
    engine: Engine,
    tenants: dict[int, RunningSimulator],
    break_it: Callable[[RunningSimulator], Connection],
    reason: str,
) -> None:
    try:
        sync_both(engine, break_it(tenants[2]), tenants)
    finally:
        tenants[2].faults.clear()
    assert [run.status for run in runs(engine, 1)] == ["succeeded"] * 3
    assert people(engine, 1) == PEOPLE[1]
    assert [run.status for run in runs(engine, 2)] == ["failed"] * 3
    assert people(engine, 2) == 0
    errors = {run.error or "" for run in runs(engine, 2)}
    assert all(reason in error for error in errors), errors
    with reading(engine) as session:
        sources = session.exec(select(Source).where(Source.application_id == 2)).all()
    assert {source.status for source in sources} == {"failed"}
    now = datetime.now(UTC)
    first, second = read_portfolio(engine, KEYS, awake_since=now, now=now)
    assert (first.application_id, first.trouble, first.people) == (2, Trouble.FAILED, None)
    assert (second.application_id, second.people) == (1, PEOPLE[1])


def test_both_come_in_and_stay_apart(engine: Engine, tenants: dict[int, RunningSimulator]) -> None:
    sync_both(engine, connection_to(tenants[2]), tenants)
    assert [run.status for run in runs(engine)] == ["succeeded"] * 6
    assert {each: people(engine, each) for each in KEYS} == PEOPLE
    with reading(engine) as session:
        holders = {
            application_id: set(
                session.exec(select(Assignment.user_id).where(Assignment.application_id == application_id))
            )
            for application_id in KEYS
        }
    assert holders[1]
    assert holders[2]
    assert not holders[1] & holders[2]
