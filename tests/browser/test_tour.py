"""The whole tour in a real browser, on the demo tenant: what a newcomer does in the first minutes."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.simulator import catalog
from core.simulator.server import RunningSimulator
from core.simulator.tenant import Tenant
from tests.support.browsing import check_row, choose, open_page, settle
from tests.support.running_app import RunningApp
from tests.support.simulated import Caller

pytestmark = pytest.mark.browser

PAGES = {
    "": "Overview",
    "activity": "Activity",
    "license_details": "License Details",
    "reclamation": "Reclamation",
    "reclamation_history": "Reclamation History",
    "policies": "Exemptions and policies",
    "applications": "Applications",
}


def downloaded(page: Page, button: str, file_format: str) -> Path:
    page.get_by_role("button", name=button).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=file_format, exact=True).click()
    return Path(download.value.path())


def test_a_bar_of_the_overview_leads_to_the_people_behind_it(
    context: BrowserContext, app: RunningApp
) -> None:
    page = open_page(context, app.url)
    expect(page.get_by_text("Reducible at renewal")).to_be_visible()
    bar = page.locator(".js-plotly-plot").first.locator(".bars .point path").first
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile("/activity"))
    settle(page)
    expect(page.get_by_text("Microsoft 365 E3", exact=True).first).to_be_visible()
    expect(page).to_have_url(re.compile("license=Microsoft"))


def test_what_is_filtered_is_what_is_downloaded(context: BrowserContext, app: RunningApp) -> None:
    page = open_page(context, f"{app.url}/activity")
    choose(page, "License type", "Microsoft 365 E5")
    choose(page, "Activity status", "Inactive")
    button = page.get_by_role("button", name=re.compile(r"Download \d+ rows"))
    expect(page.get_by_text(re.compile(r"^\d+ of 4,031 assignments"))).to_be_visible()
    label = button.inner_text()
    count = int(re.search(r"Download (\d+) rows", label)[1])  # type: ignore[index]  # it was found above
    text = downloaded(page, f"Download {count} rows", "CSV").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == count > 0
    assert {(row["part_number"], row["activity_status"]) for row in rows} == {("SPE_E5", "inactive")}


def test_a_price_that_is_entered_counts_on_the_overview(context: BrowserContext, app: RunningApp) -> None:
    page = open_page(context, app.url)
    expect(page.get_by_text("at list prices, 2 types")).to_be_visible()
    page.get_by_role("link", name="License Details").click()
    settle(page)
    check_row(page, 0)
    expect(page.get_by_text("No purchase yet")).to_be_visible()
    page.get_by_role("button", name="Add a purchase").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Add the purchase").click()
    expect(dialog.get_by_text("Enter the contract, order or subscription number")).to_be_visible()
    dialog.get_by_role("textbox", name="Purchase identifier").fill("TOUR-1")
    dialog.get_by_role("textbox", name="Cost per seat").fill("90.50")
    dialog.get_by_role("button", name="Add the purchase").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("link", name="Overview").click()
    settle(page)
    expect(page.get_by_text("at list prices, 1 type")).to_be_visible()


def test_a_license_that_is_reclaimed_is_gone_and_nothing_else_is(
    context: BrowserContext, app: RunningApp, served: RunningSimulator, tenant: Tenant
) -> None:
    person = tenant.find("inactive")
    caller = Caller(served)
    before = caller.states(person.id)
    assert catalog.E3 in {state["skuId"] for state in before}

    page = open_page(context, f"{app.url}/reclamation")
    page.get_by_placeholder("Name or address").fill(person.user_principal_name)
    page.keyboard.press("Enter")
    settle(page)
    choose(page, "License type", "Microsoft 365 E3")
    check_row(page, 0)
    expect(page.get_by_text("1 seat would be freed")).to_be_visible()
    page.get_by_role("button", name="Reclaim 1 license").click()
    page.get_by_role("dialog").get_by_role("button", name="Reclaim 1 license").click()
    expect(page.get_by_text(re.compile(r"1\sReclaimed"))).to_be_visible(timeout=60_000)

    after = caller.states(person.id)
    assert after == [state for state in before if state["skuId"] != catalog.E3]
    writes = caller.control("GET", "log").json()["writes"]
    assert [(each["kind"], each["user"], each["sku"]) for each in writes] == [
        ("license.remove", person.id, catalog.E3)
    ]

    page.get_by_role("link", name="Reclamation History", exact=True).first.click()
    settle(page)
    check_row(page, 0)
    for step in ("Requested", "User read again", "Intent on record", "Removal sent", "User read back"):
        expect(page.get_by_text(step, exact=True)).to_be_visible()
    file = downloaded(page, "Download", "CSV").read_text(encoding="utf-8-sig")
    steps = [row["step"] for row in csv.DictReader(io.StringIO(file))]
    assert steps == ["requested", "begun", "checked", "intent", "removal", "read_back", "ended"]


@pytest.mark.parametrize("width", [1280, 1920])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_its_window(context: BrowserContext, app: RunningApp, path: str, width: int) -> None:
    page = open_page(context, f"{app.url}/{path}")
    page.set_viewport_size({"width": width, "height": 800})
    settle(page)
    expect(page.get_by_role("heading", name=PAGES[path], exact=True, level=1)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") == 0
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_page_asks_nobody_but_the_app(context: BrowserContext, app: RunningApp) -> None:
    asked: set[str] = set()
    page = context.new_page()
    page.on("request", lambda request: asked.add(request.url))
    for path in PAGES:
        page.goto(f"{app.url}/{path}")
        settle(page)
    foreign = {url for url in asked if not url.startswith((app.url, "data:", "blob:"))}
    assert foreign == set()
