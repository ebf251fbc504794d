"""The purchases file: every row good, or every error with its line and column."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from core.spend.money import Frequency, LineKind, Purchase
from core.spend.purchase_file import COLUMNS, PurchaseFile, read_purchases
from tests.support.spreadsheets import excel

SHORT_HEADER = "license_type,purchase_identifier,seats,cost_per_seat,currency,frequency"
HEADER = f"{SHORT_HEADER},starts_on,ends_on,notice_days,notes"
TYPES = {"SPE_E3": ["e3"], "MCOPSTN5": ["one", "other"]}


def find(text: str) -> Sequence[str]:
    return TYPES.get(text, [])


def read(*lines: str, header: str = HEADER) -> PurchaseFile:
    return read_purchases("\n".join([header, *lines, ""]).encode(), find)


def errors(*lines: str, header: str = HEADER) -> list[str]:
    return [str(error) for error in read(*lines, header=header).errors]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_full_row_is_read_with_or_without_a_byte_order_mark(mark: bytes, end: str) -> None:
    text = f'{HEADER}{end}SPE_E3,EA-7,120,36.5,usd,annually,2026-01-01,2026-12-31,30,"Tokyo, 東京"{end}'
    content = read_purchases(mark + text.encode(), find)
    assert content.errors == ()
    [row] = content.rows
    assert (row.line, row.sku_id, row.notes) == (2, "e3", "Tokyo, 東京")
    assert row.purchase == Purchase(
        seats=120,
        cost_per_seat=Decimal("36.5"),
        currency="USD",
        frequency=Frequency.ANNUALLY,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        notice_days=30,
        identifier="EA-7",
    )


def test_the_last_four_columns_may_be_empty_or_missing() -> None:
    for content in (
        read("SPE_E3,EA-7,1,1,USD,monthly,,,,"),
        read("SPE_E3,EA-7,1,1,USD,monthly", header=SHORT_HEADER),
    ):
        assert content.errors == ()
        purchase = content.rows[0].purchase
        assert (purchase.starts_on, purchase.ends_on, purchase.notice_days) == (None, None, None)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("NOPE,A,1,1,USD,monthly", "line 2, license_type: found 'NOPE', expected a part number"),
        ("MCOPSTN5,A,1,1,USD,monthly", "fits several, so use one of the ids one, other"),
        ("SPE_E3,,1,1,USD,monthly", "line 2, purchase_identifier: found '', expected the contract"),
        ("SPE_E3,A,0,1,USD,monthly", "line 2, seats: found '0', expected a whole number"),
        ("SPE_E3,A,1.5,1,USD,monthly", "line 2, seats: found '1.5'"),
        ("SPE_E3,A,١,1,USD,monthly", "line 2, seats: found '١'"),
        (
            'SPE_E3,A,1,"12,50",USD,monthly',
            "line 2, cost_per_seat: found '12,50', expected an amount with a point",
        ),
        ("SPE_E3,A,1,-3,USD,monthly", "line 2, cost_per_seat: found '-3'"),
        ("SPE_E3,A,1,1e3,USD,monthly", "line 2, cost_per_seat: found '1e3'"),
        (
            "SPE_E3,A,1,1,DOLLAR,monthly",
            "line 2, currency: found 'DOLLAR', expected an ISO 4217 currency code",
        ),
        ("SPE_E3,A,1,1,USD,weekly", "line 2, frequency: found 'weekly', expected one of once, monthly"),
        (
            "SPE_E3,A,1,1,USD,monthly,31.12.2026",
            "line 2, starts_on: found '31.12.2026', expected a day as YYYY",
        ),
        ("SPE_E3,A,1,1,USD,monthly,2026-02-30", "line 2, starts_on: found '2026-02-30'"),
        (
            "SPE_E3,A,1,1,USD,monthly,2026-02-01,2026-01-31",
            "line 2, ends_on: found '2026-01-31', expected a day not",
        ),
        (
            "SPE_E3,A,1,1,USD,monthly,,,soon",
            "line 2, notice_days: found 'soon', expected a whole number of days",
        ),
    ],
)
def test_a_wrong_cell_is_named_with_what_is_expected(cells: str, message: str) -> None:
    [error] = errors(cells)
    assert message in error


@pytest.mark.parametrize(
    ("seats", "kind", "expected"),
    [
        ("", "fee", (LineKind.FEE, 0)),
        ("0", "Discount", (LineKind.DISCOUNT, 0)),
        ("7", "", (LineKind.SEATS, 7)),
        ("7", "SEATS", (LineKind.SEATS, 7)),
    ],
)
def test_a_line_is_of_seats_a_fee_or_a_discount(
    seats: str, kind: str, expected: tuple[LineKind, int]
) -> None:
    content = read(f"SPE_E3,A,{seats},1,USD,monthly,{kind}", header=f"{SHORT_HEADER},kind")
    assert content.errors == ()
    assert (content.rows[0].purchase.kind, content.rows[0].purchase.seats) == expected


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("SPE_E3,A,3,1,USD,monthly,fee", "line 2, seats: found '3', expected nothing: a fee or discount"),
        ("SPE_E3,A,,1,USD,monthly,seats", "line 2, seats: found '', expected a whole number of seats"),
        ("SPE_E3,A,,1,USD,monthly,", "line 2, seats: found '', expected a whole number of seats"),
        ("SPE_E3,A,,-1,USD,monthly,discount", "line 2, cost_per_seat: found '-1'"),
        ("SPE_E3,A,1,1,USD,monthly,rebate", "line 2, kind: found 'rebate', expected one of seats, fee"),
    ],
)
def test_a_line_that_contradicts_its_kind_is_refused(cells: str, message: str) -> None:
    [error] = errors(cells, header=f"{SHORT_HEADER},kind")
    assert message in error


def test_all_errors_are_listed_and_nothing_is_kept() -> None:
    content = read("SPE_E3,A,1,1,USD,monthly", "NOPE,A,x,1,USD,monthly", "SPE_E3,B,1,1,usd,daily")
    assert content.rows == ()
    assert [(error.line, error.column) for error in content.errors] == [
        (3, "license_type"),
        (3, "seats"),
        (4, "frequency"),
    ]


def test_a_line_keeps_its_number_after_blank_lines_and_cells_of_several_lines() -> None:
    found = errors('SPE_E3,A,1,1,USD,monthly,,,,"two\nlines"', "", ",,,,,", "SPE_E3,B,many,1,USD,monthly")
    assert found[0].startswith("line 6, seats")


def test_the_same_purchase_twice_is_an_error_that_names_the_first_line() -> None:
    [error] = errors("SPE_E3,A,1,1,USD,monthly,2026-01-01", "SPE_E3,A,2,1,USD,monthly,2026-01-01")
    assert (
        error == "line 3, purchase_identifier: found 'A', expected another identifier or start than in line 2"
    )


def test_another_start_is_another_purchase() -> None:
    content = read("SPE_E3,A,1,1,USD,monthly,2026-01-01", "SPE_E3,A,2,1,USD,monthly,2027-01-01")
    assert len(content.rows) == 2


def test_biannually_is_read_as_two_years_with_a_warning() -> None:
    content = read("SPE_E3,A,1,1,USD,biannually")
    assert content.rows[0].purchase.frequency is Frequency.BIENNIALLY
    assert content.warnings[0].startswith("line 2, frequency: 'biannually' is read as every two years")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "line 1: found 'nothing', expected the headings license_type,"),
        (HEADER.replace("seats,", "seat,"), "line 1: found 'seat', expected one of the headings"),
        (
            HEADER.replace("currency,", ""),
            "line 1, currency: found 'no such heading', expected the heading currency",
        ),
        (f"{HEADER},notes", "line 1, notes: found 'the heading twice'"),
        (HEADER.replace(",", ";"), "expected one of the headings license_type, purchase_identifier"),
    ],
)
def test_a_wrong_heading_is_named(header: str, message: str) -> None:
    assert any(message in error for error in errors("SPE_E3,A,1,1,USD,monthly", header=header))


def test_a_sheet_is_read_as_a_file_with_the_numbers_of_its_rows() -> None:
    good = ["SPE_E3", 4500012345, 120, 36.1, "USD", "annually", date(2026, 1, 1), date(2026, 12, 31), 30]
    fee = ["SPE_E3", "EA-7", "", 0.00001, "USD", "monthly", "", "", "", "", "fee"]
    content = read_purchases(excel([COLUMNS, good, [], fee, ["", *[""] * 14, " "]]), find)
    assert content.errors == ()
    assert [(row.line, row.purchase.identifier) for row in content.rows] == [(2, "4500012345"), (4, "EA-7")]
    assert [row.purchase.cost_per_seat for row in content.rows] == [Decimal("36.1"), Decimal("0.00001")]
    assert content.rows[0].purchase.ends_on == date(2026, 12, 31)


def test_wrong_cells_of_a_sheet_are_named_by_its_rows() -> None:
    rows = [COLUMNS, [], ["SPE_E3", "A", 1.5, "12,50", "USD", "weekly"], ["SPE_E3", "B", 1, 1, "USD", "once"]]
    found = [str(error) for error in read_purchases(excel(rows), find).errors]
    assert [error.split(", expected")[0] for error in found] == [
        "line 3, seats: found '1.5'",
        "line 3, cost_per_seat: found '12,50'",
        "line 3, frequency: found 'weekly'",
    ]


def test_too_many_cells_are_not_cut_off() -> None:
    [error] = errors("SPE_E3,A,1,1,USD,monthly,,,,Tokyo, Osaka")
    assert error == "line 2: found '11 cells', expected 10 cells; quote a cell that contains a comma"


def test_text_that_is_not_utf_8_is_refused_at_its_line() -> None:
    [error] = read_purchases(f"{HEADER}\nSPE_E3,A,1,1,USD,monthly,,,,caf\xe9\n".encode("cp1252"), find).errors
    assert str(error) == "line 2: found 'byte 0xe9', expected text in UTF-8"


def test_an_open_quote_is_refused_at_its_line() -> None:
    [error] = errors('SPE_E3,"A,1,1,USD,monthly')
    assert "expected comma-separated values" in error
