from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from core.integration import tracking
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading, writing
from core.store.tables import IntegrationTask, TaskRun, TaskStatus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)
ROSTER, ACCESS, TYPES = IntegrationTask.ROSTER, IntegrationTask.ACCESS, IntegrationTask.DIFFERENTIATION


def queue(engine: Engine, *tasks: IntegrationTask, application: int = 1) -> list[int]:
    return tracking.queue_tasks(engine, application, tasks, ADMINISTRATOR, NOW)


def run_of(engine: Engine, run_id: int) -> TaskRun:
    with reading(engine) as session:
        return session.get_one(TaskRun, run_id)


def test_tasks_are_queued_in_the_order_in_which_they_build_on_each_other(engine: Engine) -> None:
    ids = queue(engine, ACCESS, ROSTER, TYPES)
    assert [run_of(engine, run_id).task for run_id in ids] == [TYPES, ROSTER, ACCESS]


def test_a_task_that_is_queued_or_running_is_not_queued_a_second_time(engine: Engine) -> None:
    first = queue(engine, ROSTER)
    assert queue(engine, ROSTER) == first
    tracking.begin(engine, first[0], NOW)
    assert queue(engine, ROSTER) == first


def test_many_processes_that_ask_at_once_get_one_run(engine: Engine) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: queue(engine, ROSTER), range(6)))
    assert len({tuple(answer) for answer in answers}) == 1


def test_only_an_administrator_queues_and_cancels(engine: Engine) -> None:
    operator = Actor(name="Otto", role=Role.OPERATOR)
    with pytest.raises(RightRefused):
        tracking.queue_tasks(engine, 1, [ROSTER], operator, NOW)
    (run_id,) = queue(engine, ROSTER)
    with pytest.raises(RightRefused):
        tracking.cancel(engine, run_id, operator, NOW)


def test_reclamation_is_not_queued_here(engine: Engine) -> None:
    with pytest.raises(ValueError, match="reclamation"):
        queue(engine, IntegrationTask.RECLAMATION)


def test_only_one_process_begins_a_run(engine: Engine) -> None:
    (run_id,) = queue(engine, ROSTER)
    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(lambda _: tracking.begin(engine, run_id, NOW), range(6)))
    assert sum(run is not None for run in begun) == 1


def test_the_next_run_of_an_application_is_due_when_the_one_before_has_ended(engine: Engine) -> None:
    types, roster = queue(engine, TYPES, ROSTER)
    (other,) = queue(engine, ROSTER, application=2)
    with reading(engine) as session:
        assert tracking.due_runs(session) == [types, other]
    tracking.begin(engine, types, NOW)
    with reading(engine) as session:
        assert tracking.due_runs(session) == [other]
    tracking.finish(engine, types, TaskStatus.SUCCEEDED, NOW)
    with reading(engine) as session:
        assert tracking.due_runs(session) == [roster, other]


def test_a_run_without_a_sign_of_life_for_two_minutes_is_failed(engine: Engine) -> None:
    (run_id,) = queue(engine, ROSTER)
    tracking.begin(engine, run_id, NOW)
    assert tracking.fail_stopped(engine, NOW + timedelta(seconds=120)) == []
    assert tracking.fail_stopped(engine, NOW + timedelta(seconds=121)) == [run_id]
    run = run_of(engine, run_id)
    assert run.status == TaskStatus.FAILED
    assert run.error is not None
    assert "the process stopped" in run.error


def test_a_sign_of_life_keeps_a_run(engine: Engine) -> None:
    (run_id,) = queue(engine, ROSTER)
    tracking.begin(engine, run_id, NOW)
    with writing(engine) as session:
        assert tracking.beat(session, run_id, NOW + timedelta(minutes=5), {"done": 7})
    assert tracking.fail_stopped(engine, NOW + timedelta(minutes=6)) == []
    assert run_of(engine, run_id).counts == {"done": 7}


def test_queueing_after_a_crash_makes_a_new_run(engine: Engine) -> None:
    (crashed,) = queue(engine, ROSTER)
    tracking.begin(engine, crashed, NOW - timedelta(minutes=3))
    (fresh,) = queue(engine, ROSTER)
    assert fresh != crashed
    assert run_of(engine, crashed).status == TaskStatus.FAILED


def test_a_process_that_comes_back_late_cannot_end_a_run_that_was_taken_from_it(engine: Engine) -> None:
    (run_id,) = queue(engine, ROSTER)
    tracking.begin(engine, run_id, NOW - timedelta(minutes=3))
    tracking.fail_stopped(engine, NOW)
    assert not tracking.finish(engine, run_id, TaskStatus.SUCCEEDED, NOW)
    assert run_of(engine, run_id).status == TaskStatus.FAILED


def test_a_reclamation_is_never_failed_for_its_silence(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(
            TaskRun(
                id=9,
                application_id=1,
                task=IntegrationTask.RECLAMATION,
                status=TaskStatus.RUNNING,
                queued_at=NOW,
                heartbeat_at=NOW,
                started_by="Ada",
            )
        )
    assert tracking.fail_stopped(engine, NOW + timedelta(days=1)) == []


def test_a_queued_run_is_cancelled_at_once_and_a_running_one_is_asked_to_stop(engine: Engine) -> None:
    roster, access = queue(engine, ROSTER, ACCESS)
    tracking.begin(engine, roster, NOW)
    assert tracking.cancel(engine, access, ADMINISTRATOR, NOW)
    assert tracking.cancel(engine, roster, ADMINISTRATOR, NOW)
    assert run_of(engine, access).status == TaskStatus.CANCELLED
    assert run_of(engine, roster).status == TaskStatus.RUNNING
    assert run_of(engine, roster).cancel_asked_by == "Ada"


def test_a_run_that_has_ended_is_not_cancelled(engine: Engine) -> None:
    (run_id,) = queue(engine, ROSTER)
    tracking.begin(engine, run_id, NOW)
    tracking.finish(engine, run_id, TaskStatus.SUCCEEDED, NOW)
    assert not tracking.cancel(engine, run_id, ADMINISTRATOR, NOW)
    assert run_of(engine, run_id).status == TaskStatus.SUCCEEDED


def test_a_run_that_was_given_back_can_be_begun_again(engine: Engine) -> None:
    (run_id,) = queue(engine, ROSTER)
    tracking.begin(engine, run_id, NOW)
    assert tracking.requeue(engine, run_id)
    assert tracking.begin(engine, run_id, NOW) is not None


def test_the_chart_gets_the_latest_runs_of_each_task_of_this_application_only(engine: Engine) -> None:
    made: list[int] = []
    for _ in range(4):
        (run_id,) = queue(engine, ROSTER)
        tracking.begin(engine, run_id, NOW)
        tracking.finish(engine, run_id, TaskStatus.PARTIAL, NOW, error="no sign-ins", counts={"users": 3})
        made.append(run_id)
    (access,) = queue(engine, ACCESS)
    queue(engine, ROSTER, application=2)
    with reading(engine) as session:
        chart = tracking.recent_runs(session, 1, per_task=2)
        everything = tracking.list_runs(session, 1)
        live = tracking.live_runs(session, 1)
    assert [run.id for run in chart] == [access, made[3], made[2]]
    assert [run.id for run in everything] == [access, *reversed(made)]
    assert [run.id for run in live] == [access]
