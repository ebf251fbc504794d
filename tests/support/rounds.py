"""Rounds of the tasks that read a tenant, on record as if they had been carried out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Engine
from sqlmodel import col, select

from core.integration.tracking import SYNC_TASKS
from core.store.engine import reading, writing
from core.store.tables import TaskRun, TaskStatus

_ALL_WELL: Mapping[str, TaskStatus] = MappingProxyType({})


def keep_round(
    engine: Engine,
    began: datetime,
    *,
    by: str = "Ada",
    application: int = 1,
    differing: Mapping[str, TaskStatus] = _ALL_WELL,
) -> None:
    """A run of each task, ended after five minutes: succeeded where `differing` does not say otherwise."""
    with writing(engine) as session:
        for task in SYNC_TASKS:
            session.add(
                TaskRun(
                    application_id=application,
                    task=task,
                    status=differing.get(task, TaskStatus.SUCCEEDED),
                    queued_at=began,
                    started_at=began,
                    ended_at=began + timedelta(minutes=5),
                    counts={"users": 2500} if task == "roster" else {},
                    started_by=by,
                )
            )


def scheduled_runs(engine: Engine, *, after: datetime) -> list[TaskRun]:
    """What the schedule has queued after a moment, in its order."""
    with reading(engine) as session:
        query = select(TaskRun).where(TaskRun.started_by == "schedule", TaskRun.queued_at > after)
        return list(session.exec(query.order_by(col(TaskRun.id))))
