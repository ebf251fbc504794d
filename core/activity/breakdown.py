"""Assigned seats by department, country or company, from the rollups: with or without a price."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from core.activity.evidence import ActivityStatus
from core.spend.summary import Grouping
from core.store.tables import AssignmentRollup

_COLUMNS = {
    Grouping.DEPARTMENT: col(AssignmentRollup.department),
    Grouping.COUNTRY: col(AssignmentRollup.country),
    Grouping.COMPANY: col(AssignmentRollup.company_name),
}


def read_breakdown(
    session: Session, application_id: int, grouping: Grouping
) -> dict[str, dict[ActivityStatus, int]]:
    """Seats by group and activity status, the largest group first; empty is the name of "none given"."""
    group = _COLUMNS[grouping]
    query = (
        select(group, col(AssignmentRollup.activity_status), func.sum(col(AssignmentRollup.seats)))
        .where(col(AssignmentRollup.application_id) == application_id)
        .group_by(group, col(AssignmentRollup.activity_status))
    )
    found: dict[str, dict[ActivityStatus, int]] = {}
    for name, status, seats in session.connection().execute(query):
        found.setdefault(name, {})[ActivityStatus(status)] = int(seats)
    ordered = sorted(found.items(), key=lambda each: (-sum(each[1].values()), each[0]))
    return dict(ordered)
