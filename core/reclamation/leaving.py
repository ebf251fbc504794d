"""Takes people out of groups that give them a license: check, intent on record, one call, the answer.

Only an answer that says the call was not carried out lets it be sent again. Where the answer is lost, or the
worker died before it came, nothing is sent any more: the license is waited for to go.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import exists, select
from sqlmodel import Session, col

from core.graph import GraphError
from core.graph.permissions import why_groups_stay
from core.policies.exempting import groups_of
from core.policies.policies import read_pause
from core.policies.sparing import read_sparing
from core.reclamation.check import SWITCHED_OFF, cancel_if_asked, take_in_hand
from core.reclamation.chosen import LEAVING
from core.reclamation.facts import Seen, decide, known_facts
from core.reclamation.leaving_tenant import Standing, read_group, read_standing, take_out
from core.reclamation.ledger import Event, Request, claim, end, move, record
from core.reclamation.memberships import GroupFacts, advice_on
from core.reclamation.opportunities import BlockerCode
from core.reclamation.patience import (
    CHECK_HOLDS,
    FOR_A_PLACE,
    LEASE,
    MOST_ATTEMPTS,
    PAUSED,
    UNREADABLE,
    after_pause,
    next_look,
)
from core.reclamation.recheck import Skip
from core.reclamation.role_watch import with_roles
from core.reclamation.states import RequestState, Step
from core.reclamation.tenant import Answer, Outcome, Unread
from core.reclamation.work import Work, put_off, send
from core.store.engine import writing
from core.store.tables import LicenseType, Opportunity, ReclamationEvent, ReclamationRequest, User

BY_GROUP: Final = frozenset({BlockerCode.INHERITED, BlockerCode.ALSO_INHERITED})
"""What stands against a direct removal, and not against leaving the group."""

TOO_OFTEN: Final = (
    f"Microsoft did not carry the removal from the group out in {MOST_ATTEMPTS} attempts (see the history). "
    "Try again later."
)
_LOST: Final = "The answer is lost. Nothing is sent again: the user is read until the license is gone."


def leave(work: Work, requests: Sequence[Request]) -> None:
    """Move requests whose license goes with a group on, as far as they go now."""
    if not requests:
        return
    for request in take_in_hand(work, requests, work.now_fn()):
        if not _begun_before(work, request):
            _go_on(work, request)


def _begun_before(work: Work, request: Request) -> bool:
    """Whether the call may have been sent without its answer on record: then it is never sent again."""
    if request.state is not RequestState.RECLAIMING:
        return False
    answered = exists().where(
        col(ReclamationEvent.request_id) == request.id,
        col(ReclamationEvent.step) == Step.REMOVAL.value,
        col(ReclamationEvent.attempt) == request.attempt,
    )
    with writing(work.engine) as session:
        if session.connection().execute(select(answered)).scalar_one():
            return False
        now = work.now_fn()
        lost = Event(step=Step.REMOVAL, at=now, detail=_LOST)
        move(session, request, RequestState.VERIFYING, lost, due_at=now)
    return True


def _go_on(work: Work, request: Request) -> None:
    began = work.now_fn()
    group_id = request.via_group_id or ""
    standing = read_standing(work.client, request, mailbox=True)
    group = read_group(work.client, group_id)
    roles = _roles(work)
    seen = standing if isinstance(standing, Unread) else _seen(work, request, standing, began)
    with writing(work.engine) as session:
        now = work.now_fn()
        if (
            isinstance(standing, Unread)
            or isinstance(group, Unread)
            or isinstance(roles, Unread)
            or isinstance(seen, Unread)
        ):
            unread = next(each for each in (standing, group, roles, seen) if isinstance(each, Unread))
            _wait_for_answer(session, request, unread, now)
            return
        against = _against(session, request, standing, seen, group, began) or why_groups_stay(roles)
        if against is None and not work.allow_reclaim:
            against = SWITCHED_OFF
        if against is not None:
            checked = Event(step=Step.CHECKED, at=now, detail=against, evidence=standing.evidence())
            end(session, request, RequestState.SKIPPED, against, now, after=checked)
            return
        if request.attempt >= MOST_ATTEMPTS:
            end(session, request, RequestState.FAILED, TOO_OFTEN, now)
            return
    if not work.gate.enter(FOR_A_PLACE):
        put_off(work, request)
        return
    try:
        _take_out(work, request, standing, group.name if group else group_id, began + CHECK_HOLDS)
    finally:
        work.gate.leave()


def _roles(work: Work) -> frozenset[str] | Unread:
    try:
        return work.client.sign_in()
    except GraphError as error:
        return Unread(reason=error.message, retry_after=error.retry_after)


def _seen(work: Work, request: Request, standing: Standing, now: datetime) -> Seen | Unread:
    return with_roles(standing.seen(), work.roles.read(work.client, now), request.user_id)


def _wait_for_answer(session: Session, request: Request, unread: Unread, now: datetime) -> None:
    if now - request.changed_at < UNREADABLE:
        due_at = max(after_pause(now, unread.retry_after), next_look(request.changed_at, now))
        claim(session, request, due_at)
        return
    reason = f"User and group could not be read ({unread.reason}). Nothing was removed; try again later."
    end(session, request, RequestState.FAILED, reason, now)


def _against(
    session: Session,
    request: Request,
    standing: Standing,
    seen: Seen,
    group: GroupFacts | None,
    began: datetime,
) -> str | None:
    """Why the person is to stay in the group, as a sentence; nothing where nothing speaks against it."""
    if standing.user is None:
        return "The user does not exist any more."
    if group is None or standing.entry is None:
        return "The license does not come from the group any more."
    if standing.otherwise:
        return (
            f"The license is also assigned directly, or comes from another group than {group.name}: leaving "
            "it would free no seat."
        )
    advice = advice_on(group)
    if advice.obstacle is not None:
        return f"Nobody can be taken out of the group {group.name} any more. {advice.why} {advice.to_do}"
    besides = standing.lost_types - {standing.sku_id}
    return (
        _more_than_confirmed(session, request, standing, group)
        or _by_evidence(session, request, seen, began)
        or spared_besides(session, request.application_id, request.user_id, besides, began.date())
    )


def _more_than_confirmed(
    session: Session, request: Request, standing: Standing, group: GroupFacts
) -> str | None:
    query = select(col(ReclamationRequest.evidence)).where(col(ReclamationRequest.id) == request.id)
    evidence: dict[str, Any] = session.connection().execute(query).scalar_one()
    more = standing.lost_types - set(evidence[LEAVING]["lost_types"])
    if not more:
        return None
    named = select(col(LicenseType.product_name)).where(
        col(LicenseType.application_id) == request.application_id, col(LicenseType.sku_id).in_(more)
    )
    names = sorted(session.connection().execute(named).scalars()) or sorted(more)
    return (
        f"Leaving the group {group.name} would now also take away {', '.join(names)}, which nobody has "
        "confirmed: sync, then choose again."
    )


def _by_evidence(session: Session, request: Request, seen: Seen, began: datetime) -> str | None:
    """What speaks against it by the rules of every reclamation, but for the license being inherited."""
    known = known_facts(session, request.application_id, [request], began)[request.id]
    blockers = other_blockers(session, request.application_id, request.user_id, request.sku_id)
    cooldown = known.sparing.cooldown(request.user_id, request.sku_id)
    if cooldown is not None:
        blockers = [cooldown, *(blockers or [])]
    blocker = blockers[0] if blockers else None
    known = replace(known, opportunity=blockers == [], blocker=blocker)
    decision = decide(known, seen)
    return decision.text if isinstance(decision, Skip) else None


def other_blockers(session: Session, application_id: int, user_id: str, sku_id: str) -> list[str] | None:
    """What stands against taking an inherited license back, besides that it is inherited.

    None where by the latest evidence there is no reason to take it back at all.
    """
    opportunity = session.get(Opportunity, (application_id, user_id, sku_id))
    if opportunity is None:
        return None
    return [each["text"] for each in opportunity.blockers if each["code"] not in BY_GROUP]


def spared_besides(
    session: Session, application_id: int, user_id: str, sku_ids: Iterable[str], today: date
) -> str | None:
    """Which other license that goes with the group is spared, and why; nothing where none is."""
    sparing = read_sparing(session, application_id, today, [user_id])
    member_of = groups_of(session, application_id, [user_id]).get(user_id, frozenset())
    user = session.get(User, (application_id, user_id))
    department = user.department if user else None
    for sku_id in sorted(sku_ids):
        why = sparing.exempt(user_id, sku_id, department=department, group_ids=member_of)
        why = why or sparing.cooldown(user_id, sku_id)
        if why is not None:
            license_type = session.get(LicenseType, (application_id, sku_id))
            return f"{license_type.product_name if license_type else sku_id} would go as well. {why}"
    return None


def _take_out(work: Work, request: Request, standing: Standing, group_name: str, until: datetime) -> None:
    """Put the intent on record, send the call, put the answer on record."""
    intended = _intend(work, request, standing, group_name, until)
    if intended is None or intended.via_group_id is None:
        return
    group_id, user_id = intended.via_group_id, intended.user_id
    answer = send(work, intended, lambda client: take_out(client, group_id, user_id))
    with writing(work.engine) as session:
        _settle(session, intended, answer, work.now_fn())


def _intend(
    work: Work, request: Request, standing: Standing, group_name: str, until: datetime
) -> Request | None:
    """Put the intent on record, or find that it must not come to it."""
    now = work.now_fn()
    with writing(work.engine) as session:
        if cancel_if_asked(session, request, now):
            return None
        if now > until or work.should_stop():
            claim(session, request, now)
            return None
        if read_pause(session, request.application_id) is not None:
            claim(session, request, now + PAUSED)
            return None
        checked = Event(
            step=Step.CHECKED,
            at=now,
            detail=f"The license comes from the group {group_name} alone, and nothing speaks against it.",
            evidence=standing.evidence(),
        )
        intent = Event(
            step=Step.INTENT,
            at=now,
            detail=f"Take {request.user_principal_name} out of the group {group_name}, and nothing else.",
            evidence={
                "group_id": request.via_group_id,
                "lost_types": sorted(standing.lost_types),
                "read_at": standing.at.isoformat(),
            },
        )
        return move(
            session,
            request,
            RequestState.RECLAIMING,
            intent,
            due_at=now + LEASE,
            after=checked,
            attempt=request.attempt + 1,
            intent_at=request.intent_at or standing.at,
        )


def _settle(session: Session, request: Request, answer: Answer, now: datetime) -> None:
    """Write what Graph answered, and what follows from it."""
    event = Event(step=Step.REMOVAL, at=now, detail=answer.text, graph_request_id=answer.request_id)
    match answer.outcome:
        case Outcome.ACCEPTED | Outcome.SILENT:
            move(session, request, RequestState.VERIFYING, event, due_at=now)
        case Outcome.GONE:
            end(session, request, RequestState.SKIPPED, answer.text, now, after=event)
        case Outcome.PUSHED_BACK:
            waiting = claim(session, request, after_pause(now, answer.retry_after, request.attempt))
            if waiting is not None:
                record(session, waiting, event)
        case _:
            end(session, request, RequestState.FAILED, answer.text, now, after=event)
