"""Assigned seats by department, country, company, cost center or manager, from the rollups: priced or not."""

from sqlalchemy import select
from sqlmodel import Session, col

from core.activity.evidence import ActivityStatus
from core.spend.grouping import Grouping
from core.store.tables import AssignmentRollup


def read_breakdown(
    session: Session, application_id: int, grouping: Grouping
) -> dict[str, dict[ActivityStatus, int]]:
    """Seats by group and activity status, the largest group first; empty is the name of "none given"."""
    query = select(
        col(AssignmentRollup.value), col(AssignmentRollup.activity_status), col(AssignmentRollup.seats)
    ).where(
        col(AssignmentRollup.application_id) == application_id,
        col(AssignmentRollup.dimension) == grouping.value,
        col(AssignmentRollup.activity_status) != ActivityStatus.FAILED.value,
    )
    found: dict[str, dict[ActivityStatus, int]] = {}
    for name, word, seats in session.connection().execute(query):
        split = found.setdefault(name, {})
        status = ActivityStatus(word)
        split[status] = split.get(status, 0) + seats
    ordered = sorted(found.items(), key=lambda each: (-sum(each[1].values()), each[0]))
    return dict(ordered)
