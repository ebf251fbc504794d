"""A second person's decision on a run: approving it, rejecting it, and what becomes of it without one."""

from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select, update
from sqlmodel import Session

from core.reclamation.approval import APPROVED_WITHIN, NOT_APPROVED, hindrance
from core.reclamation.due import update_progress
from core.reclamation.ledger import SYSTEM, Event, cancel_unbegun, live_requests, record
from core.reclamation.states import Cause, Step
from core.rights import Actor, Role, require
from core.store.bulk import table_of
from core.store.engine import reading, writing
from core.store.tables import ReclamationRun, ScheduledRun

LONGEST_REASON: Final = 500

_RUNS: Final = table_of(ReclamationRun)
_WAITS: Final = (
    _RUNS.c.needs_approval.is_(True),
    _RUNS.c.approved_at.is_(None),
    _RUNS.c.rejected_at.is_(None),
    _RUNS.c.cancelled_at.is_(None),
    _RUNS.c.ended_at.is_(None),
)


class ApprovalRefused(Exception):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """Nothing was decided. The message says why."""


def approve_run(engine: Engine, application_id: int, run_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a run begin that waits for it.

    Raises:
        RightRefused: the actor is no operator.
        ApprovalRefused: the run does not wait, its time is over, or it is the actor's own.
    """
    require(actor, Role.OPERATOR)
    with writing(engine) as session:
        _decide(session, application_id, run_id, actor, now, approved_at=now, approved_by=actor.name)
        event = Event(step=Step.APPROVED, at=now, actor=actor.name, detail="Approved as a second person.")
        for request in live_requests(session, run_id):
            record(session, request, event)


def reject_run(
    engine: Engine, application_id: int, run_id: int, reason: str, *, actor: Actor, now: datetime
) -> int:
    """Cancel all requests of a run that waits for approval; how many they were.

    Raises:
        RightRefused: the actor is no operator.
        ApprovalRefused: the reason is missing or too long, the run does not wait, its time is over, or it is
            the actor's own.
    """
    require(actor, Role.OPERATOR)
    reason = " ".join(reason.split())
    if not reason:
        raise ApprovalRefused("Rejecting needs a reason, for whoever asked for the run.")
    if len(reason) > LONGEST_REASON:
        raise ApprovalRefused(f"The reason has {len(reason)} characters; {LONGEST_REASON} are the most.")
    with writing(engine) as session:
        decision = {"rejected_at": now, "rejected_by": actor.name, "rejection_reason": reason}
        _decide(session, application_id, run_id, actor, now, **decision)
        said = f"rejected by {actor.name}: {reason}"
        rejected = Event(step=Step.REJECTED, at=now, actor=actor.name, detail=reason)
        ended = Event(step=Step.ENDED, at=now, actor=actor.name, detail=f"The run was {said}")
        cancelled = cancel_unbegun(session, run_id, ended, reason=said, after=rejected)
    update_progress(engine, run_id, now)
    return cancelled


def cancel_unapproved(engine: Engine, now: datetime) -> list[int]:
    """Cancel the runs that nobody has approved in time; their ids. Several callers at once do no harm."""
    query = select(_RUNS.c.id).where(*_WAITS, _RUNS.c.created_at <= now - APPROVED_WITHIN)
    with reading(engine) as session:
        found = list(session.connection().execute(query.order_by(_RUNS.c.id)).scalars())
    cancelled = [run_id for run_id in found if _cancel_unapproved(engine, run_id, now)]
    for run_id in cancelled:
        update_progress(engine, run_id, now)
    return cancelled


def _cancel_unapproved(engine: Engine, run_id: int, now: datetime) -> bool:
    with writing(engine) as session:
        if not _write(session, run_id, cancelled_at=now, cancelled_by=SYSTEM):
            return False
        ended = Event(step=Step.ENDED, at=now, detail=f"The run was cancelled: {NOT_APPROVED}.")
        cancel_unbegun(session, run_id, ended, reason=NOT_APPROVED, cause=Cause.DEADLINE)
    return True


def asker(session: Session, run_id: int, created_by: str) -> str:
    """Who is behind a run and can't approve it: of a scheduled one, whoever set the schedule up."""
    query = select(table_of(ScheduledRun).c.set_up_by).where(table_of(ScheduledRun).c.run_id == run_id)
    return session.connection().execute(query).scalar() or created_by


def _decide(
    session: Session, application_id: int, run_id: int, actor: Actor, now: datetime, **decision: object
) -> None:
    run = session.get(ReclamationRun, run_id)
    if run is None or run.application_id != application_id:
        raise ApprovalRefused(f"There is no reclamation run {run_id} in this application.")
    if run.needs_approval and run.approved_at is None and run.ended_at is None:
        asked_by = asker(session, run_id, run.created_by)
        why = hindrance(asked_by=asked_by, asked_at=run.created_at, who=actor.name, now=now)
        if why is not None:
            raise ApprovalRefused(f"Reclamation run {run_id}: {why}")
    if not _write(session, run_id, **decision):
        raise ApprovalRefused(
            f"Reclamation run {run_id} does not wait for approval: it never did, or that is decided."
        )


def _write(session: Session, run_id: int, **columns: object) -> bool:
    """Set columns of a run that waits; False where it does not wait any more."""
    statement = update(_RUNS).where(_RUNS.c.id == run_id, *_WAITS).values(**columns)
    return session.connection().execute(statement).rowcount == 1
