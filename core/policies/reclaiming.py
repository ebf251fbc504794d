"""Reads and changes what an application reclaims by itself. Every change is on record."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from core.policies.policies import PolicyRefused
from core.reclamation.modes import RunMode
from core.reclamation.opportunities import Scenario
from core.reclamation.scheduled_plan import FIELDS, ReclaimPlan, plan_problems
from core.rights import Actor, Role, require
from core.store.bulk import upsert
from core.store.engine import writing
from core.store.tables import Application, LicenseType, PolicyChange, ReclaimSchedule

RECORDED: Final = "scheduled_"
"""Before the name of the field, the words by which a change is on record among those of policies."""


def read_plan(session: Session, application_id: int) -> ReclaimPlan:
    """What the application reclaims by itself; nothing, where nobody has set it up."""
    row = session.get(ReclaimSchedule, application_id)
    if row is None:
        return ReclaimPlan()
    return ReclaimPlan(
        enabled=row.enabled,
        mode=RunMode(row.mode),
        scenarios=tuple(Scenario(each) for each in row.scenarios),
        included=tuple(row.included),
        excluded=tuple(row.excluded),
        weekday=row.weekday,
        hour=row.hour,
        at_most=row.at_most,
        fresh_hours=row.fresh_hours,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def change_plan(
    engine: Engine,
    application_id: int,
    *,
    actor: Actor,
    now: datetime,
    **changed: Any,  # noqa: ANN401 - values of the plan's fields
) -> int:
    """Set what is named and leave the rest as it is; how many of the plan's fields have changed by it.

    Args:
        engine: the product's database.
        application_id: the application.
        actor: who changes it, and stands behind the runs from then on.
        now: this moment.
        changed: fields of `ReclaimPlan`.

    Raises:
        RightRefused: the actor is no administrator.
        PolicyRefused: a value is out of bounds, or a license type is not known; nothing was changed.
    """
    require(actor, Role.ADMINISTRATOR)
    with writing(engine) as session:
        # Two changes follow one another, so that each records what it really found.
        session.exec(select(Application.id).where(Application.id == application_id).with_for_update())
        before = read_plan(session, application_id)
        after = _ordered(replace(before, **changed))
        _refuse_wrong(session, application_id, after)
        found = {name: (getattr(before, name), getattr(after, name)) for name in FIELDS}
        differing = {name: pair for name, pair in found.items() if pair[0] != pair[1]}
        if not differing:
            return 0
        columns = {each.name: _stored(getattr(after, each.name)) for each in fields(after)}
        row = {"application_id": application_id, "changed_at": now, "changed_by": actor.name}
        upsert(session, ReclaimSchedule, [columns | row])
        session.add_all(
            PolicyChange(
                application_id=application_id,
                setting=RECORDED + name,
                before=as_text(pair[0]),
                after=as_text(pair[1]),
                at=now,
                by=actor.name,
            )
            for name, pair in differing.items()
        )
        return len(differing)


def as_text(value: object) -> str:
    """A value as it is on record: words and SKU ids separated by commas; `daily` for no weekday."""
    if value is None:
        return "daily"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _ordered(plan: ReclaimPlan) -> ReclaimPlan:
    """The same, with each scenario and license type once and in an order of their own."""
    return replace(
        plan,
        scenarios=tuple(each for each in Scenario if each in plan.scenarios),
        included=tuple(sorted(set(plan.included))),
        excluded=tuple(sorted(set(plan.excluded))),
    )


def _refuse_wrong(session: Session, application_id: int, plan: ReclaimPlan) -> None:
    problems = plan_problems(plan)
    query = select(LicenseType.sku_id).where(col(LicenseType.application_id) == application_id)
    known = set(session.exec(query))
    for name, types in {"included": plan.included, "excluded": plan.excluded}.items():
        strangers = [sku_id for sku_id in types if sku_id not in known]
        if strangers:
            problems[name] = f"No license type {strangers[0]} is known, as far as the last sync shows."
    if problems:
        raise PolicyRefused(problems)


def _stored(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
