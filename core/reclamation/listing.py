"""The opportunities as pages and commands list them: filtered, counted and paged in SQL, strongest first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Row, Select, Text, and_, case, cast, func, or_, select, tuple_
from sqlmodel import Session, col

from core.activity.evidence import ActivityStatus, Confidence
from core.activity.selection import ActivityFilter, conditions
from core.exports import Cell, Column, Kind
from core.reclamation.downgrades import priced_type, saving
from core.reclamation.opportunities import Scenario
from core.reclamation.prices import NO_PRICE, SeatPrice, seat_prices
from core.spend.formatting import decimal_text
from core.spend.money import Money
from core.spend.type_names import read_type_names
from core.store.bulk import table_of
from core.store.engine import reading
from core.store.tables import LIVE_STATES, Assignment, LicenseType, Opportunity, ReclamationRequest, User

PAGE_ROWS: Final = 200
BATCH_ROWS: Final = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class OpportunityFilter:
    """Which opportunities; an empty field asks for nothing. `text` is looked for in names and addresses."""

    scenarios: tuple[Scenario, ...] = ()
    sku_ids: tuple[str, ...] = ()
    confidences: tuple[Confidence, ...] = ()
    reclaimable: bool | None = None
    departments: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpportunityRow:
    """One opportunity. `blockers`, `cautions`: sentences. `requested`: a live request wants it already."""

    user_id: str
    user_principal_name: str
    display_name: str
    account_enabled: bool
    department: str | None
    license_type: str
    part_number: str
    sku_id: str
    scenarios: tuple[Scenario, ...]
    confidence: Confidence
    reasons: tuple[str, ...]
    blockers: tuple[str, ...]
    cautions: tuple[str, ...]
    reclaimable: bool
    requested: bool
    activity_status: ActivityStatus
    last_activity: datetime | None
    costs: tuple[Money, ...]
    """For a year, one or the other: a type that was bought in several currencies has an amount in each."""
    cheaper_type: str | None
    """The license type that is advised in its place."""
    saving: Money | None
    """What that one would cost less in a year."""
    saving_estimated: bool
    """By list prices."""
    paid_until: date | None

    @property
    def cost(self) -> Money | None:
        """For a year; nothing without a price, or with prices in several currencies."""
        return self.costs[0] if len(self.costs) == 1 else None


EXPORT_COLUMNS: Final = (
    Column(name="user_id"),
    Column(name="user_principal_name"),
    Column(name="display_name"),
    Column(name="department"),
    Column(name="license_type"),
    Column(name="part_number"),
    Column(name="sku_id"),
    Column(name="scenarios"),
    Column(name="confidence"),
    Column(name="reasons"),
    Column(name="blockers"),
    Column(name="cautions"),
    Column(name="last_activity", kind=Kind.DATETIME),
    Column(name="annual_cost", kind=Kind.DECIMAL),
    Column(name="currency"),
    Column(name="cheaper_license_type"),
    Column(name="annual_saving", kind=Kind.DECIMAL),
    Column(name="saving_currency"),
    Column(name="saving_is_estimate"),
    Column(name="annual_cost_by_currency"),
)
"""Columns of a file of opportunities, for `export_cells`."""


def count(session: Session, application_id: int, chosen: OpportunityFilter) -> int:
    """How many opportunities the filter lets through."""
    query = (
        select(func.count())
        .select_from(Opportunity)
        .join(User, SAME_USER)
        .where(col(Opportunity.application_id) == application_id, *conditions_of(chosen))
    )
    return session.connection().execute(query).scalar_one()


def page(
    session: Session,
    application_id: int,
    chosen: OpportunityFilter,
    *,
    on: date,
    number: int = 1,
    rows: int = PAGE_ROWS,
) -> list[OpportunityRow]:
    """One page of the opportunities, the strongest first; the first page is number 1."""
    query = _query(application_id, chosen).limit(rows).offset((max(number, 1) - 1) * rows)
    return _rows(session, application_id, query, on)


def rows_of(
    session: Session, application_id: int, seats: list[tuple[str, str]], *, on: date
) -> list[OpportunityRow]:
    """The opportunities of these seats (user id, SKU id), the strongest first; others are left out."""
    seat = tuple_(col(Opportunity.user_id), col(Opportunity.sku_id))
    query = _query(application_id, OpportunityFilter()).where(seat.in_(seats))
    return _rows(session, application_id, query, on)


def stream_batches(
    engine: Engine, application_id: int, chosen: OpportunityFilter, *, on: date, size: int = BATCH_ROWS
) -> Iterator[list[OpportunityRow]]:
    """All opportunities that the filter lets through, the strongest first; memory does not grow with them."""
    query = _query(application_id, chosen).limit(size)
    after: tuple[int, str, str] | None = None
    while True:
        with reading(engine) as session:
            place = tuple_(*_ORDER) > after if after is not None else None
            found = session.connection().execute(query if place is None else query.where(place)).all()
            batch = _shown(session, application_id, found, on)
        if batch:
            yield batch
        if len(batch) < size:
            return
        after = (found[-1].rank, found[-1].user_id, found[-1].sku_id)


def as_json(row: OpportunityRow) -> dict[str, Any]:
    """A row as the command line prints it; the amount is a decimal string."""
    return {
        "user_id": row.user_id,
        "user_principal_name": row.user_principal_name,
        "part_number": row.part_number,
        "sku_id": row.sku_id,
        "scenarios": [scenario.value for scenario in row.scenarios],
        "confidence": row.confidence.value,
        "reasons": list(row.reasons),
        "blockers": list(row.blockers),
        "cautions": list(row.cautions),
        "annual_cost": decimal_text(row.cost.amount) if row.cost else None,
        "currency": row.cost.currency if row.cost else None,
        "annual_costs": {each.currency: decimal_text(each.amount) for each in row.costs},
    }


def export_cells(row: OpportunityRow) -> tuple[Cell, ...]:
    """A row's cells, in the order of `EXPORT_COLUMNS`."""
    return (
        row.user_id,
        row.user_principal_name,
        row.display_name,
        row.department,
        row.license_type,
        row.part_number,
        row.sku_id,
        ", ".join(scenario.label for scenario in row.scenarios),
        row.confidence.value,
        " ".join(row.reasons),
        " ".join(row.blockers),
        " ".join(row.cautions),
        row.last_activity,
        row.cost.amount if row.cost else None,
        row.cost.currency if row.cost else None,
        row.cheaper_type,
        row.saving.amount if row.saving else None,
        row.saving.currency if row.saving else None,
        ("yes" if row.saving_estimated else "no") if row.saving else None,
        one_or_the_other(row.costs) or None,
    )


def one_or_the_other(costs: Iterable[Money]) -> str:
    """The amounts of several currencies in a sentence: `USD 120 or EUR 108`."""
    return " or ".join(f"{each.currency} {decimal_text(each.amount)}" for each in costs)


_ORDER: Final = (col(Opportunity.rank), col(Opportunity.user_id), col(Opportunity.sku_id))
SAME_USER: Final = and_(
    col(User.application_id) == col(Opportunity.application_id), col(User.user_id) == col(Opportunity.user_id)
)
_SAME_SEAT: Final = and_(
    col(Assignment.application_id) == col(Opportunity.application_id),
    col(Assignment.user_id) == col(Opportunity.user_id),
    col(Assignment.sku_id) == col(Opportunity.sku_id),
)
_REQUESTED: Final = (
    select(col(ReclamationRequest.id))
    .where(
        col(ReclamationRequest.application_id) == col(Opportunity.application_id),
        col(ReclamationRequest.user_id) == col(Opportunity.user_id),
        col(ReclamationRequest.sku_id) == col(Opportunity.sku_id),
        col(ReclamationRequest.dry_run).is_(False),
        col(ReclamationRequest.state).in_(LIVE_STATES),
    )
    .exists()
)


def _query(application_id: int, chosen: OpportunityFilter) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *table_of(Opportunity).c,
            col(User.user_principal_name),
            col(User.display_name),
            col(User.account_enabled),
            col(User.department),
            col(Assignment.activity_status),
            col(Assignment.last_activity_at),
            case((_REQUESTED, 1), else_=0).label("requested"),
        )
        .select_from(Opportunity)
        .join(User, SAME_USER)
        .join(Assignment, _SAME_SEAT)
        .where(col(Opportunity.application_id) == application_id, *conditions_of(chosen))
        .order_by(*_ORDER)
    )


def conditions_of(chosen: OpportunityFilter) -> list[ColumnElement[bool]]:
    """The filter, over opportunities that are joined with their users."""
    found = conditions(ActivityFilter(departments=chosen.departments, text=chosen.text))
    if chosen.scenarios:
        # A list of words in quotation marks, so that `inactive` is not found in `hr_inactive`.
        listed = cast(col(Opportunity.scenarios), Text)
        found.append(or_(*(listed.contains(f'"{each.value}"', autoescape=True) for each in chosen.scenarios)))
    if chosen.sku_ids:
        found.append(col(Opportunity.sku_id).in_(chosen.sku_ids))
    if chosen.confidences:
        found.append(col(Opportunity.confidence).in_(chosen.confidences))
    if chosen.reclaimable is not None:
        found.append(col(Opportunity.reclaimable).is_(chosen.reclaimable))
    return found


def _rows(
    session: Session, application_id: int, query: Select[*tuple[Any, ...]], on: date
) -> list[OpportunityRow]:
    return _shown(session, application_id, session.connection().execute(query).all(), on)


def _shown(
    session: Session, application_id: int, found: Sequence[Row[*tuple[Any, ...]]], on: date
) -> list[OpportunityRow]:
    distinct = read_type_names(session, application_id)
    types = select(col(LicenseType.sku_id), col(LicenseType.part_number))
    known = session.connection().execute(types.where(col(LicenseType.application_id) == application_id))
    names = {sku_id: (distinct[sku_id], part_number) for sku_id, part_number in known}
    prices = seat_prices(session, application_id, on)
    return [_row(row, names, prices) for row in found]


def _row(
    found: Row[*tuple[Any, ...]], names: Mapping[str, tuple[str, str]], prices: Mapping[str, SeatPrice]
) -> OpportunityRow:
    license_type, part_number = names.get(found.sku_id, (found.sku_id, found.sku_id))
    price = prices.get(found.sku_id, NO_PRICE)
    cheaper = found.cheaper_sku_id or found.sku_id  # compared with itself, a type saves nothing
    instead = prices.get(cheaper, NO_PRICE)
    saved = saving(priced_type(found.sku_id, price.annual), priced_type(cheaper, instead.annual))
    return OpportunityRow(
        user_id=found.user_id,
        user_principal_name=found.user_principal_name,
        display_name=found.display_name,
        account_enabled=found.account_enabled,
        department=found.department,
        license_type=license_type,
        part_number=part_number,
        sku_id=found.sku_id,
        scenarios=tuple(Scenario(each) for each in found.scenarios),
        confidence=Confidence(found.confidence),
        reasons=tuple(found.reasons),
        blockers=tuple(each["text"] for each in found.blockers),
        cautions=tuple(each["text"] for each in found.cautions),
        reclaimable=found.reclaimable,
        requested=bool(found.requested),
        activity_status=ActivityStatus(found.activity_status),
        last_activity=found.last_activity_at,
        costs=price.amounts,
        paid_until=price.paid_until,
        cheaper_type=names.get(cheaper, (cheaper,))[0] if found.cheaper_sku_id else None,
        saving=saved[0] if saved else None,
        saving_estimated=saved is not None and saved[1],
    )
