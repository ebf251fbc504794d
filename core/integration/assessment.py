"""Turns what is stored of a tenant into findings, opportunities, totals and the snapshot of the day.

assess(engine, application_id, now)            all of it: after a sync, and after a policy has changed
refresh_rollups(engine, application_id, now)   the totals alone: after seats or prices have changed
"""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from core.integration.classification import classify_assignments
from core.integration.offers import find_opportunities
from core.integration.rollups import write_rollups
from core.integration.snapshots import write_snapshot
from core.store.engine import writing
from core.store.statistics import refresh_statistics


def assess(engine: Engine, application_id: int, now: datetime) -> None:
    """Judge all assignments by the stored evidence and bring everything that rests on it up to date.

    Memory does not grow with the tenant: people are read, judged and written a page at a time.
    """
    classify_assignments(engine, application_id, now, after_page=_nothing)
    find_opportunities(engine, application_id, now, after_page=_nothing)
    refresh_rollups(engine, application_id, now)
    refresh_statistics(engine)


def refresh_rollups(engine: Engine, application_id: int, now: datetime) -> None:
    """Count the seats anew and keep today's snapshot."""
    with writing(engine) as session:
        write_rollups(session, application_id)
        write_snapshot(session, application_id, now)


def _nothing(_session: Session) -> None:
    return
