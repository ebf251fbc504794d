"""Reads users back until the license is gone: Graph's "200 OK" is no proof (contract §5.1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, tuple_, update
from sqlmodel import Session, col

from core.reclamation.facts import Seen, group_names
from core.reclamation.ledger import Change, Event, Request, claiming, ending, write
from core.reclamation.patience import LEASE, REPLICAS, UNRESOLVED, next_look
from core.reclamation.recheck import GRANTED_ANEW_WITHIN
from core.reclamation.states import RequestState, Step
from core.reclamation.tenant import Unread, read_seats
from core.reclamation.work import Work, claim_all, read_anew
from core.store.engine import writing
from core.store.tables import Assignment, AssignmentGroup, Opportunity


def verify(work: Work, requests: Sequence[Request]) -> None:
    """Read the users of accepted removals, and end the requests whose license is gone."""
    in_hand = claim_all(work, requests, work.now_fn() + LEASE)
    if not in_hand:
        return
    answers = read_seats(work.client, in_hand, mailboxes=False)
    with writing(work.engine) as session:
        now = work.now_fn()
        _learn(work, [(request, answers[request.id]) for request in in_hand], now)
        # All that is not shown yet is looked at together again.
        since = max(request.changed_at for request in in_hand)
        again = max(next_look(since, now), since + timedelta(seconds=work.gate.replicas.delay))
        changed = write(
            session, [_what_follows(session, request, answers[request.id], again, now) for request in in_hand]
        )
        gone = [
            (request, seen)
            for request in changed.values()
            if request.state is RequestState.RECLAIMED and isinstance(seen := answers[request.id], Seen)
        ]
        _forget(session, gone)


def _learn(work: Work, looks: Sequence[tuple[Request, Seen | Unread]], now: datetime) -> None:
    """Let later looks go by what these have shown."""
    seen = [(request, each) for request, each in looks if isinstance(each, Seen)]
    ages = [
        (now - request.changed_at).total_seconds()
        for request, each in seen
        if each.exists and each.direct and not _granted_anew(request, each)
    ]
    if seen:
        work.gate.replicas.seen(old_at=max(ages, default=None))


def _granted_anew(request: Request, seen: Seen) -> bool:
    return (
        seen.updated_at is not None
        and request.intent_at is not None
        and seen.updated_at >= request.intent_at - GRANTED_ANEW_WITHIN
    )


def _what_follows(
    session: Session, request: Request, answer: Seen | Unread, again: datetime, now: datetime
) -> Change:
    if isinstance(answer, Unread):
        return _waiting_for_answer(request, answer, now)
    if answer.exists and answer.direct:
        return _still_there(request, answer, again, now)
    return _gone(session, request, answer, now)


def _waiting_for_answer(request: Request, answer: Unread, now: datetime) -> Change:
    if now - request.changed_at < UNRESOLVED:
        return claiming(request, next_look(request.changed_at, now))
    reason = (
        f"Microsoft accepted the removal, but the user could not be read since ({answer.reason}). "
        "Look at the user in the Microsoft 365 admin center."
    )
    return ending(request, RequestState.FAILED, reason, now)


def _still_there(request: Request, seen: Seen, again: datetime, now: datetime) -> Change:
    if _granted_anew(request, seen):
        reason = (
            f"The license was removed, but granted anew at {seen.updated_at:%Y-%m-%d %H:%M:%S} UTC: "
            "it was left alone."
        )
    elif now - request.changed_at >= REPLICAS:
        reason = (
            "Microsoft still shows the license, though it accepted the removal. Check the user in the "
            "Microsoft 365 admin center; sync and reclaim again if the license is still there."
        )
    else:
        return claiming(request, again)
    return ending(request, RequestState.FAILED, reason, now, after=_read_back(seen, reason, now))


def _gone(session: Session, request: Request, seen: Seen, now: datetime) -> Change:
    if not seen.exists:
        reason = "Removed; the user does not exist any more."
    elif seen.group_ids:
        names = group_names(session, request.application_id, seen.group_ids)
        reason = f"Removed, but still inherited from {', '.join(names)}: no seat was freed."
    else:
        reason = "Removed: the license is gone from the user."
    read_back = _read_back(seen, reason, now)
    return ending(request, RequestState.RECLAIMED, reason, now, after=read_back, reclaimed_at=now)


def _read_back(seen: Seen, detail: str, now: datetime) -> Event:
    return Event(step=Step.READ_BACK, at=now, detail=detail, evidence=seen.evidence())


def _forget(session: Session, gone: Sequence[tuple[Request, Seen]]) -> None:
    """Let our own rows say at once what the next sync would say."""
    if not gone:
        return
    application_id = gone[0][0].application_id
    connection = session.connection()
    read_anew(session, application_id, {request.user_id for request, _ in gone})
    connection.execute(delete(Opportunity).where(*_seats(Opportunity, [request for request, _ in gone])))
    if without := [request for request, seen in gone if not seen.group_ids]:
        for table in (AssignmentGroup, Assignment):
            connection.execute(delete(table).where(*_seats(table, without)))
    for request, seen in gone:
        if seen.group_ids:
            rest = {"direct": False, "disabled_plans": [], "group_count": len(seen.group_ids)}
            connection.execute(update(Assignment).where(*_seats(Assignment, [request])).values(**rest))


def _seats(
    table: type[Opportunity | Assignment | AssignmentGroup], requests: Sequence[Request]
) -> tuple[ColumnElement[bool], ...]:
    return (
        col(table.application_id) == requests[0].application_id,
        # By itself the pair finds no index on SQLite.
        col(table.user_id).in_([each.user_id for each in requests]),
        tuple_(col(table.user_id), col(table.sku_id)).in_([(each.user_id, each.sku_id) for each in requests]),
    )
