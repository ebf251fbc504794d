"""The grid's rows as lines of the import format."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from core.spend.purchase_file import COLUMNS
from core.ui.purchase_grid import records

ROW: dict[str, Any] = {
    "license_type": "e3",
    "purchase_identifier": " EA-1 ",
    "kind": "seats",
    "seats": 120,
    "cost_per_seat": "36.50",
    "currency": "USD",
    "frequency": "annually",
    "starts_on": pd.Timestamp("2026-01-01"),
    "ends_on": None,
    "notice_days": None,
    "notes": None,
}


def cells(*rows: dict[str, Any]) -> list[tuple[int, dict[str, str]]]:
    found = records(pd.DataFrame([ROW | row for row in rows]))
    return [(number, dict(zip(COLUMNS, texts, strict=True))) for number, texts in found]


def test_a_row_becomes_a_line_of_texts() -> None:
    assert cells({}) == [
        (
            1,
            {
                "license_type": "e3",
                "purchase_identifier": "EA-1",
                "seats": "120",
                "cost_per_seat": "36.50",
                "currency": "USD",
                "frequency": "annually",
                "starts_on": "2026-01-01",
                "ends_on": "",
                "notice_days": "",
                "notes": "",
                "kind": "seats",
            },
        )
    ]


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("seats", 120.0, "120"),
        ("seats", 1.5, "1.5"),
        ("seats", pd.NA, ""),
        ("ends_on", date(2026, 12, 31), "2026-12-31"),
        ("ends_on", pd.NaT, ""),
        ("notice_days", 0, "0"),
        ("notes", float("nan"), ""),
    ],
)
def test_a_cell_is_written_as_in_a_file(column: str, value: object, text: str) -> None:
    [(_, line)] = cells({column: value})
    assert line[column] == text


def test_rows_without_purchase_and_cost_are_left_out_and_the_others_keep_their_numbers() -> None:
    untouched = {"purchase_identifier": None, "cost_per_seat": ""}
    half = {"purchase_identifier": None}
    assert [number for number, _ in cells(untouched, half, untouched, {})] == [2, 4]
