"""The first sheet of an Excel workbook as rows of texts.

The library that reads it takes memory for the whole rectangle up to the last cell, and a single stray cell at
the far end of a sheet would take all there is: how far the cells reach is looked up first.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

MOST_CELLS: Final = 20_000_000
MOST_UNPACKED_BYTES: Final = 1_000_000_000

_SHEETS: Final = "xl/worksheets/"
_CHUNK: Final = 1 << 20
_OVERLAP: Final = 32
_PLACE: Final = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
Cell = str | int | float | bool | date | datetime | time | timedelta
"""What the library makes of a cell."""


class ExcelRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The content is no workbook that can be read: what it is, and what is expected."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"found {found}, expected {expected}")
        self.found = found
        self.expected = expected


def excel_rows(content: bytes, *, most_rows: int) -> Iterator[list[str]]:
    """All rows of the first sheet from its first one on, without spaces around the cells; blank ones too.

    Raises:
        ExcelRefused: it is no workbook, it is protected, or its cells reach too far.
    """
    _refuse_wide(content, most_rows)
    try:
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, IndexError) as error:
        raise ExcelRefused(f"a file that cannot be read ({error})", "an Excel file (.xlsx) or CSV") from error
    return ([_text(cell) for cell in row] for row in rows)


def _refuse_wide(content: bytes, most_rows: int) -> None:
    rows = columns = 0
    try:
        with zipfile.ZipFile(BytesIO(content)) as book:
            if sum(part.file_size for part in book.infolist()) > MOST_UNPACKED_BYTES:
                raise ExcelRefused("more than a gigabyte when unpacked", "a smaller file")
            for name in book.namelist():
                if name.lower().startswith(_SHEETS) and name.lower().endswith(".xml"):
                    height, width = _extent(book, name)
                    rows, columns = max(rows, height), max(columns, width)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise ExcelRefused(f"a file that cannot be read ({error})", "an Excel file (.xlsx) or CSV") from error
    if rows > most_rows or rows * columns > MOST_CELLS:
        raise ExcelRefused(
            f"cells down to row {rows:,} and across {columns:,} columns",
            f"at most {most_rows:,} rows and {MOST_CELLS:,} cells: delete what stands far off",
        )


def _extent(book: zipfile.ZipFile, name: str) -> tuple[int, int]:
    """How many rows and columns it takes to reach the last cell of a sheet."""
    rows = columns = 0
    letters: set[bytes] = set()
    with book.open(name) as sheet:
        kept = b""
        while chunk := sheet.read(_CHUNK):
            part = kept + chunk
            for column, row in _PLACE.findall(part):
                rows = max(rows, int(row))
                letters.add(column)
            kept = part[-_OVERLAP:]
    columns = max((_column_number(each) for each in letters), default=0)
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _text(cell: Cell) -> str:
    """A cell as it would stand in a CSV file: whole numbers without a point, days in ISO 8601.

    Other numbers have the 15 digits that Excel keeps, and no exponent.
    """
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{Decimal(f'{cell:.15g}'):f}"
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell).strip()
