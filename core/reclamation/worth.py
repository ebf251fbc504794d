"""What freed seats are worth, by license type and by currency."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core.reclamation.prices import NO_PRICE, SeatPrice
from core.spend.money import Money, total
from core.store.tables import LicenseType


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeEffect:
    """What one license type would give. `annual`: what the freed seats cost in a year, where it is known.

    `paid_until`: until then the freed seats are still paid for, unless they are given to others.
    """

    sku_id: str
    license_type: str
    part_number: str
    seats: int
    annual: Money | None
    paid_until: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CurrencyEffect:
    """What the freed seats with a price in one currency cost."""

    seats: int
    annual: Money

    @property
    def monthly(self) -> Money:
        """A twelfth of it."""
        return self.annual.times(Fraction(1, 12))


def worth_by_type(seats: Iterable[LicenseType], prices: Mapping[str, SeatPrice]) -> tuple[TypeEffect, ...]:
    """What each type would give, the most seats first. `seats`: the type of each seat."""
    types: dict[str, LicenseType] = {}
    counts: Counter[str] = Counter()
    for license_type in seats:
        types[license_type.sku_id] = license_type
        counts[license_type.sku_id] += 1
    rows = []
    for sku_id, license_type in types.items():
        price = prices.get(sku_id, NO_PRICE)
        rows.append(
            TypeEffect(
                sku_id=sku_id,
                license_type=license_type.product_name,
                part_number=license_type.part_number,
                seats=counts[sku_id],
                annual=price.annual.times(counts[sku_id]) if price.annual else None,
                paid_until=price.paid_until,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.seats, row.license_type)))


def worth_by_currency(by_type: Iterable[TypeEffect]) -> tuple[CurrencyEffect, ...]:
    """What the seats with a price cost, by currency; never added."""
    priced: dict[str, list[tuple[int, Money]]] = {}
    for each in by_type:
        if each.annual is not None:
            priced.setdefault(each.annual.currency, []).append((each.seats, each.annual))
    return tuple(
        CurrencyEffect(
            seats=sum(seats for seats, _ in priced[currency]),
            annual=total((annual for _, annual in priced[currency]), currency),
        )
        for currency in sorted(priced)
    )
