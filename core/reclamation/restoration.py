"""Gives licenses back: read the user, put the intent on record, one call, read back until it shows.

Nothing is remembered but the rows, as with a removal. A call whose answer is lost is no harm: the user is
read again, and assigning the same license once more changes nothing.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from core.graph import GraphError
from core.graph.pacing import MOST
from core.policies.cooldowns import cooldown_until, start_cooldown
from core.reclamation.facts import Seen
from core.reclamation.ledger import Event, Request, claim, end, move, record
from core.reclamation.patience import (
    FOR_A_PLACE,
    LEASE,
    MOST_ATTEMPTS,
    REPLICAS,
    UNREADABLE,
    UNRESOLVED,
    after_pause,
    next_look,
)
from core.reclamation.restoring import GiveBack, Impossible, IsBack, ReadBefore, may_be_given_back
from core.reclamation.states import RequestState, Step
from core.reclamation.tenant import Answer, Outcome, Unread, give_license, read_seats
from core.reclamation.work import Work, claim_all, put_off, read_anew, send
from core.store.bulk import upsert
from core.store.engine import writing
from core.store.tables import Assignment

_LOOK_AFTER_SILENCE: Final = timedelta(seconds=1)

TOO_OFTEN: Final = (
    f"Microsoft did not assign the license in {MOST_ATTEMPTS} attempts (see the history). Try again later."
)
SWITCHED_OFF: Final = "Changing licenses is switched off for this application (allow_reclaim)."
NOT_SHOWN: Final = (
    "Microsoft accepted the assignment, but does not show the license. Look at the user in the Microsoft 365 "
    "admin center, then sync."
)


def restore(work: Work, requests: Sequence[Request]) -> None:
    """Move requests that are being restored on as far as they go now."""
    in_hand = claim_all(work, requests, work.now_fn() + LEASE)
    if not in_hand:
        return
    answers = read_seats(work.client, in_hand, mailboxes=False)
    free = {} if all(request.restore_accepted_at for request in in_hand) else _free_seats(work)
    ready: list[tuple[Request, Seen]] = []
    with writing(work.engine) as session:
        now = work.now_fn()
        for request in in_hand:
            answer = answers[request.id]
            if isinstance(answer, Unread):
                _wait_for_answer(session, request, answer, now)
            elif not _settled(session, request, answer, free, work=work, now=now):
                ready.append((request, answer))
    if not ready:
        return
    with ThreadPoolExecutor(min(MOST, len(ready)), thread_name_prefix="restore") as pool:
        for done in [pool.submit(_give, work, request, seen) for request, seen in ready]:
            done.result()


def _free_seats(work: Work) -> Mapping[str, int]:
    """Seats that are free now by SKU id; nothing where they can't be read, and Microsoft's own no decides."""
    try:
        types = work.client.list_subscribed_skus()
    except GraphError:
        return {}
    return {each.sku_id: each.enabled + each.warning - each.consumed for each in types}


def _wait_for_answer(session: Session, request: Request, answer: Unread, now: datetime) -> None:
    begun = request.restore_intent_at is not None
    if now - request.changed_at < (UNRESOLVED if begun else UNREADABLE):
        claim(session, request, max(after_pause(now, answer.retry_after), next_look(request.changed_at, now)))
        return
    reason = (
        f"The assignment was begun, but the user could not be read since ({answer.reason}): the outcome is "
        "not known. Look at the user in the Microsoft 365 admin center, then sync."
        if begun
        else f"Not restored: the user could not be read ({answer.reason}). Try again later."
    )
    end(session, request, RequestState.RECLAIMED, reason, now)


def _settled(
    session: Session, request: Request, seen: Seen, free: Mapping[str, int], *, work: Work, now: datetime
) -> bool:
    """Write what the reading decides, unless it is that the license is to be assigned now."""
    read = ReadBefore(
        exists=seen.exists,
        direct=seen.direct,
        tried=request.restore_intent_at is not None,
        usage_location=seen.usage_location,
        free_seats=free.get(request.sku_id),
    )
    decision = may_be_given_back(read)
    if isinstance(decision, IsBack):
        read_back = Event(step=Step.READ_BACK, at=now, detail=decision.text, evidence=seen.evidence())
        if end(session, request, RequestState.RESTORED, decision.text, now, after=read_back, restored_at=now):
            _remember(session, request, seen)
            start_cooldown(
                session,
                request.application_id,
                request.user_id,
                request.sku_id,
                cooldown_until(session, request.application_id, now),
                f"restored on {now.date()}",
                request.id,
            )
    elif request.restore_accepted_at is not None and seen.exists:
        if now - request.restore_accepted_at < REPLICAS:
            claim(session, request, next_look(request.restore_accepted_at, now))
        else:
            _fail(session, request, NOT_SHOWN, now)
    elif isinstance(decision, Impossible):
        _fail(session, request, decision.text, now)
    elif not work.allow_reclaim:
        _fail(session, request, SWITCHED_OFF, now)
    elif request.restore_attempts >= MOST_ATTEMPTS:
        _fail(session, request, TOO_OFTEN, now)
    else:
        assert isinstance(decision, GiveBack)  # noqa: S101 - nothing else is left
        return False
    return True


def _give(work: Work, request: Request, seen: Seen) -> None:
    if not work.gate.enter(FOR_A_PLACE):
        put_off(work, request)
        return
    try:
        given = _intend(work, request, seen)
        if given is None:
            return
        plans = given.disabled_plans or []
        answer = send(work, given, lambda client: give_license(client, given.user_id, given.sku_id, plans))
    finally:
        work.gate.leave()
    with writing(work.engine) as session:
        _settle(session, given, answer, work.now_fn())


def _intend(work: Work, request: Request, seen: Seen) -> Request | None:
    """Put the intent on record, or find that this process is to begin nothing any more."""
    now = work.now_fn()
    plans = request.disabled_plans or []
    off = f", with {len(plans)} service plans switched off as before" if plans else ""
    event = Event(
        step=Step.RESTORE_INTENT,
        at=now,
        detail=f"Assign {request.product_name} to {request.user_principal_name}{off}.",
        evidence={"disabled_plans": plans, "read_at": seen.at.isoformat()},
    )
    with writing(work.engine) as session:
        if work.should_stop():
            claim(session, request, now)
            return None
        return move(
            session,
            request,
            RequestState.RESTORING,
            event,
            due_at=now + LEASE,
            attempt=request.attempt + 1,
            restore_attempts=request.restore_attempts + 1,
            restore_intent_at=request.restore_intent_at or now,
        )


def _settle(session: Session, request: Request, answer: Answer, now: datetime) -> None:
    """Write what Graph answered, and what follows from it."""
    event = Event(step=Step.ASSIGNMENT, at=now, detail=answer.text, graph_request_id=answer.request_id)
    match answer.outcome:
        case Outcome.ACCEPTED:
            move(session, request, RequestState.RESTORING, event, due_at=now, restore_accepted_at=now)
        case Outcome.PUSHED_BACK:
            _look_again(
                session, request, event, after_pause(now, answer.retry_after, request.restore_attempts)
            )
        case Outcome.SILENT:
            _look_again(session, request, event, now + _LOOK_AFTER_SILENCE)
        case _:
            _fail(session, request, answer.text, now, after=event)


def _look_again(session: Session, request: Request, event: Event, due_at: datetime) -> None:
    waiting = claim(session, request, due_at)
    if waiting is not None:
        record(session, waiting, event)


def _fail(session: Session, request: Request, why: str, now: datetime, *, after: Event | None = None) -> None:
    """The license stays reclaimed."""
    end(session, request, RequestState.RECLAIMED, f"Not restored. {why}", now, after=after)


def _remember(session: Session, request: Request, seen: Seen) -> None:
    """Let our own rows say at once what the next sync would say; nothing is known of its use until then."""
    seat = {
        "application_id": request.application_id,
        "user_id": request.user_id,
        "sku_id": request.sku_id,
        "direct": True,
        "group_count": len(seen.group_ids),
        "state": "Active",
        "disabled_plans": list(seen.disabled_plans),
        "updated_at": seen.updated_at,
        "seen_in": 0,
    }
    upsert(session, Assignment, [seat])
    read_anew(session, request.application_id, [request.user_id])
