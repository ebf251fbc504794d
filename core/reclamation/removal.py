"""Removes licenses: intent on record, one call for one license, the answer on record.

Calls run side by side as far as the tenant's gate allows. Microsoft's pushing back, or silence, ends an
attempt, never the request: the user is read again before the next attempt.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlmodel import Session

from core.graph.pacing import MOST
from core.policies.policies import read_pause
from core.reclamation.check import Ready, cancel_if_asked
from core.reclamation.covering import going_types
from core.reclamation.ledger import Event, Request, claim, end, move, record
from core.reclamation.patience import FOR_A_PLACE, LEASE, PAUSED, after_pause
from core.reclamation.states import RequestState, Step
from core.reclamation.tenant import Answer, Outcome, remove_license
from core.reclamation.work import Work, put_off, tell_gate
from core.store.engine import writing

_LOOK_AFTER_SILENCE = timedelta(seconds=1)


def remove(work: Work, ready: Sequence[Ready]) -> None:
    """Remove the license of each request; what happened is on record when this returns."""
    if not ready:
        return
    with ThreadPoolExecutor(min(MOST, len(ready)), thread_name_prefix="removal") as pool:
        for done in [pool.submit(_remove, work, each) for each in ready]:
            done.result()


def _remove(work: Work, ready: Ready) -> None:
    if not work.gate.enter(FOR_A_PLACE):
        put_off(work, ready.request, work.now_fn())
        return
    try:
        intended = _intend(work, ready)
        if intended is None:
            return
        answer = remove_license(work.client, intended.user_id, intended.sku_id)
    finally:
        work.gate.leave()
    tell_gate(work.gate, answer)
    with writing(work.engine) as session:
        _settle(session, intended, answer, work.now_fn())


def _intend(work: Work, ready: Ready) -> Request | None:
    """Put the intent on record, or find that it must not come to it."""
    request, seen, now = ready.request, ready.seen, work.now_fn()
    with writing(work.engine) as session:
        if cancel_if_asked(session, request, now):
            return None
        if now > ready.until or work.should_stop():
            claim(session, request, now)
            return None
        if ready.covering and _all_going(session, ready, now):
            claim(session, request, now)  # to be checked again, which says why it is left alone
            return None
        if read_pause(session, request.application_id) is not None:
            claim(session, request, now + PAUSED)
            return None
        checked = Event(
            step=Step.CHECKED,
            at=now,
            detail="The license is assigned directly, and nothing speaks against its removal.",
            evidence=seen.evidence(),
        )
        intent = Event(
            step=Step.INTENT,
            at=now,
            detail=f"Remove {request.product_name} from {request.user_principal_name}, and nothing else.",
            evidence={"disabled_plans": list(seen.disabled_plans), "read_at": seen.at.isoformat()},
        )
        return move(
            session,
            request,
            RequestState.RECLAIMING,
            intent,
            due_at=now + LEASE,
            after=checked,
            attempt=request.attempt + 1,
            # Of the first attempt: what is granted after it is spared, and its plans are what restore needs.
            intent_at=request.intent_at or seen.at,
            disabled_plans=list(seen.disabled_plans)
            if request.disabled_plans is None
            else request.disabled_plans,
        )


def _all_going(session: Session, ready: Ready, now: datetime) -> bool:
    """Whether all that covers a duplicate is being taken back by now itself."""
    request = ready.request
    going = going_types(session, request.application_id, [request.user_id], now)
    return going.get(request.user_id, frozenset()).issuperset(ready.covering)


def _settle(session: Session, request: Request, answer: Answer, now: datetime) -> None:
    """Write what Graph answered, and what follows from it."""
    event = Event(step=Step.REMOVAL, at=now, detail=answer.text, graph_request_id=answer.request_id)
    match answer.outcome:
        case Outcome.ACCEPTED:
            move(session, request, RequestState.VERIFYING, event, due_at=now)
        case Outcome.NOT_ASSIGNED | Outcome.INHERITED if request.attempt > 1:
            # Nothing to remove directly any more: the earlier attempt, whose outcome was open, did it.
            move(session, request, RequestState.VERIFYING, event, due_at=now)
        case Outcome.NOT_ASSIGNED | Outcome.INHERITED | Outcome.GONE:
            end(session, request, RequestState.SKIPPED, answer.text, now, after=event)
        case Outcome.REFUSED:
            end(session, request, RequestState.FAILED, answer.text, now, after=event)
        case Outcome.PUSHED_BACK:
            _try_again(session, request, event, after_pause(now, answer.retry_after, request.attempt))
        case Outcome.SILENT:
            _try_again(session, request, event, now + _LOOK_AFTER_SILENCE)


def _try_again(session: Session, request: Request, removal: Event, due_at: datetime) -> None:
    waiting = claim(session, request, due_at)
    if waiting is not None:
        record(session, waiting, removal)
