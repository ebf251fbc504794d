"""Several workers on one PostgreSQL: each has a slot of its own, and takes over from one that is killed."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.graph import GraphClient
from core.integration.tracking import SYNC_TASKS
from core.jobs import heartbeat
from core.jobs.slots import lease_slot
from core.reclamation.states import FINAL
from core.simulator.config import Conditions
from core.simulator.server import RunningSimulator
from core.store.engine import reading
from core.store.tables import TaskStatus, Worker
from tests.support.databases import postgresql_database
from tests.support.job_runtime import worker_process
from tests.support.rounds import keep_round, scheduled_runs
from tests.support.tenants import Bench, connection_to, mirror

pytestmark = pytest.mark.postgresql


@pytest.fixture
def bench(shared_simulator: RunningSimulator) -> Iterator[Bench]:
    shared_simulator.tenant.conditions = Conditions()
    shared_simulator.faults.clear()
    shared_simulator.tenant.reset()
    with postgresql_database() as engine, GraphClient(connection_to(shared_simulator)) as client:
        yield Bench(
            engine=engine,
            simulator=shared_simulator,
            client=client,
            application_id=mirror(engine, client),
        )


def test_each_worker_leases_a_slot_of_its_own(bench: Bench) -> None:
    first, second = lease_slot(bench.engine), lease_slot(bench.engine)
    assert first is not None
    assert second is not None
    assert {first.slot, second.slot} == {"worker-1", "worker-2"}
    assert first.held()
    first.release()
    third = lease_slot(bench.engine)
    assert third is not None
    assert third.slot == "worker-1"
    second.release()
    third.release()


def test_when_one_of_two_is_killed_the_other_finishes_and_nothing_is_removed_twice(bench: Bench) -> None:
    seats = bench.removable_seats(60)
    bench.simulator.faults.add("slow", path="assignLicense", times=None, delay=0.3)
    with ExitStack() as stack:
        processes = [stack.enter_context(worker_process(bench)) for _ in range(2)]
        deadline = time.monotonic() + 90
        while len(heartbeat.live_slots(bench.engine, bench.now_fn())) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        run_id = bench.start(*seats)
        while len(bench.removals()) < 5:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        busy = _busy_process(bench)
        (killed,) = (process for process in processes if process.pid == busy)
        killed.send_signal(signal.SIGKILL)
        while not all(row.state in FINAL for row in bench.requests(run_id)):
            assert time.monotonic() < deadline, Counter(row.state for row in bench.requests(run_id))
            time.sleep(0.2)
    assert Counter(row.state.value for row in bench.requests(run_id)) == {"reclaimed": len(seats)}
    assert Counter(bench.removals()) == dict.fromkeys(seats, 1)
    events = [(event.request_id, event.step, event.attempt) for event in bench.events(run_id)]
    assert len(events) == len(set(events))


def _busy_process(bench: Bench) -> int:
    """The process that has work in hand."""
    with reading(bench.engine) as session:
        query = "SELECT executor_id FROM seatwise_jobs.workflow_status WHERE status = 'PENDING'"
        slot = session.connection().execute(text(query)).scalars().first()
        worker = session.get(Worker, slot)
    assert worker is not None
    return worker.pid


def test_two_workers_that_keep_the_schedule_queue_a_round_once(bench: Bench) -> None:
    keep_round(bench.engine, bench.now_fn() - timedelta(days=1), application=bench.application_id)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(worker_process(bench))
        deadline = time.monotonic() + 120
        while len(heartbeat.live_slots(bench.engine, bench.now_fn())) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        # It failed an hour ago, so it is due again in a moment: for both of them.
        failed_at = bench.now_fn() - timedelta(minutes=59, seconds=57)
        keep_round(
            bench.engine,
            failed_at,
            by="schedule",
            application=bench.application_id,
            differing=dict.fromkeys(SYNC_TASKS, TaskStatus.FAILED),
        )
        while not (again := scheduled_runs(bench.engine, after=failed_at)) or any(
            run.ended_at is None for run in again
        ):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        time.sleep(17)  # longer than it takes until each of them has asked once more
    assert [run.task for run in scheduled_runs(bench.engine, after=failed_at)] == list(SYNC_TASKS)
    assert {run.status for run in scheduled_runs(bench.engine, after=failed_at)} == {"succeeded"}
