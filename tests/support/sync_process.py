"""A process that syncs a tenant once, and can be killed while it does."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from core.graph import GraphClient, directory
from core.integration.sync import run_task
from core.integration.tracking import SYNC_TASKS, queue_tasks
from core.simulator.server import RunningSimulator
from core.store.engine import make_engine
from tests.support.syncing import ADMINISTRATOR
from tests.support.tenants import connection_from

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

_SECONDS = 60.0
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])  # so that each starts within moments


def start_sync(engine: Engine, simulator: RunningSimulator, minutes_ahead: int) -> ForkServerProcess:
    """Start such a process, and wait until its work begins.

    Its clock is ahead, so that it takes the run of a process that was killed a moment ago for one that has
    given no sign of life for minutes.
    """
    began = _PROCESSES.Event()
    url = engine.url.render_as_string(hide_password=False)
    process = _PROCESSES.Process(
        target=_sync, args=(url, simulator.connection_facts(), minutes_ahead, began), daemon=True
    )
    process.start()
    assert began.wait(_SECONDS)
    return process


def _sync(url: str, facts: dict[str, str], minutes_ahead: int, began: "Event") -> None:
    """Carry out the three tasks, in pages so small that there are many."""
    vars(directory).update(USERS_PAGE=50, SIGN_INS_PAGE=50)
    ahead = timedelta(minutes=minutes_ahead)

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    engine = make_engine(url)
    with GraphClient(connection_from(facts)) as client:
        began.set()
        for run_id in queue_tasks(engine, 1, SYNC_TASKS, ADMINISTRATOR, clock()):
            run_task(engine, client, run_id, clock=clock)
