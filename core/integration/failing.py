"""Lets assignments that failed count as such as soon as the directory was read, before anything is judged."""

from sqlalchemy import select, update
from sqlmodel import Session, col

from core.activity.facts import ActivityStatus, Confidence
from core.activity.failed import FAILED_STATE, failed_finding
from core.store.tables import Assignment


def mark_failed(session: Session, application_id: int) -> None:
    """Keep the finding for assignments that failed; those that came about since are Unknown until judged."""
    connection, status = session.connection(), col(Assignment.activity_status)
    own = col(Assignment.application_id) == application_id
    newly = (own, col(Assignment.state) == FAILED_STATE, status != ActivityStatus.FAILED.value)
    errors = connection.execute(select(col(Assignment.error)).where(*newly).distinct()).scalars().all()
    for error in errors:
        finding = failed_finding(error)
        same = col(Assignment.error).is_(None) if error is None else col(Assignment.error) == error
        connection.execute(
            update(Assignment)
            .where(*newly, same)
            .values(
                activity_status=finding.status.value,
                last_activity_at=None,
                last_activity_source=None,
                confidence=finding.confidence.value,
                reasons=[reason.value for reason in finding.reasons],
            )
        )
    connection.execute(
        update(Assignment)
        .where(own, status == ActivityStatus.FAILED.value, col(Assignment.state) != FAILED_STATE)
        .values(
            activity_status=ActivityStatus.UNKNOWN.value,
            confidence=Confidence.REVIEW.value,
            reasons=[],
            assessed_at=None,
        )
    )
