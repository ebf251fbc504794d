"""Reads a CSV or Excel file of purchases: all rows, or errors that say where and what is expected.

Columns: `license_type,purchase_identifier,seats,cost_per_seat,currency,frequency`, and, empty or missing,
`starts_on,ends_on,notice_days,notes,kind`. Without a kind a line is of seats; a `fee` or `discount` has none,
and its amount of one payment period stands in `cost_per_seat`. Text is comma-separated, in UTF-8 with or
without byte order mark, with ISO dates, amounts with a point.
"""

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from core.spend.currencies import UnknownCurrency, currency_of
from core.spend.money import Frequency, LineKind, Purchase, parse_frequency
from core.table_files import (
    Expected,
    LineError,
    Record,
    TableLine,
    UnreadableFile,
    is_clean,
    iso_day,
    read_table,
)

REQUIRED: Final = ("license_type", "purchase_identifier", "seats", "cost_per_seat", "currency", "frequency")
OPTIONAL: Final = ("starts_on", "ends_on", "notice_days", "notes", "kind")
COLUMNS: Final = REQUIRED + OPTIONAL
LONGEST_IDENTIFIER: Final = 200
LONGEST_NOTES: Final = 2_000

_SEATS = re.compile(r"[0-9]{1,7}")
_AMOUNT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,6})?")
_DAYS = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseRow:
    """One good line."""

    line: int
    sku_id: str
    purchase: Purchase
    notes: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseFile:
    """What was read. With errors, none of the rows may be imported."""

    rows: tuple[PurchaseRow, ...]
    errors: tuple[LineError, ...]
    warnings: tuple[str, ...]


def read_purchases(content: bytes, find_license_type: Callable[[str], Sequence[str]]) -> PurchaseFile:
    """Read the content of a purchases file.

    Args:
        content: the file as it is.
        find_license_type: the SKU ids of the tenant's types that a part number, SKU id or product name fits;
            a line of which none or several do is an error.
    """
    try:
        table = read_table(content, strict=True)
    except UnreadableFile as unreadable:
        return _refused(unreadable.error)
    header = [name.lower() for name in table.headings] if table.heading_line == 1 else []
    while header and not header[-1]:
        header.pop()  # a sheet is as wide as its widest row
    wrong = _wrong_header(header)
    return _refused(*wrong) if wrong else _read_rows(header, table.records, find_license_type)


def read_lines(lines: Iterable[Record], find_license_type: Callable[[str], Sequence[str]]) -> PurchaseFile:
    """Read lines of `COLUMNS` by the rules of a file, such as those of a form.

    Args:
        lines: with their numbers, by which errors name them.
        find_license_type: as in `read_purchases`.
    """
    return _read_rows(COLUMNS, lines, find_license_type)


def _refused(*errors: LineError) -> PurchaseFile:
    return PurchaseFile(rows=(), errors=errors, warnings=())


def _wrong_header(header: Sequence[str]) -> list[LineError]:
    if not any(header):
        return [LineError(line=1, column="", found="nothing", expected=f"the headings {','.join(COLUMNS)}")]
    errors = [
        LineError(line=1, column="", found=name, expected=f"one of the headings {', '.join(COLUMNS)}")
        for name in header
        if name not in COLUMNS
    ]
    errors += [
        LineError(line=1, column=name, found="no such heading", expected=f"the heading {name}")
        for name in REQUIRED
        if name not in header
    ]
    errors += [
        LineError(line=1, column=name, found="the heading twice", expected="each heading once")
        for name in COLUMNS
        if header.count(name) > 1
    ]
    return errors


def _read_rows(
    header: Sequence[str],
    records: Iterable[Record],
    find_license_type: Callable[[str], Sequence[str]],
) -> PurchaseFile:
    rows: list[PurchaseRow] = []
    errors: list[LineError] = []
    warnings: list[str] = []
    seen: dict[tuple[str, str, LineKind, date | None], int] = {}
    for number, cells in records:
        if any(cells[len(header) :]):
            expected = f"{len(header)} cells; quote a cell that contains a comma"
            errors.append(LineError(line=number, column="", found=f"{len(cells)} cells", expected=expected))
            continue
        line = TableLine(number, dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=False)))
        row, warning = _read_row(line, find_license_type)
        if row is not None:
            first = seen.setdefault((row.sku_id, *row.purchase.key), number)
            if first != number:
                line.refuse("purchase_identifier", f"another identifier or start than in line {first}")
        errors += line.errors
        if row is not None:
            rows.append(row)
        if warning is not None:
            warnings.append(f"line {number}, frequency: {warning}")
    return PurchaseFile(rows=() if errors else tuple(rows), errors=tuple(errors), warnings=tuple(warnings))


def _read_row(
    line: TableLine, find_license_type: Callable[[str], Sequence[str]]
) -> tuple[PurchaseRow | None, str | None]:
    """The row, unless the line now has errors, and a warning about its frequency."""
    sku_id = line.read("license_type", functools.partial(_license_type, find_license_type), "")
    identifier = line.read("purchase_identifier", _identifier, "")
    kind = line.read("kind", _kind, LineKind.SEATS)
    seats = line.read("seats", _seats if kind is LineKind.SEATS else _no_seats, 1)
    cost_per_seat = line.read("cost_per_seat", _amount, Decimal(0))
    currency = line.read("currency", _currency, "USD")
    no_frequency: tuple[Frequency, str | None] = (Frequency.ONCE, None)
    frequency, warning = line.read("frequency", _frequency, no_frequency)
    starts_on = line.read("starts_on", iso_day, None)
    ends_on = line.read("ends_on", iso_day, None)
    notice_days = line.read("notice_days", _days, None)
    notes = line.read("notes", _notes, "")
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        line.refuse("ends_on", f"a day not before {starts_on}, the start")
    if line.errors:
        return None, warning
    purchase = Purchase(
        seats=seats,
        cost_per_seat=cost_per_seat,
        currency=currency,
        frequency=frequency,
        starts_on=starts_on,
        ends_on=ends_on,
        notice_days=notice_days,
        identifier=identifier,
        kind=kind,
    )
    return PurchaseRow(line=line.number, sku_id=sku_id, purchase=purchase, notes=notes), warning


def _license_type(find_license_type: Callable[[str], Sequence[str]], text: str) -> str:
    expected = "a part number, SKU id or product name of one of the tenant's license types"
    fitting = find_license_type(text) if text else ()
    if not fitting:
        raise Expected(expected)
    if len(fitting) > 1:
        raise Expected(f"{expected}; this fits several, so use one of the ids {', '.join(fitting)}")
    return fitting[0]


def _identifier(text: str) -> str:
    if not text or len(text) > LONGEST_IDENTIFIER or not is_clean(text):
        raise Expected(
            f"the contract, order or subscription number, in at most {LONGEST_IDENTIFIER} characters"
        )
    return text


def _notes(text: str) -> str:
    if len(text) > LONGEST_NOTES or not is_clean(text):
        raise Expected(f"at most {LONGEST_NOTES} characters, without control characters")
    return text


def _seats(text: str) -> int:
    if not _SEATS.fullmatch(text) or int(text) == 0:
        raise Expected("a whole number of seats from 1 to 9999999, without separators")
    return int(text)


def _no_seats(text: str) -> int:
    if text not in {"", "0"}:
        raise Expected("nothing: a fee or discount has no seats")
    return 0


def _kind(text: str) -> LineKind:
    try:
        return LineKind(text.lower() or LineKind.SEATS)
    except ValueError:
        raise Expected(f"one of {', '.join(LineKind)}, or nothing for {LineKind.SEATS}") from None


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise Expected("an amount with a point and without separators or signs, like 1234.50")
    return Decimal(text)


def _currency(text: str) -> str:
    try:
        return currency_of(text.upper()).code
    except UnknownCurrency:
        raise Expected("an ISO 4217 currency code, like USD") from None


def _frequency(text: str) -> tuple[Frequency, str | None]:
    try:
        return parse_frequency(text)
    except ValueError:
        raise Expected(f"one of {', '.join(Frequency)}") from None


def _days(text: str) -> int | None:
    if not text:
        return None
    if not _DAYS.fullmatch(text):
        raise Expected("a whole number of days from 0 to 9999")
    return int(text)
