"""Several workers on one PostgreSQL: each has a slot of its own, and takes over from one that is killed."""

import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from core.graph import GraphClient
from core.integration.tracking import SYNC_TASKS
from core.jobs import heartbeat
from core.jobs.heartbeat import BEAT_EVERY
from core.jobs.slots import lease_slot
from core.reclamation.states import FINAL
from core.simulator.config import Conditions
from core.simulator.faults import Fault, FaultKind
from core.simulator.server import RunningSimulator
from core.simulator.wire import Call
from core.store.engine import reading
from core.store.tables import TaskRun, TaskStatus, Worker
from tests.support.databases import postgresql_database
from tests.support.job_runtime import keep_silent, wait_until, worker_process
from tests.support.killing import signal_to, watched
from tests.support.rounds import keep_round, scheduled_runs
from tests.support.tenants import Bench, Seat, connection_to, mirror

pytestmark = pytest.mark.postgresql

LOOKS = timedelta(seconds=1)
"""How often workers look whether a round is due."""


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


@pytest.mark.parametrize("moment", ["$batch", "assignLicense"])
def test_of_three_workers_one_is_killed_and_one_is_frozen_and_does_no_harm_when_it_wakes(
    bench: Bench, moment: str
) -> None:
    """The first is frozen as it reads its users or as it writes, the second killed as it writes."""
    seats = bench.removable_seats(12)
    watch = _Watch(bench, moment)
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(worker_process(bench))
        wait_until(lambda: len(heartbeat.live_slots(bench.engine, bench.now_fn())) == 3)
        watched(bench.simulator).watcher = watch
        run_id = bench.start(*seats)

        wait_until(lambda: watch.frozen is not None)
        keep_silent(bench, str(watch.frozen))
        taken_over_at = bench.now_fn()
        wait_until(lambda: watch.killed is not None)
        keep_silent(bench, str(watch.killed))
        wait_until(lambda: all(row.state in FINAL for row in bench.requests(run_id)))
        again = _intended_by_another(bench, run_id, taken_over_at)
        for user_id, sku_id in again:
            bench.client.add_license(user_id, sku_id, [])

        before = bench.events(run_id)
        woken_at = bench.now_fn()
        signal_to(_worker(bench, watch.frozen).pid, signal.SIGCONT)
        # Its second sign of life comes seconds later than whatever it had in hand.
        wait_until(lambda: _worker(bench, watch.frozen).heartbeat_at > woken_at + BEAT_EVERY)

    assert again
    assert bench.events(run_id) == before
    assert all(sku_id in bench.held(user_id) for user_id, sku_id in again)
    assert Counter(row.state.value for row in bench.requests(run_id)) == {"reclaimed": len(seats)}
    assert Counter(bench.removals()) == dict.fromkeys(seats, 1)
    assert len(before) == len({(event.request_id, event.step, event.attempt) for event in before})


class _Watch:
    """Freezes the first worker at the first call of a kind, and kills who takes over as that one writes."""

    def __init__(self, bench: Bench, moment: str) -> None:
        self._bench = bench
        self._moment = moment
        self.frozen: str | None = None
        self.killed: str | None = None

    def __call__(self, call: Call) -> Fault | None:
        """The call with which one is frozen or killed is not carried out."""
        if self.frozen is None and self._moment in call.path:
            self.frozen = self._strike(signal.SIGSTOP)
            return Fault(kind=FaultKind.RESET)
        if self.killed is None and "assignLicense" in call.path:
            busy = _busy_slot(self._bench)
            if busy != self.frozen:
                self.killed = self._strike(signal.SIGKILL)
                return Fault(kind=FaultKind.RESET)
        return None

    def _strike(self, number: signal.Signals) -> str:
        slot = _busy_slot(self._bench)
        signal_to(_worker(self._bench, slot).pid, number)
        return slot


def _busy_slot(bench: Bench) -> str:
    """The slot that has the run in hand."""
    query = "SELECT executor_id FROM seatwise_jobs.workflow_status WHERE status = 'PENDING' AND name = :name"
    with reading(bench.engine) as session:
        found = session.connection().execute(text(query), {"name": "advance_chunk"})
        return str(found.scalars().one())


def _worker(bench: Bench, slot: str | None) -> Worker:
    with reading(bench.engine) as session:
        worker = session.get(Worker, slot)
    assert worker is not None
    return worker


def _intended_by_another(bench: Bench, run_id: int, since: datetime) -> list[Seat]:
    """Those of which the frozen worker has put no intent on record."""
    events = [event for event in bench.events(run_id) if event.step == "intent"]
    early = {event.user_id for event in events if event.at < since}
    requests = bench.requests(run_id)
    return [(row.user_id, row.sku_id) for row in requests if row.user_id not in early]


def _all_ended(runs: Sequence[TaskRun]) -> bool:
    return bool(runs) and all(run.ended_at for run in runs)


def test_two_workers_that_keep_the_schedule_queue_a_round_once(bench: Bench) -> None:
    keep_round(bench.engine, bench.now_fn() - timedelta(days=1), application=bench.application_id)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(worker_process(bench, schedule_every=LOOKS))
        wait_until(lambda: len(heartbeat.live_slots(bench.engine, bench.now_fn())) == 2)
        # It failed an hour ago, so it is due again in a moment: for both of them.
        failed_at = bench.now_fn() - timedelta(minutes=59, seconds=57)
        keep_round(
            bench.engine,
            failed_at,
            by="schedule",
            application=bench.application_id,
            differing=dict.fromkeys(SYNC_TASKS, TaskStatus.FAILED),
        )
        wait_until(lambda: _all_ended(scheduled_runs(bench.engine, after=failed_at)))
        time.sleep(2.5)  # longer than it takes until each of them has looked once more
    assert [run.task for run in scheduled_runs(bench.engine, after=failed_at)] == list(SYNC_TASKS)
    assert {run.status for run in scheduled_runs(bench.engine, after=failed_at)} == {"succeeded"}
