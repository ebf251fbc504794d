import csv
import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core.exports import (
    Cell,
    Column,
    Format,
    Kind,
    UnknownFormatError,
    defused,
    export,
    format_of,
    write_xlsx,
)

COLUMNS = [
    Column(name="name"),
    Column(name="seats", kind=Kind.INTEGER),
    Column(name="annual_cost", kind=Kind.DECIMAL),
    Column(name="account_enabled", kind=Kind.BOOLEAN),
    Column(name="starts_on", kind=Kind.DATE),
    Column(name="last_activity", kind=Kind.DATETIME),
]
SEEN_AT = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
ROWS: list[tuple[Cell, ...]] = [
    ('Ana "Nina" Sørensen, IT', 3, Decimal("1234.567891"), True, date(2026, 1, 31), SEEN_AT),
    ("=HYPERLINK(1)", -3, Decimal("-0.000001"), False, date(2024, 2, 29), SEEN_AT),
    (None, None, None, None, None, None),
]
TEXT = [Column(name="text")]


def exported(file_format: Format, rows: list[tuple[Cell, ...]], columns: list[Column] = COLUMNS) -> bytes:
    """The file's content, from rows that come in batches of two."""
    buffer = io.BytesIO()
    count = export((rows[n : n + 2] for n in range(0, len(rows), 2)), columns, buffer, file_format)
    assert count == len(rows)
    return buffer.getvalue()


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheets(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}  # type: ignore[misc]


# ---------------------------------------------------------------- each format, read back


def test_csv_reads_back_with_iso_dates_and_every_digit() -> None:
    content = exported(Format.CSV, ROWS)
    assert content.startswith(b"\xef\xbb\xbfname,")
    assert csv_rows(content) == [
        [column.name for column in COLUMNS],
        ['Ana "Nina" Sørensen, IT', "3", "1234.567891", "true", "2026-01-31", "2026-11-24T06:10:00Z"],
        ["'=HYPERLINK(1)", "-3", "-0.000001", "false", "2024-02-29", "2026-11-24T06:10:00Z"],
        ["", "", "", "", "", ""],
    ]


def test_excel_reads_back_with_texts_numbers_and_dates_as_such() -> None:
    naive = SEEN_AT.replace(tzinfo=None)
    assert sheets(exported(Format.XLSX, ROWS[:2])) == {
        "Data": [
            [column.name for column in COLUMNS],
            ['Ana "Nina" Sørensen, IT', 3.0, 1234.567891, True, date(2026, 1, 31), naive],
            ["=HYPERLINK(1)", -3.0, -0.000001, False, date(2024, 2, 29), naive],
        ]
    }


def test_parquet_reads_back_as_it_was() -> None:
    table = pq.read_table(io.BytesIO(exported(Format.PARQUET, ROWS)))
    assert table.column_names == [column.name for column in COLUMNS]
    assert [tuple(row.values()) for row in table.to_pylist()] == ROWS


def test_json_reads_back_with_decimals_as_strings() -> None:
    first, _, last = json.loads(exported(Format.JSON, ROWS))
    assert first == {
        "name": 'Ana "Nina" Sørensen, IT',
        "seats": 3,
        "annual_cost": "1234.567891",
        "account_enabled": True,
        "starts_on": "2026-01-31",
        "last_activity": "2026-11-24T06:10:00Z",
    }
    assert set(last.values()) == {None}


@pytest.mark.parametrize("file_format", list(Format))
def test_a_table_without_rows_is_a_readable_file(file_format: Format) -> None:
    content = exported(file_format, [])
    headings = [column.name for column in COLUMNS]
    match file_format:
        case Format.CSV:
            assert csv_rows(content) == [headings]
        case Format.XLSX:
            assert sheets(content) == {"Data": [headings]}
        case Format.PARQUET:
            assert pq.read_table(io.BytesIO(content)).column_names == headings
        case Format.JSON:
            assert json.loads(content) == []


@pytest.mark.parametrize("file_format", list(Format))
def test_a_time_of_another_zone_is_written_in_utc(file_format: Format) -> None:
    local = SEEN_AT.astimezone(timezone(timedelta(hours=-5)))
    columns = [Column(name="at", kind=Kind.DATETIME)]
    assert cells_read_back(file_format, exported(file_format, [(local,)], columns)) == cells_read_back(
        file_format, exported(file_format, [(SEEN_AT,)], columns)
    )


def cells_read_back(file_format: Format, content: bytes) -> list[object]:
    """The cells of the first column, without the heading."""
    match file_format:
        case Format.CSV:
            return [row[0] for row in csv_rows(content)[1:]]
        case Format.XLSX:
            return [row[0] for sheet in sheets(content).values() for row in sheet[1:]]
        case Format.PARQUET:
            return list(pq.read_table(io.BytesIO(content)).column(0).to_pylist())
        case Format.JSON:
            return [next(iter(row.values())) for row in json.loads(content)]


@pytest.mark.parametrize("file_format", list(Format))
def test_a_time_without_a_zone_is_refused(file_format: Format) -> None:
    with pytest.raises(ValueError, match="time zone"):
        exported(file_format, [(SEEN_AT.replace(tzinfo=None),)], [Column(name="at", kind=Kind.DATETIME)])


@pytest.mark.parametrize("file_format", list(Format))
def test_a_row_of_another_width_is_refused(file_format: Format) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        exported(file_format, [("only one cell",)], COLUMNS)


@pytest.mark.parametrize("file_format", list(Format))
def test_control_characters_and_broken_pairs_are_left_out_of_every_format(file_format: Format) -> None:
    content = exported(file_format, [("a\x00b\x1fc\ud800d\uffffe",)], TEXT)
    assert cells_read_back(file_format, content) == ["abcde"]


def test_many_small_batches_become_few_groups_of_a_parquet_file() -> None:
    buffer = io.BytesIO()
    export(([(f"user {n}",)] for n in range(20_001)), TEXT, buffer, Format.PARQUET)
    metadata = pq.ParquetFile(buffer).metadata
    assert metadata.num_rows == 20_001
    assert metadata.num_row_groups == 2


@pytest.mark.parametrize("file_format", [Format.CSV, Format.XLSX, Format.JSON])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, file_format: Format) -> None:
    def peak(batches: int) -> int:
        target = tmp_path / f"{batches}.{file_format}"
        tracemalloc.start()
        export(([(f"user {n}-{m}",) for m in range(100)] for n in range(batches)), TEXT, target)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # what is made once
    assert peak(60) < peak(10) * 2  # six times the rows


# ---------------------------------------------------------------- formulas


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\tx",
        "\rx",
        "\ufeff=1",
        '"=1',
        "'=1",
        " =1",
        "\n=1",
        "＝1",
        "\x00=1",
    ],
)
def test_a_text_that_could_run_as_a_formula_is_defused_in_csv(text: str) -> None:
    assert defused(text).startswith("'")


@pytest.mark.parametrize("text", ["", "Ana", "a=b", "1-2", "ana@contoso.com", "'quoted'", "Müller-Lü"])
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert defused(text) == text


def test_headings_are_defused_as_well() -> None:
    assert csv_rows(exported(Format.CSV, [], [Column(name="=1+1")])) == [["'=1+1"]]


@given(text=st.text(max_size=30))
def test_no_cell_of_a_csv_file_begins_as_a_formula_does(text: str) -> None:
    _, row = csv_rows(exported(Format.CSV, [(text,)], TEXT)) or [[], [""]]
    shown = row[0] if row else ""
    assert not re.match("[=+\\-@\t\r＝＋－＠]", shown.lstrip('\ufeff "\n'))


AWKWARD = st.none() | st.text(st.sampled_from("aä,\"'\r\n\t =-"), max_size=4)


@given(table=st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[AWKWARD] * width), max_size=4)))
def test_csv_is_what_the_standard_library_writes_of_defused_texts(
    table: list[tuple[str | None, ...]],
) -> None:
    columns = TEXT * (len(table[0]) if table else 1)
    expected = io.StringIO(newline="")
    rows = [[None if cell is None else defused(cell) for cell in row] for row in table]
    csv.writer(expected).writerows([[column.name for column in columns], *rows])
    content = exported(Format.CSV, list(table), columns)
    assert content.decode("utf-8-sig") == expected.getvalue()


@given(number=st.decimals(allow_nan=False, allow_infinity=False))
def test_every_decimal_is_exact_in_csv_and_json_and_has_no_exponent(number: Decimal) -> None:
    columns = [Column(name="amount", kind=Kind.DECIMAL)]
    for file_format in (Format.CSV, Format.JSON):
        (cell,) = cells_read_back(file_format, exported(file_format, [(number,)], columns))
        assert isinstance(cell, str)
        assert Decimal(cell) == number
        assert "E" not in cell


@given(
    text=st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\uffff\ufffe"), max_size=30
    )
)
def test_any_text_reads_back_from_excel_as_text(text: str) -> None:
    read = cells_read_back(Format.XLSX, exported(Format.XLSX, [("first",), (text,), ("last",)], TEXT))
    assert read == ["first", text, "last"]


@pytest.mark.parametrize(
    "text", ["=1+1", "{=1+1}", "https://contoso.com", "mailto:a@contoso.com", "00042", "1e5"]
)
def test_excel_keeps_formulas_links_and_numbers_in_texts_as_texts(text: str) -> None:
    content = exported(Format.XLSX, [(text,)], TEXT)
    assert cells_read_back(Format.XLSX, content) == [text]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"inlineStr" in sheet
    assert b"hyperlink" not in sheet
    assert b"<f>" not in sheet


def test_a_text_that_looks_like_markup_of_excel_does_not_become_markup() -> None:
    content = exported(Format.XLSX, [("<r><t>x</t></r>",), ("<r>& broken</r>",)], TEXT)
    assert cells_read_back(Format.XLSX, content) == ["<r><t>x</t></r> ", "<r>& broken</r> "]


# ---------------------------------------------------------------- limits of Excel


def test_rows_beyond_one_sheet_go_on_on_the_next_one_under_the_same_headings() -> None:
    buffer = io.BytesIO()
    write_xlsx([[("a",), ("b",), ("c",)], [("d",), ("e",)]], TEXT, buffer, rows_per_sheet=2)
    assert sheets(buffer.getvalue()) == {
        "Data": [["text"], ["a"], ["b"]],
        "Data 2": [["text"], ["c"], ["d"]],
        "Data 3": [["text"], ["e"]],
    }


def test_a_full_last_sheet_is_followed_by_no_empty_one() -> None:
    buffer = io.BytesIO()
    write_xlsx([[("a",), ("b",)]], TEXT, buffer, rows_per_sheet=2)
    assert list(sheets(buffer.getvalue())) == ["Data"]


def test_a_date_before_excel_counts_is_written_as_text() -> None:
    content = exported(Format.XLSX, [(date(1601, 1, 1),)], [Column(name="on", kind=Kind.DATE)])
    assert cells_read_back(Format.XLSX, content) == ["1601-01-01"]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("name", "file_format"), [(f"x.{each}", each) for each in Format] + [("x.CSV", Format.CSV)]
)
def test_the_format_follows_from_the_ending(name: str, file_format: Format) -> None:
    assert format_of(Path(name)) is file_format


@pytest.mark.parametrize("name", ["people.txt", "people", "people.xls"])
def test_an_unknown_ending_is_refused_with_those_there_are_and_leaves_no_file(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(UnknownFormatError, match=rf"{name}.*\.csv, \.xlsx, \.parquet, \.json"):
        export([[("a",)]], TEXT, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_buffer_needs_its_format_named_and_stays_open() -> None:
    with pytest.raises(ValueError, match="format"):
        export([[("a",)]], TEXT, io.BytesIO())
    buffer = io.BytesIO()
    export([[("a",)]], TEXT, buffer, Format.CSV)
    assert not buffer.closed


@pytest.mark.parametrize("file_format", list(Format))
def test_a_file_that_cannot_be_completed_leaves_the_one_before_and_nothing_else(
    tmp_path: Path, file_format: Format
) -> None:
    target = tmp_path / f"people.{file_format}"
    target.write_bytes(b"the one before")

    def broken() -> Iterator[list[tuple[Cell, ...]]]:
        yield [("a",)]
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        export(broken(), TEXT, target)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the one before"]


@pytest.mark.parametrize("file_format", list(Format))
def test_a_file_at_a_path_is_what_a_buffer_would_get(tmp_path: Path, file_format: Format) -> None:
    target = tmp_path / f"people.{file_format}"
    assert export([ROWS], COLUMNS, target) == len(ROWS)
    assert cells_read_back(file_format, target.read_bytes()) == cells_read_back(
        file_format, exported(file_format, ROWS)
    )
