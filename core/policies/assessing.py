"""Asks for an application to be judged anew, after something that it is judged by has changed.

Only a row is written; a worker finds it, and judges one application at a time, never beside a task that does
the same with the rules of before.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, select, update
from sqlmodel import Session

from core.store.bulk import table_of, upsert
from core.store.engine import writing
from core.store.tables import Assessment

_ASSESSMENTS: Final = table_of(Assessment)
_AFTER_FAULT: Final = timedelta(minutes=1)


def ask_assessment(session: Session, application_id: int, now: datetime) -> None:
    """Have the application judged anew as soon as a worker is free, in the transaction of the change."""
    upsert(session, Assessment, [{"application_id": application_id, "asked_at": now, "due_at": now}])


def assessment_asked(session: Session, application_id: int) -> datetime | None:
    """Since when an assessment is waited for; None where what is shown is up to date."""
    row = session.get(Assessment, application_id)
    return None if row is None or row.due_at is None else row.asked_at


def due_assessments(session: Session, now: datetime) -> list[int]:
    """Applications to judge anew now."""
    query = select(_ASSESSMENTS.c.application_id).where(_ASSESSMENTS.c.due_at <= now)
    return list(session.connection().execute(query.order_by(_ASSESSMENTS.c.due_at)).scalars())


def mark_assessed(engine: Engine, application_id: int, asked_at: datetime) -> None:
    """The application was judged by all that had changed until then; what changed later is still to do."""
    _let_rest(engine, application_id, asked_at, None)


def put_off_assessment(engine: Engine, application_id: int, asked_at: datetime, now: datetime) -> None:
    """Judging has failed: try again in a while, not every second."""
    _let_rest(engine, application_id, asked_at, now + _AFTER_FAULT)


def _let_rest(engine: Engine, application_id: int, asked_at: datetime, due_at: datetime | None) -> None:
    with writing(engine) as session:
        session.connection().execute(
            update(_ASSESSMENTS)
            .where(_ASSESSMENTS.c.application_id == application_id, _ASSESSMENTS.c.asked_at == asked_at)
            .values(due_at=due_at)
        )
