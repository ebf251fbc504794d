"""What Microsoft says of the subscriptions behind a license type, and where the purchases say otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, select

from core.spend.formatting import format_count
from core.spend.purchases import PurchaseDetails
from core.store.tables import Subscription

_SAME_DAYS: Final = 1
"""A purchase's last day is the renewal's, or the one before."""

_NEXT: Final = {
    "Enabled": "Renews on",
    "Warning": "Expired, usable until",
    "Suspended": "Suspended, ends for good on",
}
_TRIAL: Final = {
    "Enabled": "Trial, ends on",
    "Warning": "Trial, usable until",
    "Suspended": "Trial, suspended until",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscribed:
    """A subscription. `comes_up_on`: when it renews, or passes on to its next status."""

    seats: int
    status: str
    trial: bool
    comes_up_on: date | None
    read_at: datetime

    @property
    def line(self) -> str:
        """What comes next, as people read it: `Renews on 2027-03-01 · 250 seats`."""
        words = (_TRIAL if self.trial else _NEXT).get(
            self.status, "Trial, until" if self.trial else "Next change on"
        )
        when = "Trial without an end" if self.trial else "No renewal date"
        if self.comes_up_on is not None:
            when = f"{words} {self.comes_up_on.isoformat()}"
        return f"{when} · {format_count(self.seats, 'seat')}"


def read_subscriptions(session: Session, application_id: int) -> dict[str, list[Subscribed]]:
    """The subscriptions by SKU id, those that come up first in front. Types without any have no entry."""
    found: dict[str, list[Subscribed]] = {}
    query = select(Subscription).where(Subscription.application_id == application_id)
    for row in session.exec(
        query.order_by(col(Subscription.next_lifecycle_at), col(Subscription.subscription_id))
    ):
        comes_up_at = row.next_lifecycle_at
        found.setdefault(row.sku_id, []).append(
            Subscribed(
                seats=row.total_licenses,
                status=row.status,
                trial=row.trial,
                comes_up_on=None if comes_up_at is None else comes_up_at.date(),
                read_at=row.read_at,
            )
        )
    return {sku_id: sorted(each, key=_by_date) for sku_id, each in found.items()}


def next_renewal(subscriptions: Iterable[Subscribed]) -> date | None:
    """The first day on which any of them comes up; nothing where Microsoft names none."""
    return min((each.comes_up_on for each in subscriptions if each.comes_up_on is not None), default=None)


def contradicted(
    purchases: Iterable[PurchaseDetails], subscriptions: Sequence[Subscribed], today: date
) -> list[PurchaseDetails]:
    """The purchases that are valid today and end on another day than any subscription of their type.

    Nothing is contradicted where Microsoft names no date, nor by a purchase without an end or without seats.
    """
    known = [each.comes_up_on for each in subscriptions if each.comes_up_on is not None]
    return [
        each
        for each in purchases
        if known
        and each.terms.seats
        and each.terms.valid_on(today)
        and each.terms.ends_on is not None
        and not _named(each.terms.ends_on, known)
    ]


def _named(ends_on: date, known: Sequence[date]) -> bool:
    return any(0 <= (day - ends_on).days <= _SAME_DAYS for day in known)


def _by_date(each: Subscribed) -> tuple[bool, date]:
    return each.comes_up_on is None, each.comes_up_on or date.max
