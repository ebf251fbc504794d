"""Documents that people pass on: a few headed tables with words, as a PDF or an Excel workbook.

Tables of any length are `core.exports`; a document is read from top to bottom.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.exports_table import Cell, Column


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows below their headings, a cell for each column; `total` is a last row that stands out."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part with a heading, a few sentences, and a table; one sheet in a workbook."""

    heading: str
    sentences: Sequence[str] = ()
    table: Table | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What is passed on. `about` says of whom, as of when, and what is not covered."""

    title: str
    about: Sequence[str]
    sections: Sequence[Section]
