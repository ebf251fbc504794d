"""What the directory's audit log says of a run, looked for once the run is over."""

from datetime import UTC, datetime, timedelta

import pytest

from core.jobs.worker import launch
from core.reclamation.audit_evidence import record_audit, runs_to_audit
from core.reclamation.due import AUDITED_AFTER
from core.reclamation.history import EventRow
from core.reclamation.requests import RunMode
from core.simulator.config import Conditions
from core.simulator.faults import FaultKind
from core.store.engine import reading, writing
from core.store.tables import ReclamationRun
from tests.support.job_runtime import runtime_on, wait_until
from tests.support.tenants import Bench


@pytest.fixture
def run_id(bench: Bench) -> int:
    """A run of two licenses, reclaimed, and of one that was skipped."""
    made = bench.start(bench.case("inactive"), bench.case("cloud_pc"), bench.case("shared_mailbox"))
    bench.carry_out(made)
    return made


def audited(bench: Bench, run_id: int) -> list[EventRow]:
    return [event for event in bench.events(run_id) if event.step == "audited"]


def due_at(bench: Bench, run_id: int) -> datetime | None:
    with reading(bench.engine) as session:
        return session.get_one(ReclamationRun, run_id).audit_due_at


def ask(bench: Bench, run_id: int) -> None:
    record_audit(bench.engine, bench.client, run_id, now_fn=bench.now_fn, should_stop=lambda: False)


def test_an_hour_after_its_end_a_run_is_looked_for(bench: Bench, run_id: int) -> None:
    with reading(bench.engine) as session:
        run = session.get_one(ReclamationRun, run_id)
        assert run.ended_at is not None
        assert run.audit_due_at == run.ended_at + AUDITED_AFTER
        assert runs_to_audit(session, run.audit_due_at - timedelta(seconds=1)) == []
        assert runs_to_audit(session, run.audit_due_at) == [(bench.application_id, run_id)]


def test_of_a_dry_run_nothing_is_looked_for(bench: Bench) -> None:
    made = bench.start(bench.case("inactive"), mode=RunMode.DRY_RUN)
    bench.carry_out(made)
    assert due_at(bench, made) is None


def test_each_removal_has_its_entry_with_who_did_it_by_one_request(bench: Bench, run_id: int) -> None:
    asked = bench.client.statistics.requests
    ask(bench, run_id)
    assert bench.client.statistics.requests == asked + 1
    found = audited(bench, run_id)
    entries = {entry["id"] for entry in bench.simulator.tenant.state.entries("audit")}
    assert len(found) == 2
    assert {event.evidence["audit_id"] for event in found} <= entries
    assert {event.evidence["initiated_by"] for event in found} == {"License Reclaimer"}
    assert all("by License Reclaimer" in event.detail for event in found)
    assert {event.state.value for event in found} == {"reclaimed"}
    assert due_at(bench, run_id) is None


def test_what_the_log_does_not_show_is_said_and_changes_nothing(bench: Bench) -> None:
    bench.simulator.tenant.conditions = Conditions(audit_delay=3600.0)
    made = bench.start(bench.case("inactive"))
    bench.carry_out(made)
    ask(bench, made)
    (event,) = audited(bench, made)
    assert "Not found in Microsoft's audit log" in event.detail
    assert [row.state for row in bench.requests(made)] == ["reclaimed"]


def test_asking_again_writes_nothing_more(bench: Bench, run_id: int) -> None:
    ask(bench, run_id)
    before = bench.steps(run_id)
    ask(bench, run_id)
    assert bench.steps(run_id) == before


def test_a_log_that_fails_is_asked_later_and_given_up_after_a_day(bench: Bench, run_id: int) -> None:
    bench.simulator.faults.add(FaultKind.ERROR, path="directoryAudits", times=None, status=400)
    ask(bench, run_id)
    again = due_at(bench, run_id)
    assert again is not None
    assert again > datetime.now(UTC) + timedelta(minutes=50)
    assert audited(bench, run_id) == []
    bench.now_fn = lambda: datetime.now(UTC) + timedelta(days=2)
    ask(bench, run_id)
    assert due_at(bench, run_id) is None
    assert audited(bench, run_id) == []


def test_without_the_permission_nothing_is_claimed(bench: Bench, run_id: int) -> None:
    bench.simulator.faults.add(
        FaultKind.ERROR, path="directoryAudits", times=None, status=403, code="Authorization_RequestDenied"
    )
    ask(bench, run_id)
    assert audited(bench, run_id) == []
    assert due_at(bench, run_id) is None


def test_a_worker_finds_the_run_that_is_to_be_looked_for(bench: Bench, run_id: int) -> None:
    with writing(bench.engine) as session:
        session.get_one(ReclamationRun, run_id).audit_due_at = datetime.now(UTC)
    worker = launch(runtime_on(bench))
    try:
        wait_until(lambda: len(audited(bench, run_id)) == 2)
        wait_until(lambda: due_at(bench, run_id) is None)
    finally:
        worker.stop()
