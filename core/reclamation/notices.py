"""The notices on record: the intent before a mail goes out, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlmodel import Session, col

from core.notification.addresses import usable_address
from core.notification.deadlines import last_day
from core.notification.mailer import Outcome, Sent
from core.store.tables import Notice, User


class NoticeKind(StrEnum):
    """Which of the two mails it is."""

    NOTICE = "notice"
    REMINDER = "reminder"


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Who is written to. Addresses are None where the directory has none that can be used."""

    name: str
    address: str | None
    manager_address: str | None


def recipient(session: Session, application_id: int, user_id: str) -> Recipient | None:
    """A person and the manager, as the directory was last read; None where it knows no such person."""
    user = session.get(User, (application_id, user_id))
    if user is None or user.gone_at is not None:
        return None
    manager = session.get(User, (application_id, user.manager_id)) if user.manager_id else None
    return Recipient(
        name=user.display_name,
        address=usable_address(user.mail),
        manager_address=usable_address(manager.mail) if manager else None,
    )


def find(session: Session, run_id: int, user_ids: Sequence[str], kind: NoticeKind) -> dict[str, Notice]:
    """The notices of this kind to these people in a run, by user id."""
    query = select(Notice).where(
        col(Notice.run_id) == run_id, col(Notice.user_id).in_(user_ids), col(Notice.kind) == kind
    )
    return {notice.user_id: notice for notice in session.scalars(query)}


def intend(session: Session, notice: Notice) -> int:
    """Put the intent to send a mail on record; the number of the notice.

    A notice that was certainly not sent is taken up again, with another deadline.
    """
    session.add(notice)
    session.flush()
    if notice.id is None:
        raise RuntimeError("the database gave the notice no id")
    return notice.id


def conclude(session: Session, notice_id: int, sent: Sent, at: datetime) -> Notice:
    """Put on record what became of a mail."""
    notice = session.get_one(Notice, notice_id)
    notice.outcome = sent.outcome.value
    notice.detail = sent.detail
    notice.graph_request_id = sent.request_id
    notice.sent_at = at if sent.outcome is Outcome.SENT else None
    session.flush()
    return notice


def answers_until(session: Session, run_id: int) -> date | None:
    """The last day on which somebody of a run can answer; None where nobody was notified."""
    query = select(func.max(col(Notice.deadline_at))).where(
        col(Notice.run_id) == run_id,
        col(Notice.kind) == NoticeKind.NOTICE,
        col(Notice.outcome) == Outcome.SENT,
    )
    latest = session.scalar(query)
    return None if latest is None else last_day(latest)
