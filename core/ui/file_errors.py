"""What is wrong with a file that somebody handed in: a table by line and column, which can be downloaded."""

from collections.abc import Iterable
from typing import Final

import pandas as pd

from core.table_files import LineError
from core.ui import downloads, tables, words

_MOST_SHOWN: Final = 14
_COLUMNS: Final = {
    "line": tables.count("Line", width=60),
    "column": tables.text("Column", width=140),
    "found": tables.text("Found", width=180),
    "expected": tables.text("Expected"),
}


def show_file_errors(
    errors: Iterable[LineError], *, file_stem: str, key: str, line_label: str = "Line"
) -> None:
    """The errors, a row each, and a button to download them.

    Args:
        errors: of the file.
        file_stem: the name of the download without its ending.
        key: of the table and its download; unique on the page.
        line_label: what the lines are called where they are not those of a file.
    """
    found = list(errors)
    frame = pd.DataFrame(
        {
            "line": [each.line for each in found],
            "column": [each.column or words.NONE_GIVEN for each in found],
            "found": [each.found or "nothing" for each in found],
            "expected": [each.expected for each in found],
        }
    )
    columns = {**_COLUMNS, "line": tables.count(line_label, width=60)}
    tables.show_table(
        frame,
        columns,
        key=key,
        alt="Errors of the file",
        height=tables.height_of(len(frame), most=_MOST_SHOWN),
    )
    downloads.offer_frame("Download the errors", frame, columns, file_stem=file_stem, key=f"{key}-file")
