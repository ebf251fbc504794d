"""What changed between two days, and why: in paid seats and prices, and in who holds licenses. Rules only.

The difference of the spend is told purchase by purchase: seats more or less at the price of before, and the
price more or less for the seats of after. The two sum to the difference to the last millionth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from core.spend.figures import TypeUse
from core.spend.money import Money, Purchase, total


class PaidKind(StrEnum):
    """What became of a purchase."""

    STARTED = "started"
    ENDED = "ended"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class PaidChange:
    """A purchase that is paid otherwise on the later day, in one currency; amounts are annual.

    `seat_effect`: what seats more or less come to, at the price of before (of a purchase that started, its
    own). `price_effect`: what the price makes for the seats of after. Fees and discounts are lines of their
    own, without seats: all that they differ by is price.
    """

    sku_id: str
    identifier: str
    kind: PaidKind
    seats_before: int
    seats_after: int
    before: Money
    after: Money
    seat_effect: Money
    price_effect: Money

    @property
    def difference(self) -> Money:
        """After less before: the two effects together."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatChange:
    """A license type that is held otherwise on the later day.

    `reclaimed` and `restored`: by this product, in between.
    """

    sku_id: str
    before: TypeUse
    after: TypeUse
    reclaimed: int
    restored: int

    @property
    def difference(self) -> int:
        """Assigned seats after, less those before."""
        return self.after.assigned - self.before.assigned

    @property
    def elsewhere(self) -> int:
        """What is neither reclaimed nor restored here: given and taken away in the tenant, on balance."""
        return self.difference + self.reclaimed - self.restored


@dataclass(frozen=True, kw_only=True, slots=True)
class CurrencyChange:
    """The spend of one currency on both days, a year, and what the difference is made of."""

    currency: str
    before: Money
    after: Money
    seat_effect: Money
    price_effect: Money


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What changed from one day to a later one; the largest differences first."""

    before: date
    after: date
    currencies: tuple[CurrencyChange, ...]
    paid: tuple[PaidChange, ...]
    seats: tuple[SeatChange, ...]


def changes(
    purchases: Mapping[str, Sequence[Purchase]],
    held: tuple[Iterable[TypeUse], Iterable[TypeUse]],
    *,
    before: date,
    after: date,
    reclaimed: Mapping[str, int],
    restored: Mapping[str, int],
) -> Changes:
    """All of it.

    Args:
        purchases: by SKU id.
        held: the license types on the two days.
        before: the earlier day.
        after: the later day.
        reclaimed: licenses taken back after the earlier day, up to the later one, by SKU id.
        restored: licenses given back then, by SKU id.
    """
    paid = paid_changes(purchases, before=before, after=after)
    return Changes(
        before=before,
        after=after,
        currencies=_by_currency(purchases, paid, before, after),
        paid=tuple(
            sorted(paid, key=lambda each: (-abs(each.difference.millionths), each.sku_id, each.identifier))
        ),
        seats=_seat_changes(held, reclaimed, restored),
    )


def paid_changes(
    purchases: Mapping[str, Sequence[Purchase]], *, before: date, after: date
) -> list[PaidChange]:
    """The purchases that cost otherwise or are of another number of seats; none without a run rate."""
    old, new = _paid_on(purchases, before), _paid_on(purchases, after)
    found = [_paid_change(key, old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys())]
    return [each for each in found if each.difference.millionths or each.seats_before != each.seats_after]


_Key = tuple[str, str, str, bool]


def _paid_on(purchases: Mapping[str, Sequence[Purchase]], day: date) -> dict[_Key, tuple[int, Money]]:
    """Seats and annual cost by SKU id, identifier, currency, and whether it is of seats at all."""
    found: dict[_Key, tuple[int, Money]] = {}
    for sku_id, bought in purchases.items():
        for each in bought:
            if (annual := each.annual) is not None and each.valid_on(day):
                key = sku_id, each.identifier, each.currency, each.seats > 0
                seats, amount = found.get(key, (0, Money.zero(each.currency)))
                found[key] = seats + each.seats, amount + annual
    return found


def _paid_change(key: _Key, old: tuple[int, Money] | None, new: tuple[int, Money] | None) -> PaidChange:
    sku_id, identifier, currency, of_seats = key
    nothing = 0, Money.zero(currency)
    (seats_before, paid_before), (seats_after, paid_after) = old or nothing, new or nothing
    difference = paid_after - paid_before
    if not of_seats:
        seat_effect = Money.zero(currency)
    elif old is None:
        seat_effect = paid_after
    else:
        seat_effect = paid_before.times(Fraction(seats_after, seats_before)) - paid_before
    return PaidChange(
        sku_id=sku_id,
        identifier=identifier,
        kind=PaidKind.STARTED if old is None else PaidKind.ENDED if new is None else PaidKind.CHANGED,
        seats_before=seats_before,
        seats_after=seats_after,
        before=paid_before,
        after=paid_after,
        seat_effect=seat_effect,
        price_effect=difference - seat_effect,
    )


def _by_currency(
    purchases: Mapping[str, Sequence[Purchase]], paid: Sequence[PaidChange], before: date, after: date
) -> tuple[CurrencyChange, ...]:
    old, new = _paid_on(purchases, before), _paid_on(purchases, after)
    found: list[CurrencyChange] = []
    for currency in sorted({currency for _, _, currency, _ in old.keys() | new.keys()}):
        ours = [each for each in paid if each.before.currency == currency]
        found.append(
            CurrencyChange(
                currency=currency,
                before=total((cost for key, (_, cost) in old.items() if key[2] == currency), currency),
                after=total((cost for key, (_, cost) in new.items() if key[2] == currency), currency),
                seat_effect=total((each.seat_effect for each in ours), currency),
                price_effect=total((each.price_effect for each in ours), currency),
            )
        )
    return tuple(found)


def _seat_changes(
    held: tuple[Iterable[TypeUse], Iterable[TypeUse]],
    reclaimed: Mapping[str, int],
    restored: Mapping[str, int],
) -> tuple[SeatChange, ...]:
    """Types of which another number is held or is there, or something was reclaimed or restored.

    What is for the company as a whole has no seats.
    """
    old, new = ({use.sku_id: use for use in types} for types in held)
    found: list[SeatChange] = []
    for sku_id in old.keys() | new.keys():
        known = old.get(sku_id) or new[sku_id]
        if known.for_company:
            continue
        nothing = TypeUse(sku_id=sku_id, part_number=known.part_number, seats=0, free=known.free)
        found.append(
            SeatChange(
                sku_id=sku_id,
                before=old.get(sku_id, nothing),
                after=new.get(sku_id, nothing),
                reclaimed=reclaimed.get(sku_id, 0),
                restored=restored.get(sku_id, 0),
            )
        )
    changed = [
        each
        for each in found
        if each.difference or each.reclaimed or each.restored or each.before.seats != each.after.seats
    ]
    return tuple(sorted(changed, key=lambda each: (-abs(each.difference), each.sku_id)))
