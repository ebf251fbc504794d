"""Exact money, payment frequencies, and what a purchase costs.

Amounts are whole millionths of a currency, as they are stored. Where a division doesn't come out even (a
price for 18 months, per year), it is rounded once, half to even, to the millionth; everything else is exact.
Amounts of different currencies are never added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, Self

from core.spend.currencies import currency_of

_MILLION: Final = 1_000_000
_MONTHS_A_YEAR: Final = 12
_TOO_LARGE: Final = 10**18  # beyond it Decimal's 28 digits would round away millionths


class CurrencyMismatch(ValueError):  # noqa: N818 - names what was found, as the message does
    """Amounts of different currencies were to be added or compared."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency, a whole number of millionths.

    Raises:
        TypeError: the amount is no Decimal.
        ValueError: it is not finite, has more than six decimals or 18 digits before them, or the currency is
            not known.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"an amount of money must be a Decimal, not {type(self.amount).__name__}")
        if not self.amount.is_finite() or abs(self.amount) >= _TOO_LARGE:
            raise ValueError(f"{self.amount} is too large for an amount of money")
        if _MILLION % self.amount.as_integer_ratio()[1]:
            raise ValueError(f"{self.amount} is not an amount of whole millionths")
        currency_of(self.currency)

    @classmethod
    def of_millionths(cls, millionths: int, currency: str) -> Self:
        """The amount of this many millionths."""
        return cls(Decimal(millionths).scaleb(-6), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in a currency."""
        return cls.of_millionths(0, currency)

    @property
    def millionths(self) -> int:
        """The amount in millionths."""
        units, of_one = self.amount.as_integer_ratio()
        return units * (_MILLION // of_one)

    def times(self, factor: int | Fraction) -> Self:
        """The amount times a factor, rounded half to even to the millionth; exact for whole factors."""
        return self.of_millionths(round(self.millionths * factor), self.currency)

    def __add__(self, other: "Money") -> Self:
        return self.of_millionths(self.millionths + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> Self:
        return self.of_millionths(self.millionths - self._same(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.millionths < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.millionths <= self._same(other)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(
                f"{self.amount} {self.currency} and {other.amount} {other.currency} can't be added or "
                "compared: every currency has totals of its own"
            )
        return other.millionths


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts that are all in `currency`; nothing, if there are none."""
    found = Money.zero(currency)
    for amount in amounts:
        found += amount
    return found


def allocate(amount: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """Split an amount by weights, so that the parts sum to it exactly.

    Raises:
        ValueError: a weight is negative, or none is positive.
    """
    parts = allocate_units(amount.millionths, weights)
    return tuple(Money.of_millionths(part, amount.currency) for part in parts)


def allocate_units(units: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split whole units by weights; the largest remainders get what rounding down leaves over.

    Of equal remainders the earlier part comes first, so the same input always gives the same parts.

    Raises:
        ValueError: a weight is negative, or none is positive.
    """
    weight = sum(weights)
    if weight <= 0 or min(weights) < 0:
        raise ValueError(f"cannot split by {list(weights)}: one weight must be positive, none negative")
    parts = [units * each // weight for each in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(units * weights[place] % weight))
    for place in by_remainder[: units - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


class Frequency(StrEnum):
    """How often a price is paid."""

    ONCE = "once"  # for the whole time from start to end
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMI_ANNUALLY = "semi_annually"
    ANNUALLY = "annually"
    EVERY_18_MONTHS = "every_18_months"
    BIENNIALLY = "biennially"  # every two years
    TRIENNIALLY = "triennially"

    @property
    def label(self) -> str:
        """The words that people see."""
        return (
            "Every two years" if self is Frequency.BIENNIALLY else self.value.replace("_", " ").capitalize()
        )


MONTHS: Final[Mapping[Frequency, int]] = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.SEMI_ANNUALLY: 6,
    Frequency.ANNUALLY: 12,
    Frequency.EVERY_18_MONTHS: 18,
    Frequency.BIENNIALLY: 24,
    Frequency.TRIENNIALLY: 36,
}
"""Months in a payment period; `once` has none of its own."""


def parse_frequency(text: str) -> tuple[Frequency, str | None]:
    """The frequency that a word means, and a warning where the word is ambiguous.

    Raises:
        ValueError: the word is none of the eight, nor `biannually`.
    """
    word = text.strip().lower()
    if word == "biannually":
        return Frequency.BIENNIALLY, (
            "'biannually' is read as every two years; write 'semi_annually' for twice a year"
        )
    return Frequency(word), None


def annualized(
    price: Money, frequency: Frequency, *, starts_on: date | None = None, ends_on: date | None = None
) -> Money | None:
    """What a price per payment period comes to in a year.

    `once` is spread over the days from `starts_on` to `ends_on`, both included; without both of them it
    stands outside the run rate: None.
    """
    return _cost_of_months(price, _MONTHS_A_YEAR, frequency, starts_on, ends_on)


def monthly(
    price: Money, frequency: Frequency, *, starts_on: date | None = None, ends_on: date | None = None
) -> Money | None:
    """What a price per payment period comes to in a month; see `annualized`."""
    return _cost_of_months(price, 1, frequency, starts_on, ends_on)


def _cost_of_months(
    price: Money, months: int, frequency: Frequency, starts_on: date | None, ends_on: date | None
) -> Money | None:
    if frequency is not Frequency.ONCE:
        return price.times(Fraction(months, MONTHS[frequency]))
    if starts_on is None or ends_on is None:
        return None
    return price.times(months / months_between(starts_on, ends_on))


def months_between(first: date, last: date) -> Fraction:
    """The length of a period in months, both days included: whole months, and the rest by its month's days.

    Raises:
        ValueError: `last` lies before `first`.
    """
    if last < first:
        raise ValueError(f"the period ends on {last}, before it starts on {first}")
    end = last + timedelta(days=1)
    months = (end.year - first.year) * _MONTHS_A_YEAR + end.month - first.month
    if _add_months(first, months) > end:
        months -= 1
    rest_from = _add_months(first, months)
    month = _add_months(first, months + 1) - rest_from
    return months + Fraction((end - rest_from).days, month.days)


def _add_months(day: date, months: int) -> date:
    """The same day some months later; the last of the month where it has no such day."""
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    following = date(year + month // 11, (month + 1) % _MONTHS_A_YEAR + 1, 1)
    last_day = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last_day))


class LineKind(StrEnum):
    """What a line of license details is of."""

    SEATS = "seats"
    FEE = "fee"  # a fixed amount for each payment period, whatever the number of seats
    DISCOUNT = "discount"  # the same, taken off

    @property
    def label(self) -> str:
        """The words that people see."""
        return "Fixed fee" if self is LineKind.FEE else self.value.capitalize()


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """Seats of one license type, bought under one identifier at one price; or a fee or discount beside them.

    `cost_per_seat` is for one seat and one payment period; of a fee or discount, which has no seats, the
    amount of one payment period, which is never negative. `starts_on`: None is "since ever"; `ends_on`: the
    last day that it is valid, None is open-ended. `notice_days`: how long before its end notice has to be
    given. `renews`: at its end there is something to decide; False where its next terms follow already.

    Raises:
        ValueError: seats without a number or a number without seats, a negative price, an end before the
            start, or an unknown currency.
    """

    seats: int
    cost_per_seat: Decimal
    currency: str
    frequency: Frequency
    starts_on: date | None = None
    ends_on: date | None = None
    notice_days: int | None = None
    identifier: str = ""
    renews: bool = True
    kind: LineKind = LineKind.SEATS

    def __post_init__(self) -> None:
        if self.kind is LineKind.SEATS and self.seats < 1:
            raise ValueError(f"a purchase is of at least one seat, not {self.seats}")
        if self.kind is not LineKind.SEATS and self.seats:
            raise ValueError(f"a {self.kind} has no seats, so not {self.seats}")
        if self.price < Money.zero(self.currency):
            raise ValueError(f"a seat can't cost {self.cost_per_seat} {self.currency}")
        if self.starts_on is not None and self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError(f"the purchase ends on {self.ends_on}, before it starts on {self.starts_on}")

    @property
    def key(self) -> tuple[str, LineKind, date | None]:
        """What tells it from the other purchases of its license type."""
        return self.identifier, self.kind, self.starts_on

    @property
    def price(self) -> Money:
        """The price of one seat for one payment period, or the amount of a fee or discount."""
        return Money(self.cost_per_seat, self.currency)

    @property
    def per_period(self) -> Money:
        """What the line comes to in one payment period; a discount takes it off."""
        if self.kind is LineKind.SEATS:
            return self.price.times(self.seats)
        return self.price if self.kind is LineKind.FEE else self.price.times(-1)

    @property
    def annual(self) -> Money | None:
        """All seats for a year; None for a one-time price without start and end."""
        return annualized(self.per_period, self.frequency, starts_on=self.starts_on, ends_on=self.ends_on)

    @property
    def monthly(self) -> Money | None:
        """All seats for a month; None for a one-time price without start and end."""
        return monthly(self.per_period, self.frequency, starts_on=self.starts_on, ends_on=self.ends_on)

    @property
    def notice_by(self) -> date | None:
        """The last day to give notice: the end, less the notice period; None where nothing is to renew."""
        if self.ends_on is None or not self.renews:
            return None
        return self.ends_on - timedelta(days=self.notice_days or 0)

    def valid_on(self, day: date) -> bool:
        """Whether the purchase counts on a day, its first and last ones included."""
        started = self.starts_on is None or self.starts_on <= day
        return started and (self.ends_on is None or day <= self.ends_on)


def seat_price(purchases: Iterable[Purchase], on: date) -> dict[str, Money]:
    """What one seat of a license type costs in a year on a day, by currency: the seat-weighted mean.

    Fees and discounts are shared out over the seats. One-time prices without an end stand outside; where
    nothing is left, or no seats, there is no price: an empty dict.
    """
    seats: dict[str, int] = {}
    annual: dict[str, Money] = {}
    for purchase in purchases:
        cost = purchase.annual
        if cost is None or not purchase.valid_on(on):
            continue
        seats[purchase.currency] = seats.get(purchase.currency, 0) + purchase.seats
        annual[purchase.currency] = annual.get(purchase.currency, Money.zero(purchase.currency)) + cost
    return {
        currency: annual[currency].times(Fraction(1, seats[currency]))
        for currency in sorted(seats)
        if seats[currency]
    }
