"""Assigned seats by department, country, company, cost center or manager, from the rollups: priced or not."""

from sqlalchemy import func, select
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


def largest_groups(session: Session, application_id: int, grouping: Grouping, most: int) -> list[str]:
    """The names of the groups with most seats, the largest first."""
    name, seats = col(AssignmentRollup.value), func.sum(col(AssignmentRollup.seats))
    query = (
        select(name)
        .where(
            col(AssignmentRollup.application_id) == application_id,
            col(AssignmentRollup.dimension) == grouping.value,
        )
        .group_by(name)
        .order_by(seats.desc(), name)
        .limit(most)
    )
    return list(session.connection().execute(query).scalars())
