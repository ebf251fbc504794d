"""The mails of a report: each is offered until it is taken, and none goes out twice.

The intent is on record before a mail goes out, its outcome after it. Where a worker dies in between, nobody
knows whether the mail went; it is not sent again, and the record says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from core.notification.mailer import Outcome, Sent
from core.reporting.plan import Plan, due
from core.reporting.plans import read_plan
from core.store.engine import writing
from core.store.tables import Application, ReportMail, ReportPlan

MOST_ATTEMPTS: Final = 12
"""Times that a mail is offered which is not taken at the moment: with the pauses, about four hours."""

LEASE: Final = timedelta(minutes=10)
"""For so long an attempt may last: longer than any mail server is waited for."""

UNCERTAIN: Final = "It is not certain that this mail went out; it is not sent again."
NO_RECIPIENT: Final = "Not sent: it was to be offered again, and the schedule names this address no more."
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A mail that is to be offered now."""

    id: int
    due_at: datetime
    recipient: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What became of one mail."""

    due_at: datetime
    recipient: str
    outcome: Outcome
    attempts: int
    at: datetime | None
    detail: str


def due_applications(session: Session, now: datetime) -> list[int]:
    """The applications of which a report is due, or a mail is to be offered or judged."""
    planned = session.exec(select(ReportPlan.application_id)).all()
    due_now = {each for each in planned if _due(session, each, now) is not None}
    open_mails = session.exec(
        select(ReportMail.application_id).where(col(ReportMail.next_at) <= now).distinct()
    ).all()
    return sorted(due_now | set(open_mails))


def begin_due(engine: Engine, application_id: int, now: datetime) -> None:
    """Put the mails of a report that is due on record: once, whoever else is about to."""
    with writing(engine) as session:
        session.exec(select(Application.id).where(Application.id == application_id).with_for_update())
        found = _due(session, application_id, now)
        if found is None:
            return
        plan, moment = found
        for recipient in plan.recipients:
            session.add(
                ReportMail(
                    application_id=application_id,
                    due_at=moment,
                    recipient=recipient,
                    outcome=Outcome.NOT_NOW.value,
                    next_at=now,
                )
            )


def claim_next(engine: Engine, application_id: int, now: datetime) -> Waiting | None:
    """Take one mail in hand, its intent on record; nothing where none is to be offered now.

    An attempt that never came to an end is told as uncertain on the way. Whoever is no recipient any more
    gets nothing.
    """
    with writing(engine) as session:
        rows = session.exec(
            select(ReportMail)
            .where(ReportMail.application_id == application_id, col(ReportMail.next_at) <= now)
            .order_by(col(ReportMail.id))
            .with_for_update()
        ).all()
        found = read_plan(session, application_id)
        recipients = {each.casefold() for each in found[0].recipients} if found else set()
        for row in rows:
            if row.outcome == Outcome.SENDING:
                _end(row, Sent(outcome=Outcome.UNKNOWN, detail=UNCERTAIN), now)
                continue
            if row.recipient.casefold() not in recipients:
                _end(row, Sent(outcome=Outcome.REFUSED, detail=NO_RECIPIENT), now)
                continue
            row.outcome, row.next_at = Outcome.SENDING.value, now + LEASE
            row.attempts += 1
            return Waiting(id=row.id or 0, due_at=row.due_at, recipient=row.recipient)
        return None


def conclude(engine: Engine, mail_id: int, sent: Sent, now: datetime) -> None:
    """Put on record what became of a mail that was offered."""
    with writing(engine) as session:
        row = session.get_one(ReportMail, mail_id, with_for_update=True)
        if row.outcome != Outcome.SENDING:
            return  # judged meanwhile, by somebody who took this attempt for lost
        if sent.outcome is Outcome.NOT_NOW and row.attempts < MOST_ATTEMPTS:
            row.outcome, row.detail = Outcome.NOT_NOW.value, sent.detail
            row.next_at = now + _pause(row.attempts, sent.retry_after)
            return
        _end(row, sent, now)


def read_mails(session: Session, application_id: int, *, limit: int) -> Sequence[Told]:
    """What became of the latest mails, the newest report first."""
    rows = session.exec(
        select(ReportMail)
        .where(ReportMail.application_id == application_id)
        .order_by(col(ReportMail.due_at).desc(), col(ReportMail.recipient))
        .limit(limit)
    ).all()
    return [
        Told(
            due_at=row.due_at,
            recipient=row.recipient,
            outcome=Outcome(row.outcome),
            attempts=row.attempts,
            at=row.ended_at,
            detail=row.detail,
        )
        for row in rows
    ]


def _due(session: Session, application_id: int, now: datetime) -> tuple[Plan, datetime] | None:
    found = read_plan(session, application_id)
    if found is None:
        return None
    plan, row = found
    latest: datetime | None = session.exec(
        select(func.max(ReportMail.due_at)).where(ReportMail.application_id == application_id)
    ).one()
    after = row.changed_at if latest is None else max(row.changed_at, latest)
    moment = due(plan, after=after, now=now)
    return None if moment is None else (plan, moment)


def _end(row: ReportMail, sent: Sent, now: datetime) -> None:
    row.outcome, row.detail = sent.outcome.value, sent.detail
    row.ended_at, row.next_at = now, None


def _pause(attempts: int, retry_after: float | None) -> timedelta:
    if retry_after is not None:
        return timedelta(seconds=retry_after)
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << (attempts - 1)))
