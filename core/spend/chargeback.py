"""Whose budget pays for a period: what was paid, shared out by who held the seats on its days.

The unit is the seat-day, one seat held by one group on one day. Amounts are shared out by them with the
largest remainder, so that the shares of a license type sum to what it cost, to the last millionth.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from core.spend.money import Money, allocate, total


class Unassigned(StrEnum):
    """What becomes of the cost of seats that nobody holds."""

    APART = "apart"  # told as a line of its own
    SPREAD = "spread"  # borne by the groups in the proportion of the seats that they hold


NOBODY: Final = None
"""The group of the seats that nobody holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeUsage:
    """One license type over a period of some days.

    `cost`: what its purchases cost then, by currency. `paid`: seat-days that were paid for, by currency.
    `held`: seat-days by group; the empty name is of those people of whom no group is known. `unassigned`:
    seat-days that were paid for and that nobody held.
    """

    sku_id: str
    cost: Mapping[str, Money]
    paid: Mapping[str, int]
    held: Mapping[str, int]
    unassigned: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Charge:
    """What one group bears of one license type in one currency.

    `group` is `NOBODY` for seats that are not assigned and kept apart. `seats`: held on average over the
    days of the period; of a type that is paid in several currencies, the share of this one.
    """

    group: str | None
    sku_id: str
    currency: str
    seats: Fraction
    amount: Money


def charges(usage: Iterable[TypeUsage], *, days: int, unassigned: Unassigned) -> tuple[Charge, ...]:
    """The shares of all groups.

    For every type and currency they sum exactly to its cost. Where nobody held a seat there is nobody to
    spread it over: it stays apart.

    Args:
        usage: the license types.
        days: the days of the period, at least one.
        unassigned: what becomes of seats that nobody holds.
    """
    found: list[Charge] = []
    for each in usage:
        held = sorted((group, weight) for group, weight in each.held.items() if weight > 0)
        shares: list[tuple[str | None, int]] = list(held)
        if not held or (unassigned is Unassigned.APART and each.unassigned > 0):
            shares.append((NOBODY, max(1, each.unassigned)))
        for currency, cost in sorted(each.cost.items()):
            amounts = allocate(cost, [weight for _, weight in shares])
            part = Fraction(each.paid.get(currency, 0), max(1, sum(each.paid.values())) * days)
            found += [
                Charge(
                    group=group,
                    sku_id=each.sku_id,
                    currency=currency,
                    seats=(each.unassigned if group is NOBODY else weight) * part,
                    amount=amount,
                )
                for (group, weight), amount in zip(shares, amounts, strict=True)
            ]
    return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What one group bears in one currency, the most expensive license type first."""

    group: str | None
    currency: str
    total: Money
    lines: tuple[Charge, ...]


def statements(found: Iterable[Charge]) -> tuple[Statement, ...]:
    """The charges by currency and group: the largest total first, seats that nobody holds last."""
    gathered: dict[tuple[str, str | None], list[Charge]] = {}
    for each in found:
        gathered.setdefault((each.currency, each.group), []).append(each)
    made = [
        Statement(
            group=group,
            currency=currency,
            total=total((line.amount for line in lines), currency),
            lines=tuple(sorted(lines, key=lambda line: (-line.amount.millionths, line.sku_id))),
        )
        for (currency, group), lines in gathered.items()
    ]
    return tuple(sorted(made, key=_in_order))


def _in_order(statement: Statement) -> tuple[str, bool, int, str]:
    nobody = statement.group is NOBODY
    return statement.currency, nobody, -statement.total.millionths, statement.group or ""
