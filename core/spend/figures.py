"""The figures that people decide by: spend, exposure, reassignable now, reducible at renewal.

What they mean is in the class docstrings. All of it is computed from counts and purchases for one day; money
is annual unless said otherwise, and every currency has totals of its own.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from core.spend.money import LineKind, Money, Purchase, allocate, allocate_units, total


class SpendPart(StrEnum):
    """What a paid seat is doing."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    NEVER_ACTIVE = "never_active"
    UNKNOWN = "unknown"
    UNASSIGNED = "unassigned"  # paid for, held by nobody
    COMPANY = "company"  # of a type that is for the company as a whole: nobody can hold it


EXPOSED = (SpendPart.INACTIVE, SpendPart.NEVER_ACTIVE, SpendPart.UNASSIGNED)
ASSIGNED = (SpendPart.ACTIVE, SpendPart.INACTIVE, SpendPart.NEVER_ACTIVE, SpendPart.UNKNOWN)
"""Seats that somebody holds. An assignment that failed is none, whatever counts hold of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeUse:
    """How a license type is used in the tenant, in seats.

    `seats`: purchased by the tenant's own count, enabled and in grace. `reclaimable`: assignments with an
    opportunity of High confidence that nothing blocks. `free`: on the list of free, viral and trial types.
    """

    sku_id: str
    part_number: str
    seats: int
    active: int = 0
    inactive: int = 0
    never_active: int = 0
    unknown: int = 0
    reclaimable: int = 0
    free: bool = False
    for_company: bool = False

    @property
    def assigned(self) -> int:
        """Seats that somebody holds."""
        return self.active + self.inactive + self.never_active + self.unknown

    @property
    def by_part(self) -> dict[SpendPart, int]:
        """The tenant's seats by what they are doing."""
        return {
            SpendPart.ACTIVE: self.active,
            SpendPart.INACTIVE: self.inactive,
            SpendPart.NEVER_ACTIVE: self.never_active,
            SpendPart.UNKNOWN: self.unknown,
            SpendPart.UNASSIGNED: self.unassigned,
        }

    @property
    def unassigned(self) -> int:
        """Seats of the tenant that nobody holds; none where more people hold it than there are seats.

        What is for the company as a whole has no seats: nobody could hold one.
        """
        return 0 if self.for_company else max(0, self.seats - self.assigned)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """Seats and what they cost in a year; `by_date` is the day until which something must be done."""

    seats: int
    annual: Money
    by_date: date | None = None

    @property
    def monthly(self) -> Money:
        """A twelfth of the annual amount."""
        return self.annual.times(Fraction(1, 12))


@dataclass(frozen=True, kw_only=True, slots=True)
class Reduction:
    """Seats of one purchase that need not be renewed, if notice is given in time."""

    sku_id: str
    part_number: str
    identifier: str
    seats: int
    annual: Money
    notice_by: date
    ends_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The figures of one license type, or of all of them, in one currency.

    `seats`: paid ones, of the purchases. `split`: the spend by what the seats are doing; its amounts sum to
    `annual` exactly. Where more people hold a type than seats were paid for, its spend is spread over them.
    `exposure`: inactive, never active and unassigned seats; `unknown` stands beside it. `reassignable_now`:
    seats that spare a purchase, free ones and those reclaimable with High confidence. `reducible_at_renewal`:
    those, less the reserve, in purchases whose notice date is ahead; with the first such date.
    """

    seats: int
    annual: Money
    monthly: Money
    split: Mapping[SpendPart, Figure]
    exposure: Figure
    unknown: Figure
    reassignable_now: Figure
    reducible_at_renewal: Figure

    @property
    def user_seats(self) -> int:
        """Paid seats that people can hold: without what is for the company as a whole."""
        return self.seats - self.split[SpendPart.COMPANY].seats


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeSpend(Figures):
    """One license type in one currency, and the purchases that could be reduced, the most urgent first."""

    sku_id: str
    part_number: str
    reductions: tuple[Reduction, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CurrencySpend(Figures):
    """All priced license types in one currency, the most expensive first, and the sums of their figures."""

    currency: str
    by_license_type: tuple[TypeSpend, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Spend:
    """The spend on one day.

    `unpriced`: types that are neither free nor priced, which no total covers. `outside_run_rate`: types with
    a one-time price without an end, which stands in no total.
    """

    as_of: date
    currencies: tuple[CurrencySpend, ...]
    unpriced: tuple[TypeUse, ...]
    outside_run_rate: tuple[TypeUse, ...]


def spend(
    types: Iterable[TypeUse],
    purchases: Mapping[str, Sequence[Purchase]],
    *,
    on: date,
    reserve_percent: int = 0,
) -> Spend:
    """The figures for one day.

    Args:
        types: how each license type of the tenant is used. A type that was purchased but is not among them
            counts as paid for and unassigned, under its SKU id.
        purchases: the purchases by SKU id; those that are not valid on the day don't count.
        on: the day.
        reserve_percent: seats to keep at a renewal, as a percentage of the tenant's seats, rounded up.
    """
    used = {use.sku_id: use for use in types}
    for sku_id in purchases.keys() - used.keys():
        used[sku_id] = TypeUse(sku_id=sku_id, part_number=sku_id, seats=0)
    rows: dict[str, list[TypeSpend]] = {}
    unpriced: list[TypeUse] = []
    outside: list[TypeUse] = []
    for use in sorted(used.values(), key=lambda use: (use.part_number, use.sku_id)):
        valid = [purchase for purchase in purchases.get(use.sku_id, ()) if purchase.valid_on(on)]
        if use.free and not any(purchase.cost_per_seat for purchase in valid):
            continue  # without a price nobody pays for it
        if not any(purchase.kind is LineKind.SEATS for purchase in valid) and (use.seats or use.assigned):
            unpriced.append(use)
        if any(purchase.annual is None for purchase in valid):
            outside.append(use)
        for row in _type_spend(use, valid, on, reserve_percent):
            rows.setdefault(row.annual.currency, []).append(row)
    return Spend(
        as_of=on,
        currencies=tuple(_currency_spend(currency, rows[currency]) for currency in sorted(rows)),
        unpriced=tuple(unpriced),
        outside_run_rate=tuple(outside),
    )


def _type_spend(
    use: TypeUse, valid: Sequence[Purchase], on: date, reserve_percent: int
) -> Iterable[TypeSpend]:
    """One row per currency; seats that are counted are shared out by the paid ones, fees over all seats."""
    by_currency: dict[str, list[Purchase]] = {}
    for purchase in valid:
        if purchase.annual is not None:
            by_currency.setdefault(purchase.currency, []).append(purchase)
    if not by_currency:
        return
    currencies = sorted(by_currency)
    paid = [sum(purchase.seats for purchase in by_currency[currency]) for currency in currencies]
    parts = _parts(use, sum(paid))
    by_seats = paid if any(paid) else [1] * len(paid)  # of fees alone, with no seats to go by
    shares = {part: allocate_units(seats, by_seats) for part, seats in parts.items()}
    spare = 0 if use.for_company else max(0, use.seats - use.assigned + use.reclaimable)
    spares = allocate_units(spare if any(paid) else 0, by_seats)
    reserve = math.ceil(use.seats * Fraction(reserve_percent, 100))
    reductions = _reductions(use, valid, max(0, spare - reserve), on)
    for place, currency in enumerate(currencies):
        bought = by_currency[currency]
        annual = total((purchase.annual for purchase in bought if purchase.annual is not None), currency)
        amounts = allocate(annual, _weights(parts))
        split = {
            part: Figure(seats=shares[part][place], annual=amount)
            for part, amount in zip(parts, amounts, strict=True)
        }
        reduced = tuple(each for each in reductions if each.annual.currency == currency)
        yield TypeSpend(
            sku_id=use.sku_id,
            part_number=use.part_number,
            seats=paid[place],
            annual=annual,
            monthly=total(
                (purchase.monthly for purchase in bought if purchase.monthly is not None), currency
            ),
            split=split,
            exposure=sum_figures((split[part] for part in EXPOSED), currency),
            unknown=split[SpendPart.UNKNOWN],
            reassignable_now=Figure(
                seats=spares[place], annual=annual.times(Fraction(spares[place], max(1, by_seats[place])))
            ),
            reducible_at_renewal=sum_figures(
                (Figure(seats=each.seats, annual=each.annual, by_date=each.notice_by) for each in reduced),
                currency,
            ),
            reductions=reduced,
        )


def _parts(use: TypeUse, paid: int) -> dict[SpendPart, int]:
    """The seats by what they are doing."""
    free = max(0, paid - use.assigned)
    return {
        SpendPart.ACTIVE: use.active,
        SpendPart.INACTIVE: use.inactive,
        SpendPart.NEVER_ACTIVE: use.never_active,
        SpendPart.UNKNOWN: use.unknown,
        SpendPart.UNASSIGNED: 0 if use.for_company else free,
        SpendPart.COMPANY: free if use.for_company else 0,
    }


def _weights(parts: Mapping[SpendPart, int]) -> list[int]:
    """What the amounts of the parts are shared out by; without any seat all of it is unassigned."""
    if any(parts.values()):
        return list(parts.values())
    return [int(part is SpendPart.UNASSIGNED) for part in parts]


def _reductions(use: TypeUse, valid: Sequence[Purchase], spare: int, on: date) -> tuple[Reduction, ...]:
    """Which purchases to reduce, those first of which notice is due first, until no spare seat is left."""
    found: list[Reduction] = []
    for purchase in sorted(valid, key=_reduced_before):
        notice_by, ends_on, annual = purchase.notice_by, purchase.ends_on, purchase.annual
        seats = min(spare, purchase.seats)
        if seats == 0 or annual is None or notice_by is None or ends_on is None or notice_by < on:
            continue
        spare -= seats
        found.append(
            Reduction(
                sku_id=use.sku_id,
                part_number=use.part_number,
                identifier=purchase.identifier,
                seats=seats,
                annual=annual.times(Fraction(seats, purchase.seats)),
                notice_by=notice_by,
                ends_on=ends_on,
            )
        )
    return tuple(found)


def _reduced_before(purchase: Purchase) -> tuple[date, str, str, Decimal, int]:
    """By notice date; the rest is only there so that the order of entry doesn't matter."""
    due = purchase.notice_by or date.max
    return due, purchase.currency, purchase.identifier, purchase.cost_per_seat, purchase.seats


def sum_figures(figures: Iterable[Figure], currency: str) -> Figure:
    """The sum of figures in one currency; its date is the first one among them."""
    listed = list(figures)
    dates = [figure.by_date for figure in listed if figure.by_date is not None]
    return Figure(
        seats=sum(figure.seats for figure in listed),
        annual=total((figure.annual for figure in listed), currency),
        by_date=min(dates, default=None),
    )


def _currency_spend(currency: str, rows: Sequence[TypeSpend]) -> CurrencySpend:
    ordered = sorted(rows, key=lambda row: (-row.annual.millionths, row.part_number, row.sku_id))
    return CurrencySpend(
        currency=currency,
        seats=sum(row.seats for row in ordered),
        annual=total((row.annual for row in ordered), currency),
        monthly=total((row.monthly for row in ordered), currency),
        split={part: sum_figures((row.split[part] for row in ordered), currency) for part in SpendPart},
        exposure=sum_figures((row.exposure for row in ordered), currency),
        unknown=sum_figures((row.unknown for row in ordered), currency),
        reassignable_now=sum_figures((row.reassignable_now for row in ordered), currency),
        reducible_at_renewal=sum_figures((row.reducible_at_renewal for row in ordered), currency),
        by_license_type=tuple(ordered),
    )
