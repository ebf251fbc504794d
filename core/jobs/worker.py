"""The worker of a process: leases a slot, runs DBOS, sweeps and gives signs of life, until it is stopped.

One that stays also keeps the schedule; one that only lives as long as a command leaves it to others.

Without a free slot it stands by and takes over when one comes free. Only rows tie it to the rest of the
product: pages and commands write them, whatever process they are in.
"""

import logging
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from dbos import DBOS
from sqlalchemy import Engine
from sqlmodel import col, select

from core.integration import run_log, scheduling, tracking
from core.jobs import engine as dbos_engine
from core.jobs import sweeper
from core.jobs.heartbeat import BEAT_EVERY, beat, live_worker, record_start, record_stop
from core.jobs.house import House, JobRuntime, bind
from core.jobs.scheduled import start_scheduled
from core.jobs.slots import SlotLease, lease_slot
from core.jobs.workflows import RECLAMATION_QUEUE, TASK_QUEUE
from core.reclamation.due import take_up_again
from core.store.engine import reading
from core.store.tables import Application, TaskRun, TaskStatus

__all__ = ["SCHEDULE_EVERY", "Worker", "launch", "live_worker", "run_forever"]

SWEEP_SECONDS: Final = 1.0
SCHEDULE_EVERY: Final = timedelta(seconds=15)
STOP_SECONDS: Final = 60.0
_ASKED_SECONDS: Final = 0.25
_NOTE_SECONDS: Final = 5.0
_PURGE_EVERY: Final = timedelta(minutes=10)
_PURGE_LOGS_EVERY: Final = timedelta(hours=1)
_LOG: Final = logging.getLogger(__name__)
_one_per_process: Final = threading.Lock()


class Worker:
    """Works the queues from a thread of its own. Made by `launch`, ended by `stop`."""

    def __init__(self, runtime: JobRuntime, *, schedule_every: timedelta | None) -> None:
        self._house = House(runtime)
        self._engine = runtime.engine
        self._lease: SlotLease | None = None
        self._schedule_every = schedule_every
        self._awake_since = datetime.now(UTC)
        never = datetime.min.replace(tzinfo=UTC)
        self._beat_at = self._purge_at = self._purge_logs_at = self._schedule_at = never
        self._thread = threading.Thread(target=self._supervise, name="worker", daemon=True)

    @property
    def working(self) -> bool:
        """Whether this process has a slot; otherwise it stands by."""
        return self._lease is not None

    def start(self) -> None:
        """Take a slot where one is free, and go to work."""
        bind(self._house)
        self._take_slot()
        self._thread.start()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Begin nothing new, let what is in hand come to a safe point, and give the slot back."""
        self._house.stopping.set()
        self._thread.join()
        idle = self._house.wait_until_idle(seconds)
        if self._lease is not None:
            if idle:
                _let_dbos_note_outcomes(self._lease.slot)
            DBOS.destroy()
            if idle:
                record_stop(self._engine, self._lease.slot)
                self._lease.release()
                self._lease = None
            else:
                # The slot stays leased until the process ends, so that nobody else works under its name.
                _LOG.warning("a job did not stop within %s s; the next worker takes it up again", seconds)
        bind(None)
        _one_per_process.release()

    def _supervise(self) -> None:
        while not self._house.stopping.is_set():
            try:
                self._tick(datetime.now(UTC))
            except Exception:  # noqa: BLE001 - a database that is away for a while must not end the worker
                _LOG.exception("the worker could not look for work; it tries again")
            self._house.stopping.wait(SWEEP_SECONDS)

    def _tick(self, now: datetime) -> None:
        if self._lease is not None and not self._lease.held():
            _LOG.warning("lost the slot %s: the connection that held it broke", self._lease.slot)
            self._lose_slot()
        if self._lease is None and not self._take_slot():
            return
        if self._lease is None:
            return
        if now - self._beat_at >= BEAT_EVERY:
            beat(self._engine, self._lease.slot, now)
            sweeper.take_over(self._engine, self._lease.slot, now)
            self._beat_at = now
        if now - self._purge_at >= _PURGE_EVERY:
            sweeper.purge(now)
            self._purge_at = now
        if now - self._purge_logs_at >= _PURGE_LOGS_EVERY:
            run_log.purge_logs(self._engine, now)
            self._purge_logs_at = now
        if self._schedule_every is not None and now - self._schedule_at >= self._schedule_every:
            here, since = self._configured(), self._awake_since
            scheduling.queue_due(self._engine, here, awake_since=since, now=now)
            start_scheduled(self._house.runtime, here, awake_since=since, now=now)
            self._schedule_at = now
        sweeper.sweep(self._engine, self._is_configured, now)

    def _take_slot(self) -> bool:
        lease = lease_slot(self._engine)
        if lease is None:
            return False
        now = datetime.now(UTC)
        try:
            if self._engine.dialect.name != "postgresql":
                # The only slot is ours, so whoever had something in hand is gone.
                _take_up_everything(self._engine, now)
            _launch_dbos(self._house, lease.slot)
            record_start(self._engine, lease.slot, now)
        except BaseException:
            DBOS.destroy()
            lease.release()
            raise
        self._lease, self._awake_since = lease, now
        return True

    def _lose_slot(self) -> None:
        DBOS.destroy()
        if self._lease is not None:
            self._lease.release()
        self._lease = None

    def _configured(self) -> dict[int, str]:
        """The keys of the applications that are configured here, by id."""
        with reading(self._engine) as session:
            known = session.exec(select(Application.id)).all()
        keys = {each: self._house.runtime.key_of(each) for each in known if each is not None}
        return {each: key for each, key in keys.items() if key is not None}

    def _is_configured(self, application_id: int) -> bool:
        return self._house.runtime.key_of(application_id) is not None


def launch(runtime: JobRuntime, *, schedule_every: timedelta | None = None) -> Worker:
    """Start the worker of this process.

    Args:
        runtime: what it works with.
        schedule_every: how often to look what is due by the applications' schedules, syncs and reclamations;
            None leaves them to others.

    Raises:
        RuntimeError: this process has one already.
    """
    if not _one_per_process.acquire(blocking=False):
        raise RuntimeError("this process has a worker already")
    worker = Worker(runtime, schedule_every=schedule_every)
    try:
        worker.start()
    except BaseException:
        bind(None)
        _one_per_process.release()
        raise
    return worker


def run_forever(runtime: JobRuntime, *, schedule_every: timedelta = SCHEDULE_EVERY) -> None:
    """Work the queues and keep the schedules until the process is asked to end (SIGTERM or SIGINT)."""
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.append(number))
    worker = launch(runtime, schedule_every=schedule_every)
    try:
        # A wait without an end would not notice a signal that the system hands to another thread.
        while not asked:
            time.sleep(_ASKED_SECONDS)
    finally:
        worker.stop()


def _let_dbos_note_outcomes(slot: str) -> None:
    """The jobs are done; what DBOS still has to write about them takes a moment more."""
    deadline = time.monotonic() + _NOTE_SECONDS
    while time.monotonic() < deadline and DBOS.list_workflows(
        status="PENDING", executor_id=slot, limit=1, load_input=False, load_output=False
    ):
        time.sleep(_NOTE_SECONDS / 100)


def _take_up_everything(engine: Engine, now: datetime) -> None:
    take_up_again(engine, now)
    with reading(engine) as session:
        left = session.exec(
            select(TaskRun.id).where(
                col(TaskRun.status) == TaskStatus.RUNNING, col(TaskRun.task).in_(tracking.SYNC_TASKS)
            )
        ).all()
    for task_run_id in left:
        if task_run_id is not None:
            tracking.requeue(engine, task_run_id)


def _launch_dbos(house: House, slot: str) -> None:
    engine = house.runtime.engine
    dbos_engine.prepare(engine)
    DBOS(config=dbos_engine.configuration(engine, slot))
    DBOS.launch()
    DBOS.register_queue(
        RECLAMATION_QUEUE,
        partition_concurrency=12,  # most of them wait: for their turn to write, or for replicas to catch up
        worker_concurrency=24,
        polling_interval_sec=0.5,
        on_conflict="always_update",
    )
    DBOS.register_queue(
        TASK_QUEUE,
        partition_concurrency=1,
        worker_concurrency=4,
        polling_interval_sec=0.5,
        on_conflict="always_update",
    )
