"""The schedule at work: what is on record of it, changing it, and queueing the rounds that are due.

A worker asks a few times a minute; any number of them may. An application's row is locked while it is decided
whether a round is due, so that of several that find it due at the same moment one queues it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from core.integration.schedule import HOURS, Next, Plan, Rounds, next_round
from core.integration.tracking import SYNC_TASKS, fail_stopped, live_runs, queue_in
from core.rights import Actor, Role, require
from core.store.bulk import upsert
from core.store.engine import reading, writing
from core.store.tables import Application, IntegrationTask, Schedule, TaskRun, TaskStatus

SCHEDULER: Final = Actor(name="schedule", role=Role.ADMINISTRATOR)
"""Who has queued what was due."""

_COMPLETE: Final = (TaskStatus.SUCCEEDED, TaskStatus.PARTIAL)
_LOOKED_BACK: Final = 10
"""Rounds of the schedule's own: older ones have no part in whether one is tried again."""


def read_plan(session: Session, application_id: int) -> Plan:
    """The schedule of an application; daily, where nobody has changed it."""
    row = session.get(Schedule, application_id)
    if row is None:
        return Plan()
    return Plan(enabled=row.enabled, hour=row.hour, changed_at=row.changed_at, changed_by=row.changed_by)


def change_schedule(
    engine: Engine, application_id: int, *, enabled: bool, hour: int, actor: Actor, now: datetime
) -> Plan:
    """Switch the schedule on or off, and choose its hour in UTC.

    Raises:
        RightRefused: the actor is no administrator.
        ValueError: the day has no such hour.
    """
    require(actor, Role.ADMINISTRATOR)
    if hour not in HOURS:
        raise ValueError(f"the hour must be from {HOURS[0]} to {HOURS[-1]}, in UTC, not {hour}")
    row = {"application_id": application_id, "enabled": enabled, "hour": hour}
    with writing(engine) as session:
        upsert(session, Schedule, [row | {"changed_at": now, "changed_by": actor.name}])
        return read_plan(session, application_id)


def read_rounds(session: Session, application_id: int) -> Rounds:
    """What has been synced, by whomever, and what the schedule itself has begun."""
    complete = last_complete(session, application_id)
    own = session.exec(
        select(TaskRun.queued_at)
        .where(
            TaskRun.application_id == application_id,
            col(TaskRun.task).in_(SYNC_TASKS),
            TaskRun.started_by == SCHEDULER.name,
        )
        .distinct()
        .order_by(col(TaskRun.queued_at).desc())
        .limit(_LOOKED_BACK)
    ).all()
    since = [moment for moment in own if complete is None or moment > complete]
    return Rounds(
        last=max((*own[:1], *([] if complete is None else [complete])), default=None),
        failed=tuple(since) if failed_tasks(session, application_id) else (),
    )


def last_complete(session: Session, application_id: int) -> datetime | None:
    """How old the oldest of what the tasks have read is: when the latest complete run of each was queued."""
    latest = session.exec(
        select(func.max(TaskRun.queued_at))
        .where(
            TaskRun.application_id == application_id,
            col(TaskRun.task).in_(SYNC_TASKS),
            col(TaskRun.status).in_(_COMPLETE),
        )
        .group_by(col(TaskRun.task))
    ).all()
    return min(latest) if len(latest) == len(SYNC_TASKS) else None


def failed_tasks(session: Session, application_id: int) -> list[IntegrationTask]:
    """The tasks to do again: the first whose latest run has failed, and those that build on it."""
    latest = session.exec(
        select(TaskRun.task, TaskRun.status).where(
            col(TaskRun.id).in_(
                select(func.max(TaskRun.id))
                .where(TaskRun.application_id == application_id, col(TaskRun.task).in_(SYNC_TASKS))
                .group_by(col(TaskRun.task))
            )
        )
    )
    failed = {task for task, status in latest if status == TaskStatus.FAILED}
    first = next((place for place, task in enumerate(SYNC_TASKS) if task in failed), None)
    return [] if first is None else list(SYNC_TASKS[first:])


def next_sync(session: Session, application_id: int, *, key: str, awake_since: datetime) -> Next | None:
    """When the application is synced next, by what is on record."""
    plan, rounds = read_plan(session, application_id), read_rounds(session, application_id)
    return next_round(plan, rounds, key=key, awake_since=awake_since)


def queue_due(
    engine: Engine, applications: Mapping[int, str], *, awake_since: datetime, now: datetime
) -> list[int]:
    """Queue a round of each application that is due; the ids of the task runs.

    Args:
        engine: the product's database.
        applications: the keys of those that are configured, by id.
        awake_since: since when this process keeps the schedule.
        now: this moment.
    """
    with reading(engine) as session:
        found = [
            application_id
            for application_id, key in applications.items()
            if _due(session, application_id, key, awake_since, now)
        ]
    if found:
        fail_stopped(engine, now)
    queued: list[int] = []
    for application_id in found:
        with writing(engine) as session:
            session.exec(select(Application.id).where(Application.id == application_id).with_for_update())
            found_due = _due(session, application_id, applications[application_id], awake_since, now)
            if found_due is not None:
                tasks = failed_tasks(session, application_id) if found_due.retry else SYNC_TASKS
                queued += queue_in(session, application_id, tasks, SCHEDULER, now)
    return queued


def _due(
    session: Session, application_id: int, key: str, awake_since: datetime, now: datetime
) -> Next | None:
    """The round that is due now, unless the tenant is being read already."""
    if any(run.task in SYNC_TASKS for run in live_runs(session, application_id)):
        return None
    found = next_sync(session, application_id, key=key, awake_since=awake_since)
    return None if found is None or found.at > now else found
