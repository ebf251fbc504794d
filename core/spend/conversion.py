"""Amounts of several currencies told as one, at rates that somebody entered.

A converted amount stands beside the original ones, never in their place. A rate counts from its day until the
next one of its two currencies, in whichever direction it was entered; of two of the same day, the one in the
direction that is asked for. No rate is made up by way of a third currency.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from core.spend.money import Money, total


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """What one unit of `currency` comes to in `into`, from `valid_from` on. `rate` is positive."""

    currency: str
    into: str
    rate: Decimal
    valid_from: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """Amounts of several currencies in one.

    `amount`: the sum of those that could be converted; `rates`: the ones that were used, as they were
    entered; `missing`: currencies of which there is no rate on the day, so that `amount` does not cover them.
    """

    amount: Money
    rates: tuple[Rate, ...]
    missing: tuple[str, ...]


def rate_on(rates: Iterable[Rate], currency: str, into: str, *, on: date) -> Rate | None:
    """The rate in force on a day between two currencies, in the direction in which it was entered."""
    in_force = [
        each for each in rates if each.valid_from <= on and {each.currency, each.into} == {currency, into}
    ]
    return max(in_force, key=lambda each: (each.valid_from, each.currency == currency), default=None)


def convert(amount: Money, rate: Rate) -> Money:
    """An amount in the other currency of a rate, rounded once, half to even, to the millionth.

    Raises:
        ValueError: the rate is of two other currencies.
    """
    if amount.currency == rate.currency:
        factor, into = Fraction(rate.rate), rate.into
    elif amount.currency == rate.into:
        factor, into = 1 / Fraction(rate.rate), rate.currency
    else:
        raise ValueError(f"a rate of {rate.currency} in {rate.into} says nothing of {amount.currency}")
    return Money.of_millionths(round(amount.millionths * factor), into)


def together(amounts: Sequence[Money], into: str, rates: Iterable[Rate], *, on: date) -> Together:
    """Amounts of any currencies as one amount of the currency `into`, by the rates of a day."""
    entered = list(rates)
    converted: list[Money] = []
    used: list[Rate] = []
    missing: list[str] = []
    for amount in amounts:
        if amount.currency == into:
            converted.append(amount)
        elif (rate := rate_on(entered, amount.currency, into, on=on)) is None:
            missing.append(amount.currency)
        else:
            converted.append(convert(amount, rate))
            used.append(rate)
    return Together(
        amount=total(converted, into),
        rates=tuple(dict.fromkeys(used)),
        missing=tuple(dict.fromkeys(missing)),
    )
