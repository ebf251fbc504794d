"""What is on record is carried out by a worker: nothing but rows is needed to start it."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from dbos import DBOS, WorkflowStatus
from sqlmodel import Session, col, select

from core.graph import GraphClient
from core.integration.tracking import queue_tasks
from core.jobs.slots import lease_slot
from core.jobs.worker import Worker, launch, live_worker
from core.reclamation.runs import run
from core.reclamation.states import RequestState
from core.rights import Actor, Role
from core.simulator.faults import FaultKind
from core.store.engine import reading, writing
from core.store.tables import (
    AssignmentRollup,
    IntegrationTask,
    ReclamationRequest,
    Source,
    TaskRun,
)
from tests.support.job_runtime import OneTenant, runtime_on, unprepare, wait_until
from tests.support.rounds import keep_round, scheduled_runs
from tests.support.tenants import Bench

ADMINISTRATOR = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)


def wait_for_end(bench: Bench, run_id: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with reading(bench.engine) as session:
            found = run(session, run_id)
        assert found is not None
        if found.ended_at is not None:
            return
        time.sleep(0.1)
    raise AssertionError([(row.state, row.reason) for row in bench.requests(run_id)])


def make_stale(session: Session, bench: Bench) -> None:
    source = session.get(Source, (bench.application_id, "sign_ins"))
    assert source is not None
    source.as_of = source.read_at = datetime.now(UTC) - timedelta(hours=7)


def test_a_run_is_found_made_ready_and_carried_out(bench: Bench) -> None:
    seats = [bench.case("inactive"), bench.case("cloud_pc"), bench.case("shared_mailbox")]
    run_id = bench.start(*seats)
    unprepare(bench, run_id)
    worker = launch(runtime_on(bench))
    try:
        wait_for_end(bench, run_id)
    finally:
        worker.stop()
    assert [row.state for row in bench.requests(run_id)] == ["reclaimed", "reclaimed", "skipped"]
    assert sorted(bench.removals()) == sorted(seats[:2])
    with reading(bench.engine) as session:
        task = session.exec(select(TaskRun).where(TaskRun.reclamation_run_id == run_id)).one()
        counted = session.exec(select(AssignmentRollup.seats)).all()
    assert (task.status, task.counts["done"], task.counts["expected"]) == ("succeeded", 3, 3)
    assert sum(counted) > 0


@pytest.mark.usefixtures("worker")
def test_sign_ins_older_than_six_hours_are_read_anew_before_anything_is_removed(bench: Bench) -> None:
    active = bench.case("active")
    with writing(bench.engine) as session:
        make_stale(session, bench)
    run_id = bench.start(active, bench.case("inactive"))
    unprepare(bench, run_id)
    wait_for_end(bench, run_id)
    first, second = bench.requests(run_id)
    assert first.state is RequestState.SKIPPED
    assert first.reason is not None
    assert "active again" in first.reason
    assert active not in bench.removals()
    assert second.state in {RequestState.RECLAIMED, RequestState.SKIPPED}


@pytest.mark.usefixtures("worker")
def test_where_sign_ins_cannot_be_read_anew_nothing_is_removed(bench: Bench) -> None:
    bench.simulator.faults.add(FaultKind.ERROR, path="signInActivity", times=None, status=400)
    with writing(bench.engine) as session:
        make_stale(session, bench)
    run_id = bench.start(bench.case("inactive"))
    unprepare(bench, run_id)
    wait_for_end(bench, run_id)
    (request,) = bench.requests(run_id)
    assert request.state is RequestState.FAILED
    assert request.reason is not None
    assert request.reason.startswith("The latest sign-ins could not be read")
    assert bench.simulator.tenant.state.entries("write") == []


@pytest.mark.usefixtures("worker")
def test_queued_integration_tasks_run_one_after_the_other(bench: Bench) -> None:
    tasks = [IntegrationTask.DIFFERENTIATION, IntegrationTask.ROSTER]
    ids = queue_tasks(bench.engine, bench.application_id, tasks, ADMINISTRATOR, datetime.now(UTC))
    wait_until(lambda: all(each.ended_at for each in _task_runs(bench, ids)), seconds=30)
    runs = _task_runs(bench, ids)
    assert [each.status for each in runs] == ["succeeded", "succeeded"]
    first, second = runs
    assert first.ended_at is not None
    assert second.started_at is not None
    assert first.ended_at <= second.started_at


def test_a_chunk_whose_workflow_is_over_gets_another_one_when_it_is_due(bench: Bench) -> None:
    soon, later = bench.case("inactive"), bench.case("cloud_pc")
    run_id = bench.start(soon, later)
    _put_off(bench, later, timedelta(hours=1))
    worker = launch(runtime_on(bench))
    try:
        wait_until(lambda: [each.status for each in _chunk_workflows()] == ["SUCCESS"])
        assert bench.removals() == [soon]
        _put_off(bench, later, timedelta(0))
        wait_for_end(bench, run_id)
        assert bench.removals() == [soon, later]
        assert {each.workflow_id for each in _chunk_workflows()} == {
            f"run{run_id}-chunk0-0",
            f"run{run_id}-chunk0-1",
        }
    finally:
        worker.stop()


def _task_runs(bench: Bench, ids: list[int]) -> Sequence[TaskRun]:
    with reading(bench.engine) as session:
        query = select(TaskRun).where(col(TaskRun.id).in_(ids)).order_by(col(TaskRun.id))
        return session.exec(query).all()


def test_a_run_whose_worker_died_just_before_its_end_is_ended(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    while bench.advance(run_id) is not None:
        time.sleep(0.05)
    worker = launch(runtime_on(bench))
    try:
        wait_for_end(bench, run_id)
    finally:
        worker.stop()


def _put_off(bench: Bench, seat: tuple[str, str], wait: timedelta) -> None:
    with writing(bench.engine) as session:
        request = session.exec(select(ReclamationRequest).where(ReclamationRequest.user_id == seat[0])).one()
        request.due_at = datetime.now(UTC) + wait


def _chunk_workflows() -> list[WorkflowStatus]:
    return DBOS.list_workflows(name="advance_chunk")


class _BrokenRuntime(OneTenant):
    def client(self, key: str) -> GraphClient:
        raise RuntimeError(f"no client for {key}")


def test_a_fault_of_ours_puts_a_chunk_off_instead_of_trying_it_every_second(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    worker = launch(_BrokenRuntime(bench.engine, bench.application_id, bench.client))
    try:
        wait_until(lambda: _due_at(bench, run_id) > datetime.now(UTC) + timedelta(seconds=30))
    finally:
        worker.stop()
    assert [row.state for row in bench.requests(run_id)] == ["queued"]
    assert bench.removals() == []


def _due_at(bench: Bench, run_id: int) -> datetime:
    with reading(bench.engine) as session:
        query = select(ReclamationRequest.due_at).where(ReclamationRequest.run_id == run_id)
        return session.exec(query).one()


def test_a_process_has_one_worker(bench: Bench, worker: Worker) -> None:
    assert worker.working
    with pytest.raises(RuntimeError, match="has a worker already"):
        launch(runtime_on(bench))


def test_the_slot_of_a_database_file_is_leased_to_one_at_a_time(bench: Bench) -> None:
    first = lease_slot(bench.engine)
    assert first is not None
    assert lease_slot(bench.engine) is None
    first.release()
    second = lease_slot(bench.engine)
    assert second is not None
    assert second.slot == first.slot
    second.release()


def test_a_worker_gives_signs_of_life_until_it_stops(bench: Bench) -> None:
    now = datetime.now(UTC)
    assert not live_worker(bench.engine, now)
    worker = launch(runtime_on(bench))
    assert live_worker(bench.engine, datetime.now(UTC))
    assert not live_worker(bench.engine, datetime.now(UTC) + timedelta(minutes=1))
    worker.stop()
    assert not live_worker(bench.engine, datetime.now(UTC))


def test_one_that_finds_no_slot_stands_by_and_takes_over(bench: Bench) -> None:
    other = lease_slot(bench.engine)
    assert other is not None
    worker = launch(runtime_on(bench))
    try:
        assert not worker.working
        other.release()
        wait_until(lambda: worker.working)
    finally:
        worker.stop()


@pytest.mark.usefixtures("worker")
def test_the_job_engine_keeps_nothing_but_json(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    wait_for_end(bench, run_id)
    (workflow, *_) = DBOS.list_workflows(name="advance_chunk")
    assert workflow.input
    assert list(workflow.input["args"]) == [bench.application_id, run_id, 0]
    raw = (bench.engine.url.database or "").replace("seatwise.db", "seatwise.jobs.db")
    with open(raw, "rb") as file:  # noqa: PTH123 - only its bytes matter
        assert b"\x80\x04\x95" not in file.read()  # how a pickle begins


def test_the_schedule_brings_in_a_tenant_whose_data_is_older_than_a_day(bench: Bench) -> None:
    before = datetime.now(UTC) - timedelta(days=3)
    keep_round(bench.engine, before, application=bench.application_id)
    worker = launch(runtime_on(bench), schedule_every=timedelta(seconds=1))
    try:
        worker._awake_since = datetime.now(UTC) - timedelta(hours=1)  # the wait after the start is over
        wait_until(
            lambda: (
                len(scheduled_runs(bench.engine, after=before)) == 3
                and all(run.ended_at for run in scheduled_runs(bench.engine, after=before))
            ),
            60,
        )
    finally:
        worker.stop()
    assert [(run.task, run.status) for run in scheduled_runs(bench.engine, after=before)] == [
        ("differentiation", "succeeded"),
        ("roster", "succeeded"),
        ("access", "succeeded"),
    ]


def test_a_worker_that_only_helps_a_command_keeps_no_schedule(bench: Bench) -> None:
    before = datetime.now(UTC) - timedelta(days=3)
    keep_round(bench.engine, before, application=bench.application_id)
    worker = launch(runtime_on(bench))
    try:
        worker._awake_since = datetime.now(UTC) - timedelta(days=1)
        time.sleep(2.5)
    finally:
        worker.stop()
    assert scheduled_runs(bench.engine, after=before) == []
