"""What license types without a price would cost at Microsoft's list prices. Rules only, no I/O.

An estimate is never what was agreed: whoever shows an amount that covers one has to say so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from core.spend.figures import TypeUse
from core.spend.money import Frequency, Money, Purchase


def estimates(
    types: Iterable[TypeUse],
    purchases: Mapping[str, Sequence[Purchase]],
    list_prices: Mapping[str, Money],
    *,
    on: date,
) -> dict[str, Purchase]:
    """A purchase of all seats, by SKU id, for each type that has a list price but no price on the day.

    Args:
        types: how each license type is used; free ones and those without seats are not estimated.
        purchases: what was entered, by SKU id; a type of which seats are bought on the day has a price.
        list_prices: of one seat for a month, by SKU id.
        on: the day.
    """
    return {
        use.sku_id: Purchase(
            seats=use.seats,
            cost_per_seat=list_prices[use.sku_id].amount,
            currency=list_prices[use.sku_id].currency,
            frequency=Frequency.MONTHLY,
            identifier="",
        )
        for use in types
        if use.sku_id in list_prices
        and use.seats
        and not use.free
        and not any(purchase.valid_on(on) and purchase.seats for purchase in purchases.get(use.sku_id, ()))
    }
