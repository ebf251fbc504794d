from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.policies.policies import pause, resume
from core.reclamation.due import (
    DueChunk,
    ask_preparation,
    due_chunks,
    fail_unprepared,
    mark_prepared,
    put_off_chunk,
    raise_generation,
    take_up_again,
    unprepared_runs,
    update_progress,
)
from core.reclamation.requests import RunMode, start_run
from core.rights import Actor, Role
from core.store.engine import reading, writing
from core.store.tables import ReclamationRequest, ReclamationRun, TaskRun
from tests.support.seats import NOW, OPERATOR, add_seat, immediate_run

LATER = NOW + timedelta(minutes=5)
ADMINISTRATOR = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)


@pytest.fixture
def run_id(engine: Engine, application_id: int) -> int:
    seats = [add_seat(engine, application_id, number) for number in range(3)]
    return immediate_run(engine, application_id, seats)


def chunks(engine: Engine) -> list[DueChunk]:
    with reading(engine) as session:
        return due_chunks(session, NOW)


def set_states(engine: Engine, *states: str) -> None:
    with writing(engine) as session:
        requests = session.exec(select(ReclamationRequest).order_by(ReclamationRequest.id)).all()  # type: ignore[arg-type]
        for request, state in zip(requests, states, strict=True):
            request.state = state


def task_run(engine: Engine, run_id: int) -> TaskRun:
    with reading(engine) as session:
        return session.exec(select(TaskRun).where(TaskRun.reclamation_run_id == run_id)).one()


def test_a_run_has_to_be_made_ready_before_its_chunks_are_due(
    engine: Engine, application_id: int, run_id: int
) -> None:
    with reading(engine) as session:
        assert unprepared_runs(session) == [(application_id, run_id)]
    assert chunks(engine) == []
    mark_prepared(engine, run_id, NOW)
    with reading(engine) as session:
        assert unprepared_runs(session) == []
    assert chunks(engine) == [DueChunk(application_id=application_id, run_id=run_id, chunk=0, generation=0)]


def test_a_chunk_that_was_put_off_is_not_due(engine: Engine, run_id: int) -> None:
    mark_prepared(engine, run_id, NOW)
    put_off_chunk(engine, run_id, 0, LATER)
    assert chunks(engine) == []


def test_what_a_dead_worker_had_in_hand_is_made_due_and_nothing_else(engine: Engine, run_id: int) -> None:
    mark_prepared(engine, run_id, NOW)
    set_states(engine, "queued", "reclaiming", "reclaimed")
    put_off_chunk(engine, run_id, 0, LATER)
    take_up_again(engine, NOW, run_id=run_id, chunk=1)
    assert chunks(engine) == []
    take_up_again(engine, NOW, run_id=run_id, chunk=0)
    with reading(engine) as session:
        requests = session.exec(select(ReclamationRequest)).all()
    due = {request.state: request.due_at for request in requests}
    assert (due["queued"], due["reclaiming"]) == (LATER, NOW)


def test_two_sweepers_that_raise_a_generation_arrive_at_the_same_one(engine: Engine, run_id: int) -> None:
    mark_prepared(engine, run_id, NOW)
    (chunk,) = chunks(engine)
    assert raise_generation(engine, chunk).generation == 1
    assert raise_generation(engine, chunk).generation == 1
    assert chunks(engine)[0].generation == 1


@pytest.mark.parametrize(
    ("states", "status"),
    [
        (("reclaimed", "skipped", "cancelled"), "succeeded"),
        (("reclaimed", "failed", "skipped"), "partial"),
        (("failed", "failed", "failed"), "failed"),
        (("failed", "failed", "cancelled"), "failed"),
        (("cancelled", "cancelled", "cancelled"), "cancelled"),
    ],
)
def test_a_run_ends_once_with_a_status_that_says_how(
    engine: Engine, run_id: int, states: tuple[str, ...], status: str
) -> None:
    set_states(engine, *states)
    assert update_progress(engine, run_id, NOW)
    assert not update_progress(engine, run_id, NOW)
    task = task_run(engine, run_id)
    assert (task.status, task.counts["done"], task.ended_at) == (status, 3, NOW)
    assert (task.error is not None) == ("failed" in states)


def test_a_run_with_something_live_goes_on(engine: Engine, run_id: int) -> None:
    set_states(engine, "reclaimed", "verifying", "queued")
    assert not update_progress(engine, run_id, NOW)
    task = task_run(engine, run_id)
    assert (task.ended_at, task.counts) == (
        None,
        {"reclaimed": 1, "verifying": 1, "queued": 1, "expected": 3, "done": 1},
    )


def test_a_run_that_cannot_be_made_ready_fails_as_a_whole(engine: Engine, run_id: int) -> None:
    fail_unprepared(engine, run_id, "no sign-ins", NOW)
    assert update_progress(engine, run_id, NOW)
    with reading(engine) as session:
        run = session.get(ReclamationRun, run_id)
        requests = session.exec(select(ReclamationRequest)).all()
    assert run is not None
    assert run.ended_at == NOW
    assert {(request.state, request.reason) for request in requests} == {("failed", "no sign-ins")}


def test_while_paused_only_what_has_begun_is_due(engine: Engine, application_id: int, run_id: int) -> None:
    mark_prepared(engine, run_id, NOW)
    pause(engine, application_id, "An audit", actor=ADMINISTRATOR, now=NOW)
    set_states(engine, "queued", "notified", "checking")
    assert chunks(engine) == []
    set_states(engine, "queued", "notified", "verifying")
    assert len(chunks(engine)) == 1
    set_states(engine, "queued", "notified", "checking")
    resume(engine, application_id, actor=ADMINISTRATOR, now=NOW)
    assert len(chunks(engine)) == 1


def test_a_pause_holds_no_dry_run(engine: Engine, application_id: int) -> None:
    pause(engine, application_id, "An audit", actor=ADMINISTRATOR, now=NOW)
    dry_run = start_run(
        engine,
        application_id,
        chosen=[add_seat(engine, application_id, 1)],
        mode=RunMode.DRY_RUN,
        manual=False,
        note="",
        confirm_count=None,
        actor=OPERATOR,
        allow_reclaim=True,
        now=NOW,
    )
    mark_prepared(engine, dry_run, NOW)
    assert [each.run_id for each in chunks(engine)] == [dry_run]


def test_a_run_whose_sign_ins_grew_old_is_made_ready_again_once(
    engine: Engine, application_id: int, run_id: int
) -> None:
    mark_prepared(engine, run_id, NOW)
    ask_preparation(engine, run_id, NOW)
    with reading(engine) as session:
        assert unprepared_runs(session) == [(application_id, run_id)]
    assert chunks(engine) == []
    mark_prepared(engine, run_id, LATER)
    ask_preparation(engine, run_id, NOW)  # somebody who comes late, and had seen the first time
    assert chunks(engine) != []


def test_what_has_begun_goes_on_where_a_run_cannot_be_made_ready_again(engine: Engine, run_id: int) -> None:
    set_states(engine, "notified", "verifying", "restoring")
    fail_unprepared(engine, run_id, "no sign-ins", NOW)
    with reading(engine) as session:
        found = [row.state for row in session.exec(select(ReclamationRequest)).all()]
        assert session.get_one(ReclamationRun, run_id).prepared_at == NOW
    assert sorted(found) == ["failed", "restoring", "verifying"]


def test_a_cancelled_run_of_which_something_has_begun_is_made_ready(
    engine: Engine, application_id: int, run_id: int
) -> None:
    with writing(engine) as session:
        session.get_one(ReclamationRun, run_id).cancelled_at = NOW
    with reading(engine) as session:
        assert unprepared_runs(session) == []
    set_states(engine, "cancelled", "verifying", "cancelled")
    with reading(engine) as session:
        assert unprepared_runs(session) == [(application_id, run_id)]


def test_counts_are_written_as_often_as_wanted_and_the_end_at_once(engine: Engine, run_id: int) -> None:
    second = timedelta(seconds=1)
    set_states(engine, "reclaimed", "queued", "queued")
    assert not update_progress(engine, run_id, NOW)
    set_states(engine, "reclaimed", "reclaimed", "queued")
    assert not update_progress(engine, run_id, NOW + second / 2, at_most_every=second)
    assert task_run(engine, run_id).counts["done"] == 1
    assert not update_progress(engine, run_id, NOW + second, at_most_every=second)
    assert task_run(engine, run_id).counts["done"] == 2
    set_states(engine, "reclaimed", "reclaimed", "reclaimed")
    assert update_progress(engine, run_id, NOW + second, at_most_every=second)
    assert task_run(engine, run_id).counts["done"] == 3


def test_of_each_run_only_the_first_chunks_are_looked_for(engine: Engine, application_id: int) -> None:
    run_ids = []
    for first in (0, 50):
        seats = [add_seat(engine, application_id, number) for number in range(first, first + 41)]
        run_ids.append(immediate_run(engine, application_id, seats))
        mark_prepared(engine, run_ids[-1], NOW)
    with reading(engine) as session:
        found = [(each.run_id, each.chunk) for each in due_chunks(session, NOW, per_run=2)]
    assert found == [(run_id, chunk) for run_id in run_ids for chunk in (0, 1)]
