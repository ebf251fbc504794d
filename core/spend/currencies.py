"""The currencies of ISO 4217, from `data/currencies.csv` (no funds, metals or test codes)."""

import functools
from dataclasses import dataclass

from core.reference import read_table


@dataclass(frozen=True, kw_only=True, slots=True)
class Currency:
    """One currency. `symbol` is empty where none is understood everywhere (`kr` is that of three)."""

    code: str
    name: str
    minor_units: int
    symbol: str


class UnknownCurrency(ValueError):  # noqa: N818 - names what was found, as the message does
    """The code is not in the table."""


@functools.lru_cache(maxsize=1)
def currencies() -> dict[str, Currency]:
    """All currencies by code, in the order of their codes."""
    return {
        row["code"]: Currency(
            code=row["code"],
            name=row["name"],
            minor_units=int(row["minor_units"]),
            symbol=row["symbol"],
        )
        for row in read_table("currencies")
    }


def currency_of(code: str) -> Currency:
    """The currency of an upper-case ISO 4217 code.

    Raises:
        UnknownCurrency: the table has no such code.
    """
    try:
        return currencies()[code]
    except KeyError:
        raise UnknownCurrency(
            f"{code!r} is not a currency: use an ISO 4217 code such as USD, EUR or GBP"
        ) from None
