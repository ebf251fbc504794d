"""How many opportunities are blocked, and by what: counted in SQL, each by what stands first against it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from core.reclamation.listing import SAME_USER, OpportunityFilter, conditions_of
from core.reclamation.opportunities import BlockerCode
from core.store.tables import Opportunity, User

BLOCKER_WORDS: Final[Mapping[BlockerCode, str]] = {
    BlockerCode.EXEMPT: "Exempt",
    BlockerCode.COOLDOWN: "Kept or restored lately",
    BlockerCode.INHERITED: "Inherited from a group",
    BlockerCode.ALSO_INHERITED: "Also inherited from a group",
    BlockerCode.ON_LEAVE: "Employee on leave",
    BlockerCode.YOUNG_ACCOUNT: "New account",
    BlockerCode.YOUNG_ASSIGNMENT: "Assigned or changed lately",
    BlockerCode.MAILBOX: "Shared, room or equipment mailbox",
    BlockerCode.FREE_TYPE: "Free or trial license type",
    BlockerCode.SELF_SERVICE_TYPE: "Bought by people themselves",
    BlockerCode.COMPANY_TYPE: "For the company as a whole",
    BlockerCode.MANAGEMENT_RESTRICTED: "Restricted administrative unit",
    BlockerCode.LICENSE_ERROR: "License in error",
    BlockerCode.ADVICE: "Advice, not to be reclaimed",
}
"""What stands against reclaiming, in a few words; the opportunity itself has the sentence."""


def blocked_by(session: Session, application_id: int, chosen: OpportunityFilter) -> dict[BlockerCode, int]:
    """Blocked opportunities by their first blocker, the most frequent first.

    Args:
        session: for reading.
        application_id: the application.
        chosen: which opportunities; whether they are reclaimable is not asked.
    """
    first = (
        select(col(Opportunity.blockers)[(0, "code")].as_string().label("code"))
        .join(User, SAME_USER)
        .where(
            col(Opportunity.application_id) == application_id,
            *conditions_of(replace(chosen, reclaimable=False)),
        )
        .subquery()
    )
    counted = select(first.c.code, func.count()).group_by(first.c.code).order_by(func.count().desc())
    return {BlockerCode(code): count for code, count in session.connection().execute(counted)}
