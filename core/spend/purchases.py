"""License details: what was purchased, on record with its dated terms.

A price that changes gets new terms from a day on (`change_terms`); the terms before it stay as they were, so
that the past is not rewritten. Only what was entered wrongly is changed in place (`correct_purchase`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session, select

from core.rights import Actor, Role, require
from core.spend import money
from core.spend.money import Frequency, LineKind
from core.spend.purchase_input import PurchaseInput, PurchaseRefused, check_purchase
from core.spend.type_names import distinct_names
from core.store.engine import reading, writing
from core.store.tables import LicenseType, Purchase

__all__ = [
    "PurchaseDetails",
    "PurchaseRefused",
    "add_purchase",
    "change_terms",
    "correct_purchase",
    "end_purchase",
    "list_purchases",
    "read_purchases",
]

_A_LINE: Final[Mapping[LineKind, str]] = {
    LineKind.SEATS: "a purchase",
    LineKind.FEE: "a fixed fee",
    LineKind.DISCOUNT: "a discount",
}
_ONE_TIME = "it is paid once for its whole time"
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseDetails:
    """A purchase on record.

    `name`: the product name of its type, told apart from others of that name. `license_type` names the type
    without doubt, in files: by the part number, else the SKU id.
    """

    id: int
    sku_id: str
    part_number: str
    name: str
    license_type: str
    terms: money.Purchase
    notes: str
    changed_at: datetime
    changed_by: str


def list_purchases(
    engine: Engine, application_id: int, *, sku_id: str | None = None, ids: Collection[int] | None = None
) -> list[PurchaseDetails]:
    """The purchases by product name, identifier, start and kind; only those of a type, or with these ids."""
    with reading(engine) as session:
        listed = read_purchases(session, application_id)
    return [
        each
        for each in listed
        if (sku_id is None or each.sku_id == sku_id) and (ids is None or each.id in ids)
    ]


def read_purchases(session: Session, application_id: int) -> list[PurchaseDetails]:
    """All purchases by product name, identifier, start and kind; those without a start come first."""
    known = {
        row.sku_id: row
        for row in session.exec(select(LicenseType).where(LicenseType.application_id == application_id))
    }
    part_numbers = [row.part_number for row in known.values()]
    names = distinct_names((row.sku_id, row.product_name, row.part_number) for row in known.values())
    rows = session.exec(select(Purchase).where(Purchase.application_id == application_id)).all()
    starts = {(row.sku_id, row.purchase_identifier, row.kind, row.starts_on) for row in rows}
    found: list[PurchaseDetails] = []
    for row in rows:
        if row.id is None:
            continue  # never: it comes from the database
        license_type = known.get(row.sku_id)
        part_number = license_type.part_number if license_type else row.sku_id
        following = row.ends_on + _DAY if row.ends_on else None
        found.append(
            PurchaseDetails(
                id=row.id,
                sku_id=row.sku_id,
                part_number=part_number,
                name=names.get(row.sku_id, row.sku_id),
                license_type=part_number if part_numbers.count(part_number) == 1 else row.sku_id,
                terms=money.Purchase(
                    seats=row.seats,
                    cost_per_seat=row.cost_per_seat,
                    currency=row.currency,
                    frequency=Frequency(row.frequency),
                    starts_on=row.starts_on,
                    ends_on=row.ends_on,
                    notice_days=row.notice_days,
                    identifier=row.purchase_identifier,
                    renews=following is None
                    or (row.sku_id, row.purchase_identifier, row.kind, following) not in starts,
                    kind=LineKind(row.kind),
                ),
                notes=row.notes,
                changed_at=row.changed_at,
                changed_by=row.changed_by,
            )
        )
    return sorted(found, key=_in_list)


def _in_list(purchase: PurchaseDetails) -> tuple[str, str, str, date, int]:
    terms = purchase.terms
    kind = list(LineKind).index(terms.kind)
    return purchase.name, purchase.sku_id, terms.identifier, terms.starts_on or date.min, kind


def add_purchase(
    engine: Engine, application_id: int, values: Mapping[str, Any], *, actor: Actor, now: datetime
) -> int:
    """Put a purchase on record; its id. `values` are those of `PurchaseInput`.

    Seats of purchases that are valid at the same time add up.

    Raises:
        RightRefused: the actor is no analyst.
        PurchaseRefused: a field is wrong, or the type has a line of this identifier, kind and start.
    """
    require(actor, Role.ANALYST)
    entered = check_purchase(values)
    with writing(engine) as session:
        _refuse_unknown_type(session, application_id, entered.license_type)
        _refuse_same_start(session, application_id, entered, but=None)
        return insert(session, application_id, entered, actor=actor, now=now)


def correct_purchase(
    engine: Engine,
    application_id: int,
    purchase_id: int,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Change a purchase in place, also for the past: it was entered wrongly.

    Raises:
        RightRefused: the actor is no analyst.
        PurchaseRefused: as `add_purchase`, or there is no such purchase.
    """
    require(actor, Role.ANALYST)
    entered = check_purchase(values)
    with writing(engine) as session:
        row = _purchase(session, application_id, purchase_id)
        if entered.license_type != row.sku_id:
            _refuse_unknown_type(session, application_id, entered.license_type)
        _refuse_same_start(session, application_id, entered, but=purchase_id)
        update(row, entered, actor=actor, now=now)
        session.add(row)


def change_terms(
    engine: Engine,
    application_id: int,
    purchase_id: int,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Give a purchase new terms from a day on, `starts_on` of the values; the id of the new terms.

    The terms so far end the day before. Type, identifier and kind stay, whatever the values say.

    Raises:
        RightRefused: the actor is no analyst.
        PurchaseRefused: a field is wrong, the day does not follow the start or lies beyond the end, or the
            purchase is paid once.
    """
    require(actor, Role.ANALYST)
    with writing(engine) as session:
        row = _purchase(session, application_id, purchase_id)
        kept = {
            "license_type": row.sku_id,
            "purchase_identifier": row.purchase_identifier,
            "kind": LineKind(row.kind),
        }
        entered = check_purchase(dict(values) | kept)
        if row.frequency == Frequency.ONCE:
            problem = f"{_ONE_TIME}, so its terms don't change: correct it, or add a purchase"
            raise PurchaseRefused({"frequency": problem})
        first = row.starts_on
        if entered.starts_on is None or (first is not None and entered.starts_on <= first):
            since = "the first day of the new terms" if first is None else f"a day after {first}, the start"
            raise PurchaseRefused({"starts_on": f"enter {since}; to change them from the start, correct it"})
        if row.ends_on is not None and entered.starts_on > row.ends_on + _DAY:
            latest = row.ends_on + _DAY
            raise PurchaseRefused(
                {"starts_on": f"enter a day up to {latest}: the terms so far end on {row.ends_on}"}
            )
        _refuse_same_start(session, application_id, entered, but=None)
        row.ends_on = entered.starts_on - _DAY
        _mark(row, actor, now)
        session.add(row)
        return insert(session, application_id, entered, actor=actor, now=now)


def end_purchase(
    engine: Engine, application_id: int, purchase_id: int, ends_on: date, *, actor: Actor, now: datetime
) -> None:
    """Let a purchase end on a day, its last one.

    Raises:
        RightRefused: the actor is no analyst.
        PurchaseRefused: the day lies before the start or after the end so far, or the purchase is paid once.
    """
    require(actor, Role.ANALYST)
    with writing(engine) as session:
        row = _purchase(session, application_id, purchase_id)
        if row.frequency == Frequency.ONCE:
            raise PurchaseRefused({"ends_on": f"{_ONE_TIME}: if its end is wrong, correct it"})
        if row.starts_on is not None and ends_on < row.starts_on:
            raise PurchaseRefused({"ends_on": f"enter a day not before {row.starts_on}, the start"})
        if row.ends_on is not None and ends_on > row.ends_on:
            raise PurchaseRefused(
                {"ends_on": f"it ends on {row.ends_on} already; for a longer time enter new terms"}
            )
        row.ends_on = ends_on
        _mark(row, actor, now)
        session.add(row)


def insert(
    session: Session, application_id: int, entered: PurchaseInput, *, actor: Actor, now: datetime
) -> int:
    """Write a new purchase that has been checked; its id. For services that have asked for the right."""
    row = Purchase(
        application_id=application_id,
        created_at=now,
        created_by=actor.name,
        changed_at=now,
        changed_by=actor.name,
        **_columns(entered),
    )
    session.add(row)
    session.flush()
    return row.id or 0


def update(row: Purchase, entered: PurchaseInput, *, actor: Actor, now: datetime) -> bool:
    """Write what was entered into a row; False where it says the same already, and nothing is touched."""
    changed = {name: value for name, value in _columns(entered).items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        _mark(row, actor, now)
    return bool(changed)


def _columns(entered: PurchaseInput) -> dict[str, Any]:
    values = entered.model_dump(exclude={"license_type"})
    return values | {
        "sku_id": entered.license_type,
        "frequency": entered.frequency.value,
        "kind": entered.kind.value,
    }


def _mark(row: Purchase, actor: Actor, now: datetime) -> None:
    row.changed_at, row.changed_by = now, actor.name


def _purchase(session: Session, application_id: int, purchase_id: int) -> Purchase:
    row = session.get(Purchase, purchase_id, with_for_update=True)
    if row is None or row.application_id != application_id:
        raise PurchaseRefused({"purchase": f"there is no purchase {purchase_id}: reload the page"})
    return row


def _refuse_unknown_type(session: Session, application_id: int, sku_id: str) -> None:
    if session.get(LicenseType, (application_id, sku_id)) is None:
        raise PurchaseRefused({"license_type": f"the tenant has no license type {sku_id}"})


def _refuse_same_start(
    session: Session, application_id: int, entered: PurchaseInput, *, but: int | None
) -> None:
    if (row := same_start(session, application_id, entered)) is None or row.id == but:
        return
    since = f"from {entered.starts_on}" if entered.starts_on else "without a start"
    raise PurchaseRefused(
        {
            "purchase_identifier": f"this license type has {_A_LINE[entered.kind]} "
            f"{entered.purchase_identifier} {since} already: correct that one, or enter another identifier "
            "or start"
        }
    )


def same_start(session: Session, application_id: int, entered: PurchaseInput) -> Purchase | None:
    """The line of the same type with the same identifier, kind and start, which is the same purchase."""
    query = select(Purchase).where(
        Purchase.application_id == application_id,
        Purchase.sku_id == entered.license_type,
        Purchase.purchase_identifier == entered.purchase_identifier,
        Purchase.kind == entered.kind.value,
        Purchase.starts_on == entered.starts_on,
    )
    return session.exec(query).one_or_none()
