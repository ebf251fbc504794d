"""Notify first in a real browser: the page writes, a mail server takes the mail, its link keeps."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browsing import check_row, open_page, settle, wait_for_first_sync
from tests.support.mail_server import MailServer, mail_server
from tests.support.running_app import RunningApp, free_port, running_app

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("SEATWISE_PICTURES")


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def app(
    browser: Browser, server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningApp]:
    """The app, writing through the mail server."""
    port = free_port()
    settings = {
        "SEATWISE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SEATWISE_SECRET_KEY": "a-key-that-is-long-enough-for-signing",
        "SEATWISE_MAIL_SENDER": "licenses@example.com",
        "SEATWISE_SMTP__HOST": "127.0.0.1",
        "SEATWISE_SMTP__PORT": str(server.port),
        "SEATWISE_SMTP__STARTTLS": "false",
    }
    with running_app(tmp_path_factory.mktemp("app") / "data", settings, port=port) as running:
        wait_for_first_sync(browser, running.url)
        yield running


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def link_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/keep/[A-Za-z0-9_-]{64}", text)
    assert found is not None, text
    return found[0]


def test_a_person_is_asked_by_mail_and_keeps_the_license_by_its_link(
    context: BrowserContext, app: RunningApp, server: MailServer
) -> None:
    page = open_page(context, f"{app.url}/reclamation")
    check_row(page, 0)
    page.get_by_text("Notify the user first", exact=True).click()
    settle(page)
    expect(page.get_by_text(re.compile(r"^Answers until 20\d\d-\d\d-\d\d"))).to_be_visible()
    picture(page, "form")
    page.get_by_role("button", name="Preview the mail").click()
    expect(page.get_by_role("dialog").get_by_text("I still need it", exact=True)).to_be_visible()
    page.wait_for_timeout(500)
    picture(page, "preview")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Notify about 1 license").click()
    page.get_by_role("button", name="Send the mails").click()
    expect(page.get_by_text("Run under way")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("✉.1.Notified"))).to_be_visible(timeout=60_000)
    settle(page)
    picture(page, "waiting")

    (taken,) = server.taken
    link = link_in(taken.part("plain"))
    mail = context.new_page()
    mail.set_content(taken.part("html"))
    picture(mail, "mail")
    assert mail.get_by_role("link", name="I still need it").get_attribute("href") == link

    stranger = context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]  # it has one
    kept = stranger.new_page()
    problems: list[str] = []
    kept.on("console", lambda message: problems.append(message.text))
    kept.goto(link)
    expect(kept.get_by_role("heading", name="Do you still need this?")).to_be_visible()
    picture(kept, "keep")
    kept.get_by_role("button", name="I still need it").click()
    expect(kept.get_by_role("heading", name="Thank you: you keep it")).to_be_visible()
    picture(kept, "kept")
    kept.reload()
    expect(kept.get_by_role("heading", name="Thank you: you keep it")).to_be_visible()
    kept.goto(f"{link[:-1]}{'A' if link[-1] != 'A' else 'B'}")
    expect(kept.get_by_role("heading", name="This link does not work")).to_be_visible()
    picture(kept, "unknown")
    assert [text for text in problems if "404" not in text] == []
    stranger.close()

    history = open_page(context, f"{app.url}/reclamation_history")
    check_row(history, 0)
    expect(history.get_by_text("Asked to keep the license, by the keep link.")).to_be_visible()
    expect(history.get_by_text(re.compile("UTC · holder"))).to_be_visible()
    picture(history, "history")
