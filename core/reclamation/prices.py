"""What a seat of each license type costs, and until when a freed one is still paid for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from core.spend.money import Money, Purchase, seat_price
from core.spend.purchases import read_purchases


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatPrice:
    """A seat of one license type for a year.

    `amounts`: one for each currency in which the type was bought, never added: a seat that is dropped spares
    one of them, by the purchase that it is dropped from. `paid_until`: the last day of the purchase that ends
    first; None where none has an end.
    """

    amounts: tuple[Money, ...]
    paid_until: date | None

    @property
    def annual(self) -> Money | None:
        """The one amount; None where no price is valid, or where there are several currencies."""
        return self.amounts[0] if len(self.amounts) == 1 else None


NO_PRICE = SeatPrice(amounts=(), paid_until=None)


def seat_prices(session: Session, application_id: int, on: date) -> Mapping[str, SeatPrice]:
    """Prices by SKU id on a day; a type without a valid purchase is absent."""
    terms: dict[str, list[Purchase]] = {}
    for purchase in read_purchases(session, application_id):
        if purchase.terms.valid_on(on):
            terms.setdefault(purchase.sku_id, []).append(purchase.terms)
    return {sku_id: _price(purchases, on) for sku_id, purchases in terms.items()}


def _price(purchases: list[Purchase], on: date) -> SeatPrice:
    prices = tuple(seat_price(purchases, on).values())
    ends = [purchase.ends_on for purchase in purchases if purchase.seats and purchase.ends_on is not None]
    return SeatPrice(amounts=prices, paid_until=min(ends, default=None))
