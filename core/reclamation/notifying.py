"""Writes to the holders before their licenses are taken back: one mail for each person of a run.

The intent is on record before the mail goes out, its outcome after it. Where a worker dies in between,
nobody knows whether the mail went; it is not sent again, and nobody loses a license without having been told
for certain: those requests are skipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlmodel import Session

from core.notification.deadlines import deadline, last_day, reminder_at
from core.notification.mailer import Mail, Outcome, Sent
from core.notification.message import Facts, License, compose
from core.notification.setup import Notices
from core.policies.settings import SPECS, Setting
from core.reclamation.check import cancel_if_asked
from core.reclamation.facts import Known, as_stored, decide, known_facts
from core.reclamation.ledger import Event, Request, claim, end, move
from core.reclamation.notice_reasons import licenses_of, meant_by
from core.reclamation.notices import NoticeKind, Recipient, conclude, find, intend, recipient
from core.reclamation.patience import MAIL_LEASE, MOST_MAIL_ATTEMPTS, after_pause
from core.reclamation.recheck import Skip, SkipReason
from core.reclamation.states import RequestState, Step
from core.reclamation.work import Work
from core.store.engine import writing
from core.store.tables import Notice, ReclamationRun

NOT_CONFIGURED: Final = "Not notified: no mail is configured any more (public_url, secret_key, mail_sender)."
NO_ADDRESS: Final = "Not notified: the directory has no e-mail address for this person that can be used."
UNCERTAIN: Final = (
    "It is not certain that the person was notified, so the license is left alone. Choose it again to notify "
    "anew."
)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail whose intent is on record, and the requests that it is about."""

    notice_id: int
    requests: Sequence[Request]
    mail: Mail


def notify(work: Work, run: ReclamationRun, requests: Sequence[Request]) -> None:
    """Write to the holders of queued requests; they then wait for an answer, or end with the reason."""
    for mine in by_person(requests):
        if work.should_stop():
            return
        now = work.now_fn()
        with writing(work.engine) as session:
            letter = _prepare(session, work.notices, run, _take_in_hand(session, mine, now), now)
        if letter is None or work.notices is None:
            continue
        sent = work.notices.mailer.send(letter.mail)
        with writing(work.engine) as session:
            _settle(session, letter, sent, work.now_fn())


def by_person(requests: Sequence[Request]) -> list[list[Request]]:
    """The requests of each person together."""
    ordered = sorted(requests, key=lambda request: (request.user_id, request.id))
    return [list(group) for _, group in groupby(ordered, key=lambda request: request.user_id)]


def mail_to(
    notices: Notices,
    to: Recipient,
    notice: Notice,
    licenses: Sequence[License],
    *,
    answers: Notice,
    reminder: bool = False,
) -> Mail:
    """The mail about these licenses of one person, with a link that answers the first notice."""
    facts = Facts(
        person=to.name,
        licenses=licenses,
        organization=notices.organization,
        last_day=last_day(notice.deadline_at),
        keep_url=notices.keep_url(answers.id or 0, notice.deadline_at),
        contact=notices.contact,
        reminder=reminder,
    )
    return compose(
        facts,
        sender=notices.sender,
        to=notice.address,
        copy_to=notice.copied_to,
        reply_to=notices.contact,
    )


def verdict_of_rows(session: Session, requests: Sequence[Request], now: datetime) -> dict[int, Skip | None]:
    """What our own rows say against taking these licenses back, by request id; nobody is asked."""
    known = known_facts(session, requests[0].application_id, requests, now)
    verdicts = {}
    for request in requests:
        facts = known[request.id]
        decision = decide(facts, as_stored(facts, now))
        if _used_since_notice(request, facts):
            text = f"The user was active again on {facts.last_activity_at:%Y-%m-%d}."
            decision = Skip(reason=SkipReason.ACTIVE_SINCE, text=text)
        verdicts[request.id] = decision if isinstance(decision, Skip) else None
    return verdicts


def _used_since_notice(request: Request, facts: Known) -> bool:
    """Whether somebody who was told that using the license keeps it has used it: also one chosen by hand.

    A duplicate goes however much it is used, as long as the other license covers it.
    """
    if facts.decided.duplicate and not request.manual:
        return False
    last = facts.last_activity_at
    return request.state is RequestState.NOTIFIED and last is not None and last > request.changed_at


def _take_in_hand(session: Session, requests: Sequence[Request], now: datetime) -> list[Request]:
    taken = [
        claim(session, request, now + MAIL_LEASE)
        for request in requests
        if not cancel_if_asked(session, request, now)
    ]
    return [request for request in taken if request is not None]


def _prepare(
    session: Session, notices: Notices | None, run: ReclamationRun, taken: Sequence[Request], now: datetime
) -> Letter | None:
    """Put the intent to write to a person on record; None where the requests have ended instead."""
    wanted = _still_wanted(session, taken, now) if taken else []
    if not wanted:
        return None
    person = wanted[0]
    before = find(session, person.run_id, [person.user_id], NoticeKind.NOTICE).get(person.user_id)
    to = recipient(session, person.application_id, person.user_id)
    address = to.address if to is not None else None
    if before is not None and before.id is not None and before.outcome != Outcome.NOT_NOW:
        conclude(session, before.id, Sent(outcome=Outcome.UNKNOWN, detail=UNCERTAIN), now)
        _skip(session, wanted, UNCERTAIN, now)
        return None
    if notices is None or to is None or address is None:
        _skip(session, wanted, NOT_CONFIGURED if notices is None else NO_ADDRESS, now)
        return None
    notice = before or Notice(
        application_id=person.application_id,
        run_id=person.run_id,
        user_id=person.user_id,
        kind=NoticeKind.NOTICE,
        attempts=0,
        address="",
        outcome=Outcome.SENDING,
        deadline_at=now,
        attempted_at=now,
    )
    notice.address = address
    notice.copied_to = to.manager_address if run.copy_manager else None
    notice.outcome = Outcome.SENDING.value
    notice.attempts += 1
    notice.deadline_at = deadline(now, run.waiting_days or SPECS[Setting.WAITING_DAYS].default)
    notice.attempted_at = now
    number = intend(session, notice)
    licenses = licenses_of(session, person.application_id, meant_by(session, wanted), now)
    mail = mail_to(notices, to, notice, licenses, answers=notice)
    return Letter(notice_id=number, requests=wanted, mail=mail)


def _still_wanted(session: Session, requests: Sequence[Request], now: datetime) -> list[Request]:
    """Those that nothing speaks against since they were chosen: nobody is frightened for nothing."""
    verdicts = verdict_of_rows(session, requests, now)
    wanted = []
    for request in requests:
        against = verdicts[request.id]
        if against is None:
            wanted.append(request)
        else:
            end(session, request, RequestState.SKIPPED, against.text, now)
    return wanted


def _skip(session: Session, requests: Sequence[Request], reason: str, now: datetime) -> None:
    for request in requests:
        end(session, request, RequestState.SKIPPED, reason, now)


def _settle(session: Session, letter: Letter, sent: Sent, now: datetime) -> None:
    """Put on record what became of the mail, and what follows for its requests."""
    notice = conclude(session, letter.notice_id, sent, now)
    match sent.outcome:
        case Outcome.SENT:
            _notified(session, letter, notice, now)
        case Outcome.NOT_NOW if notice.attempts < MOST_MAIL_ATTEMPTS:
            again = after_pause(now, sent.retry_after, notice.attempts)
            for request in letter.requests:
                claim(session, request, again)
        case Outcome.UNKNOWN:
            _skip(session, letter.requests, f"{UNCERTAIN} {sent.detail}", now)
        case _:
            _skip(session, letter.requests, f"Not notified: {sent.detail}", now)


def _notified(session: Session, letter: Letter, notice: Notice, now: datetime) -> None:
    until = last_day(notice.deadline_at).isoformat()
    copied = f", with a copy to {notice.copied_to}" if notice.copied_to and not notice.detail else ""
    reservation = f" {notice.detail}" if notice.detail else ""
    event = Event(
        step=Step.NOTIFIED,
        at=now,
        detail=f"Written to {notice.address}{copied}; answers until {until}.{reservation}",
        graph_request_id=notice.graph_request_id,
    )
    due_at = reminder_at(now, notice.deadline_at) or notice.deadline_at
    for request in letter.requests:
        move(session, request, RequestState.NOTIFIED, event, due_at=due_at)
