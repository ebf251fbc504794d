"""Money in a real browser: what is entered changes the figures, a wrong file nothing, charts lead on."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine

from core.spend.formatting import format_money
from core.spend.list_prices import list_prices
from core.spend.money import LineKind, Money
from core.spend.purchase_file import COLUMNS
from core.spend.purchases import list_purchases
from core.spend.summary import read_summary
from core.store.engine import make_engine
from tests.support.browsing import open_page, settle
from tests.support.running_app import RunningApp
from tests.support.spreadsheets import excel

pytestmark = pytest.mark.browser

DEMO = 1
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PURCHASE_CELL, COST_CELL = (250, 0), (530, 0)
"""Of the grid's first row, which is drawn on a canvas: pixels from its left edge, and the row."""


@pytest.fixture(scope="module")
def engine(app: RunningApp) -> Iterator[Engine]:
    """The database of the app, to see what it holds."""
    opened = make_engine(f"sqlite:///{app.data_dir / 'seatwise.db'}")
    yield opened
    opened.dispose()


def dollars_a_month(engine: Engine) -> Money:
    found = read_summary(engine, DEMO, on=datetime.now(UTC).date()).of_currency("USD")
    assert found is not None
    return found.monthly


def expect_spend(page: Page, engine: Engine) -> None:
    """The page shows what is on record, with the types without a price at their list prices."""
    today = datetime.now(UTC).date()
    found = read_summary(engine, DEMO, on=today, list_prices=list_prices()).of_currency("USD")
    assert found is not None
    amount = found.monthly
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"≈ {format_money(amount, compact=True)}")


def type_into(page: Page, grid: Locator, cell: tuple[int, int], text: str) -> None:
    settle(page)
    box = grid.bounding_box()
    assert box is not None
    x, row = cell
    page.mouse.dblclick(box["x"] + x, box["y"] + 35 * (row + 1) + 18)
    editor = page.locator("#portal textarea")
    editor.fill(text)
    editor.press("Enter")
    expect(editor).to_have_count(0)
    settle(page)  # the grid tells what was typed only after a moment


def test_prices_that_are_entered_in_the_grid_change_the_figures(
    context: BrowserContext, app: RunningApp, engine: Engine
) -> None:
    before = dollars_a_month(engine)
    page = open_page(context, app.url)
    expect_spend(page, engine)
    expect(page.get_by_text("at list prices, 2 types")).to_be_visible()

    page.get_by_role("link", name="License Details").click()
    page.get_by_role("button", name="Enter several purchases").click()
    expect(page.get_by_role("heading", name="Enter several purchases")).to_be_visible()
    grid = page.get_by_test_id("stDataFrame").first
    type_into(page, grid, PURCHASE_CELL, "GRID-1")
    type_into(page, grid, COST_CELL, "24000")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_text("1 row added")).to_be_visible()
    page.get_by_role("button", name="Save 1 purchase").click()
    expect(page.get_by_text("Saved: 1 added")).to_be_visible()

    [entered] = [each.terms for each in list_purchases(engine, DEMO) if each.terms.identifier == "GRID-1"]
    assert (entered.seats, entered.cost_per_seat) == (5, Decimal(24_000))
    assert dollars_a_month(engine) == before + Money(Decimal(10_000), "USD")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_text("at list prices, 1 type")).to_be_visible()
    expect_spend(page, engine)


def test_a_discount_lowers_the_spend(context: BrowserContext, app: RunningApp, engine: Engine) -> None:
    before = dollars_a_month(engine)
    page = open_page(context, f"{app.url}/license_details")
    grid = page.get_by_test_id("stDataFrame").first
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 18, box["y"] + 35 + 18)
    page.get_by_role("button", name="Add a purchase").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Discount", exact=True).click()
    settle(page)
    dialog.get_by_role("textbox", name="Discount per payment period").fill("36000")
    dialog.get_by_role("textbox", name="Purchase identifier").fill("GRID-1")
    dialog.get_by_role("button", name="Add the purchase").click()
    expect(dialog).to_have_count(0)
    [line] = [each.terms for each in list_purchases(engine, DEMO) if each.terms.kind is LineKind.DISCOUNT]
    assert (line.identifier, line.seats) == ("GRID-1", 0)
    assert dollars_a_month(engine) == before - Money(Decimal(3_000), "USD")
    page.get_by_role("link", name="Overview").click()
    expect_spend(page, engine)


def test_a_file_with_three_errors_changes_nothing_and_lists_them_by_line(
    context: BrowserContext, app: RunningApp, engine: Engine
) -> None:
    before = list_purchases(engine, DEMO)
    rows = [
        COLUMNS,
        ["SPE_E5", "FILE-1", 10, 57, "USD", "monthly"],
        ["NO_SUCH_TYPE", "FILE-2", 10, 57, "USD", "monthly"],
        ["SPE_E5", "FILE-3", "many", 57, "USD", "monthly"],
        ["SPE_E5", "FILE-4", 10, 57, "USD", "weekly"],
    ]
    page = open_page(context, f"{app.url}/license_details")
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "purchases.xlsx", "mimeType": EXCEL, "buffer": excel(rows)}
    )
    expect(dialog.get_by_text("3 errors: nothing will be changed")).to_be_visible()
    expect(dialog.get_by_role("button", name=re.compile("^Import"))).to_have_count(0)
    dialog.get_by_role("button", name="Download the errors").click()
    text = downloaded(page, "CSV").read_text(encoding="utf-8-sig")
    listed = [(row["Line"], row["Column"], row["Found"]) for row in csv.DictReader(io.StringIO(text))]
    assert listed == [
        ("3", "license_type", "NO_SUCH_TYPE"),
        ("4", "seats", "many"),
        ("5", "frequency", "weekly"),
    ]
    assert list_purchases(engine, DEMO) == before


def test_a_bar_leads_to_as_many_people_as_it_counts(context: BrowserContext, app: RunningApp) -> None:
    page = open_page(context, app.url)
    page.get_by_role("radio", name="Seats").click()
    chart = page.locator(".js-plotly-plot").first
    expect(chart.get_by_text("$0")).to_have_count(0)
    settle(page)
    names = chart.evaluate("chart => chart.data.map(trace => trace.name)")
    place = names.index("Inactive")
    hover = chart.evaluate(f"chart => chart.data[{place}].hovertext[0]")
    [(label, seats)] = re.findall(r"<b>(.+)</b>.* ([\d,]+) seats", hover)
    bar = chart.locator(".bars").nth(place).locator(".point path").first
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile("/activity"))
    expect(page).to_have_url(re.compile(f"license={label.replace(' ', '[+]')}&status=Inactive"))
    expect(page.get_by_text(re.compile(rf"^{seats} of [\d,]+ assignments"))).to_be_visible()


def test_the_report_that_is_downloaded_says_what_the_page_says(
    context: BrowserContext, app: RunningApp, engine: Engine
) -> None:
    amount = f"{dollars_a_month(engine).amount:,.2f}"
    page = open_page(context, app.url)
    page.get_by_role("button", name="Report").click()
    pdf = "\n".join(each.extract_text() for each in PdfReader(downloaded(page, "Download as PDF")).pages)
    assert "License spend" in pdf
    assert amount in pdf
    book = CalamineWorkbook.from_path(downloaded(page, "Download as Excel"))
    assert "Renewals ahead" in book.sheet_names
    cells = [cell for row in book.get_sheet_by_name("Figures").to_python() for cell in row]
    assert float(amount.replace(",", "")) in [round(cell, 2) for cell in cells if isinstance(cell, float)]


def downloaded(page: Page, button: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    return Path(download.value.path())
