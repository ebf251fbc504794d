"""Tables as CSV, batch by batch; texts that a spreadsheet would run as formulas are defused.

The texts are made column by column, for all rows of a batch at once: one look tells that nothing in a column
has to be changed, which costs far less than a look at each cell.
"""

import codecs
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO, Final

from core.exports_table import Batches, Cell, Column, Kind, utc, without_control_characters

_RUNS_AS_FORMULA: Final = re.compile("^[\ufeff\\s\"']*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_HARMFUL_STARTS: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20 \"'")
"""How a printable text begins that could run as a formula."""
_NEEDS_QUOTES: Final = re.compile('[,"\r\n]')
_TEXTS: Final = frozenset({str, type(None)})


def write_csv(batches: Batches, columns: Sequence[Column], file: BinaryIO) -> int:
    """Comma-separated, UTF-8 with a byte order mark, CRLF; empty for None, `true` and `false`, ISO dates."""
    file.write(codecs.BOM_UTF8)
    file.write(_lines([_of_texts([column.name]) for column in columns]))
    count = 0
    for batch in batches:
        if any(len(row) != len(columns) for row in batch):
            raise ValueError(f"a row is shorter or longer than the {len(columns)} columns")
        by_column = zip(columns, zip(*batch, strict=True), strict=bool(batch))
        file.write(_lines([_column(cells, column.kind) for column, cells in by_column]))
        count += len(batch)
    return count


def defused(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet could take it for a formula."""
    clean = without_control_characters(text)
    return f"'{clean}" if _RUNS_AS_FORMULA.match(clean) else clean


def undefused(text: str) -> str:
    """The text that `defused` was given; for reading our own files again."""
    return text[1:] if text.startswith("'") and _RUNS_AS_FORMULA.match(text[1:]) else text


def _lines(columns: Sequence[Sequence[str]]) -> bytes:
    if len(columns) == 1:
        columns = [[text or '""' for text in columns[0]]]  # an empty line would be no row
    return "".join([f"{','.join(row)}\r\n" for row in zip(*columns, strict=True)]).encode()


def _column(cells: Sequence[Cell], kind: Kind) -> Sequence[str]:
    match kind:
        case Kind.TEXT:
            return _of_texts(cells)
        case Kind.DATETIME:
            return [_of_moment(cell) if isinstance(cell, datetime) else _of_cell(cell) for cell in cells]
        case _:
            return [_of_cell(cell) for cell in cells]


def _of_texts(cells: Sequence[Cell]) -> Sequence[str]:
    if not _TEXTS.issuperset(map(type, cells)):
        cells = [None if cell is None else str(cell) for cell in cells]
    texts = [str(cell) if cell else "" for cell in cells]
    whole = "".join(texts)
    if not whole.isprintable() or not _HARMFUL_STARTS.isdisjoint([text[:1] for text in texts]):
        texts = [defused(text) for text in texts]
        whole = "".join(texts)
    return [_quoted(text) for text in texts] if _NEEDS_QUOTES.search(whole) else texts


def _of_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return _of_moment(cell)
    if isinstance(cell, str):
        return _quoted(defused(cell))
    # for a date, that is ISO 8601
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _of_moment(moment: datetime) -> str:
    moment = utc(moment)
    # In two parts, because a datetime with a zone writes itself down in twice the time.
    return f"{moment.date().isoformat()}T{moment.time().isoformat()}Z"


def _quoted(text: str) -> str:
    if _NEEDS_QUOTES.search(text) is None:
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
