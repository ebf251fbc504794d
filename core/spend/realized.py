"""What reclaiming has really brought: seats that a renewal dropped, and those that are paid for on.

Reclaiming a license lowers no invoice: a saving is realized only where seats are dropped at a renewal. Pure:
counted from dated purchases and the days of verified, unrestored reclamations.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.spend.figures import Figure
from core.spend.money import Money, Purchase, allocate_units, seat_price, total

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Realized:
    """What became of the reclaimed seats of one license type.

    `invoice_reduced`: dropped at a renewal, by currency, with what they cost before it in a year.
    `remaining`: reclaimed seats that no renewal has dropped.
    """

    invoice_reduced: dict[str, Figure]
    remaining: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """The seats of a license type on a day that was counted: what the tenant has, and what people hold."""

    on: date
    seats: int
    assigned: int


def latest_start(purchases: Sequence[Purchase], on: date) -> date | None:
    """The day of the latest renewal: when the newest of the valid purchases started; None is "never"."""
    starts = [each.starts_on for each in purchases if each.valid_on(on) and each.starts_on is not None]
    return max(starts, default=None)


def avoided(days: Iterable[Counted], reclaimed_on: Sequence[date], *, since: date | None) -> int:
    """How many reclaimed seats of one license type were assigned anew when no other was free.

    On a day on which the held and the reclaimed seats together are more than the tenant has, that many would
    have had to be bought. The most of all days counts: what was not bought then stays so until the next
    renewal. A day says nothing of what was reclaimed on itself: it may have been counted before.

    Args:
        days: those that were counted, in any order.
        reclaimed_on: the day of each reclamation that was not restored.
        since: the latest renewal; what was reclaimed or counted before it no longer counts.
    """
    found = 0
    for day in days:
        if since is not None and day.on < since:
            continue
        reclaimed = sum(each < day.on and (since is None or each >= since) for each in reclaimed_on)
        found = max(found, min(reclaimed, day.assigned + reclaimed - day.seats))
    return found


def realized(purchases: Sequence[Purchase], reclaimed_on: Sequence[date], *, on: date) -> Realized:
    """Follow the paid seats of one license type from renewal to renewal.

    At each day on which fewer seats are paid for than on the day before, as many of the seats that were
    reclaimed earlier count as dropped, once each. Where later on more seats are paid for again, the last
    dropped ones no longer count. A type of which nothing is paid any more has not been renewed: then nothing
    counts.
    """
    dropped: list[Money] = []
    days = {each.ends_on + _DAY for each in purchases if each.ends_on is not None}
    days |= {each.starts_on for each in purchases if each.starts_on is not None}
    for day in sorted(each for each in days if each <= on):
        before, after = _paid(purchases, day - _DAY), _paid(purchases, day)
        if after > before:
            del dropped[max(0, len(dropped) - (after - before)) :]
        elif after:
            earlier = sum(each < day for each in reclaimed_on) - len(dropped)
            dropped += _prices_of_dropped(purchases, day, before - after)[: max(0, earlier)]
    return Realized(
        invoice_reduced={
            currency: Figure(
                seats=sum(price.currency == currency for price in dropped),
                annual=total((price for price in dropped if price.currency == currency), currency),
            )
            for currency in sorted({price.currency for price in dropped})
        },
        remaining=len(reclaimed_on) - len(dropped),
    )


def _paid(purchases: Sequence[Purchase], day: date) -> int:
    return sum(each.seats for each in purchases if each.valid_on(day))


def _prices_of_dropped(purchases: Sequence[Purchase], day: date, seats: int) -> list[Money]:
    """What each seat that ended before `day` without a successor had cost in a year.

    Of several currencies, those count of which fewer seats are paid for than before. A price that is in no
    run rate (paid once, for good) is none.
    """
    ended = [each for each in purchases if each.ends_on == day - _DAY and each.seats]
    prices = seat_price(ended, day - _DAY)
    fewer = [
        max(0, _paid_in(purchases, day - _DAY, currency) - _paid_in(purchases, day, currency))
        for currency in prices
    ]
    if not any(fewer):
        return []
    shares = allocate_units(min(seats, sum(fewer)), fewer)
    return [price for price, share in zip(prices.values(), shares, strict=True) for _ in range(share)]


def _paid_in(purchases: Sequence[Purchase], day: date, currency: str) -> int:
    return _paid([each for each in purchases if each.currency == currency], day)
