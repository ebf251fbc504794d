"""What a command prints: its result on standard output, as JSON or a table; all else on standard error."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson


def complain(message: str) -> None:
    """One line about what went wrong."""
    sys.stderr.write(f"seatwise: {' '.join(message.split())}\n")
    sys.stderr.flush()


def tell(message: str) -> None:
    """A line about what is going on, for whoever watches."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def print_document(document: Mapping[str, Any]) -> None:
    """One JSON object."""
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_array(rows: Iterable[Mapping[str, Any]]) -> int:
    """One JSON array, a row a line, written as the rows come; how many they were."""
    count = 0
    sys.stdout.write("[")
    for row in rows:
        sys.stdout.write((",\n" if count else "\n") + orjson.dumps(row).decode())
        count += 1
    sys.stdout.write("\n]\n" if count else "]\n")
    return count


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns side by side, numbers to the right, times in UTC; a dash for what is missing."""
    cells = [[_cell(value) for value in row] for row in rows]
    numbers = [bool(cells) and all(_is_number(row[place]) for row in cells) for place in range(len(headings))]
    widths = [
        max(len(heading), *(len(row[place]) for row in cells)) if cells else len(heading)
        for place, heading in enumerate(headings)
    ]
    for row in [list(headings), *cells]:
        aligned = [
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(row, widths, numbers, strict=True)
        ]
        sys.stdout.write("  ".join(aligned).rstrip() + "\n")


def print_blank() -> None:
    """An empty line between two tables."""
    sys.stdout.write("\n")


def _cell(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return " ".join(str(value).split())


def _is_number(text: str) -> bool:
    return text == "–" or text.replace(",", "").replace(".", "").lstrip("-").isdigit()
