"""The product syncing a tenant into a new SQLite file: all integration tasks, twice.

    python -m benchmarks.product '<the connection as JSON>'

Everything is new at first, and nothing is the second time. The sign-in limiter is off: `benchmarks.pace`
measures with it.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from sqlalchemy import Engine

from benchmarks.clock import Measured, clocks, peak_mb, since
from benchmarks.tenant import Facts
from core.graph import Connection, GraphClient
from core.integration.applications import register_applications
from core.integration.sync import run_task
from core.integration.tracking import SYNC_TASKS, queue_tasks
from core.rights import cli_actor
from core.settings import ApplicationSettings
from core.store.engine import make_engine, reading
from core.store.migrate import migrate
from core.store.tables import TaskRun

KEY: Final = "benchmark"


@contextmanager
def new_database(facts: Facts) -> Iterator[tuple[Engine, int]]:
    """An SQLite file that knows the application and nothing else, and the application's id."""
    application = ApplicationSettings(
        key=KEY,
        name="Benchmark",
        tenant_id=facts["tenant_id"],
        client_id=facts["client_id"],
        client_secret=SecretStr(facts["client_secret"]),
    )
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'seatwise.db'}")
        migrate(engine)
        try:
            yield engine, register_applications(engine, [application], datetime.now(UTC))[KEY]
        finally:
            engine.dispose()


def connection_to(facts: Facts) -> Connection:
    """The way to the tenant."""
    return Connection(
        application_key=KEY,
        tenant_id=facts["tenant_id"],
        client_id=facts["client_id"],
        client_secret=facts["client_secret"],
        authority_url=facts["authority_url"],
        graph_url=facts["graph_url"],
    )


def sync(engine: Engine, client: GraphClient, application_id: int) -> Measured:
    """Run all tasks one after the other: CPU and wall of all, CPU of each, how many mailboxes were read."""
    start = clocks()
    measured: Measured = {"mailboxes": 0}
    for run_id in queue_tasks(engine, application_id, SYNC_TASKS, cli_actor(), datetime.now(UTC)):
        before = clocks()
        status = run_task(engine, client, run_id)
        with reading(engine) as session:
            run = session.get_one(TaskRun, run_id)
        if status != "succeeded":
            raise SystemExit(f"{run.task} ended as {status}: {run.error}")
        measured[f"cpu_{run.task}"] = since(before)["cpu"]
        measured["mailboxes"] += run.counts.get("mailboxes", 0)
    return since(start) | measured


def sync_twice(facts: Facts) -> Measured:
    """The first sync, and the second one as `…_again`."""
    with new_database(facts) as (engine, application_id), GraphClient(connection_to(facts)) as client:
        first = sync(engine, client, application_id)
        first["peak_mb"] = peak_mb()
        again = sync(engine, client, application_id)
        again["peak_mb"] = peak_mb()
        return first | {f"{name}_again": number for name, number in again.items()}


if __name__ == "__main__":
    print(json.dumps(sync_twice(json.loads(sys.argv[1]))))
