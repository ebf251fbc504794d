"""Exemptions and policies in a real browser: what a session without one cannot do, dialogs and waiting."""

from playwright.sync_api import BrowserContext, expect

from tests.support.browsing import open_page, settle
from tests.support.running_app import RunningApp


def test_somebody_is_found_exempted_and_seen_among_the_blocked(
    context: BrowserContext, app: RunningApp
) -> None:
    page = open_page(context, f"{app.url}/policies")
    page.get_by_role("button", name="Exempt somebody").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("License type", exact=True).click()
    search = dialog.get_by_placeholder("Name of the license type")
    search.fill("visio")
    search.press("Enter")
    chooser = dialog.get_by_role("combobox")
    expect(chooser).to_have_attribute("placeholder", "Choose one of 2")
    chooser.click()
    page.get_by_role("option", name="VISIOCLIENT").click()
    settle(page)
    reason = dialog.get_by_label("Reason")
    reason.fill("Owned by the drawing office")
    reason.press("Control+Enter")
    settle(page)
    dialog.get_by_role("button", name="Exempt", exact=True).click()
    expect(page.get_by_text("Visio Plan 2 is exempt")).to_be_visible()
    expect(page.get_by_role("tab", name="Exemptions · 4")).to_be_visible()
    expect(page.get_by_text("being judged anew")).to_have_count(0, timeout=30_000)

    page = open_page(context, f"{app.url}/reclamation")
    page.get_by_role("button", name="blocked").click()
    expect(page.get_by_text("· Exempt")).to_be_visible()


def test_a_changed_threshold_is_seen_on_activity(context: BrowserContext, app: RunningApp) -> None:
    page = open_page(context, f"{app.url}/policies")
    page.get_by_role("tab", name="Policies").click()
    page.get_by_role("combobox", name="Activity threshold, days").click()
    page.get_by_role("option", name="15", exact=True).click()
    page.get_by_role("button", name="Save the policies").click()
    expect(page.get_by_text("Saved: 1 change")).to_be_visible()
    expect(page.get_by_text("being judged anew")).to_have_count(0, timeout=30_000)
    page = open_page(context, f"{app.url}/activity")
    expect(page.get_by_text("against 15 days")).to_be_visible()


def test_reclamation_is_paused_and_resumed(context: BrowserContext, app: RunningApp) -> None:
    page = open_page(context, f"{app.url}/policies")
    page.get_by_role("button", name="Pause reclamation").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Audit week")
    dialog.get_by_role("button", name="Pause reclamation").click()
    expect(page.get_by_text("by demo: Audit week")).to_be_visible()
    other = open_page(context, f"{app.url}/reclamation")
    expect(other.get_by_text("by demo: Audit week")).to_be_visible()
    page.get_by_role("button", name="Resume reclamation").click()
    settle(page)
    expect(page.get_by_text("by demo: Audit week")).to_have_count(0)
