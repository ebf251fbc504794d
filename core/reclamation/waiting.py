"""What happens to notified requests without an answer: a reminder, then the end of the waiting period.

At the end the sign-ins must be fresh again: whoever has been active meanwhile keeps the license. All others
go the way of every reclamation from there, beginning with the check.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session

from core.notification.deadlines import last_day
from core.notification.mailer import Outcome, Sent
from core.reclamation.check import cancel_if_asked
from core.reclamation.due import ask_preparation
from core.reclamation.ledger import Event, Request, claim, end, move, record
from core.reclamation.notice_reasons import licenses_of, meant_by
from core.reclamation.notices import NoticeKind, conclude, find, intend, recipient
from core.reclamation.notifying import Letter, by_person, mail_to, verdict_of_rows
from core.reclamation.patience import FRESH_FOR, MAIL_LEASE
from core.reclamation.recheck import Skip, SkipReason
from core.reclamation.states import RequestState, Step
from core.reclamation.work import Work
from core.store.engine import reading, writing
from core.store.tables import Notice, ReclamationRun

_LOST: Final = "Nobody knows whether the reminder was sent; it is not sent again."


def await_answers(work: Work, run: ReclamationRun, requests: Sequence[Request]) -> bool:
    """Remind, or let the waiting period end, of notified requests that are due.

    Returns:
        False where the sign-ins have to be read anew first: the run is made ready again, and nothing of it
        goes on until then.
    """
    if not requests:
        return True
    now = work.now_fn()
    with reading(work.engine) as session:
        notices = find(session, requests[0].run_id, _people(requests), NoticeKind.NOTICE)
    over = [request for request in requests if notices[request.user_id].deadline_at <= now]
    for mine in by_person([request for request in requests if request not in over]):
        if not work.should_stop():
            _remind(work, mine, notices[mine[0].user_id])
    if not over:
        return True
    if run.prepared_at is not None and run.prepared_at <= now - FRESH_FOR:
        ask_preparation(work.engine, over[0].run_id, run.prepared_at)
        return False
    with writing(work.engine) as session:
        for request, _ in _still_waiting(session, over, now):
            until = last_day(notices[request.user_id].deadline_at).isoformat()
            event = Event(step=Step.BEGUN, at=now, detail=f"There was no answer until {until}.")
            move(session, request, RequestState.CHECKING, event, due_at=now)
    return True


def _people(requests: Sequence[Request]) -> list[str]:
    return list({request.user_id for request in requests})


def _still_waiting(
    session: Session, requests: Sequence[Request], now: datetime
) -> list[tuple[Request, Skip | None]]:
    """Those that are neither cancelled nor used again, and what else speaks against them by now.

    That others are used again or cancelled is put on record.
    """
    left = [request for request in requests if not cancel_if_asked(session, request, now)]
    verdicts = verdict_of_rows(session, left, now) if left else {}
    waiting = []
    for request in left:
        against = verdicts[request.id]
        if against is not None and against.reason is SkipReason.ACTIVE_SINCE:
            end(session, request, RequestState.ACTIVE_AGAIN, against.text, now)
        else:
            waiting.append((request, against))
    return waiting


def _remind(work: Work, requests: Sequence[Request], notice: Notice) -> None:
    """Write to a person once more, at most once whatever becomes of it; then wait for the deadline."""
    now = work.now_fn()
    with writing(work.engine) as session:
        letter = _prepare_reminder(session, work, requests, notice, now)
    if letter is None or work.notices is None:
        return
    sent = work.notices.mailer.send(letter.mail)
    now = work.now_fn()
    event = Event(step=Step.REMINDED, at=now, detail=_said(letter, sent), graph_request_id=sent.request_id)
    with writing(work.engine) as session:
        conclude(session, letter.notice_id, sent, now)
        for request in letter.requests:
            waiting = claim(session, request, notice.deadline_at)
            if waiting is not None:
                record(session, waiting, event)


def _prepare_reminder(
    session: Session, work: Work, requests: Sequence[Request], notice: Notice, now: datetime
) -> Letter | None:
    """Put the intent to remind on record; None where that is not to be, and the deadline is waited for."""
    waiting = _still_waiting(session, requests, now)
    before = find(session, notice.run_id, [notice.user_id], NoticeKind.REMINDER).get(notice.user_id)
    if before is not None and before.id is not None and before.outcome == Outcome.SENDING:
        conclude(session, before.id, Sent(outcome=Outcome.UNKNOWN, detail=_LOST), now)
    person = recipient(session, notice.application_id, notice.user_id)
    possible = before is None and work.notices is not None and person is not None
    about = []
    for request, against in waiting:
        if possible and against is None:
            about.append(claim(session, request, now + MAIL_LEASE))
        else:
            claim(session, request, notice.deadline_at)
    reminded = [request for request in about if request is not None]
    if not reminded or work.notices is None or person is None:
        return None
    reminder = Notice(
        application_id=notice.application_id,
        run_id=notice.run_id,
        user_id=notice.user_id,
        kind=NoticeKind.REMINDER,
        address=notice.address,
        outcome=Outcome.SENDING,
        deadline_at=notice.deadline_at,
        attempted_at=now,
    )
    number = intend(session, reminder)
    licenses = licenses_of(session, notice.application_id, meant_by(session, reminded), now)
    mail = mail_to(work.notices, person, reminder, licenses, answers=notice, reminder=True)
    return Letter(notice_id=number, requests=reminded, mail=mail)


def _said(letter: Letter, sent: Sent) -> str:
    if sent.outcome is Outcome.SENT:
        return f"Written to {letter.mail.to} once more. {sent.detail}".strip()
    return f"The reminder could not be sent, or not for certain: {sent.detail}"
