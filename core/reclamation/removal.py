"""Removes licenses: intent on record, one call for one license, the answer on record.

Calls run side by side as far as the tenant's gate allows, in waves: one transaction holds the answers that
have come and the intents of the calls that follow it. Microsoft's pushing back, or silence, ends an attempt,
never the request: the user is read again before the next attempt.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from core.graph.pacing import MOST
from core.policies.policies import read_pause
from core.reclamation.check import Ready, cancelling, who_cancelled
from core.reclamation.covering import going_types
from core.reclamation.ledger import Change, Event, Request, claiming, ending, moving, write
from core.reclamation.patience import FOR_A_PLACE, LEASE, PAUSED, after_pause
from core.reclamation.states import RequestState, Step
from core.reclamation.tenant import Answer, Outcome, remove_license
from core.reclamation.work import Work, put_off, send
from core.store.engine import writing

_LOOK_AFTER_SILENCE: Final = timedelta(seconds=1)

_SOON: Final = 0.5
"""Seconds that answers are kept for the transaction of the next wave, where it can't begin at once."""

_Calls = dict[Future[Answer], Request]


def remove(work: Work, ready: Sequence[Ready]) -> None:
    """Remove the license of each request; what happened is on record when this returns."""
    if not ready:
        return
    calls: _Calls = {}
    left = list(ready)
    with ThreadPoolExecutor(min(MOST, len(left)), thread_name_prefix="removal") as pool:
        while left:
            places = work.gate.enter(_SOON, len(left))
            if not places:
                _note(work, calls)
                places = _wait_for_places(work, len(left))
            if not places:
                break
            wave, left = left[:places], left[places:]
            _begin(work, pool, calls, wave)
        wait(calls)
        _note(work, calls)
    for each in left:
        put_off(work, each.request)


def _wait_for_places(work: Work, wanted: int) -> int:
    if work.gate.closed_for() > FOR_A_PLACE or work.should_stop():
        return 0
    return work.gate.enter(FOR_A_PLACE, wanted)


def _begin(work: Work, pool: ThreadPoolExecutor, calls: _Calls, wave: Sequence[Ready]) -> None:
    """Put the answers so far and the intents of a wave on record, then make its calls."""
    unused = len(wave)
    try:
        answered = _answered(calls)
        with writing(work.engine) as session:
            now = work.now_fn()
            settled = [_settling(work, request, answer, now) for request, answer in answered]
            changed = write(session, [*settled, *_intending(work, session, wave, now)])
        for each in wave:
            intended = changed.get(each.request.id)
            if intended is not None and intended.attempt > each.request.attempt:
                calls[pool.submit(_call, work, intended)] = intended
                unused -= 1
    finally:
        work.gate.leave(unused)


def _call(work: Work, intended: Request) -> Answer:
    """Make one call, whose place becomes free with its answer."""
    try:
        return send(work, intended, lambda: remove_license(work.client, intended.user_id, intended.sku_id))
    finally:
        work.gate.leave()


def _note(work: Work, calls: _Calls) -> None:
    """Put the answers that have come on record."""
    answered = _answered(calls)
    if answered:
        with writing(work.engine) as session:
            now = work.now_fn()
            write(session, [_settling(work, request, answer, now) for request, answer in answered])


def _answered(calls: _Calls) -> list[tuple[Request, Answer]]:
    """Take the calls out that have their answer."""
    done = [call for call in calls if call.done()]
    return [(calls.pop(call), call.result()) for call in done]


def _intending(work: Work, session: Session, wave: Sequence[Ready], now: datetime) -> list[Change]:
    """What puts the intents on record, or what is to become of requests for which it must not come to it."""
    first = wave[0].request
    who = who_cancelled(session, first.run_id)
    paused = read_pause(session, first.application_id) is not None
    changes = []
    for ready in wave:
        request = ready.request
        if (cancelled := cancelling(request, who, now)) is not None:
            changes.append(cancelled)
        elif now > ready.until or work.should_stop():
            changes.append(claiming(request, now))
        elif ready.covering and _all_going(session, ready, now):
            changes.append(claiming(request, now))  # to be checked again, which says why it is left alone
        elif paused:
            changes.append(claiming(request, now + PAUSED))
        else:
            changes.append(_intent(ready, now))
    return changes


def _intent(ready: Ready, now: datetime) -> Change:
    request, seen = ready.request, ready.seen
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
    plans = list(seen.disabled_plans) if request.disabled_plans is None else request.disabled_plans
    return moving(
        request,
        RequestState.RECLAIMING,
        intent,
        due_at=now + LEASE,
        after=checked,
        attempt=request.attempt + 1,
        # Of the first attempt: what is granted after it is spared, and its plans are what restore needs.
        intent_at=request.intent_at or seen.at,
        disabled_plans=plans,
    )


def _all_going(session: Session, ready: Ready, now: datetime) -> bool:
    """Whether all that covers a duplicate is being taken back by now itself."""
    request = ready.request
    going = going_types(session, request.application_id, [request.user_id], now)
    return going.get(request.user_id, frozenset()).issuperset(ready.covering)


def _settling(work: Work, request: Request, answer: Answer, now: datetime) -> Change:
    """What follows from what Graph answered."""
    event = Event(step=Step.REMOVAL, at=now, detail=answer.text, graph_request_id=answer.request_id)
    match answer.outcome:
        case Outcome.ACCEPTED:
            shown = now + timedelta(seconds=work.gate.replicas.delay)
            return moving(request, RequestState.VERIFYING, event, due_at=shown)
        case Outcome.NOT_ASSIGNED | Outcome.INHERITED if request.attempt > 1:
            # Nothing to remove directly any more: the earlier attempt, whose outcome was open, did it.
            return moving(request, RequestState.VERIFYING, event, due_at=now)
        case Outcome.NOT_ASSIGNED | Outcome.INHERITED | Outcome.GONE:
            return ending(request, RequestState.SKIPPED, answer.text, now, after=event)
        case Outcome.PUSHED_BACK:
            return claiming(request, after_pause(now, answer.retry_after, request.attempt), event)
        case Outcome.SILENT:
            return claiming(request, now + _LOOK_AFTER_SILENCE, event)
        case _:
            return ending(request, RequestState.FAILED, answer.text, now, after=event)
