"""Reclamation in a real browser: two people at once, a cancel in the middle of a run, and the way back."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.simulator import catalog
from core.simulator.server import RunningSimulator
from core.simulator.tenant import Tenant
from tests.support.browsing import check_row, choose, open_page, settle
from tests.support.running_app import RunningApp
from tests.support.simulated import Caller

pytestmark = pytest.mark.browser

_DONE = re.compile(r"^[1-9]\d* of \d+ done")
_WORKED_MS = 60_000


def choose_person(page: Page, address: str) -> None:
    """Find one person's Microsoft 365 E3 and check its box."""
    page.get_by_placeholder("Name or address").fill(address)
    page.keyboard.press("Enter")
    settle(page)
    choose(page, "License type", "Microsoft 365 E3")
    check_row(page, 0)


def ask(page: Page) -> None:
    """Open the question whose answer begins the run."""
    page.get_by_role("button", name="Reclaim 1 license").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def removals(caller: Caller) -> list[tuple[str, str]]:
    writes = caller.control("GET", "log").json()["writes"]
    return [(each["user"], each["sku"]) for each in writes if each["kind"] == "license.remove"]


def test_of_two_people_who_choose_the_same_person_one_reclaims_and_the_other_is_told_who_did(
    browser: Browser, context: BrowserContext, app: RunningApp, served: RunningSimulator, tenant: Tenant
) -> None:
    person = tenant.find("inactive")
    other = browser.new_context(viewport={"width": 1280, "height": 800})
    pages = [open_page(each, f"{app.url}/reclamation") for each in (context, other)]
    for page in pages:
        choose_person(page, person.user_principal_name)
        ask(page)
    first, second = (page.get_by_role("dialog") for page in pages)
    first.get_by_role("button", name="Reclaim 1 license").click()
    expect(pages[0].get_by_text(re.compile("^Runs? under way"))).to_be_visible()
    second.get_by_role("button", name="Reclaim 1 license").click()
    told = second.get_by_text(re.compile(r"already being reclaimed: .*run 1, asked for by demo"))
    expect(told).to_contain_text(person.user_principal_name.partition("@")[0])
    other.close()
    expect(pages[0].get_by_text(re.compile(r"1\sReclaimed"))).to_be_visible(timeout=_WORKED_MS)
    assert removals(Caller(served)) == [(person.id, catalog.E3)]


def test_what_was_reclaimed_is_given_back_from_the_history(
    context: BrowserContext, app: RunningApp, served: RunningSimulator, tenant: Tenant
) -> None:
    """Goes on from the run of the test before."""
    person = tenant.find("inactive")
    caller = Caller(served)
    assert catalog.E3 not in {state["skuId"] for state in caller.states(person.id)}
    page = open_page(context, f"{app.url}/reclamation_history")
    check_row(page, 0)
    expect(page.get_by_text(re.compile("left to save the mailbox"))).to_be_visible()
    page.get_by_role("button", name="Restore the license").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore 1 license").click()
    expect(page.get_by_text("Assignment sent", exact=True)).to_be_visible(timeout=_WORKED_MS)
    expect(page.get_by_text(re.compile("being restored"))).to_have_count(0, timeout=_WORKED_MS)
    assert catalog.E3 in {state["skuId"] for state in caller.states(person.id)}


def test_an_inherited_license_goes_with_the_group_once_that_is_confirmed_on_its_own(
    context: BrowserContext, app: RunningApp, served: RunningSimulator, tenant: Tenant
) -> None:
    person = tenant.find("group_only")
    caller = Caller(served)
    before = caller.states(person.id)
    assert {state["assignedByGroup"] is None for state in before if state["skuId"] == catalog.E3} == {False}
    page = open_page(context, f"{app.url}/reclamation")
    page.get_by_text("Show blocked ones").click()
    settle(page)
    choose_person(page, person.user_principal_name)
    expect(page.get_by_text("0 seats would be freed")).to_be_visible()
    page.get_by_role("button", name="Remove from a group").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("leaves the group")).to_contain_text("LIC Microsoft 365 E3")
    dialog.get_by_role("button", name="Remove from the group").click()
    expect(page.get_by_text(re.compile(r"1\sReclaimed"))).to_be_visible(timeout=_WORKED_MS)
    gone = [state for state in before if state["skuId"] == catalog.E3]
    assert caller.states(person.id) == [state for state in before if state not in gone]
    history = open_page(context, f"{app.url}/reclamation_history")
    check_row(history, 0)
    expect(history.get_by_text("Microsoft accepted the removal from the group.")).to_be_visible()


def test_a_cancel_in_the_middle_stops_what_has_not_begun_and_cuts_nothing_in_two(
    context: BrowserContext, app: RunningApp, served: RunningSimulator
) -> None:
    caller = Caller(served)
    before = len(removals(caller))
    page = open_page(context, f"{app.url}/reclamation")
    page.get_by_role("button", name=re.compile("Choose all .* of High confidence")).click()
    settle(page)
    reclaim = page.get_by_role("button", name=re.compile(r"Reclaim \d+ licenses"))
    count = int(re.findall(r"\d+", reclaim.inner_text())[0])
    page.get_by_label(f"Type {count} to go above the limit").fill(str(count))
    page.keyboard.press("Enter")
    settle(page)
    reclaim.click()
    page.get_by_role("dialog").get_by_role("button", name=f"Reclaim {count} licenses").click()
    expect(page.get_by_text(_DONE)).to_be_visible(timeout=_WORKED_MS)
    page.get_by_role("button", name="Cancel what has not begun").click()
    expect(page.get_by_text("Latest run", exact=True)).to_be_visible(timeout=_WORKED_MS)
    settle(page)
    states = page.get_by_text(re.compile(r"\d+\sCancelled"))
    ended = {word: int(number) for number, word in re.findall(r"(\d+)\s(\w+)", states.first.inner_text())}
    assert ended["Cancelled"] > 0
    assert ended["Reclaimed"] > 0
    assert sum(ended.values()) == count
    assert len(removals(caller)) - before == ended["Reclaimed"]
