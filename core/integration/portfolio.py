"""All applications side by side: what each holds and costs, how fresh that is, and where trouble is.

Everything comes from rollups, purchases and task runs, so the cost grows with license types, not with people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from core.integration.coverage import unseen
from core.integration.schedule import Next
from core.integration.scheduling import failed_tasks, last_complete, next_sync
from core.integration.sources import SourceName, read_sources
from core.spend.money import Money
from core.spend.summary import read_summary
from core.store.engine import reading
from core.store.tables import IntegrationTask, TaskRun, TaskStatus

OLD_AFTER: Final = timedelta(hours=36)
"""A daily sync was missed, and so was its second chance."""


class Trouble(IntEnum):
    """How an application stands, the worst first."""

    FAILED = 1  # a task's latest run has failed
    NEVER_READ = 2  # nothing was read completely yet
    OLD = 3  # the last complete sync is too long ago
    INCOMPLETE = 4  # a source is missing or less than it should be
    NONE = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicationTotals:
    """One application in figures.

    Attributes:
        application_id: its id.
        people: accounts that the last complete Application Roster has read; nothing before it.
        license_types: types that people can hold.
        purchased: seats of these, without the free ones.
        assigned: seats of these that somebody holds.
        monthly: the spend a month, in each currency.
        complete_at: how old the oldest of its data is.
        next: its next sync; nothing where the schedule is off.
        failed: tasks whose latest run has failed.
        incomplete: sources that are not available.
        trouble: the worst of it.
    """

    application_id: int
    people: int | None
    license_types: int
    purchased: int
    assigned: int
    monthly: Sequence[Money]
    complete_at: datetime | None
    next: Next | None
    failed: Sequence[IntegrationTask]
    incomplete: Sequence[SourceName]
    trouble: Trouble


def read_portfolio(
    engine: Engine, applications: Mapping[int, str], *, awake_since: datetime, now: datetime
) -> list[ApplicationTotals]:
    """The figures of these applications (keys by id), those with the worst trouble first."""
    found = [
        _totals(engine, application_id, key, awake_since, now) for application_id, key in applications.items()
    ]
    return sorted(found, key=lambda each: (each.trouble, applications[each.application_id]))


def _totals(
    engine: Engine, application_id: int, key: str, awake_since: datetime, now: datetime
) -> ApplicationTotals:
    summary = read_summary(engine, application_id, on=now.date())
    types = [each for each in summary.types if not each.use.for_company and not each.gone]
    paid = [each for each in types if not each.use.free]
    with reading(engine) as session:
        complete_at = last_complete(session, application_id)
        failed = _failed(session, application_id)
        incomplete = [each.name for each in unseen(read_sources(session, application_id))]
        return ApplicationTotals(
            application_id=application_id,
            people=_people(session, application_id),
            license_types=len(types),
            purchased=sum(each.use.seats for each in paid),
            assigned=sum(each.use.assigned for each in paid),
            monthly=[each.monthly for each in summary.spend.currencies],
            complete_at=complete_at,
            next=next_sync(session, application_id, key=key, awake_since=awake_since),
            failed=failed,
            incomplete=incomplete,
            trouble=_trouble(failed, complete_at, incomplete, now),
        )


def _trouble(
    failed: Sequence[IntegrationTask],
    complete_at: datetime | None,
    incomplete: Sequence[SourceName],
    now: datetime,
) -> Trouble:
    if failed:
        return Trouble.FAILED
    if complete_at is None:
        return Trouble.NEVER_READ
    if now - complete_at > OLD_AFTER:
        return Trouble.OLD
    return Trouble.INCOMPLETE if incomplete else Trouble.NONE


def _failed(session: Session, application_id: int) -> list[IntegrationTask]:
    """The task that failed, without those that only have to follow it."""
    return failed_tasks(session, application_id)[:1]


def _people(session: Session, application_id: int) -> int | None:
    latest = session.exec(
        select(TaskRun.counts)
        .where(
            TaskRun.application_id == application_id,
            TaskRun.task == IntegrationTask.ROSTER,
            col(TaskRun.status).in_((TaskStatus.SUCCEEDED, TaskStatus.PARTIAL)),
        )
        .order_by(col(TaskRun.id).desc())
        .limit(1)
    ).first()
    return None if latest is None else latest.get("users")
