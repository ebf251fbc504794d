"""Documents from the command line, read back."""

import io
from pathlib import Path

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.support.commands import Commands
from tests.support.running_app import clean_environment


@pytest.fixture
def alone(tmp_path: Path) -> Commands:
    """The command line of a product that has read nothing yet."""
    return Commands(environment=clean_environment() | {"SEATWISE_DATA_DIR": str(tmp_path / "data")})


def test_the_spend_report_is_written_as_pdf_and_as_a_workbook(alone: Commands, tmp_path: Path) -> None:
    pdf, book = tmp_path / "spend.pdf", tmp_path / "spend.xlsx"
    sections = alone.json("report", "spend", "--output", str(pdf))["sections"]
    assert sections == ["Figures", "Renewals ahead", "What no amount covers"]
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.read_bytes())).pages)
    assert all(heading in text for heading in ("License spend", *sections))
    assert alone.json("report", "spend", "--output", str(book))["output"] == str(book)
    assert CalamineWorkbook.from_path(str(book)).sheet_names == sections


def test_another_ending_exits_2_and_writes_nothing(alone: Commands, tmp_path: Path) -> None:
    target = tmp_path / "spend.docx"
    done = alone.run("report", "spend", "--output", str(target))
    assert done.code == 2
    assert "must end with .pdf or .xlsx" in done.complaints[0]
    assert not target.exists()
