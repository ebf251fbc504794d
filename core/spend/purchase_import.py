"""Purchases from and to a file of the import format: all lines or none, and what a file would change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session

from core.exports import Batches, Cell, Column, Kind
from core.rights import Actor, Role, require
from core.spend import money
from core.spend.license_types import license_type_finder
from core.spend.purchase_file import COLUMNS, PurchaseFile, PurchaseRow, read_lines
from core.spend.purchase_file import read_purchases as read_file
from core.spend.purchase_input import PurchaseInput
from core.spend.purchases import insert, list_purchases, same_start, update
from core.store.engine import reading, writing
from core.table_files import LineError, Record

Content = bytes | Sequence[Record]
"""A file as it is, or lines of the import format's columns."""

_KINDS: Final = {
    "seats": Kind.INTEGER,
    "cost_per_seat": Kind.DECIMAL,
    "starts_on": Kind.DATE,
    "ends_on": Kind.DATE,
    "notice_days": Kind.INTEGER,
}
FILE_COLUMNS: Final = tuple(Column(name=name, kind=_KINDS.get(name, Kind.TEXT)) for name in COLUMNS)
"""The columns of the import format, for `core.exports`."""


class Change(StrEnum):
    """What a line does."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class ImportRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The file has errors; nothing was imported."""

    def __init__(self, errors: Sequence[LineError]) -> None:
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        super().__init__(f"{count}, nothing was imported: {'; '.join(str(error) for error in errors)}")
        self.errors = tuple(errors)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedLine:
    """A line of the file and what it does. `purchase_id` is nothing in a preview of an added one."""

    row: PurchaseRow
    change: Change
    purchase_id: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportResult:
    """What a file changes, line by line; with errors there are no lines."""

    lines: tuple[ImportedLine, ...]
    errors: tuple[LineError, ...]
    warnings: tuple[str, ...]

    def count(self, change: Change) -> int:
        """How many lines do this."""
        return sum(line.change is change for line in self.lines)


def import_purchases(
    engine: Engine, application_id: int, content: Content, *, actor: Actor, now: datetime
) -> ImportResult:
    """Import a file or lines of purchases, all in one transaction.

    The same license type, identifier, kind and start updates that purchase.

    Raises:
        RightRefused: the actor is no analyst.
        ImportRefused: lines are wrong; nothing was imported.
    """
    require(actor, Role.ANALYST)
    with writing(engine) as session:
        read = _read(session, application_id, content)
        if read.errors:
            raise ImportRefused(read.errors)
        lines = [_import(session, application_id, row, actor, now) for row in read.rows]
    return ImportResult(lines=tuple(lines), errors=(), warnings=read.warnings)


def _read(session: Session, application_id: int, content: Content) -> PurchaseFile:
    find = license_type_finder(session, application_id)
    return read_file(content, find) if isinstance(content, bytes) else read_lines(content, find)


def _import(
    session: Session, application_id: int, row: PurchaseRow, actor: Actor, now: datetime
) -> ImportedLine:
    entered = _entered(row.sku_id, row.purchase, row.notes)
    known = same_start(session, application_id, entered)
    if known is None:
        made = insert(session, application_id, entered, actor=actor, now=now)
        return ImportedLine(row=row, change=Change.ADDED, purchase_id=made)
    changed = update(known, entered, actor=actor, now=now)
    session.add(known)
    return ImportedLine(row=row, change=Change.UPDATED if changed else Change.UNCHANGED, purchase_id=known.id)


def _entered(sku_id: str, terms: money.Purchase, notes: str) -> PurchaseInput:
    return PurchaseInput(
        license_type=sku_id,
        purchase_identifier=terms.identifier,
        seats=terms.seats,
        cost_per_seat=terms.cost_per_seat,
        currency=terms.currency,
        frequency=terms.frequency,
        kind=terms.kind,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        notice_days=terms.notice_days,
        notes=notes,
    )


def preview_import(engine: Engine, application_id: int, content: Content) -> ImportResult:
    """What importing the file or lines would change, or its errors; nothing is written."""
    with reading(engine) as session:
        read = _read(session, application_id, content)
        known = {(each.sku_id, *each.terms.key): each for each in list_purchases(engine, application_id)}
    lines: list[ImportedLine] = []
    for row in read.rows:
        each = known.get((row.sku_id, *row.purchase.key))
        if each is None:
            lines.append(ImportedLine(row=row, change=Change.ADDED, purchase_id=None))
            continue
        same = _entered(row.sku_id, row.purchase, row.notes) == _entered(each.sku_id, each.terms, each.notes)
        change = Change.UNCHANGED if same else Change.UPDATED
        lines.append(ImportedLine(row=row, change=change, purchase_id=each.id))
    return ImportResult(lines=tuple(lines), errors=read.errors, warnings=read.warnings)


def export_purchases(engine: Engine, application_id: int) -> Batches:
    """All purchases as rows of `FILE_COLUMNS`, which can be imported again."""
    return iter([list(_file_rows(engine, application_id))])


def _file_rows(engine: Engine, application_id: int) -> Iterator[Sequence[Cell]]:
    for each in list_purchases(engine, application_id):
        terms = each.terms
        yield (
            each.license_type,
            terms.identifier,
            terms.seats or None,
            terms.cost_per_seat,
            terms.currency,
            terms.frequency.value,
            terms.starts_on,
            terms.ends_on,
            terms.notice_days,
            each.notes,
            terms.kind.value,
        )
