import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from core.activity.evidence import SourceStatus
from core.integration import progress as module
from core.integration import tracking
from core.integration.progress import LONGEST_LINE, ProcessStopping, Progress, RunLost, TaskCancelled
from core.integration.sources import SourceName, record_source
from core.rights import Actor, Role
from core.store.engine import reading, writing
from core.store.tables import IntegrationTask, LogLevel, Source, TaskRun, TaskRunLog

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(engine: Engine, clock: Clock) -> Progress:
    (run_id,) = tracking.queue_tasks(engine, 1, [IntegrationTask.ROSTER], ADMINISTRATOR, NOW)
    tracking.begin(engine, run_id, NOW)
    return Progress(engine, run_id, 1, should_stop=lambda: False, clock=clock)


def run_of(engine: Engine, progress: Progress) -> TaskRun:
    with reading(engine) as session:
        return session.get_one(TaskRun, progress.run_id)


def test_a_step_writes_counts_and_a_sign_of_life(engine: Engine, progress: Progress, clock: Clock) -> None:
    progress.count(users=999, done=1)
    progress.count(users=1)
    clock.now = NOW + timedelta(minutes=1)
    progress.check()
    run = run_of(engine, progress)
    assert run.counts == {"users": 1000, "done": 1}
    assert run.heartbeat_at == clock.now


def test_a_step_of_a_run_that_was_taken_away_writes_nothing(engine: Engine, progress: Progress) -> None:
    def step() -> None:
        with writing(engine) as session:
            record_source(session, 1, SourceName.DIRECTORY, SourceStatus.AVAILABLE, "")
            progress.note(session)

    tracking.fail_stopped(engine, NOW + timedelta(hours=1))
    with pytest.raises(RunLost):
        step()
    with reading(engine) as session:
        assert session.exec(select(Source)).all() == []


def test_a_step_stops_when_a_person_asked_for_it(engine: Engine, progress: Progress) -> None:
    tracking.cancel(engine, progress.run_id, ADMINISTRATOR, NOW)
    with pytest.raises(TaskCancelled, match="Ada"):
        progress.check()


def test_a_step_stops_when_the_process_shuts_down(engine: Engine, progress: Progress) -> None:
    stopping = Progress(engine, progress.run_id, 1, should_stop=lambda: True, clock=Clock())
    with pytest.raises(ProcessStopping):
        stopping.check()


def test_a_long_step_gives_signs_of_life_all_the_same(
    engine: Engine, progress: Progress, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BEAT_SECONDS", 0.01)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    clock.now = NOW + timedelta(minutes=5)
    with progress.alive():
        deadline = time.monotonic() + 10
        while run_of(engine, progress).heartbeat_at != clock.now:
            assert time.monotonic() < deadline, "no sign of life"
            time.sleep(0.01)


def lines_of(engine: Engine, progress: Progress) -> list[TaskRunLog]:
    with reading(engine) as session:
        query = select(TaskRunLog).where(TaskRunLog.task_run_id == progress.run_id)
        return list(session.exec(query.order_by(col(TaskRunLog.id))))


def test_a_run_keeps_a_log_for_people(engine: Engine, progress: Progress, clock: Clock) -> None:
    progress.log("Reading the directory")
    clock.now = NOW + timedelta(seconds=5)
    progress.log("Microsoft asked to wait", level=LogLevel.WARNING)
    assert [(line.at, line.level, line.message) for line in lines_of(engine, progress)] == [
        (NOW, "info", "Reading the directory"),
        (NOW + timedelta(seconds=5), "warning", "Microsoft asked to wait"),
    ]


def test_a_long_line_of_the_log_is_cut(engine: Engine, progress: Progress) -> None:
    progress.log("x" * LONGEST_LINE)
    progress.log("x" * (LONGEST_LINE + 1))
    kept, cut = (line.message for line in lines_of(engine, progress))
    assert kept == "x" * LONGEST_LINE
    assert cut == "x" * (LONGEST_LINE - 1) + "…"


def test_a_log_that_grows_too_long_ends_by_saying_so(
    engine: Engine, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 3)
    for number in range(5):
        progress.log(f"line {number}")
    messages = [line.message for line in lines_of(engine, progress)]
    assert messages[:2] == ["line 0", "line 1"]
    assert len(messages) == 3
    assert "further lines are left out" in messages[2]


def test_a_wish_to_cancel_is_seen_while_a_step_takes_long(engine: Engine, progress: Progress) -> None:
    with progress.alive():
        tracking.cancel(engine, progress.run_id, ADMINISTRATOR, NOW)
        asked = time.monotonic()
        while not progress.stop_asked():
            assert time.monotonic() < asked + 10, "not seen"
            time.sleep(0.01)
    assert time.monotonic() - asked < 3
