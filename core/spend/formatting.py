"""Numbers as people read them: with units, a base and a period."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from core.spend.currencies import currency_of
from core.spend.money import Money

_WHOLE_FROM: Final = 100
_COMPACT: Final = ((Decimal(1_000_000_000), "B"), (Decimal(1_000_000), "M"))


def format_money(
    money: Money, period: str | None = None, *, compact: bool = False, exact: bool = False
) -> str:
    """An amount with its sign or currency code, and its period: `$12,480 / month`, `CHF 99.50`, `$1.2 M`.

    Args:
        money: the amount; no decimals are shown from 100 on.
        period: what it is for, such as `month`, `year` or `seat and year`.
        compact: shorten millions and more, for tiles that have the full value beside them.
        exact: keep the currency's decimals, and up to six where the amount has them.
    """
    currency = currency_of(money.currency)
    size = abs(money.amount)
    unit = ""
    if compact:
        for scale, letter in _COMPACT:
            if size >= scale:
                size, unit = size / scale, f" {letter}"
                break
    if exact:
        digits = max(currency.minor_units, _decimals(size))
    elif unit:
        digits = 1
    else:
        digits = 0 if size >= _WHOLE_FROM else currency.minor_units
    number = f"{size.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP):,f}{unit}"
    sign = "-" if money.amount < 0 else ""
    text = f"{sign}{currency.symbol}{number}" if currency.symbol else f"{sign}{currency.code} {number}"
    return f"{text} / {period}" if period else text


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def format_count(count: int, noun: str | None = None) -> str:
    """A count with thousands separated, and its noun: `1,284 seats`, `1 seat`."""
    if noun is None:
        return f"{count:,}"
    return f"{count:,} {noun if abs(count) == 1 else f'{noun}s'}"


def format_percent(part: int, base: int, noun: str) -> str:
    """A share with its base: `18 % of 2,410 seats`. The noun is the plural; a share of nothing is a dash."""
    if base == 0:
        return f"– of 0 {noun}"
    share = Decimal(100 * part) / Decimal(base)
    rounded = share.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if part and not rounded:
        return f"< 1 % of {base:,} {noun}"
    return f"{rounded:f} % of {base:,} {noun}"


def format_age(days: int) -> str:
    """An age in whole days: `today`, `1 day`, `61 days`."""
    return "today" if days == 0 else format_count(days, "day")


def decimal_text(amount: Decimal) -> str:
    """An exact amount for machines: a point, no separators, at least two decimals: `1200.00`, `0.000001`."""
    digits = max(2, _decimals(amount))
    return f"{amount.quantize(Decimal(1).scaleb(-digits)):f}"
