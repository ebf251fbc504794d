"""The schedule against what is on record. `contoso` begins at minute 47, `fabrikam` at minute 14."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from core.integration import tracking
from core.integration.schedule import Plan
from core.integration.scheduling import (
    change_schedule,
    last_complete,
    next_sync,
    queue_due,
    read_plan,
)
from core.integration.tracking import SYNC_TASKS
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading
from core.store.tables import IntegrationTask, TaskRun, TaskStatus
from tests.support.rounds import keep_round

ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)
BOTH = {1: "contoso", 2: "fabrikam"}
CONTOSO = {1: "contoso"}
TYPES, ROSTER, ACCESS = SYNC_TASKS
LONG_AWAKE = datetime(2026, 1, 1, tzinfo=UTC)
SLOT = datetime(2026, 11, 24, 3, 47, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ask(engine: Engine, now: datetime, applications: dict[int, str] = CONTOSO) -> list[tuple[int, str]]:
    """What a worker that asks now queues: application and task."""
    ids = queue_due(engine, applications, awake_since=LONG_AWAKE, now=now)
    with reading(engine) as session:
        found = session.exec(select(TaskRun).where(col(TaskRun.id).in_(ids)).order_by(col(TaskRun.id))).all()
    assert {run.started_by for run in found} <= {"schedule"}
    return [(run.application_id, run.task) for run in found]


def end_all(engine: Engine, status: TaskStatus, now: datetime) -> None:
    """Every queued run is carried out, and ends like this."""
    with reading(engine) as session:
        queued = session.exec(select(TaskRun.id).where(TaskRun.status == TaskStatus.QUEUED)).all()
    for run_id in queued:
        assert run_id is not None
        tracking.begin(engine, run_id, now)
        tracking.finish(engine, run_id, status, now)


def test_a_round_is_queued_once_its_minute_has_come(engine: Engine) -> None:
    keep_round(engine, SLOT - DAY)
    assert ask(engine, SLOT - timedelta(minutes=1)) == []
    assert ask(engine, SLOT) == [(1, TYPES), (1, ROSTER), (1, ACCESS)]
    assert ask(engine, SLOT + timedelta(minutes=1)) == []
    end_all(engine, TaskStatus.SUCCEEDED, SLOT + timedelta(minutes=9))
    assert ask(engine, SLOT + 20 * HOUR) == []
    assert len(ask(engine, SLOT + DAY)) == 3


def test_applications_are_synced_independently(engine: Engine) -> None:
    keep_round(engine, SLOT - DAY)
    keep_round(engine, SLOT - DAY, application=2)
    assert [application for application, _ in ask(engine, SLOT - timedelta(minutes=20), BOTH)] == [2, 2, 2]
    assert [application for application, _ in ask(engine, SLOT, BOTH)] == [1, 1, 1]


def test_one_that_is_not_configured_here_is_left_alone(engine: Engine) -> None:
    assert ask(engine, SLOT, {}) == []


def test_while_a_task_is_queued_nothing_is_added(engine: Engine) -> None:
    keep_round(engine, SLOT - DAY)
    tracking.queue_tasks(engine, 1, [ROSTER], ADMINISTRATOR, SLOT)
    assert ask(engine, SLOT + HOUR) == []


def test_a_persons_sync_less_than_an_hour_before_stands_for_the_round(engine: Engine) -> None:
    keep_round(engine, SLOT - timedelta(minutes=30))
    assert ask(engine, SLOT) == []


def test_a_failed_task_and_what_builds_on_it_are_tried_again_twice(engine: Engine) -> None:
    keep_round(engine, SLOT - DAY)
    keep_round(engine, SLOT, by="schedule", differing={ROSTER: TaskStatus.FAILED})
    assert ask(engine, SLOT + timedelta(minutes=59)) == []
    assert ask(engine, SLOT + HOUR) == [(1, ROSTER), (1, ACCESS)]
    end_all(engine, TaskStatus.FAILED, SLOT + HOUR)
    assert ask(engine, SLOT + 2 * HOUR) == [(1, ROSTER), (1, ACCESS)]
    end_all(engine, TaskStatus.FAILED, SLOT + 2 * HOUR)
    assert ask(engine, SLOT + 23 * HOUR) == []
    assert len(ask(engine, SLOT + DAY)) == 3


def test_once_mended_it_waits_for_the_next_day(engine: Engine) -> None:
    keep_round(engine, SLOT - DAY)
    keep_round(engine, SLOT, by="schedule", differing={ACCESS: TaskStatus.FAILED})
    assert ask(engine, SLOT + HOUR) == [(1, ACCESS)]
    end_all(engine, TaskStatus.PARTIAL, SLOT + HOUR)
    assert ask(engine, SLOT + 22 * HOUR) == []
    assert len(ask(engine, SLOT + DAY)) == 3


def test_what_a_person_has_stopped_is_not_begun_again_on_that_day(engine: Engine) -> None:
    keep_round(engine, SLOT - DAY)
    keep_round(engine, SLOT, by="schedule", differing=dict.fromkeys(SYNC_TASKS, TaskStatus.CANCELLED))
    assert ask(engine, SLOT + 5 * HOUR) == []
    assert len(ask(engine, SLOT + DAY)) == 3


def test_a_task_that_a_person_ran_and_that_failed_is_theirs_to_repeat(engine: Engine) -> None:
    keep_round(engine, SLOT, by="schedule")
    keep_round(engine, SLOT + 4 * HOUR, differing={ACCESS: TaskStatus.FAILED})
    assert ask(engine, SLOT + 10 * HOUR) == []


def test_a_run_whose_process_is_gone_does_not_block_the_schedule_for_good(engine: Engine) -> None:
    keep_round(engine, SLOT - DAY)
    (run_id,) = tracking.queue_tasks(engine, 1, [ROSTER], ADMINISTRATOR, SLOT - HOUR)
    tracking.begin(engine, run_id, SLOT - HOUR)
    assert ask(engine, SLOT) == []
    tracking.fail_stopped(engine, SLOT)
    assert len(ask(engine, SLOT)) == 3


def test_of_many_workers_that_ask_at_once_one_queues(engine: Engine) -> None:
    keep_round(engine, SLOT - DAY)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ask(engine, SLOT), range(6)))
    assert sorted(map(len, answers)) == [0, 0, 0, 0, 0, 3]
    with reading(engine) as session:
        assert len(session.exec(select(TaskRun).where(TaskRun.status == TaskStatus.QUEUED)).all()) == 3


def test_the_data_is_as_old_as_the_oldest_of_its_tasks(engine: Engine) -> None:
    with reading(engine) as session:
        assert last_complete(session, 1) is None
    keep_round(engine, SLOT - DAY)
    keep_round(engine, SLOT, differing={ROSTER: TaskStatus.FAILED, ACCESS: TaskStatus.PARTIAL})
    with reading(engine) as session:
        assert last_complete(session, 1) == SLOT - DAY


def test_the_hour_can_be_changed_and_the_schedule_switched_off(engine: Engine) -> None:
    keep_round(engine, SLOT)
    noon = SLOT.replace(hour=12, minute=0)
    plan = change_schedule(engine, 1, enabled=True, hour=22, actor=ADMINISTRATOR, now=noon)
    assert plan == Plan(enabled=True, hour=22, changed_at=noon, changed_by="Ada")
    with reading(engine) as session:
        found = next_sync(session, 1, key="contoso", awake_since=LONG_AWAKE)
        assert found is not None
        assert found.at == SLOT.replace(hour=22)
        assert read_plan(session, 2) == Plan()
    change_schedule(engine, 1, enabled=False, hour=22, actor=ADMINISTRATOR, now=noon)
    assert ask(engine, SLOT + 5 * DAY) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.OPERATOR])
def test_only_an_administrator_changes_the_schedule(engine: Engine, role: Role) -> None:
    with pytest.raises(RightRefused):
        change_schedule(engine, 1, enabled=False, hour=3, actor=Actor(name="Otto", role=role), now=SLOT)
    with reading(engine) as session:
        assert read_plan(session, 1) == Plan()


@pytest.mark.parametrize("hour", [-1, 24, 100])
def test_an_hour_that_no_day_has_is_refused(engine: Engine, hour: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 23"):
        change_schedule(engine, 1, enabled=True, hour=hour, actor=ADMINISTRATOR, now=SLOT)


def test_every_task_that_is_scheduled_reads_the_tenant() -> None:
    assert set(SYNC_TASKS) == {
        IntegrationTask.DIFFERENTIATION,
        IntegrationTask.ROSTER,
        IntegrationTask.ACCESS,
    }
