"""Tables as Excel workbooks, streamed row by row, with formulas and links off."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format as ExcelFormat
from xlsxwriter.worksheet import Worksheet

from core.exports_table import Batches, Cell, Column, Kind, utc, without_control_characters

EXCEL_ROWS: Final = 1_048_575  # on one sheet, below the heading; XlsxWriter drops further ones without a word
_FIRST_YEAR_OF_EXCEL: Final = 1900


def write_xlsx(
    batches: Batches, columns: Sequence[Column], file: BinaryIO, *, rows_per_sheet: int = EXCEL_ROWS
) -> int:
    """An Excel workbook; rows that do not fit on one sheet go on on the next one, under the same headings."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        heading = book.add_format({"bold": True})
        formats = {kind: book.add_format({"num_format": shape}) for kind, shape in _EXCEL_SHAPES.items()}
        sheet = _new_sheet(book, columns, heading)
        count = 0
        for batch in batches:
            for row in batch:
                if count and count % rows_per_sheet == 0:
                    sheet = _new_sheet(book, columns, heading)
                line = count % rows_per_sheet + 1
                for position, (value, column) in enumerate(zip(row, columns, strict=True)):
                    shape = formats.get(column.kind)
                    _write_excel_cell(sheet, (line, position), value, column.kind, shape)
                count += 1
    return count


_EXCEL_SHAPES: Final = {
    Kind.INTEGER: "0",
    Kind.DECIMAL: "#,##0.00####",
    Kind.DATE: "yyyy-mm-dd",
    Kind.DATETIME: "yyyy-mm-dd hh:mm:ss",
}
_EXCEL_WIDTHS: Final = {Kind.TEXT: 28, Kind.DATETIME: 20}  # characters; 14 for all others


def _new_sheet(book: Workbook, columns: Sequence[Column], heading: ExcelFormat) -> Worksheet:
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet("Data" if number == 1 else f"Data {number}")
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(columns):
        sheet.set_column(position, position, _EXCEL_WIDTHS.get(column.kind, 14))
        sheet.write_string(0, position, _excel_text(column.name), heading)
    return sheet


def _write_excel_cell(
    sheet: Worksheet, place: tuple[int, int], value: Cell, kind: Kind, shape: ExcelFormat | None
) -> None:
    if value is None:
        return
    if kind is Kind.BOOLEAN and isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif kind in {Kind.INTEGER, Kind.DECIMAL} and isinstance(value, int | Decimal):
        sheet.write_number(*place, value, shape)
    elif isinstance(value, date) and value.year >= _FIRST_YEAR_OF_EXCEL:
        naive = utc(value).replace(tzinfo=None) if isinstance(value, datetime) else value
        sheet.write_datetime(*place, naive, shape)
    else:
        sheet.write_string(*place, _excel_text(str(value)))


def _excel_text(text: str) -> str:
    clean = without_control_characters(text)
    # XlsxWriter writes a text between these tags as markup, unescaped, when it streams
    return f"{clean} " if clean.startswith("<r>") and clean.endswith("</r>") else clean
