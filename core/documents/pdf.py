"""A document as a PDF, A4: set in a font that ships, so it looks the same wherever it is made."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from core.documents import Document, Section, Table
from core.exports_table import Cell, Kind, utc, without_control_characters
from core.reference import DATA

_FONTS: Final = DATA / "fonts"
_FAMILY: Final = "DejaVu"
_INK: Final = (30, 34, 40)
_PALE: Final = (110, 116, 124)
_ACCENT: Final = (0, 114, 178)
_LINE: Final = (214, 218, 224)
_CENT: Final = Decimal("0.01")
_NUMBERS: Final = frozenset({Kind.INTEGER, Kind.DECIMAL})
_WIDEST_UPRIGHT: Final = 7  # columns


class _Pages(FPDF):
    """Pages with the title and their number at the foot."""

    def __init__(self, title: str, *, orientation: str) -> None:
        super().__init__(orientation=orientation, unit="mm", format="A4")
        self._at_the_foot = title
        self.add_font(_FAMILY, "", _FONTS / "DejaVuSansCondensed.ttf")
        self.add_font(_FAMILY, "B", _FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.set_margins(16, 16, 16)
        self.set_auto_page_break(auto=True, margin=18)
        self.set_title(title)
        self.set_creator("Seatwise")

    def footer(self) -> None:
        """The foot of each page."""
        self.set_y(-13)
        self.set_font(_FAMILY, size=7.5)
        self.set_text_color(*_PALE)
        self.cell(0, 5, self._at_the_foot, align="L")
        self.set_x(self.l_margin)
        self.cell(0, 5, f"Page {self.page_no()} of {{nb}}", align="R")


def write_pdf(document: Document, *, made_at: datetime) -> bytes:
    """The document as the bytes of a PDF; the same document and moment give the same bytes.

    A character that the font does not have is set as an empty box.
    """
    widest = max((len(each.table.columns) for each in document.sections if each.table), default=0)
    pages = _Pages(_text(document.title), orientation="L" if widest > _WIDEST_UPRIGHT else "P")
    pages.set_creation_date(utc(made_at))
    pages.add_page()
    pages.set_font(_FAMILY, "B", 18)
    pages.set_text_color(*_INK)
    _paragraph(pages, document.title, 9)
    pages.set_font(_FAMILY, size=9)
    pages.set_text_color(*_PALE)
    for sentence in document.about:
        _paragraph(pages, sentence, 5)
    for section in document.sections:
        _write_section(pages, section)
    return bytes(pages.output())


def _write_section(pages: _Pages, section: Section) -> None:
    pages.ln(6)
    pages.set_font(_FAMILY, "B", 12)
    pages.set_text_color(*_ACCENT)
    if pages.will_page_break(34):
        pages.add_page()  # a heading does not stand alone at the end of a page
    _paragraph(pages, section.heading, 7)
    pages.set_font(_FAMILY, size=9)
    pages.set_text_color(*_INK)
    for sentence in section.sentences:
        _paragraph(pages, sentence, 5)
    if section.table is not None:
        pages.ln(1.5)
        _write_table(pages, section.table)


def _write_table(pages: _Pages, table: Table) -> None:
    pages.set_font(_FAMILY, size=8)
    pages.set_draw_color(*_LINE)
    numbers = [column.kind in _NUMBERS for column in table.columns]
    shown = [[cell_text(cell) for cell in row] for row in table.rows]
    total = None if table.total is None else [cell_text(cell) for cell in table.total]
    with pages.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=_widths(table, [*shown, *([total] if total else [])]),
        text_align=tuple("RIGHT" if number else "LEFT" for number in numbers),
        headings_style=FontFace(emphasis="BOLD", color=_PALE),
        line_height=5,
        padding=(0.4, 1.2),
        repeat_headings=1,
    ) as drawn:
        heading = drawn.row()
        for column, number in zip(table.columns, numbers, strict=True):
            heading.cell(_text(column.name), align="RIGHT" if number else "LEFT")
        for row in shown:
            drawn.row(row)
        if total is not None:
            drawn.row(total, style=FontFace(emphasis="BOLD"))


def _widths(table: Table, shown: list[list[str]]) -> tuple[int, ...]:
    """Relative widths by the longest text of each column, within reason."""
    lengths = [
        [len(column.name), *(len(row[at]) for row in shown)] for at, column in enumerate(table.columns)
    ]
    return tuple(min(44, max(7, *each) + 2) for each in lengths)


def _paragraph(pages: _Pages, text: str, height: float) -> None:
    pages.multi_cell(0, height, _text(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")


def cell_text(value: Cell) -> str:
    """A cell as people read it: thousands separated, amounts to the cent, days and moments in ISO form."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.quantize(_CENT, rounding=ROUND_HALF_UP):,f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, date):
        return f"{utc(value):%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else value.isoformat()
    return _text(value)


def _text(text: str) -> str:
    return without_control_characters(text).replace("\t", " ")
