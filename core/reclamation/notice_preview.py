"""What a notice would look like, and whom none can reach: shown before a run is made."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from core.notification.addresses import usable_address
from core.notification.deadlines import deadline, last_day
from core.notification.mailer import Mail
from core.notification.message import Facts, compose
from core.notification.setup import Envelope
from core.reclamation.chosen import Seat, parts, seats_query
from core.reclamation.notice_reasons import Meant, licenses_of
from core.reclamation.notices import recipient
from core.store.tables import User


def people_of(session: Session, application_id: int, seats: Iterable[Seat]) -> dict[str, str]:
    """The people who would be written to: name with user principal name by user id, in order of name."""
    return {
        user.user_id: f"{user.display_name} ({user.user_principal_name})"
        for user in _users(session, application_id, seats)
    }


def unreachable(session: Session, application_id: int, seats: Iterable[Seat]) -> int:
    """How many people have no e-mail address that can be used: their licenses would be skipped."""
    return sum(usable_address(user.mail) is None for user in _users(session, application_id, seats))


def preview(
    session: Session,
    application_id: int,
    seats: Iterable[Seat],
    user_id: str,
    *,
    envelope: Envelope,
    waiting_days: int,
    copy_manager: bool,
    now: datetime,
) -> Mail | None:
    """The mail to one person about these seats, with a link that leads nowhere.

    None where there is no address to write to.
    """
    to = recipient(session, application_id, user_id)
    if to is None or to.address is None:
        return None
    mine = [seat for seat in seats if seat[0] == user_id]
    meant = [
        Meant(
            seat=(user_id, license_type.sku_id),
            product_name=license_type.product_name,
            scenarios=tuple(opportunity.scenarios) if opportunity else (),
        )
        for _, _, license_type, opportunity in session.execute(seats_query(application_id, mine))
    ]
    facts = Facts(
        person=to.name,
        licenses=licenses_of(session, application_id, meant, now),
        organization=envelope.organization,
        last_day=last_day(deadline(now, waiting_days)),
        keep_url=f"{envelope.public_url}/keep/…",
        contact=envelope.contact,
    )
    return compose(
        facts,
        sender=envelope.sender,
        to=to.address,
        copy_to=to.manager_address if copy_manager else None,
        reply_to=envelope.contact,
    )


def _users(session: Session, application_id: int, seats: Iterable[Seat]) -> Sequence[User]:
    ids = list(dict.fromkeys(user_id for user_id, _ in seats))
    found: list[User] = []
    for part in parts(ids):
        query = select(User).where(User.application_id == application_id, col(User.user_id).in_(part))
        found += session.exec(query)
    return sorted(found, key=lambda user: (user.display_name.casefold(), user.user_id))
