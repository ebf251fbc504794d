"""What reclaiming has really brought: seats that a renewal dropped, and those that are paid for on.

Reclaiming a license lowers no invoice: a saving is realized only where seats are dropped at a renewal. Pure:
counted from dated purchases and the days of verified, unrestored reclamations.
"""

from collections.abc import Sequence
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
    ended = [each for each in purchases if each.ends_on == day - _DAY]
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
