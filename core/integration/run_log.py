"""What task runs did and met with, line by line: reading it, and forgetting what is old.

Task runs themselves are kept for good: they are few, and rows of the directory name the run that saw them.
Of their lines those of the latest runs are kept, and none for longer than a season.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, func, or_, select

from core.store.engine import reading, writing
from core.store.tables import LogLevel, TaskRun, TaskRunLog

KEPT_FOR: Final = timedelta(days=90)
KEPT_RUNS: Final = 200
"""Of each task of an application; more of them only where it runs more than twice a day."""

_MOST_LINES: Final = 5_000


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """A line of a run's log."""

    at: datetime
    level: LogLevel
    message: str


def read_log(session: Session, run_id: int) -> list[LogLine]:
    """The lines of a run in their order; of a very long log the latest ones."""
    query = select(TaskRunLog).where(TaskRunLog.task_run_id == run_id)
    latest = session.exec(query.order_by(col(TaskRunLog.id).desc()).limit(_MOST_LINES)).all()
    return [_line(row) for row in reversed(latest)]


def last_lines(session: Session, run_ids: Iterable[int]) -> dict[int, LogLine]:
    """The latest line of each of these runs that has any."""
    latest = (
        select(func.max(TaskRunLog.id))
        .where(col(TaskRunLog.task_run_id).in_(list(run_ids)))
        .group_by(col(TaskRunLog.task_run_id))
    )
    rows = session.exec(select(TaskRunLog).where(col(TaskRunLog.id).in_(latest)))
    return {row.task_run_id: _line(row) for row in rows}


def purge_logs(engine: Engine, now: datetime) -> int:
    """Delete the lines of runs that are old or many runs back; how many they were."""
    place = func.row_number().over(
        partition_by=(col(TaskRun.application_id), col(TaskRun.task)), order_by=col(TaskRun.id).desc()
    )
    ranked = select(TaskRun.id, TaskRun.queued_at, place.label("place")).subquery()
    over = select(ranked.c.id).where(or_(ranked.c.place > KEPT_RUNS, ranked.c.queued_at < now - KEPT_FOR))
    with reading(engine) as session:  # most often there is nothing to write
        old = session.exec(
            select(TaskRunLog.task_run_id).where(col(TaskRunLog.task_run_id).in_(over)).distinct()
        ).all()
    deleted = 0
    for run_id in old:
        with writing(engine) as session:
            lines = delete(TaskRunLog).where(col(TaskRunLog.task_run_id) == run_id)
            deleted += session.connection().execute(lines).rowcount
    return deleted


def _line(row: TaskRunLog) -> LogLine:
    return LogLine(at=row.at, level=LogLevel(row.level), message=row.message)
