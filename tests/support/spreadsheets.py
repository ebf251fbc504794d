"""Excel files made in memory."""

import io
from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook


def excel(rows: Sequence[Sequence[Any]], first_row: int = 0) -> bytes:
    """A workbook of one sheet with these rows; days as days."""
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows, start=first_row):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()
