"""Cooldowns: a license that its holder kept, or was given back, is not offered again for a while."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from core.policies.assessing import ask_assessment
from core.reclamation.opportunities import BlockerCode
from core.rights import Actor, Role, require
from core.store.bulk import table_of
from core.store.engine import writing
from core.store.tables import Cooldown, LicenseType, Opportunity, Policy, User

_COOLDOWNS: Final = table_of(Cooldown)


class CooldownRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """Nothing was changed; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CooldownRow:
    """A cooldown in force, as people see it."""

    id: int
    user_id: str
    sku_id: str
    display_name: str
    user_principal_name: str
    license_type: str
    until: date
    reason: str
    request_id: int | None


def cooldown_until(session: Session, application_id: int, now: datetime) -> date | None:
    """The last day of a cooldown that begins now, by the application's policy; None where there are none."""
    policy = session.get(Policy, application_id)
    days: int = Policy.model_fields["cooldown_days"].default if policy is None else policy.cooldown_days
    return now.date() + timedelta(days=days) if days else None


def start_cooldown(
    session: Session,
    application_id: int,
    user_id: str,
    sku_id: str,
    until: date | None,
    reason: str,
    request_id: int | None,
) -> None:
    """Do not offer this license of this person until the day is over. Saying it again does no harm.

    Args:
        session: a writing one; the cooldown begins with the caller's transaction.
        application_id: the application.
        user_id: whose license.
        sku_id: of which type.
        until: the last day, from `cooldown_until`; None begins nothing.
        reason: a sentence for people, such as `Kept by Ada Lind on 2026-11-24.`
        request_id: the request that it follows from; of one request there is one cooldown.
    """
    if until is None:
        return
    dialect = session.get_bind().dialect.name
    new = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(_COOLDOWNS).values(
        application_id=application_id,
        user_id=user_id,
        sku_id=sku_id,
        until=until,
        reason=reason,
        request_id=request_id,
    )
    made = session.connection().execute(new.on_conflict_do_nothing().returning(_COOLDOWNS.c.id)).scalar()
    if made is None:
        return
    offered = session.get(Opportunity, (application_id, user_id, sku_id))
    if offered is not None:  # as the next assessment will say
        note = {"code": BlockerCode.COOLDOWN.value, "text": sentence(until, reason)}
        offered.blockers = [note, *offered.blockers]
        offered.reclaimable = False


def end_cooldown(
    engine: Engine, application_id: int, cooldown_id: int, *, actor: Actor, now: datetime
) -> None:
    """End a cooldown before its time, so that the license is offered again where it is unused.

    Raises:
        RightRefused: the actor is no operator.
        CooldownRefused: there is none with this number any more.
    """
    require(actor, Role.OPERATOR)
    with writing(engine) as session:
        ended = session.connection().execute(
            update(_COOLDOWNS)
            .where(
                _COOLDOWNS.c.id == cooldown_id,
                _COOLDOWNS.c.application_id == application_id,
                _COOLDOWNS.c.ended_at.is_(None),
                _COOLDOWNS.c.until >= now.date(),
            )
            .values(ended_at=now, ended_by=actor.name)
        )
        if ended.rowcount != 1:
            raise CooldownRefused(f"there is no cooldown {cooldown_id} any more: it is over, or was ended")
        ask_assessment(session, application_id, now)


def list_cooldowns(session: Session, application_id: int, today: date) -> list[CooldownRow]:
    """The cooldowns in force, those that end first on top."""
    query = (
        select(
            _COOLDOWNS.c.id,
            _COOLDOWNS.c.user_id,
            _COOLDOWNS.c.sku_id,
            col(User.display_name),
            col(User.user_principal_name),
            col(LicenseType.product_name),
            _COOLDOWNS.c.until,
            _COOLDOWNS.c.reason,
            _COOLDOWNS.c.request_id,
        )
        .outerjoin(
            User,
            (col(User.application_id) == _COOLDOWNS.c.application_id)
            & (col(User.user_id) == _COOLDOWNS.c.user_id),
        )
        .outerjoin(
            LicenseType,
            (col(LicenseType.application_id) == _COOLDOWNS.c.application_id)
            & (col(LicenseType.sku_id) == _COOLDOWNS.c.sku_id),
        )
        .where(*_in_force(application_id, today))
        .order_by(_COOLDOWNS.c.until, _COOLDOWNS.c.id)
    )
    return [
        CooldownRow(
            id=row.id,
            user_id=row.user_id,
            sku_id=row.sku_id,
            display_name=row.display_name or row.user_id,
            user_principal_name=row.user_principal_name or row.user_id,
            license_type=row.product_name or row.sku_id,
            until=row.until,
            reason=row.reason,
            request_id=row.request_id,
        )
        for row in session.connection().execute(query)
    ]


def cooling(
    session: Session, application_id: int, today: date, user_ids: Collection[str] | None = None
) -> dict[tuple[str, str], str]:
    """The sentence for each seat with a cooldown in force, by user id and SKU id.

    `user_ids`: only of these people; of all where it is None.
    """
    query = select(_COOLDOWNS.c.user_id, _COOLDOWNS.c.sku_id, _COOLDOWNS.c.until, _COOLDOWNS.c.reason)
    query = query.where(*_in_force(application_id, today)).order_by(_COOLDOWNS.c.until, _COOLDOWNS.c.id)
    if user_ids is not None:
        query = query.where(_COOLDOWNS.c.user_id.in_(user_ids))
    rows = session.connection().execute(query)
    return {(user_id, sku_id): sentence(until, reason) for user_id, sku_id, until, reason in rows}


def sentence(until: date, reason: str) -> str:
    """Why a license is not offered."""
    return f"Not offered until {until}: {reason.rstrip('.')}."


def _in_force(application_id: int, today: date) -> list[ColumnElement[bool]]:
    return [
        _COOLDOWNS.c.application_id == application_id,
        _COOLDOWNS.c.ended_at.is_(None),
        _COOLDOWNS.c.until >= today,
    ]
