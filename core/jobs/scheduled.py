"""Looks for scheduled reclamations that are due, and has them put on record; workers carry them out as any.

While the tenant is being read, or judged anew, they wait: what they choose by is changing.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlmodel import Session

from core.integration.scheduling import last_complete
from core.integration.tracking import SYNC_TASKS, live_runs
from core.jobs.house import JobRuntime
from core.policies.assessing import assessment_asked
from core.policies.policies import read_pause
from core.policies.reclaiming import read_plan
from core.reclamation.modes import RunMode
from core.reclamation.requests import NotifyTerms
from core.reclamation.scheduled import Here, last_due, start_if_due
from core.reclamation.scheduled_plan import ReclaimPlan, due_at, hindrance
from core.store.engine import reading

_LOG: Final = logging.getLogger(__name__)
_NOT_CONFIGURED: Final = "Notifying is off: public_url, secret_key and mail_sender must be configured."


def start_scheduled(
    runtime: JobRuntime, applications: Mapping[int, str], *, awake_since: datetime, now: datetime
) -> None:
    """Start what is due, one application after the other; what fails in one does not touch the others.

    Args:
        runtime: what the process works with.
        applications: the keys of those that are configured, by id.
        awake_since: since when this process keeps the schedule.
        now: this moment.
    """
    for application_id, key in applications.items():
        try:
            _start(runtime, application_id, key, awake_since, now)
        except Exception:  # noqa: BLE001 - the next look tries again, and other work goes on
            _LOG.exception("the scheduled reclamation of %s could not be started; it is tried again", key)


def _start(runtime: JobRuntime, application_id: int, key: str, awake_since: datetime, now: datetime) -> None:
    with reading(runtime.engine) as session:
        plan = read_plan(session, application_id)
        due = due_at(plan, last=last_due(session, application_id), now=now)
        if due is None or being_read(session, application_id):
            return
        synced_at = last_complete(session, application_id)
    here = Here(
        key=key,
        allow_reclaim=runtime.application(key).allow_reclaim,
        synced_at=synced_at,
        awake_since=awake_since,
        notify=_terms(runtime, key, plan),
    )
    outcome = start_if_due(runtime.engine, application_id, here, now)
    if outcome is not None:
        _LOG.info("scheduled reclamation of %s, due %s: %s", key, due.isoformat(), outcome.label)


def stands_against(
    session: Session,
    application_id: int,
    plan: ReclaimPlan,
    *,
    allow_reclaim: bool,
    notify_off: str | None,
    now: datetime,
) -> str | None:
    """Why a run of this plan would not be started now, as a sentence; None where it would.

    Args:
        session: for reading.
        application_id: the application.
        plan: whether it is enabled or not.
        allow_reclaim: whether the configuration lets licenses be removed.
        notify_off: why nobody can be notified (`core.notification.setup.why_off`); None where they can.
        now: this moment.
    """
    paused = read_pause(session, application_id)
    found = hindrance(
        plan,
        allow_reclaim=allow_reclaim,
        paused=None if paused is None else paused.sentence,
        synced_at=last_complete(session, application_id),
        now=now,
    )
    return notify_off if found is None and plan.mode is RunMode.NOTIFY else found


def being_read(session: Session, application_id: int) -> bool:
    """Whether the tenant is being read, or judged anew."""
    reads = any(run.task in SYNC_TASKS for run in live_runs(session, application_id))
    return reads or assessment_asked(session, application_id) is not None


def _terms(runtime: JobRuntime, key: str, plan: ReclaimPlan) -> NotifyTerms | None:
    if plan.mode is not RunMode.NOTIFY:
        return None
    return NotifyTerms(off=None if runtime.notices(key) else _NOT_CONFIGURED)
