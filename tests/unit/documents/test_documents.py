"""Documents read back: nothing of what was put in is lost, in the PDF and in the workbook."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from core.documents import Document, Section, Table
from core.documents.pdf import cell_text, write_pdf
from core.documents.workbook import write_workbook
from core.exports_table import Cell, Column, Kind

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
COLUMNS = (
    Column(name="License type"),
    Column(name="Seats", kind=Kind.INTEGER),
    Column(name="USD", kind=Kind.DECIMAL),
)


def document(*sections: Section) -> Document:
    return Document(title="Statement of Büro Łódź", about=["Contoso", "November 2026"], sections=sections)


def section(rows: list[tuple[Cell, ...]], heading: str = "What it cost") -> Section:
    total = ("Total", sum(row[1] for row in rows if isinstance(row[1], int)), Decimal("1234567.891"))
    return Section(
        heading=heading,
        sentences=["Seats on average of the days."],
        table=Table(columns=COLUMNS, rows=rows, total=total),
    )


def pdf_texts(made: Document) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(write_pdf(made, made_at=NOW))).pages]


def test_a_pdf_says_what_was_put_in() -> None:
    [text] = pdf_texts(
        document(section([("Microsoft 365 E3", 1284, Decimal("12480.005")), ("Visio", 2, None)]))
    )
    for expected in (
        "Statement of Büro Łódź",
        "November 2026",
        "What it cost",
        "Seats on average of the days.",
        "Microsoft 365 E3",
        "1,284",
        "12,480.01",
        "1,234,567.89",
        "–",
        "Page 1 of 1",
    ):
        assert expected in text


def test_a_long_table_goes_on_with_its_headings_on_each_page() -> None:
    pages = pdf_texts(
        document(section([(f"Type {number}", number, Decimal(number)) for number in range(150)]))
    )
    assert len(pages) > 2
    assert all("License type" in page for page in pages)
    assert all(f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, start=1))
    lines = [line for page in pages for line in page.splitlines()]
    assert [line.split()[1] for line in lines if line.startswith("Type ")] == [
        str(each) for each in range(150)
    ]


def test_the_same_document_gives_the_same_file() -> None:
    made = document(section([("Visio", 2, Decimal(3))]))
    assert write_pdf(made, made_at=NOW) == write_pdf(made, made_at=NOW)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "**bold** <b>x</b>", "a" * 3000, "line\none", "\x00\x07", "\u202eevil", "界 🎉", "\ud800", ""],
)
def test_no_text_breaks_a_document(text: str) -> None:
    made = document(section([(text, 1, Decimal(1))], heading=text or "Empty"))
    assert pdf_texts(made)
    book = CalamineWorkbook.from_filelike(io.BytesIO(write_workbook(made, made_at=NOW)))
    assert len(book.sheet_names) == 1


def test_a_wide_table_lies_on_its_side() -> None:
    columns = [Column(name=f"Column {number}") for number in range(9)]
    wide = Section(heading="Wide", table=Table(columns=columns, rows=[["x"] * 9]))
    for sections, upright in (([wide], False), ([section([])], True)):
        box = PdfReader(io.BytesIO(write_pdf(document(*sections), made_at=NOW))).pages[0].mediabox
        assert (box.height > box.width) == upright


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (True, "yes"),
        (12345, "12,345"),
        (Decimal("-0.005"), "-0.01"),
        (Decimal("1E+3"), "1,000.00"),
        (date(2026, 11, 24), "2026-11-24"),
        (NOW, "2026-11-24 09:30 UTC"),
        ("tab\tbed\x00", "tab bed"),
    ],
)
def test_a_cell_is_told_as_people_read_it(value: Cell, expected: str) -> None:
    assert cell_text(value) == expected


def test_a_workbook_has_a_sheet_for_each_section_with_numbers_as_numbers() -> None:
    made = document(
        section([("Microsoft 365 E3", 1284, Decimal("12480.25"))], heading="EUR: by [type]"),
        section([("Visio", 2, None)], heading="EUR: by [type]"),
        section([], heading="History"),
        Section(heading="x" * 40),
        Section(heading="x" * 40),
    )
    book = CalamineWorkbook.from_filelike(io.BytesIO(write_workbook(made, made_at=NOW)))
    assert book.sheet_names == ["EUR  by  type", "EUR  by  type 2", "History 2", "x" * 31, "x" * 29 + " 2"]
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0][0] == "Statement of Büro Łódź"
    assert ["Microsoft 365 E3", 1284, 12480.25] in rows
    assert ["Total", 1284, 1234567.891] in rows
    assert ["Visio", 2, ""] in book.get_sheet_by_index(1).to_python()


def test_a_formula_stays_a_text() -> None:
    made = document(section([("=1+1", 1, Decimal(1)), ("https://example.com", 1, Decimal(1))]))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(write_workbook(made, made_at=NOW))).get_sheet_by_index(0)
    assert {"=1+1", "https://example.com"} <= {row[0] for row in rows.to_python()}
