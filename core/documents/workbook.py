"""A document as an Excel workbook: a sheet for each section, numbers as numbers, formulas and links off."""

import io
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from core.documents import Document, Section, Table
from core.exports_table import Cell, Kind, utc, without_control_characters

_NOT_IN_A_NAME: Final = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME: Final = 31
_WIDEST: Final = 60  # characters of a column
_NARROWEST: Final = 10
_SHAPES: Final = {
    Kind.INTEGER: "#,##0",
    Kind.DECIMAL: "#,##0.00",
    Kind.DATE: "yyyy-mm-dd",
    Kind.DATETIME: "yyyy-mm-dd hh:mm",
}


def write_workbook(document: Document, *, made_at: datetime) -> bytes:
    """The document as the bytes of a workbook."""
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        book.set_properties({"title": _text(document.title), "created": utc(made_at).replace(tzinfo=None)})
        names: set[str] = set()
        for section in document.sections:
            _write_section(book, document, section, _sheet_name(section.heading, names))
    return file.getvalue()


def _sheet_name(heading: str, taken: set[str]) -> str:
    """A name that Excel takes and that no other sheet has, whatever the case of its letters."""
    name = _NOT_IN_A_NAME.sub(" ", _text(heading)).strip("' ")[:_LONGEST_NAME].rstrip("' ") or "Sheet"
    found, number = name, 1
    while found.casefold() in taken or found.casefold() == "history":  # Excel keeps that one for itself
        number += 1
        found = f"{name[: _LONGEST_NAME - len(str(number)) - 1]} {number}"
    taken.add(found.casefold())
    return found


def _write_section(book: Any, document: Document, section: Section, name: str) -> None:  # noqa: ANN401 - XlsxWriter ships no types
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, _text(document.title), book.add_format({"bold": True, "font_size": 14}))
    pale = book.add_format({"font_color": "#6E747C"})
    line = 1
    for sentence in (*document.about, section.heading, *section.sentences):
        sheet.write_string(line, 0, _text(sentence), pale)
        line += 1
    if section.table is not None:
        _write_table(book, sheet, section.table, line + 1)


def _write_table(book: Any, sheet: Worksheet, table: Table, top: int) -> None:  # noqa: ANN401 - XlsxWriter ships no types
    heading = book.add_format({"bold": True, "bottom": 1})
    formats = {
        (kind, bold): book.add_format({"num_format": _SHAPES.get(kind, "General"), "bold": bold})
        for kind in Kind
        for bold in (False, True)
    }
    for position, column in enumerate(table.columns):
        sheet.write_string(top, position, _text(column.name), heading)
        longest = max((len(str(row[position])) for row in table.rows), default=0)
        sheet.set_column(position, position, min(_WIDEST, max(_NARROWEST, len(column.name) + 2, longest)))
    lines = [(row, False) for row in table.rows] + ([(table.total, True)] if table.total else [])
    for line, (row, bold) in enumerate(lines, start=top + 1):
        for position, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            _write_cell(sheet, (line, position), value, formats[column.kind, bold])
    sheet.freeze_panes(top + 1, 0)
    if table.rows:
        sheet.autofilter(top, 0, top + len(table.rows), len(table.columns) - 1)


def _write_cell(sheet: Worksheet, place: tuple[int, int], value: Cell, shape: object) -> None:
    if value is None:
        sheet.write_blank(*place, None, shape)
    elif isinstance(value, bool):
        sheet.write_boolean(*place, value, shape)
    elif isinstance(value, int | Decimal):
        sheet.write_number(*place, value, shape)
    elif isinstance(value, datetime):
        sheet.write_datetime(*place, utc(value).replace(tzinfo=None), shape)
    elif isinstance(value, date):
        sheet.write_datetime(*place, value, shape)
    else:
        sheet.write_string(*place, _text(value), shape)


def _text(text: str) -> str:
    return without_control_characters(text)
