"""Why licenses are to be taken back, as their holder is told: the sentence must be true of each one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from core.notification.message import License, Reason
from core.reclamation.chosen import Seat
from core.reclamation.covering import Covering, read_covering
from core.reclamation.ledger import Request
from core.reclamation.opportunities import Scenario, duplicate_alone
from core.store.tables import LicenseType, ReclamationRequest

_REASONS: Final[Mapping[str, Reason]] = {
    Scenario.HR_INACTIVE: Reason.LEFT,
    Scenario.NEVER_ACTIVE: Reason.NEVER_USED,
    Scenario.DISABLED_ACCOUNT: Reason.DISABLED,
    Scenario.INACTIVE: Reason.UNUSED,
    Scenario.DUPLICATE: Reason.COVERED,
    Scenario.NOT_IN_HR_ROSTER: Reason.NOT_IN_ROSTER,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """A seat that a mail is about, and on what it was chosen: `scenarios`, the strongest first."""

    seat: Seat
    product_name: str
    scenarios: tuple[str, ...]
    manual: bool = False


def reason_of(scenarios: Sequence[str], *, manual: bool) -> Reason:
    """What the holder is told: what the reclamation rests on, so what would end it."""
    if manual:
        return Reason.CHOSEN
    if duplicate_alone(scenarios):
        return Reason.COVERED
    return next((_REASONS[each] for each in scenarios if each in _REASONS), Reason.CHOSEN)


def meant_by(session: Session, requests: Sequence[Request]) -> list[Meant]:
    """The seats of these requests, with what they were decided on."""
    ids = [request.id for request in requests]
    query = select(col(ReclamationRequest.id), col(ReclamationRequest.evidence)).where(
        col(ReclamationRequest.id).in_(ids)
    )
    evidence = {row.id: row.evidence for row in session.execute(query)}
    return [
        Meant(
            seat=(request.user_id, request.sku_id),
            product_name=request.product_name,
            scenarios=tuple(evidence[request.id]["scenarios"]),
            manual=request.manual,
        )
        for request in requests
    ]


def licenses_of(
    session: Session, application_id: int, meant: Sequence[Meant], now: datetime
) -> list[License]:
    """The licenses as a mail names them, in the same order; a duplicate with the product that includes it."""
    reasons = {each.seat: reason_of(each.scenarios, manual=each.manual) for each in meant}
    holders = {user_id for (user_id, _), reason in reasons.items() if reason is Reason.COVERED}
    covering = read_covering(session, application_id, holders, now) if holders else None
    names = _names(session, application_id) if holders else {}
    return [
        License(
            name=each.product_name,
            reason=reasons[each.seat],
            covered_by=_included_in(covering, each.seat, reasons, names)
            if covering is not None and reasons[each.seat] is Reason.COVERED
            else None,
        )
        for each in meant
    ]


def _included_in(
    covering: Covering, seat: Seat, going: Iterable[Seat], names: Mapping[str, str]
) -> str | None:
    """The product that covers this seat and is not taken back as well: the first by name."""
    user_id, sku_id = seat
    held = covering.stored.get(user_id, ())
    switched_off = next((each.disabled_plans for each in held if each.sku_id == sku_id), ())
    gone = set(going)
    stays = [each for each in held if (user_id, each.sku_id) not in gone]
    found = sorted(names.get(each, each) for each in covering.of(seat, switched_off, stays))
    return found[0] if found else None


def _names(session: Session, application_id: int) -> dict[str, str]:
    query = select(col(LicenseType.sku_id), col(LicenseType.product_name)).where(
        col(LicenseType.application_id) == application_id
    )
    return {row.sku_id: row.product_name for row in session.execute(query)}
