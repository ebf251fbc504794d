from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import select

from core.integration.run_log import KEPT_RUNS, last_lines, purge_logs, read_log
from core.store.engine import reading, writing
from core.store.tables import LogLevel, TaskRun, TaskRunLog

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def keep_run(
    engine: Engine, *messages: str, task: str = "roster", days_ago: int = 0, level: str = "info"
) -> int:
    """A run that has ended, with a line for each message."""
    with writing(engine) as session:
        queued_at = NOW - timedelta(days=days_ago)
        run = TaskRun(application_id=1, task=task, status="succeeded", queued_at=queued_at, started_by="Ada")
        session.add(run)
        session.flush()
        assert run.id is not None
        for place, message in enumerate(messages):
            at = queued_at + timedelta(seconds=place)
            session.add(TaskRunLog(task_run_id=run.id, at=at, level=level, message=message))
        return run.id


def messages(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return sorted(session.exec(select(TaskRunLog.message)))


def test_a_log_is_read_in_its_order(engine: Engine) -> None:
    run_id = keep_run(engine, "began", "ended")
    keep_run(engine, "another run")
    with reading(engine) as session:
        lines = read_log(session, run_id)
    assert [line.message for line in lines] == ["began", "ended"]
    assert [line.at for line in lines] == [NOW, NOW + timedelta(seconds=1)]


def test_lines_tell_how_much_they_matter(engine: Engine) -> None:
    run_id = keep_run(engine, "slow", level="warning")
    with reading(engine) as session:
        assert [line.level for line in read_log(session, run_id)] == [LogLevel.WARNING]


def test_the_last_line_of_each_run_is_found(engine: Engine) -> None:
    first, second, silent = keep_run(engine, "a", "b"), keep_run(engine, "c"), keep_run(engine)
    with reading(engine) as session:
        found = last_lines(session, [first, second, silent])
    assert {run_id: line.message for run_id, line in found.items()} == {first: "b", second: "c"}


def test_lines_older_than_a_season_are_deleted_and_their_runs_stay(engine: Engine) -> None:
    keep_run(engine, "old 1", "old 2", days_ago=91)
    keep_run(engine, "young", days_ago=89)
    assert purge_logs(engine, NOW) == 2
    assert messages(engine) == ["young"]
    with reading(engine) as session:
        assert len(session.exec(select(TaskRun)).all()) == 2
    assert purge_logs(engine, NOW) == 0


def test_of_a_task_that_runs_all_the_time_the_latest_runs_are_kept(engine: Engine) -> None:
    keep_run(engine, "other task", task="access")
    keep_run(engine, "first")
    keep_run(engine, "second")
    for _ in range(KEPT_RUNS - 1):
        keep_run(engine)
    assert purge_logs(engine, NOW) == 1
    assert messages(engine) == ["other task", "second"]
