"""Opening pages of the running app in a real browser, and knowing when they are drawn."""

from playwright.sync_api import Browser, BrowserContext, Page, expect

BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
_FIRST_SYNC_MS = 60_000
_DRAWN_MS = 30_000


def open_page(context: BrowserContext, url: str) -> Page:
    """A page that has been drawn to its end."""
    page = context.new_page()
    page.goto(url)
    settle(page)
    return page


def settle(page: Page) -> None:
    """Wait until Streamlit has run the script, and charts and fonts are drawn."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=_DRAWN_MS)
    expect(page.get_by_test_id("stMain").locator("h1, h2").first).to_be_visible(timeout=_DRAWN_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=_DRAWN_MS)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(700)  # Plotly and the table's canvas draw after their elements are there
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=_DRAWN_MS)


def wait_for_first_sync(browser: Browser, url: str) -> None:
    """Wait until the demo tenant has been brought in: its spend is on Overview."""
    context = browser.new_context()
    page = open_page(context, url)
    expect(page.get_by_text("Spend by license type")).to_be_visible(timeout=_FIRST_SYNC_MS)
    expect(page.get_by_text("sign-ins: today")).to_be_visible(timeout=_FIRST_SYNC_MS)
    context.close()


def choose(page: Page, label: str, option: str) -> None:
    """Choose one option of a multiselect by its label, by typing as a person would."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).first.click()
    page.keyboard.press("Escape")
    settle(page)


def check_row(page: Page, row: int, *, table: int = 0) -> None:
    """Check the box of a row of a table; its cells are drawn on a canvas, so by place."""
    frame = page.get_by_test_id("stDataFrame").nth(table)
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    if box is None:
        raise AssertionError(f"table {table} is not shown")
    page.mouse.click(box["x"] + 18, box["y"] + 35 * (row + 1) + 18)
    settle(page)
