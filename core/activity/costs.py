"""What assignments cost: the seat-weighted mean of the purchases of their license type that are valid."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from core.spend.figures import Spend
from core.spend.money import Money


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatCosts:
    """The annual cost of one seat by license type and currency; `unpriced` ones cost an unknown amount.

    A type bought in two currencies costs a part of its mean in each.
    """

    by_type: Mapping[str, Mapping[str, "SeatShare"]]
    unpriced: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatShare:
    """`annual` pays for `seats` seats."""

    annual: Money
    seats: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a number of assignments costs in a year, by currency, and how many of them have no price."""

    annual: Mapping[str, Money]
    unpriced_seats: int

    def monthly(self, currency: str) -> Money:
        """A twelfth of the annual amount in that currency."""
        return self.annual.get(currency, Money.zero(currency)).times(Fraction(1, 12))


def seat_costs(spend: Spend) -> SeatCosts:
    """The costs of a seat on the day of the spend."""
    seats: dict[str, int] = {}
    amounts: dict[str, dict[str, Money]] = {}
    for in_currency in spend.currencies:
        for row in in_currency.by_license_type:
            seats[row.sku_id] = seats.get(row.sku_id, 0) + row.seats
            amounts.setdefault(row.sku_id, {})[in_currency.currency] = row.annual
    return SeatCosts(
        by_type={
            sku_id: {
                currency: SeatShare(annual=annual, seats=seats[sku_id])
                for currency, annual in by_currency.items()
            }
            for sku_id, by_currency in amounts.items()
        },
        unpriced=frozenset(use.sku_id for use in spend.unpriced),
    )


def cost_of(seats_by_type: Mapping[str, int], costs: SeatCosts) -> Cost:
    """What assignments cost, from how many there are of each license type."""
    annual: dict[str, Money] = {}
    for sku_id, seats in seats_by_type.items():
        for currency, share in costs.by_type.get(sku_id, {}).items():
            amount = share.annual.times(Fraction(seats, share.seats))
            annual[currency] = annual.get(currency, Money.zero(currency)) + amount
    return Cost(
        annual=annual,
        unpriced_seats=sum(seats for sku_id, seats in seats_by_type.items() if sku_id in costs.unpriced),
    )
