"""Removes licenses: intent on record, one call for one license, the answer on record.

Calls run side by side as far as the tenant's gate allows, in waves: one transaction holds the answers that
have come and the intents of the calls that follow it. Microsoft's pushing back, or silence, ends an attempt,
never the request: the user is read again before the next attempt.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
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
from core.reclamation.work import Work, send
from core.store.engine import writing

_LOOK_AFTER_SILENCE: Final = timedelta(seconds=1)

_SOON: Final = 0.5
"""Seconds that answers are kept for the transaction of the next wave, where it can't begin at once."""


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    """A chunk under way: calls whose answer is not on record, and requests whose removal was accepted."""

    work: Work
    calls: dict[Future[Answer], Request] = field(default_factory=dict)
    accepted: list[Request] = field(default_factory=list)


def remove(work: Work, ready: Sequence[Ready], *, sent: Callable[[], None] = lambda: None) -> None:
    """Remove the license of each request; what happened is on record when this returns.

    `sent` is called as soon as nothing more is sent, and answers alone are waited for.
    """
    if not ready:
        return
    chunk, left = _Chunk(work=work), list(ready)
    with ThreadPoolExecutor(min(MOST, len(left)), thread_name_prefix="removal") as pool:
        while left:
            places = work.gate.enter(_SOON, len(left))
            if not places:
                _note(chunk)
                places = _wait_for_places(work, len(left))
            if not places:
                break
            wave, left = left[:places], left[places:]
            _begin(chunk, pool, wave)
        sent()
        wait(chunk.calls)
    _note(chunk, left=left, last=True)


def _wait_for_places(work: Work, wanted: int) -> int:
    if work.gate.closed_for() > FOR_A_PLACE or work.should_stop():
        return 0
    return work.gate.enter(FOR_A_PLACE, wanted)


def _begin(chunk: _Chunk, pool: ThreadPoolExecutor, wave: Sequence[Ready]) -> None:
    """Put the answers so far and the intents of a wave on record, then make its calls."""
    work, unused = chunk.work, len(wave)
    try:
        with writing(work.engine) as session:
            now = work.now_fn()
            changed = write(session, [*_answers(chunk, now), *_intending(work, session, wave, now)])
        _remember_accepted(chunk, changed)
        for each in wave:
            intended = changed.get(each.request.id)
            if intended is not None and intended.attempt > each.request.attempt:
                chunk.calls[pool.submit(_call, work, intended)] = intended
                unused -= 1
    finally:
        work.gate.leave(unused)


def _call(work: Work, intended: Request) -> Answer:
    """Make one call, whose place becomes free with its answer."""
    try:
        return send(work, intended, lambda client: remove_license(client, intended.user_id, intended.sku_id))
    finally:
        work.gate.leave()


def _note(chunk: _Chunk, *, left: Sequence[Ready] = (), last: bool = False) -> None:
    """Put the answers that have come on record, and at the `last` when all is looked at again.

    The users of a chunk are looked at together: so they fit into one batch of reads.
    """
    work = chunk.work
    now = work.now_fn()
    changes = _answers(chunk, now, last=last)
    if last:
        changes += [claiming(request, _shown_at(work, now)) for request in chunk.accepted]
        rest = now + timedelta(seconds=work.gate.closed_for())
        changes += [claiming(each.request, rest) for each in left]
    if changes:
        with writing(work.engine) as session:
            changed = write(session, changes)
        _remember_accepted(chunk, changed)


def _answers(chunk: _Chunk, now: datetime, *, last: bool = False) -> list[Change]:
    """What follows from the answers that have come since."""
    done = [call for call in chunk.calls if call.done()]
    look_at = _shown_at(chunk.work, now) if last else now + LEASE
    return [_settling(chunk.calls.pop(call), call.result(), look_at, now) for call in done]


def _remember_accepted(chunk: _Chunk, changed: Mapping[int, Request]) -> None:
    chunk.accepted.extend(each for each in changed.values() if each.state is RequestState.VERIFYING)


def _shown_at(work: Work, now: datetime) -> datetime:
    """When Microsoft is likely to show what was accepted until now."""
    return now + timedelta(seconds=work.gate.replicas.delay)


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


def _settling(request: Request, answer: Answer, look_at: datetime, now: datetime) -> Change:
    """What follows from what Graph answered. `look_at`: when what was accepted is looked for."""
    event = Event(step=Step.REMOVAL, at=now, detail=answer.text, graph_request_id=answer.request_id)
    match answer.outcome:
        case Outcome.ACCEPTED:
            return moving(request, RequestState.VERIFYING, event, due_at=look_at)
        case Outcome.NOT_ASSIGNED | Outcome.INHERITED if request.attempt > 1:
            # Nothing to remove directly any more: the earlier attempt, whose outcome was open, did it.
            return moving(request, RequestState.VERIFYING, event, due_at=look_at)
        case Outcome.NOT_ASSIGNED | Outcome.INHERITED | Outcome.GONE:
            return ending(request, RequestState.SKIPPED, answer.text, now, after=event)
        case Outcome.PUSHED_BACK:
            return claiming(request, after_pause(now, answer.retry_after, request.attempt), event)
        case Outcome.SILENT:
            return claiming(request, now + _LOOK_AFTER_SILENCE, event)
        case _:
            return ending(request, RequestState.FAILED, answer.text, now, after=event)
