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


def test_the_report_by_mail_is_set_shown_and_ended(alone: Commands) -> None:
    assert alone.json("report", "schedule", "show") == {"schedule": None}
    to = ("--to", "cfo@example.com", "--to", "it@example.com")
    kept = alone.json("report", "schedule", "set", "--every", "monthly", "--day", "1", *to)["schedule"]
    assert (kept["every"], kept["day"], kept["hour"], kept["formats"]) == ("monthly", 1, 6, ["pdf", "xlsx"])
    assert kept["recipients"] == ["cfo@example.com", "it@example.com"]
    assert kept["next_at"].endswith("-01T06:00:00Z")
    assert kept["changed_by"].startswith("cli:")
    assert alone.json("report", "sent") == []
    assert alone.json("report", "schedule", "end") == {"schedule": None}


def test_a_schedule_that_cannot_be_kept_exits_2(alone: Commands) -> None:
    done = alone.run("report", "schedule", "set", "--every", "monthly", "--day", "31", "--to", "a@b.example")
    assert (done.code, done.out) == (2, "")
    assert "choose a day from 1 to 28" in done.complaints[0]


def test_a_chargeback_without_purchases_says_so(alone: Commands, tmp_path: Path) -> None:
    target = tmp_path / "november.pdf"
    sections = alone.json("report", "chargeback", "--by", "department", "--output", str(target))["sections"]
    assert sections == ["Nothing to charge"]
    text = PdfReader(io.BytesIO(target.read_bytes())).pages[0].extract_text()
    assert "License cost by department" in text


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("--month", "2999-01", "has not begun"),
        ("--month", "November", "no month"),
        ("--group", "IT", "borne by"),
    ],
)
def test_a_month_or_group_that_is_not_there_exits_2(
    alone: Commands, tmp_path: Path, option: str, value: str, problem: str
) -> None:
    target = tmp_path / "november.pdf"
    done = alone.run("report", "chargeback", "--output", str(target), option, value)
    assert done.code == 2
    assert problem in done.complaints[0]
    assert not target.exists()
