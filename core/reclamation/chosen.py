"""What a request remembers of the seat that was chosen: names, and the evidence on which it was decided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Select, select, tuple_
from sqlmodel import Session, col

from core.store.tables import Assignment, LicenseType, Opportunity, Source, User

_PER_QUERY: Final = 400  # SQLite takes a limited number of parameters
_NAMED: Final = 5  # people that a message names

T = TypeVar("T")
Seat = tuple[str, str]
"""A user's id and the SKU id of a license type that the user holds."""


LEAVING: Final = "leaving"
"""In the evidence of a request whose license goes with a group: its name, and the SKU ids that are lost."""

BY_POLICY: Final = "by_policy"
"""In the evidence of a request that a schedule has chosen, and no person."""


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """The group to take a person out of. `lost_types`: SKU ids of all that goes, as it was confirmed."""

    group_id: str
    group_name: str
    lost_types: tuple[str, ...]


class UnknownSeats(Exception):  # noqa: N818 - an answer, not a fault of the program
    """Something chosen is not there."""


def remembered(session: Session, application_id: int, seats: Sequence[Seat]) -> list[dict[str, Any]]:
    """Columns of a request for each seat, in the order of the seats.

    Raises:
        UnknownSeats: nobody holds one of them, as far as the last sync shows; the message lists them.
    """
    found: dict[Seat, dict[str, Any]] = {}
    sources = _sources(session, application_id)
    for part in parts(seats):
        for assignment, user, license_type, opportunity in session.execute(seats_query(application_id, part)):
            row = _row(assignment, user, license_type, opportunity)
            row["evidence"]["sources"] = sources
            found[assignment.user_id, assignment.sku_id] = row
    missing = [f"{user_id} with {sku_id}" for user_id, sku_id in seats if (user_id, sku_id) not in found]
    if missing:
        raise UnknownSeats(
            f"nobody holds this, as far as the last sync shows: {listed(missing)}. Choose again"
        )
    return [found[seat] for seat in seats]


def through_group(row: dict[str, Any], leaving: Leaving) -> dict[str, Any]:
    """The columns of a request, with how the license goes and all that was confirmed."""
    confirmed = {"group": leaving.group_name, "lost_types": list(leaving.lost_types)}
    return row | {"via_group_id": leaving.group_id, "evidence": row["evidence"] | {LEAVING: confirmed}}


def by_policy(row: dict[str, Any]) -> dict[str, Any]:
    """The columns of a request that a schedule has chosen."""
    return row | {"evidence": row["evidence"] | {BY_POLICY: True}}


def seats_query(
    application_id: int, seats: Sequence[Seat]
) -> Select[Assignment, User, LicenseType, Opportunity | None]:
    """The seats that are held, each with its user, its license type, and its opportunity where it is one."""
    same_application = col(Assignment.application_id)
    return (
        select(Assignment, User, LicenseType, Opportunity)
        .join(
            User,
            (col(User.application_id) == same_application) & (col(User.user_id) == col(Assignment.user_id)),
        )
        .join(
            LicenseType,
            (col(LicenseType.application_id) == same_application)
            & (col(LicenseType.sku_id) == col(Assignment.sku_id)),
        )
        .outerjoin(
            Opportunity,
            (col(Opportunity.application_id) == same_application)
            & (col(Opportunity.user_id) == col(Assignment.user_id))
            & (col(Opportunity.sku_id) == col(Assignment.sku_id)),
        )
        .where(
            same_application == application_id,
            tuple_(col(Assignment.user_id), col(Assignment.sku_id)).in_(seats),
        )
    )


def _row(
    assignment: Assignment, user: User, license_type: LicenseType, opportunity: Opportunity | None
) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "sku_id": license_type.sku_id,
        "user_principal_name": user.user_principal_name,
        "display_name": user.display_name,
        "part_number": license_type.part_number,
        "product_name": license_type.product_name,
        "scenario": opportunity.scenario if opportunity else None,
        "confidence": opportunity.confidence if opportunity else assignment.confidence,
        "evidence": {
            "activity_status": assignment.activity_status,
            "last_activity_at": moment(assignment.last_activity_at),
            "last_activity_source": assignment.last_activity_source,
            "reasons": assignment.reasons,
            "explained": list(opportunity.reasons) if opportunity else [],
            "scenarios": opportunity.scenarios if opportunity else [],
            "cautions": opportunity.cautions if opportunity else [],
            "account_enabled": user.account_enabled,
            "direct": assignment.direct,
            "group_count": assignment.group_count,
            "assigned_at": moment(assignment.updated_at),
            "assessed_at": moment(assignment.assessed_at),
        },
    }


def _sources(session: Session, application_id: int) -> dict[str, dict[str, str | None]]:
    rows = session.scalars(select(Source).where(col(Source.application_id) == application_id))
    return {
        source.name: {
            "status": source.status,
            "as_of": moment(source.as_of),
            "read_at": moment(source.read_at),
        }
        for source in rows
    }


def parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values (seats, ids) in parts that fit into a query each."""
    return (values[start : start + _PER_QUERY] for start in range(0, len(values), _PER_QUERY))


def moment(at: datetime | None) -> str | None:
    """A moment as it stands in evidence: ISO 8601, in UTC."""
    return at.isoformat() if at else None


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
