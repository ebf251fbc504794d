"""Files that people hand in: every kind of CSV and Excel, and what makes one unreadable."""

import io
from datetime import datetime

import pytest
from xlsxwriter import Workbook

from core.table_files import UnreadableFile, csv_records, decoded, iso_day, read_table
from tests.support.spreadsheets import excel

ROWS = [["name", "city"], ["Jürgen", "Köln, Deutz"], ["Anna", ""]]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param('name,city\nJürgen,"Köln, Deutz"\nAnna,\n'.encode(), id="utf-8"),
        pytest.param('name,city\r\nJürgen,"Köln, Deutz"\r\nAnna,'.encode("utf-8-sig"), id="byte-order-mark"),
        pytest.param('name,city\nJürgen,"Köln, Deutz"\nAnna,\n'.encode("cp1252"), id="windows-1252"),
        pytest.param("name;city\nJürgen;Köln, Deutz\nAnna;\n".encode(), id="semicolon"),
        pytest.param("name\tcity\nJürgen\tKöln, Deutz\nAnna\t\n".encode(), id="tab"),
        pytest.param("name;\xa0city \n Jürgen;Köln, Deutz\xa0\nAnna;\n".encode(), id="stray-spaces"),
        pytest.param(excel(ROWS), id="excel"),
    ],
)
def test_every_kind_of_file_is_read_alike(content: bytes) -> None:
    table = read_table(content)
    assert (table.heading_line, table.headings) == (1, ("name", "city"))
    assert table.records == ((2, ["Jürgen", "Köln, Deutz"]), (3, ["Anna", ""]))


def test_a_separator_inside_a_quoted_heading_does_not_count() -> None:
    table = read_table(b'"a,b,c";d\n1;2\n')
    assert table.headings == ("a,b,c", "d")


def test_blank_lines_are_left_out_and_counted() -> None:
    table = read_table(b"\n,\nname,city\n\nAnna,Oslo\n,\nBo,Bonn\n")
    assert table.heading_line == 3
    assert [line for line, _ in table.records] == [5, 7]


def test_a_record_begins_where_its_quotes_open() -> None:
    table = read_table(b'name,city\n"An\nna",Oslo\nBo,Bonn\n')
    assert table.records == ((2, ["An\nna", "Oslo"]), (4, ["Bo", "Bonn"]))


def test_rows_of_a_sheet_have_excels_own_numbers() -> None:
    table = read_table(excel(ROWS, first_row=3))
    assert table.heading_line == 4
    assert [line for line, _ in table.records] == [5, 6]


def test_cells_of_a_sheet_are_texts_as_a_csv_file_has_them() -> None:
    day, moment = datetime(2026, 1, 2), datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 - Excel knows no time zones
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["whole", "part", "text", "day", "moment", "true"])
        sheet.write_row(1, 0, [4711, 1.5, "  007 "])
        sheet.write_datetime(1, 3, day, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_datetime(1, 4, moment, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        sheet.write_boolean(1, 5, True)  # noqa: FBT003 - XlsxWriter takes it by place
    ((_, cells),) = read_table(buffer.getvalue()).records
    assert cells == ["4711", "1.5", "007", "2026-01-02", "2026-01-02T03:04:00", "True"]


def test_numbers_of_a_sheet_have_no_exponent_and_no_digits_that_nobody_typed() -> None:
    [(_, cells)] = read_table(excel([["a", "b", "c"], [0.00001, 0.1 + 0.2, 99_999_999.999999]])).records
    assert cells == ["0.00001", "0.3", "99999999.999999"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"name;city\nAnna;Oslo\n", ("name;city",)),
        (b"name,city\nAnna,Oslo\n", ("name", "city")),
        (excel(ROWS), ("name", "city")),
    ],
)
def test_the_strict_way_guesses_no_separator(content: bytes, found: tuple[str, ...]) -> None:
    assert read_table(content, strict=True).headings == found


def test_the_strict_way_guesses_no_encoding() -> None:
    with pytest.raises(UnreadableFile, match=r"expected text in UTF-8$"):
        read_table("name\nJürgen\n".encode("cp1252"), strict=True)


def test_what_an_export_put_before_a_formula_is_taken_off() -> None:
    assert read_table(b"name\n'=1+1\n'quoted'\n").records == ((2, ["=1+1"]), (3, ["'quoted'"]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: found 'nothing', expected a line of headings"),
        (b"\n,,\n", "line 1: found 'nothing', expected a line of headings"),
        (b"name\nAnna\n\x81\n", "line 3: found 'byte 0x81', expected text in UTF-8 or Windows-1252"),
        ("name\nAnna\n".encode("utf-16"), "line 1: found 'text in UTF-16', expected text in UTF-8"),
        (b"\xd0\xcf\x11\xe0rest", "line 1: found 'an Excel file of the old kind', expected CSV or Excel"),
        (b"PK\x03\x04rest", "expected an Excel file (.xlsx) or CSV"),
        (b'name\n"Anna\n', "expected comma-separated values"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_table(content)
    assert message in str(caught.value)


def test_a_stray_cell_at_the_far_end_of_a_sheet_is_refused_before_it_takes_all_memory() -> None:
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "name")
        sheet.write(1_048_575, 16_383, "stray")
    with pytest.raises(UnreadableFile, match=r"cells down to row 1,048,576 and across 16,384 columns"):
        read_table(buffer.getvalue())


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.table_files.MOST_BYTES", 10)
    with pytest.raises(UnreadableFile, match="found '11 bytes', expected at most 10 bytes"):
        read_table(b"name\nAnna\n\n")


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.table_files.MOST_ROWS", 2)
    assert len(read_table(b"name\na\nb\n").records) == 2
    with pytest.raises(UnreadableFile, match="line 4: found 'another row', expected at most 2 rows"):
        read_table(b"name\na\nb\nc\n")


def test_the_strict_way_takes_utf_8_only() -> None:
    assert list(csv_records(decoded("a,b\nä,ö\n".encode()))) == [(1, ["a", "b"]), (2, ["ä", "ö"])]
    with pytest.raises(UnreadableFile, match="line 2: found 'byte 0xe4', expected text in UTF-8"):
        decoded("a,b\nä,ö\n".encode("cp1252"))


@pytest.mark.parametrize("text", ["2026-1-2", "2026-02-30", "02.01.2026", "2026-01-02T03:04:00", "soon"])
def test_a_day_in_another_shape_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="a day as YYYY-MM-DD"):
        iso_day(text)
