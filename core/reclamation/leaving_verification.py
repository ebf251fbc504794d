"""Reads people who left a group until the license is gone, which Microsoft sees to in its own time.

It may take hours, and a license that another one depends on stays, in error (contract §5.4).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col

from core.reclamation.facts import group_names
from core.reclamation.leaving_tenant import Standing, read_standing
from core.reclamation.ledger import Event, Request, claim, end
from core.reclamation.patience import GROUPS, GROUPS_RARELY, LEASE, next_look
from core.reclamation.states import RequestState, Step
from core.reclamation.tenant import Unread
from core.reclamation.work import Work, read_anew
from core.store.engine import writing
from core.store.tables import Assignment, AssignmentGroup, Opportunity

_STAYS = "DependencyViolation"


def verify_left(work: Work, requests: Sequence[Request]) -> None:
    """Read the people who were taken out of groups, and end the requests whose license is gone."""
    for request in requests:
        with writing(work.engine) as session:
            claimed = claim(session, request, work.now_fn() + LEASE)
        if claimed is None:
            continue
        answer = read_standing(work.client, claimed, mailbox=False)
        with writing(work.engine) as session:
            _settle(session, claimed, answer, work.now_fn())


def _settle(session: Session, request: Request, answer: Standing | Unread, now: datetime) -> None:
    (group,) = group_names(session, request.application_id, [request.via_group_id or ""])
    if isinstance(answer, Unread):
        reason = (
            f"Whether the person is out of the group {group} is not known: the user could not be read since "
            f"({answer.reason}). Look at both in the Microsoft Entra admin center, then sync."
        )
        _wait(session, request, reason, now, after=None)
        return
    if answer.entry is None:
        _gone(session, request, answer, group, now)
        return
    read_back = Event(step=Step.READ_BACK, at=now, evidence=answer.evidence())
    if answer.entry.state == "Error" and answer.entry.error == _STAYS:
        reason = (
            f"Microsoft keeps the license, in error ({_STAYS}), though the person was taken out of the group "
            f"{group}: another license of the person depends on a service of this one. Remove that one first."
        )
        end(session, request, RequestState.FAILED, reason, now, after=read_back)
        return
    reason = (
        f"Microsoft still shows the license from the group {group}. Look in the Microsoft Entra admin center "
        "whether the person is still a member, and at the group's licensing errors; then sync."
    )
    _wait(session, request, reason, now, after=read_back)


def _wait(session: Session, request: Request, reason: str, now: datetime, *, after: Event | None) -> None:
    """Look again, ever more rarely; after all patience the request fails with that reason."""
    if now - request.changed_at < GROUPS:
        claim(session, request, next_look(request.changed_at, now, GROUPS_RARELY))
        return
    end(session, request, RequestState.FAILED, reason, now, after=after)


def _gone(session: Session, request: Request, standing: Standing, group: str, now: datetime) -> None:
    if standing.user is None:
        reason = f"Taken out of the group {group}; the user does not exist any more."
    elif standing.otherwise:
        reason = f"Taken out of the group {group}, but the license is held in another way: no seat was freed."
    else:
        reason = f"Taken out of the group {group}: the license is gone from the user."
    read_back = Event(step=Step.READ_BACK, at=now, detail=reason, evidence=standing.evidence())
    if end(session, request, RequestState.RECLAIMED, reason, now, after=read_back, reclaimed_at=now):
        _forget(session, request, standing)


def _forget(session: Session, request: Request, standing: Standing) -> None:
    """Let our own rows say at once what the next sync would say, of all that the group gave this person."""
    connection = session.connection()
    states = standing.user.license_states if standing.user else ()
    still_from_group = {each.sku_id for each in states if each.assigned_by_group == request.via_group_id}
    held = {each.sku_id for each in states}
    mine = (
        col(AssignmentGroup.application_id) == request.application_id,
        col(AssignmentGroup.user_id) == request.user_id,
        col(AssignmentGroup.group_id) == request.via_group_id,
        col(AssignmentGroup.sku_id).not_in(still_from_group),
    )
    given = connection.execute(
        delete(AssignmentGroup).where(*mine).returning(col(AssignmentGroup.sku_id))
    ).scalars()
    read_anew(session, request.application_id, [request.user_id])
    for sku_id in list(given):
        seat = (
            col(Assignment.application_id) == request.application_id,
            col(Assignment.user_id) == request.user_id,
            col(Assignment.sku_id) == sku_id,
        )
        if sku_id in held:
            fewer = {"group_count": col(Assignment.group_count) - 1}
            connection.execute(update(Assignment).where(*seat).values(**fewer))
            continue
        connection.execute(delete(Assignment).where(*seat))
        connection.execute(
            delete(Opportunity).where(
                col(Opportunity.application_id) == request.application_id,
                col(Opportunity.user_id) == request.user_id,
                col(Opportunity.sku_id) == sku_id,
            )
        )
