"""Just before a removal: take requests in hand, read their users again in one batch, decide.

A request whose removal was already attempted, without its outcome being known, takes the same way: it is
read again before anything else is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from core.reclamation.facts import Decision, Known, Seen, covering_types, decide, known_facts
from core.reclamation.ledger import Change, Event, Request, claiming, ending, moving, write
from core.reclamation.patience import (
    LEASE,
    MOST_ATTEMPTS,
    SETTLING,
    UNREADABLE,
    UNRESOLVED,
    after_pause,
    next_look,
)
from core.reclamation.recheck import AlreadyRemoved, Skip, SkipReason
from core.reclamation.role_watch import with_roles
from core.reclamation.states import CANCELLABLE, Cause, RequestState, Step
from core.reclamation.tenant import Unread, read_seats
from core.reclamation.work import Work
from core.store.engine import reading, writing
from core.store.tables import ReclamationRun

SWITCHED_OFF = "Reclaiming is switched off for this application (allow_reclaim)."
TOO_OFTEN = (
    f"Microsoft did not carry the removal out in {MOST_ATTEMPTS} attempts (see the history); "
    "the license is still there. Try again later."
)

_CERTAIN = frozenset({SkipReason.GRANTED_ANEW, SkipReason.USER_GONE})
"""Reasons that hold whatever became of a removal without an answer."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A request in hand, whose license is to be removed now, and what was seen that says so."""

    request: Request
    seen: Seen
    until: datetime
    """After it the check is too old to act on."""
    covering: tuple[str, ...] = ()
    """Of a duplicate: SKU ids of the user's licenses that cover it."""


def check(work: Work, requests: Sequence[Request], check_holds: timedelta) -> list[Ready]:
    """Move requests on as far as reading allows; those whose license is to be removed now."""
    began = work.now_fn()
    in_hand = take_in_hand(work, requests, began)
    if not in_hand:
        return []
    answers = read_seats(work.client, in_hand, mailboxes=True)
    roles = work.roles.read(work.client, began)
    with reading(work.engine) as session:
        known = known_facts(session, in_hand[0].application_id, in_hand, began)
    ready: list[Ready] = []
    changes: list[Change] = []
    now = work.now_fn()
    for request in in_hand:
        answer = with_roles(answers[request.id], roles, request.user_id)
        facts = known[request.id]
        if isinstance(answer, Unread):
            changes.append(_waiting_for_answer(request, answer, now))
        elif (settled := _settling(request, facts, answer, now=now, allowed=work.allow_reclaim)) is not None:
            changes.append(settled)
        else:
            covering = covering_types(facts, answer)
            ready.append(Ready(request=request, seen=answer, until=began + check_holds, covering=covering))
    if changes:
        with writing(work.engine) as session:
            write(session, changes)
    return ready


def who_cancelled(session: Session, run_id: int) -> str | None:
    """Who has cancelled the run, if anybody."""
    query = select(col(ReclamationRun.cancelled_by)).where(col(ReclamationRun.id) == run_id)
    return session.connection().execute(query).scalar()


def cancelling(request: Request, who: str | None, now: datetime) -> Change | None:
    """The end of a request that has not begun, where somebody has cancelled its run."""
    if who is None or request.state not in CANCELLABLE:
        return None
    event = Event(step=Step.ENDED, at=now, actor=who, detail=f"The run was cancelled by {who}.")
    return moving(
        request,
        RequestState.CANCELLED,
        event,
        due_at=now,
        cause=Cause.OPERATOR,
        reason=f"cancelled by {who}",
    )


def cancel_if_asked(session: Session, request: Request, now: datetime) -> bool:
    """Cancel a request that has not begun, where its run was cancelled."""
    cancelled = cancelling(request, who_cancelled(session, request.run_id), now)
    if cancelled is not None:
        write(session, [cancelled])
    return cancelled is not None


def take_in_hand(work: Work, requests: Sequence[Request], now: datetime) -> list[Request]:
    """Cancel those of a run that was cancelled; the others in the state in which they are checked."""
    if not requests:
        return []
    until = now + LEASE
    begun = Event(step=Step.BEGUN, at=now)
    with writing(work.engine) as session:
        who = who_cancelled(session, requests[0].run_id)
        taken = write(session, [_taking(request, who, begun, until) for request in requests])
    in_order = [taken[request.id] for request in requests if request.id in taken]
    return [request for request in in_order if request.state is not RequestState.CANCELLED]


def _taking(request: Request, who: str | None, begun: Event, until: datetime) -> Change:
    if (cancelled := cancelling(request, who, begun.at)) is not None:
        return cancelled
    if request.state is RequestState.QUEUED:
        return moving(request, RequestState.CHECKING, begun, due_at=until)
    return claiming(request, until)


def _waiting_for_answer(request: Request, answer: Unread, now: datetime) -> Change:
    begun = request.state is RequestState.RECLAIMING
    if now - request.changed_at < (UNRESOLVED if begun else UNREADABLE):
        again = max(after_pause(now, answer.retry_after), next_look(request.changed_at, now))
        return claiming(request, again)
    reason = (
        f"The outcome is not known: the user could not be read after the removal ({answer.reason}). "
        "Look at the user in the Microsoft 365 admin center."
        if begun
        else f"The user could not be read ({answer.reason}). Nothing was removed; try again later."
    )
    return ending(request, RequestState.FAILED, reason, now)


def _settling(request: Request, known: Known, seen: Seen, *, now: datetime, allowed: bool) -> Change | None:
    """What the check decides, unless it is that the license is to be removed now."""
    decision = decide(known, seen)
    checked = Event(step=Step.CHECKED, at=now, detail=_said(decision), evidence=seen.evidence())
    if isinstance(decision, AlreadyRemoved):
        return moving(request, RequestState.VERIFYING, checked, due_at=now)
    if isinstance(decision, Skip):
        if _may_be_gone_already(request, decision, now):
            return claiming(request, next_look(request.changed_at, now))
        return ending(request, RequestState.SKIPPED, decision.text, now, after=checked)
    return _holding(request, checked, now, allowed=allowed)


def _holding(request: Request, checked: Event, now: datetime, *, allowed: bool) -> Change | None:
    """What keeps a removal from being tried, though nothing speaks against it."""
    if request.dry_run:
        reason = "A dry run: nothing was removed."
        return ending(request, RequestState.WOULD_RECLAIM, reason, now, after=checked)
    if not allowed:
        begun = request.state is RequestState.RECLAIMING
        state = RequestState.FAILED if begun else RequestState.SKIPPED
        return ending(request, state, SWITCHED_OFF, now, after=checked)
    if request.attempt >= MOST_ATTEMPTS:
        return ending(request, RequestState.FAILED, TOO_OFTEN, now, after=checked)
    return None


def _may_be_gone_already(request: Request, decision: Skip, now: datetime) -> bool:
    """After a removal without an answer, what still shows may only be a replica that lags."""
    if request.state is not RequestState.RECLAIMING or decision.reason in _CERTAIN:
        return False
    return now - request.changed_at < SETTLING


def _said(decision: Decision) -> str:
    if isinstance(decision, Skip):
        return decision.text
    if isinstance(decision, AlreadyRemoved):
        return "The license is gone since its removal was begun."
    return "The license is still assigned directly, and nothing speaks against its removal."
