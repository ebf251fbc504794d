"""Reclamation by schedule, from the time at which it is due to the license that is gone, with a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import select

from core.integration.scheduling import change_schedule
from core.integration.tracking import SYNC_TASKS, queue_tasks
from core.jobs.scheduled import start_scheduled
from core.jobs.worker import SCHEDULE_EVERY, launch
from core.policies.policies import pause
from core.policies.reclaiming import change_plan
from core.reclamation.modes import RunMode
from core.reclamation.scheduled import recent_scheduled
from core.reclamation.scheduled_plan import WAITS
from core.reclamation.states import RequestState
from core.rights import Actor, Role
from core.store.engine import reading, writing
from core.store.tables import Opportunity, ReclamationRun, ScheduledRun
from tests.support.job_runtime import runtime_on, wait_until
from tests.support.rounds import keep_round
from tests.support.tenants import Bench, Seat

ADA = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)


def now() -> datetime:
    return datetime.now(UTC)


def set_up(bench: Bench, *, read: timedelta = timedelta(hours=1), **changed: Any) -> None:  # noqa: ANN401 - fields of the plan
    """A schedule that is due now, of a tenant that was read some time ago and is not read by itself."""
    keep_round(bench.engine, now() - read, application=bench.application_id)
    application = bench.application_id
    change_schedule(bench.engine, application, enabled=False, hour=3, actor=ADA, now=now())
    yesterday = now() - timedelta(days=1)
    wanted = {"enabled": True, "hour": now().hour, "mode": RunMode.IMMEDIATE} | changed
    change_plan(bench.engine, application, actor=ADA, now=yesterday, **wanted)


def only(bench: Bench, *seats: Seat) -> None:
    """Let nothing be an opportunity of High confidence but these seats."""
    with writing(bench.engine) as session:
        for row in session.exec(select(Opportunity)):
            if (row.user_id, row.sku_id) not in seats:
                row.confidence = "probable"


def on_record(bench: Bench) -> list[ScheduledRun]:
    with reading(bench.engine) as session:
        return recent_scheduled(session, bench.application_id)


def ended(bench: Bench) -> bool:
    with reading(bench.engine) as session:
        return any(run.ended_at for run in session.exec(select(ReclamationRun)))


@contextmanager
def worker_on_schedule(bench: Bench) -> Iterator[None]:
    worker = launch(runtime_on(bench), schedule_every=SCHEDULE_EVERY)
    try:
        yield
    finally:
        worker.stop()


def look(bench: Bench, at: datetime | None = None) -> None:
    """What a worker that has been awake for long does a few times a minute."""
    runtime, known = runtime_on(bench), {bench.application_id: "contoso"}
    long_ago = now() - timedelta(days=9)
    start_scheduled(runtime, known, awake_since=long_ago, now=at or now())


def test_what_is_due_is_reclaimed_and_the_history_says_who_has_set_it_up(bench: Bench) -> None:
    seats = [bench.case("inactive"), bench.case("cloud_pc")]
    before = bench.all_states()
    only(bench, *seats, bench.case("shared_mailbox"))
    set_up(bench)
    with worker_on_schedule(bench):
        wait_until(lambda: ended(bench))
    (row,) = on_record(bench)
    assert (row.outcome, row.requests, row.set_up_by) == ("started", 3, ADA.name)
    assert row.run_id is not None
    requests = bench.requests(row.run_id)
    gone = [(each.user_id, each.sku_id) for each in requests if each.state is RequestState.RECLAIMED]
    assert sorted(gone) == sorted(seats) == sorted(bench.removals())
    assert [each.state for each in requests if each.user_id == bench.case("shared_mailbox")[0]] == ["skipped"]
    asked = [event for event in bench.events(row.run_id) if event.step == "requested"]
    assert {event.actor for event in asked} == {"schedule:contoso"}
    assert all(f"set up by {ADA.name}" in event.detail for event in asked)
    after = bench.all_states()
    assert {seat for seat in before if before[seat] != after.get(seat, 0)} == set(seats)


def test_a_worker_begins_a_run_once_however_often_it_looks(bench: Bench) -> None:
    only(bench, bench.case("inactive"), bench.case("cloud_pc"))
    set_up(bench, at_most=1)
    look(bench)
    look(bench)
    assert [row.requests for row in on_record(bench)] == [1]
    assert bench.removals() == []  # no worker has carried it out yet


def test_as_it_comes_nothing_is_reclaimed_by_itself(bench: Bench) -> None:
    only(bench, bench.case("inactive"))
    set_up(bench, enabled=False)
    look(bench)
    assert on_record(bench) == []


def test_on_old_data_no_run_is_started_and_that_is_on_record(bench: Bench) -> None:
    only(bench, bench.case("inactive"))
    due = now().replace(minute=0, second=0, microsecond=0)
    set_up(bench, read=timedelta(hours=30), hour=due.hour)
    look(bench, due + timedelta(seconds=1))
    assert on_record(bench) == []  # the tenant may still be read in time
    look(bench, due + WAITS)
    (row,) = on_record(bench)
    assert (row.outcome, row.run_id) == ("not_started", None)
    assert "too old" in row.detail


def test_while_the_tenant_is_being_read_a_run_waits(bench: Bench) -> None:
    only(bench, bench.case("inactive"))
    set_up(bench)
    queue_tasks(bench.engine, bench.application_id, SYNC_TASKS, ADA, now())
    look(bench)
    assert on_record(bench) == []


def test_while_reclamation_is_paused_no_run_is_started(bench: Bench) -> None:
    only(bench, bench.case("inactive"))
    set_up(bench)
    pause(bench.engine, bench.application_id, "Audit week", actor=ADA, now=now())
    look(bench)
    (row,) = on_record(bench)
    assert row.outcome == "not_started"
    assert "Audit week" in row.detail


def test_without_mail_a_run_that_notifies_is_not_started(bench: Bench) -> None:
    only(bench, bench.case("inactive"))
    set_up(bench, mode=RunMode.NOTIFY)
    look(bench)
    (row,) = on_record(bench)
    assert row.outcome == "not_started"
    assert "Notifying is off" in row.detail


def test_whoever_is_no_longer_sure_when_it_comes_to_it_is_left_alone(bench: Bench) -> None:
    seat = bench.case("inactive")
    only(bench, seat)
    set_up(bench)
    look(bench)
    (row,) = on_record(bench)
    assert row.run_id is not None
    only(bench)  # by evidence that has come in since
    with worker_on_schedule(bench):
        wait_until(lambda: ended(bench))
    (request,) = bench.requests(row.run_id)
    assert request.state is RequestState.SKIPPED
    assert request.reason is not None
    assert "takes only what is High" in request.reason
    assert bench.removals() == []
