"""Tables that people hand in: what is in a CSV or Excel file, and errors that say where and why.

    read_table(content) -> Table            CSV (UTF-8 or Windows-1252; comma, semicolon or tab) or Excel
    read_table(content, strict=True)        CSV (UTF-8; comma) or Excel
    csv_records(decoded(content))           CSV alone, the same way

Cells are texts whatever the file; a day in an Excel cell is written as `2026-12-31`. What our own exports put
before a text that looks like a formula is taken off again.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from core.exports import undefused
from core.exports_table import without_control_characters
from core.table_excel import ExcelRefused, excel_rows

MOST_BYTES: Final = 50_000_000
MOST_ROWS: Final = 500_000

_LONGEST_FOUND: Final = 60
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS: Final = ",;\t"
_QUOTED: Final = re.compile(r'"[^"]*"')
_ENCODING_NAMES: Final = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
Record = tuple[int, list[str]]
"""The line on which it begins, the first one is 1, and its cells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LineError:
    """One thing that is wrong. `column` is empty where it is the whole line."""

    line: int
    column: str
    found: str
    expected: str

    @property
    def reason(self) -> str:
        """What is wrong, without the line."""
        found = self.found if len(self.found) <= _LONGEST_FOUND else f"{self.found[:_LONGEST_FOUND]}…"
        text = f"found {found!r}, expected {self.expected}"
        return f"{self.column}: {text}" if self.column else text

    def __str__(self) -> str:
        return f"line {self.line}{', ' if self.column else ': '}{self.reason}"


class UnreadableFile(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The file as a whole is no table; `error` says where and why."""

    def __init__(self, error: LineError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A file's headings, with the line on which they stand, and its records; blank ones are left out."""

    heading_line: int
    headings: tuple[str, ...]
    records: tuple[Record, ...]


# ---------------------------------------------------------------- files


def read_table(content: bytes, *, strict: bool = False) -> Table:
    """Read a file of any of the kinds that people have.

    Args:
        content: the file as it is.
        strict: text has to be UTF-8, with commas: nothing is guessed.

    Raises:
        UnreadableFile: it is empty, too large, or no such file.
    """
    if len(content) > MOST_BYTES:
        raise _unreadable(1, f"{len(content):,} bytes", f"at most {MOST_BYTES:,} bytes")
    records = _excel_records(content) if content.startswith(_ZIP) else _text_records(content, strict=strict)
    heading_line, headings = next(records, (1, []))
    if not headings:
        raise _unreadable(1, "nothing", "a line of headings, and rows below it")
    rows: list[Record] = []
    for record in records:
        if len(rows) == MOST_ROWS:
            raise _unreadable(record[0], "another row", f"at most {MOST_ROWS:,} rows")
        rows.append(record)
    return Table(heading_line=heading_line, headings=tuple(headings), records=tuple(rows))


def decoded(content: bytes, encodings: Sequence[str] = ("utf-8-sig",)) -> str:
    """The text of a file in the first of these encodings that fits.

    Raises:
        UnreadableFile: none does; the error names the byte at which the last one gave up.
    """
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            start = error.start
    line = content.count(b"\n", 0, start) + 1
    named = " or ".join(_ENCODING_NAMES[encoding] for encoding in encodings)
    raise _unreadable(line, f"byte 0x{content[start : start + 1].hex()}", f"text in {named}")


def csv_records(text: str, separator: str = ",") -> Iterator[Record]:
    """Each record that is not blank, the headings too; a quoted cell can span lines.

    Raises:
        UnreadableFile: the quotes don't match.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, [undefused(cell.strip()) for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(reader.line_num, str(error), "comma-separated values") from error


def _text_records(content: bytes, *, strict: bool) -> Iterator[Record]:
    if content.startswith(_OLD_EXCEL):
        raise _unreadable(1, "an Excel file of the old kind", "CSV or Excel (.xlsx): save it as one of them")
    if content.startswith(_UTF_16):
        raise _unreadable(1, "text in UTF-16", "text in UTF-8: save it as CSV UTF-8")
    if strict:
        return csv_records(decoded(content))
    text = decoded(content, ("utf-8-sig", "cp1252"))
    first = _QUOTED.sub("", next((line for line in text.splitlines() if line.strip()), ""))
    return csv_records(text, max(_SEPARATORS, key=first.count))


def _excel_records(content: bytes) -> Iterator[Record]:
    try:
        rows = excel_rows(content, most_rows=MOST_ROWS + 1)
    except ExcelRefused as refused:
        raise _unreadable(1, refused.found, refused.expected) from refused
    for number, cells in enumerate(rows, start=1):
        if any(cells):
            yield number, [undefused(cell) for cell in cells]


def _unreadable(line: int, found: str, expected: str) -> UnreadableFile:
    return UnreadableFile(LineError(line=line, column="", found=found, expected=expected))


# ---------------------------------------------------------------- cells

_Value = TypeVar("_Value")


class Expected(ValueError):  # noqa: N818 - what a parser of one cell answers, for `TableLine.read`
    """What a cell should have held."""


class TableLine:
    """One line's cells by column, and the errors found while reading them."""

    def __init__(self, number: int, cells: Mapping[str, str]) -> None:
        self.number = number
        self.cells = cells
        self.errors: list[LineError] = []

    def read(self, column: str, parse: Callable[[str], _Value], instead: _Value) -> _Value:
        """The value of a cell; `instead`, with an error noted, where it is not what `parse` expects."""
        try:
            return parse(self.cells[column])
        except Expected as error:
            self.refuse(column, str(error))
            return instead

    def refuse(self, column: str, expected: str) -> None:
        """Note that a cell is wrong."""
        self.errors.append(
            LineError(line=self.number, column=column, found=self.cells[column], expected=expected)
        )


def iso_day(text: str) -> date | None:
    """A cell as a day, nothing for an empty one.

    Raises:
        Expected: it is not a day in ISO 8601.
    """
    if not text:
        return None
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:  # the right shape, but no such day
        pass
    raise Expected("a day as YYYY-MM-DD, like 2026-12-31")


def is_clean(text: str) -> bool:
    """Whether a text has no control characters, which no database or file format keeps alike."""
    return without_control_characters(text) == text
