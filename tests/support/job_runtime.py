"""The runtime of a worker on a simulated tenant; as a program, a worker process that can be killed.

python -m tests.support.job_runtime DATABASE_URL APPLICATION_ID CONNECTION_FACTS
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from core.graph import GraphClient
from core.jobs.worker import run_forever
from core.notification.setup import Notices
from core.settings import ApplicationSettings
from core.store.engine import make_engine
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
    ) -> None:
        self.engine = engine
        self._application_id = application_id
        self._client = client
        self._notices = notices
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


def runtime_on(bench: Bench) -> OneTenant:
    """The runtime of a worker for a bench."""
    return OneTenant(bench.engine, bench.application_id, bench.client)


@contextmanager
def worker_process(bench: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process for a bench, killed at the end."""
    with subprocess.Popen(_program(bench)) as process:
        try:
            yield process
        finally:
            process.kill()


def _program(bench: Bench) -> list[str]:
    url = bench.engine.url.render_as_string(hide_password=False)
    facts = json.dumps(bench.simulator.connection_facts())
    return [sys.executable, "-m", "tests.support.job_runtime", url, str(bench.application_id), facts]


def main(url: str, application_id: str, facts_text: str) -> None:
    """Work the queues until killed or terminated."""
    connection = connection_from(json.loads(facts_text))
    run_forever(OneTenant(make_engine(url), int(application_id), GraphClient(connection)))


if __name__ == "__main__":
    main(*sys.argv[1:])
