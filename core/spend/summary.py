"""What an application's licenses cost, and the figures to decide by, read from counts: never from people.

The cost of reading it grows with the license types, departments and purchases, not with the tenant.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from core.spend import money
from core.spend.estimates import estimates
from core.spend.figures import (
    ASSIGNED,
    CurrencySpend,
    Figure,
    Reduction,
    Spend,
    SpendPart,
    TypeUse,
    spend,
    sum_figures,
)
from core.spend.grouping import Grouping
from core.spend.license_types import read_license_types
from core.spend.money import LineKind, Money
from core.spend.purchases import PurchaseDetails, read_purchases
from core.spend.savings import Savings, read_savings
from core.spend.sharing import shared_out
from core.store.engine import reading
from core.store.tables import AssignmentRollup, Policy, ReclamationRequest, Source


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSpend:
    """What the seats of one department, country, company, cost center or manager cost in one currency.

    `name` is empty for the people of whom none is known. The groups of a currency sum exactly to
    its spend on assigned seats; what nobody holds belongs to no group.
    """

    name: str
    currency: str
    seats: int
    annual: Money
    split: Mapping[SpendPart, Figure]


@dataclass(frozen=True, kw_only=True, slots=True)
class Renewal:
    """The end of a purchase that is valid or will be. `annual` is nothing for a price without a run rate."""

    sku_id: str
    part_number: str
    name: str
    identifier: str
    kind: LineKind
    seats: int
    annual: Money | None
    ends_on: date
    notice_by: date

    @property
    def line(self) -> str:
        """The identifier, with what the line is of where that is not seats."""
        return self.identifier if self.kind is LineKind.SEATS else f"{self.identifier} · {self.kind.label}"

    def reduction(self, spend: Spend) -> Reduction | None:
        """The seats of the purchase that need not be renewed; nothing where all are needed."""
        return next(
            (
                each
                for in_currency in spend.currencies
                for row in in_currency.by_license_type
                if row.sku_id == self.sku_id
                for each in row.reductions
                if self.seats and (each.identifier, each.ends_on) == (self.identifier, self.ends_on)
            ),
            None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeDetails:
    """A license type beside its figures. `paid`: seats of the purchases valid on the day, in any currency.

    `name`: the product name, told apart from others of that name. `consumed`: seats in use by Microsoft's own
    count; nothing where it says nothing, or where seats were taken back since. `failed`: assignments that
    Microsoft could not carry out.
    """

    name: str
    use: TypeUse
    gone: bool
    consumed: int | None
    failed: int
    paid: int
    priced: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SpendSummary:
    """The spend of one application on one day, and what it covers.

    `counted_at`: when the seats were last read from the tenant; nothing before the first sync. `types`: all
    license types by product name, priced or not; those that the tenant no longer has, only while they are
    paid for or held. `groups`: by those groupings that were asked for. `estimated`: what the amounts hold of
    list prices, by SKU id; such types are still among the unpriced ones of `unpriced`.
    """

    spend: Spend
    counted_at: datetime | None
    types: tuple[TypeDetails, ...]
    renewals: tuple[Renewal, ...]
    savings: Mapping[str, Savings]
    groups: Mapping[Grouping, tuple[GroupSpend, ...]]
    unpriced: tuple[TypeUse, ...]
    estimated: Mapping[str, Money]

    @property
    def as_of(self) -> date:
        """The day whose purchases count."""
        return self.spend.as_of

    @property
    def names(self) -> dict[str, str]:
        """The names that people see, by SKU id."""
        return {each.use.sku_id: each.name for each in self.types}

    @property
    def counted_otherwise(self) -> tuple[TypeDetails, ...]:
        """The types of which Microsoft's own count of seats in use is another than that of the assignments.

        None as long as no assignment was read.
        """
        if not any(each.use.assigned for each in self.types):
            return ()
        return tuple(each for each in self.types if each.consumed not in {None, each.use.assigned})

    def of_currency(self, currency: str) -> CurrencySpend | None:
        """The totals of one currency."""
        return next((each for each in self.spend.currencies if each.currency == currency), None)


def read_summary(
    engine: Engine,
    application_id: int,
    *,
    on: date,
    groupings: Collection[Grouping] = (Grouping.DEPARTMENT,),
    list_prices: Mapping[str, Money] | None = None,
) -> SpendSummary:
    """The summary for a day, from the purchases valid then and the seats as they are counted now.

    Args:
        engine: of the database.
        application_id: the application.
        on: the day.
        groupings: what to group by. A tenant has few departments, but as many managers as it is large.
        list_prices: of a seat for a month, by SKU id, to estimate types without a price by; none by default.
    """
    with reading(engine) as session:
        purchases: dict[str, list[PurchaseDetails]] = {}
        for each in read_purchases(session, application_id):
            purchases.setdefault(each.sku_id, []).append(each)
        terms = {sku_id: [each.terms for each in bought] for sku_id, bought in purchases.items()}
        changed = _changed_since_counted(session, application_id)
        types = [
            TypeDetails(
                name=each.name,
                use=each.use,
                gone=each.gone,
                consumed=None if each.use.sku_id in changed else each.consumed,
                failed=each.failed,
                paid=sum(t.seats for t in terms.get(each.use.sku_id, ()) if t.valid_on(on)),
                priced=any(t.valid_on(on) and t.seats for t in terms.get(each.use.sku_id, ())),
            )
            for each in read_license_types(session, application_id, with_gone=True)
        ]
        types = [each for each in types if not each.gone or _still_matters(each, terms, on)]
        uses = [each.use for each in types]
        guessed = estimates(uses, terms, list_prices or {}, on=on)
        counted = terms | {sku_id: [*terms.get(sku_id, ()), each] for sku_id, each in guessed.items()}
        figures = spend(uses, counted, on=on, reserve_percent=_reserve(session, application_id))
        return SpendSummary(
            spend=figures,
            counted_at=session.exec(
                select(func.max(Source.read_at)).where(
                    Source.application_id == application_id,
                    col(Source.name).in_(("license_types", "directory")),
                )
            ).one(),
            types=tuple(types),
            renewals=_renewals(purchases, on),
            savings=read_savings(session, application_id, figures, uses, terms),
            groups={grouping: _groups(session, application_id, grouping, figures) for grouping in groupings},
            unpriced=(*figures.unpriced, *(use for use in uses if use.sku_id in guessed)),
            estimated={
                sku_id: purchase.annual for sku_id, purchase in guessed.items() if purchase.annual is not None
            },
        )


def _changed_since_counted(session: Session, application_id: int) -> set[str]:
    """The types of which seats were taken back or given back since Microsoft's own count was read."""
    counted = select(Source.read_at).where(
        Source.application_id == application_id, Source.name == "license_types"
    )
    since = select(ReclamationRequest.sku_id).where(
        ReclamationRequest.application_id == application_id,
        col(ReclamationRequest.state).in_(("reclaimed", "restored")),
        col(ReclamationRequest.changed_at) > counted.scalar_subquery(),
    )
    return set(session.exec(since.distinct()))


def _still_matters(gone: TypeDetails, terms: Mapping[str, Sequence[money.Purchase]], on: date) -> bool:
    """Whether a type that the tenant no longer has is paid for, now or later, or held by somebody yet."""
    ahead = (t.ends_on is None or t.ends_on >= on for t in terms.get(gone.use.sku_id, ()))
    return gone.use.assigned > 0 or any(ahead)


def _reserve(session: Session, application_id: int) -> int:
    policy = session.get(Policy, application_id)
    return policy.reserve_percent if policy else int(Policy.model_fields["reserve_percent"].default)


def _renewals(purchases: Mapping[str, Sequence[PurchaseDetails]], on: date) -> tuple[Renewal, ...]:
    found = [
        Renewal(
            sku_id=each.sku_id,
            part_number=each.part_number,
            name=each.name,
            identifier=each.terms.identifier,
            kind=each.terms.kind,
            seats=each.terms.seats,
            annual=each.terms.annual,
            ends_on=each.terms.ends_on,
            notice_by=each.terms.notice_by,
        )
        for bought in purchases.values()
        for each in bought
        if each.terms.ends_on is not None and each.terms.notice_by is not None and each.terms.ends_on >= on
    ]
    return tuple(sorted(found, key=lambda each: (each.notice_by, each.ends_on, each.name, each.identifier)))


def _groups(
    session: Session, application_id: int, grouping: Grouping, figures: Spend
) -> tuple[GroupSpend, ...]:
    counts = _counts(session, application_id, grouping)
    found: dict[tuple[str, str], dict[SpendPart, list[Figure]]] = {}
    for row in (row for each in figures.currencies for row in each.by_license_type):
        for part, name, figure in shared_out(row, counts.get(row.sku_id, {})):
            found.setdefault((row.annual.currency, name), {}).setdefault(part, []).append(figure)
    groups = [
        _group(name, currency, {part: sum_figures(listed, currency) for part, listed in parts.items()})
        for (currency, name), parts in found.items()
    ]
    return tuple(sorted(groups, key=lambda each: (each.currency, -each.annual.millionths, each.name)))


def _group(name: str, currency: str, split: Mapping[SpendPart, Figure]) -> GroupSpend:
    whole = sum_figures(split.values(), currency)
    return GroupSpend(name=name, currency=currency, seats=whole.seats, annual=whole.annual, split=split)


def _counts(
    session: Session, application_id: int, grouping: Grouping
) -> dict[str, dict[SpendPart, dict[str, int]]]:
    """Assigned seats by SKU id, by what they are doing, by group."""
    query = select(
        AssignmentRollup.sku_id,
        AssignmentRollup.activity_status,
        AssignmentRollup.value,
        AssignmentRollup.seats,
    ).where(
        AssignmentRollup.application_id == application_id,
        AssignmentRollup.dimension == grouping.value,
        col(AssignmentRollup.activity_status).in_(ASSIGNED),
    )
    found: dict[str, dict[SpendPart, dict[str, int]]] = {}
    for sku_id, status, group, seats in session.exec(query):
        if seats:
            found.setdefault(sku_id, {}).setdefault(SpendPart(status), {})[group] = seats
    return found
