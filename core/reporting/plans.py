"""The plan of an application's report: read it, set it, end it."""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from core.documents.formats import DocumentFormat
from core.reporting.plan import Every, Plan
from core.rights import Actor, Role, require
from core.store.engine import writing
from core.store.tables import ReportPlan


def read_plan(session: Session, application_id: int) -> tuple[Plan, ReportPlan] | None:
    """The plan, and the row that says since when it holds and who set it; nothing where there is none."""
    row = session.get(ReportPlan, application_id)
    if row is None:
        return None
    plan = Plan(
        every=Every(row.every),
        day=row.day,
        hour=row.hour,
        recipients=tuple(row.recipients),
        formats=tuple(DocumentFormat(each) for each in row.formats),
    )
    return plan, row


def set_plan(engine: Engine, application_id: int, plan: Plan, *, actor: Actor, now: datetime) -> None:
    """Let the report go out by this plan, which `check_plan` has made, from the next of its moments on.

    Raises:
        RightRefused: the actor is no administrator.
    """
    require(actor, Role.ADMINISTRATOR)
    with writing(engine) as session:
        session.merge(
            ReportPlan(
                application_id=application_id,
                every=plan.every.value,
                day=plan.day,
                hour=plan.hour,
                recipients=list(plan.recipients),
                formats=[each.value for each in plan.formats],
                changed_at=now,
                changed_by=actor.name,
            )
        )


def end_plan(engine: Engine, application_id: int, *, actor: Actor) -> bool:
    """Let no further report go out by itself; False where none does. Mails that wait are not sent any more.

    Raises:
        RightRefused: the actor is no administrator.
    """
    require(actor, Role.ADMINISTRATOR)
    with writing(engine) as session:
        row = session.get(ReportPlan, application_id)
        if row is not None:
            session.delete(row)
        return row is not None
