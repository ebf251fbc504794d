"""The runtime of a worker on a simulated tenant, in this process or in one of its own that can be killed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.process import BaseProcess

from sqlalchemy import Engine

from core.graph import GraphClient
from core.jobs.heartbeat import DEAD_AFTER
from core.jobs.worker import SCHEDULE_EVERY, run_forever
from core.notification.setup import Notices, Post
from core.settings import ApplicationSettings
from core.store.engine import make_engine, writing
from core.store.tables import ReclamationRun, Worker
from tests.support.forks import FORKS
from tests.support.tenants import Bench, connection_from


class OneTenant:
    """A runtime with one application."""

    def __init__(
        self,
        engine: Engine,
        application_id: int,
        client: GraphClient,
        *,
        allow_reclaim: bool = True,
        notices: Notices | None = None,
        post: Post | None = None,
    ) -> None:
        self.engine = engine
        self._application_id = application_id
        self._client = client
        self._notices = notices
        self._post = post
        connection = client.connection
        self._settings = ApplicationSettings(
            key="contoso",
            name="Contoso",
            tenant_id=connection.tenant_id,
            client_id=connection.client_id,
            client_secret=connection.client_secret,  # type: ignore[arg-type]
            allow_reclaim=allow_reclaim,
        )

    def key_of(self, application_id: int) -> str | None:
        return "contoso" if application_id == self._application_id else None

    def application(self, key: str) -> ApplicationSettings:
        assert key == "contoso"
        return self._settings

    def client(self, key: str) -> GraphClient:
        assert key == "contoso"
        return self._client

    def notices(self, key: str) -> Notices | None:
        assert key == "contoso"
        return self._notices

    def post(self, key: str) -> Post | None:
        assert key == "contoso"
        return self._post


def runtime_on(bench: Bench) -> OneTenant:
    """The runtime of a worker for a bench."""
    return OneTenant(bench.engine, bench.application_id, bench.client)


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for a state that workers bring about. Generous: the machine may have much else to do."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def keep_silent(bench: Bench, slot: str = "worker-1") -> None:
    """Let it be long ago that a worker, which is frozen or dead, has given a sign of life."""
    with writing(bench.engine) as session:
        worker = session.get(Worker, slot)
        assert worker is not None
        worker.heartbeat_at -= 2 * DEAD_AFTER


def unprepare(bench: Bench, run_id: int) -> None:
    """Let a run be one that a worker has to make ready first."""
    with writing(bench.engine) as session:
        found = session.get(ReclamationRun, run_id)
        assert found is not None
        found.prepared_at = None


@contextmanager
def worker_process(bench: Bench, *, schedule_every: timedelta = SCHEDULE_EVERY) -> Iterator[BaseProcess]:
    """A worker process for a bench, killed at the end."""
    process = start_worker(bench, schedule_every=schedule_every)
    try:
        yield process
    finally:
        end_worker(process)


def start_worker(bench: Bench, *, schedule_every: timedelta = SCHEDULE_EVERY) -> BaseProcess:
    """Start a worker process for a bench."""
    url = bench.engine.url.render_as_string(hide_password=False)
    facts = bench.simulator.connection_facts()
    arguments = (url, bench.application_id, facts, schedule_every)
    process = FORKS.Process(target=_work, args=arguments, daemon=True)
    process.start()
    return process


def end_worker(process: BaseProcess) -> None:
    """Kill a worker process, frozen or not, and wait until it is gone."""
    process.kill()
    process.join()


def _work(url: str, application_id: int, facts: dict[str, str], schedule_every: timedelta) -> None:
    """Work the queues until killed or terminated."""
    runtime = OneTenant(make_engine(url), application_id, GraphClient(connection_from(facts)))
    run_forever(runtime, schedule_every=schedule_every)
