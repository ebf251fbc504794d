"""Microsoft's public list prices, from `data/list_prices_usd.csv`: estimates, never what was agreed."""

import functools
from collections.abc import Mapping
from decimal import Decimal

from core.reference import read_table
from core.spend.money import Money


@functools.lru_cache(maxsize=1)
def list_prices() -> Mapping[str, Money]:
    """The list price of one seat for a month, by SKU id; most types have none."""
    return {
        row["sku_id"]: Money(Decimal(row["monthly_price"]), row["currency"])
        for row in read_table("list_prices_usd")
    }
