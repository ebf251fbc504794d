"""Purchases for tests: a hundred seats for 12 dollars a year, unless said otherwise."""

from datetime import date
from decimal import Decimal

from core.spend.money import Frequency, Purchase


def bought(
    seats: int = 100,
    cost_per_seat: str = "12",
    frequency: Frequency = Frequency.ANNUALLY,
    *,
    currency: str = "USD",
    starts_on: date | None = date(2026, 1, 1),
    ends_on: date | None = None,
    notice_days: int | None = None,
    identifier: str = "A-1",
) -> Purchase:
    return Purchase(
        seats=seats,
        cost_per_seat=Decimal(cost_per_seat),
        currency=currency,
        frequency=frequency,
        starts_on=starts_on,
        ends_on=ends_on,
        notice_days=notice_days,
        identifier=identifier,
    )
