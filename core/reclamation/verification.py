"""Reads users back until the license is gone: Graph's "200 OK" is no proof (contract §5.1)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col

from core.reclamation.facts import Seen, group_names
from core.reclamation.ledger import Event, Request, claim, end
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
        for request in in_hand:
            answer = answers[request.id]
            if isinstance(answer, Unread):
                _wait_for_answer(session, request, answer, now)
            elif answer.exists and answer.direct:
                _still_there(session, request, answer, now)
            else:
                _gone(session, request, answer, now)


def _wait_for_answer(session: Session, request: Request, answer: Unread, now: datetime) -> None:
    if now - request.changed_at < UNRESOLVED:
        claim(session, request, next_look(request.changed_at, now))
        return
    reason = (
        f"Microsoft accepted the removal, but the user could not be read since ({answer.reason}). "
        "Look at the user in the Microsoft 365 admin center."
    )
    end(session, request, RequestState.FAILED, reason, now)


def _still_there(session: Session, request: Request, seen: Seen, now: datetime) -> None:
    if (
        seen.updated_at is not None
        and request.intent_at is not None
        and seen.updated_at >= request.intent_at - GRANTED_ANEW_WITHIN
    ):
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
        claim(session, request, next_look(request.changed_at, now))
        return
    end(session, request, RequestState.FAILED, reason, now, after=_read_back(seen, reason, now))


def _gone(session: Session, request: Request, seen: Seen, now: datetime) -> None:
    if not seen.exists:
        reason = "Removed; the user does not exist any more."
    elif seen.group_ids:
        names = group_names(session, request.application_id, seen.group_ids)
        reason = f"Removed, but still inherited from {', '.join(names)}: no seat was freed."
    else:
        reason = "Removed: the license is gone from the user."
    read_back = _read_back(seen, reason, now)
    if end(session, request, RequestState.RECLAIMED, reason, now, after=read_back, reclaimed_at=now):
        _forget(session, request, seen)


def _read_back(seen: Seen, detail: str, now: datetime) -> Event:
    return Event(step=Step.READ_BACK, at=now, detail=detail, evidence=seen.evidence())


def _forget(session: Session, request: Request, seen: Seen) -> None:
    """Let our own rows say at once what the next sync would say."""
    connection = session.connection()
    read_anew(session, request.application_id, request.user_id)
    for table in (Opportunity, AssignmentGroup) if not seen.group_ids else (Opportunity,):
        connection.execute(delete(table).where(*_seat(table, request)))
    if seen.group_ids:
        rest = {"direct": False, "disabled_plans": [], "group_count": len(seen.group_ids)}
        connection.execute(update(Assignment).where(*_seat(Assignment, request)).values(**rest))
    else:
        connection.execute(delete(Assignment).where(*_seat(Assignment, request)))


def _seat(
    table: type[Opportunity | Assignment | AssignmentGroup], request: Request
) -> tuple[ColumnElement[bool], ...]:
    return (
        col(table.application_id) == request.application_id,
        col(table.user_id) == request.user_id,
        col(table.sku_id) == request.sku_id,
    )
