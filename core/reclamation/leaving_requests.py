"""Decides to take one person out of one group, so that an inherited license goes: who may, and what may."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date, datetime

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from core.graph.permissions import why_groups_stay
from core.reclamation.chosen import Leaving, Seat
from core.reclamation.guards import limits_of, purchased_seats, recent_requests
from core.reclamation.inherited import InheritedSeat, inherited_seats
from core.reclamation.leaving import other_blockers, spared_besides
from core.reclamation.limits import Exceeded, exceeded_limits
from core.reclamation.opportunities import duplicate_alone
from core.reclamation.requests import RunMode, RunRefused, start_run
from core.rights import Actor, Role, require
from core.store.engine import reading
from core.store.tables import LIVE_STATES, Opportunity, ReclamationRequest


def leave_group(
    engine: Engine,
    application_id: int,
    seat: Seat,
    group_id: str,
    *,
    confirmed_types: AbstractSet[str],
    typed_name: str | None,
    note: str,
    actor: Actor,
    allow_reclaim: bool,
    roles: AbstractSet[str],
    now: datetime,
    confirm_names: Iterable[str] = (),
    confirm_count: int | None = None,
) -> int:
    """Put on record that a person is to be taken out of a group; the id of the run. A worker carries it out.

    Args:
        engine: the product's database.
        application_id: the application.
        seat: the person and the license type that the group gives.
        group_id: the group.
        confirmed_types: SKU ids of all that the person was said to lose, this type among them.
        typed_name: the group's name as it was typed; owed where more than one type is lost.
        note: why, for the history.
        actor: who decides.
        allow_reclaim: whether licenses may really be removed.
        roles: of the token; they decide whether anybody may be taken out of a group at all.
        now: the moment.
        confirm_names: the person's user principal name as it was typed; owed where the account is protected.
        confirm_count: the number of requests, 1, as it was typed; owed above the limits.

    Raises:
        RightRefused: the actor is no operator.
        RunRefused: the message names the rule in the way.
        LimitRefused: above the limits.
    """
    require(actor, Role.OPERATOR)
    if why := why_groups_stay(roles):
        raise RunRefused(why)
    with reading(engine) as session:
        found = _through(session, application_id, seat, group_id)
        refusal = _why_not(session, application_id, found, now.date())
    if refusal is not None:
        raise RunRefused(refusal)
    if set(found.lost_types) != confirmed_types:
        raise RunRefused(
            f"what {found.display_name} would lose has changed since it was shown: look again, then confirm"
        )
    if len(found.lost_types) > 1 and (typed_name or "").strip() != found.group.name:
        raise RunRefused(f"more than one license type goes: type the name of the group, {found.group.name}")
    return start_run(
        engine,
        application_id,
        chosen=[seat],
        mode=RunMode.IMMEDIATE,
        manual=False,
        note=note,
        confirm_count=confirm_count,
        actor=actor,
        allow_reclaim=allow_reclaim,
        now=now,
        confirm_names=confirm_names,
        leaving=Leaving(
            group_id=group_id, group_name=found.group.name, lost_types=tuple(sorted(found.lost_types))
        ),
    )


def limits_above(session: Session, application_id: int, sku_id: str, now: datetime) -> tuple[Exceeded, ...]:
    """The limits that one more request for this license type would go above."""
    return exceeded_limits(
        {sku_id: 1},
        recent_requests(session, application_id, now),
        purchased_seats(session, application_id),
        limits_of(session, application_id),
    )


def _through(session: Session, application_id: int, seat: Seat, group_id: str) -> InheritedSeat:
    for row in inherited_seats(session, application_id, [seat]):
        if row.group.group_id == group_id:
            return row
    raise RunRefused("the group does not give this license to this person, as far as the last sync shows")


def _why_not(session: Session, application_id: int, found: InheritedSeat, today: date) -> str | None:
    if found.advice.obstacle is not None:
        return f"{found.advice.why} {found.advice.to_do}"
    if not found.frees_seat:
        return found.to_do
    blockers = other_blockers(session, application_id, found.user_id, found.sku_id)
    if blockers is None:
        return "By the latest evidence there is no reason to take the license back."
    if blockers:
        return blockers[0]
    besides = set(found.lost_types) - {found.sku_id}
    return (
        _covered(session, application_id, found)
        or _under_way(session, application_id, found)
        or spared_besides(session, application_id, found.user_id, besides, today)
    )


def _covered(session: Session, application_id: int, found: InheritedSeat) -> str | None:
    opportunity = session.get_one(Opportunity, (application_id, found.user_id, found.sku_id))
    if not duplicate_alone(opportunity.scenarios):
        return None
    return "The license is in use, and another one only covers it: change who is in the group by hand."


def _under_way(session: Session, application_id: int, found: InheritedSeat) -> str | None:
    live = select(col(ReclamationRequest.id)).where(
        col(ReclamationRequest.application_id) == application_id,
        col(ReclamationRequest.user_id) == found.user_id,
        col(ReclamationRequest.via_group_id) == found.group.group_id,
        col(ReclamationRequest.state).in_(LIVE_STATES),
    )
    if session.connection().execute(live).first() is None:
        return None
    return f"{found.display_name} is being taken out of the group {found.group.name} already."
