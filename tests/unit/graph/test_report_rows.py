"""The columns of each usage report, found by name whatever their order and whatever stands beside them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import pytest

from core.graph.errors import UnexpectedAnswer
from core.graph.report_rows import (
    Product,
    ReportRow,
    parse_activations,
    parse_active_users,
    parse_app_users,
    parse_copilot_users,
    parse_mailboxes,
    product_of,
)

Parse = Callable[[Iterable[str], str], Iterator[Any]]

WHAT = "Reading the report"
START = {"Report Refresh Date": "2026-11-22", "User Principal Name": "a@contoso.example"}
USER = START | {"Display Name": "A", "Is Deleted": "False"}
ACTIVE_USER = USER | {
    "Exchange Last Activity Date": "2026-11-20",
    "OneDrive Last Activity Date": "",
    "SharePoint Last Activity Date": "",
    "Skype For Business Last Activity Date": "",
    "Yammer Last Activity Date": "",
    "Teams Last Activity Date": "2026-11-22",
}
APP_USER = START | {
    "Last Activation Date": "2025-01-02",
    "Last Activity Date": "2026-11-21",
    "Windows": "Yes",
}
MAILBOX = USER | {
    "Last Activity Date": "2026-11-19",
    "Storage Used (Byte)": "1073741824",
    "Has Archive": "True",
}
COPILOT_USER = START | {"Last Activity Date": "2026-11-18", "Word Copilot Last Activity Date": "2026-11-18"}
ACTIVATION = USER | {"Product Type": "VISIO CLIENT", "Last Activated Date": "2026-10-01", "Windows": "1"}
FILES = [
    (parse_active_users, ACTIVE_USER),
    (parse_app_users, APP_USER),
    (parse_mailboxes, MAILBOX),
    (parse_copilot_users, COPILOT_USER),
    (parse_activations, ACTIVATION),
]
every_report = pytest.mark.parametrize(("parse", "cells"), FILES)


def parsed(parse: Parse, *rows: dict[str, str]) -> list[Any]:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return list(parse(iter(lines), WHAT))


@every_report
def test_every_row_tells_whose_it_is_and_up_to_which_day_it_speaks(
    parse: Parse, cells: dict[str, str]
) -> None:
    (row,) = parsed(parse, cells)
    assert isinstance(row, ReportRow)
    assert (row.user_principal_name, row.refreshed_on) == ("a@contoso.example", date(2026, 11, 22))
    assert (row.deleted, row.absent_columns) == (False, ())


@every_report
def test_columns_are_found_in_any_order_beside_others(parse: Parse, cells: dict[str, str]) -> None:
    turned = {" New Column ": "x"} | {f" {name}": cell for name, cell in reversed(cells.items())}
    assert parsed(parse, turned) == parsed(parse, cells)


@every_report
@pytest.mark.parametrize("column", list(START))
def test_a_file_without_names_or_refresh_date_is_refused(
    parse: Parse, cells: dict[str, str], column: str
) -> None:
    with pytest.raises(UnexpectedAnswer, match=f"no column '{column}'"):
        parsed(parse, {name: cell for name, cell in cells.items() if name != column})


@every_report
def test_an_empty_file_is_refused(parse: Parse, cells: dict[str, str]) -> None:
    with pytest.raises(UnexpectedAnswer, match="no column"):
        list(parse(iter(()), WHAT))
    assert list(parse(iter([",".join(cells)]), WHAT)) == []


@every_report
def test_a_line_that_is_cut_off_is_refused(parse: Parse, cells: dict[str, str]) -> None:
    lines = [",".join(cells), ",".join(cells.values()), ",".join(list(cells.values())[:-1])]
    with pytest.raises(UnexpectedAnswer, match="line 3 is cut off"):
        list(parse(iter(lines), WHAT))


@every_report
def test_what_is_no_date_is_refused_and_an_empty_refresh_date_too(
    parse: Parse, cells: dict[str, str]
) -> None:
    column = next(name for name in cells if name.startswith(("Last Activ", "Teams")))
    with pytest.raises(UnexpectedAnswer, match="'soon' is no date"):
        parsed(parse, cells | {column: "soon"})
    with pytest.raises(UnexpectedAnswer, match="no refresh date"):
        parsed(parse, cells | {"Report Refresh Date": ""})


def test_dates_by_workload_are_read_and_empty_ones_are_nothing() -> None:
    (row,) = parsed(parse_active_users, ACTIVE_USER)
    assert (row.exchange_on, row.onedrive_on, row.teams_on) == (date(2026, 11, 20), None, date(2026, 11, 22))


def test_use_and_activation_of_the_apps_are_read() -> None:
    (row,) = parsed(parse_app_users, APP_USER)
    assert (row.active_on, row.activated_on) == (date(2026, 11, 21), date(2025, 1, 2))


def test_mailboxes_have_a_size_and_maybe_an_archive() -> None:
    (row,) = parsed(parse_mailboxes, MAILBOX)
    assert (row.active_on, row.storage_bytes, row.has_archive) == (date(2026, 11, 19), 2**30, True)
    (bare,) = parsed(parse_mailboxes, MAILBOX | {"Storage Used (Byte)": "", "Has Archive": ""})
    assert (bare.storage_bytes, bare.has_archive) == (None, None)


@pytest.mark.parametrize("size", ["-1", "1.5", "many", "9" * 30, "９"])
def test_a_size_that_is_no_number_of_bytes_is_refused(size: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="is no number of bytes"):
        parsed(parse_mailboxes, MAILBOX | {"Storage Used (Byte)": size})


def test_an_activation_has_its_product() -> None:
    (row,) = parsed(parse_activations, ACTIVATION)
    assert (row.product, row.activated_on) == (Product.VISIO, date(2026, 10, 1))


@pytest.mark.parametrize(
    ("words", "product"),
    [
        ("MICROSOFT 365 APPS FOR ENTERPRISE", Product.APPS),
        ("Microsoft 365 Apps for business", Product.APPS),
        ("OFFICE 365 PROPLUS", Product.APPS),
        ("VISIO CLIENT", Product.VISIO),
        ("VISIO PRO FOR OFFICE 365", Product.VISIO),
        ("PROJECT CLIENT", Product.PROJECT),
        ("PROJECT ONLINE DESKTOP CLIENT", Product.PROJECT),
        ("SKYPE FOR BUSINESS", Product.OTHER),
        ("POWER APPS", Product.OTHER),
        ("", Product.OTHER),
    ],
)
def test_products_are_told_apart_by_their_words(words: str, product: Product) -> None:
    assert product_of(words) is product


@pytest.mark.parametrize(
    ("parse", "cells", "column"),
    [
        (parse_app_users, APP_USER, "Last Activity Date"),
        (parse_copilot_users, COPILOT_USER, "Last Activity Date"),
        (parse_activations, ACTIVATION, "Last Activated Date"),
        (parse_activations, ACTIVATION, "Product Type"),
    ],
)
def test_a_file_that_tells_nothing_of_use_is_refused(
    parse: Parse, cells: dict[str, str], column: str
) -> None:
    with pytest.raises(UnexpectedAnswer, match=f"no column '{column}'"):
        parsed(parse, {name: cell for name, cell in cells.items() if name != column})


@pytest.mark.parametrize(
    ("parse", "cells", "column"),
    [
        (parse_active_users, ACTIVE_USER, "Teams Last Activity Date"),
        (parse_app_users, APP_USER, "Last Activation Date"),
        (parse_mailboxes, MAILBOX, "Last Activity Date"),
        (parse_mailboxes, MAILBOX, "Storage Used (Byte)"),
        (parse_mailboxes, MAILBOX, "Has Archive"),
    ],
)
def test_a_column_that_one_can_do_without_is_named_where_it_is_absent(
    parse: Parse, cells: dict[str, str], column: str
) -> None:
    (row,) = parsed(parse, {name: cell for name, cell in cells.items() if name != column})
    assert row.absent_columns == (column,)


def test_names_of_a_person_may_hold_commas_and_quotes() -> None:
    (row,) = parsed(parse_active_users, ACTIVE_USER | {"Display Name": '"Doe, ""J"""'})
    assert row.teams_on == date(2026, 11, 22)


def test_rows_of_deleted_people_are_marked() -> None:
    kept, deleted = parsed(parse_mailboxes, MAILBOX, MAILBOX | {"Is Deleted": "True"})
    assert (kept.deleted, deleted.deleted) == (False, True)
