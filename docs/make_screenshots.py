"""Makes the pictures of the README from the real app on a fresh demo tenant.

Run it as `python -m docs.make_screenshots`; it needs Chromium and requirements-dev.txt.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import find_browser
from tests.support.browsing import BROWSER_ARGUMENTS, open_page, wait_for_first_sync
from tests.support.running_app import PROJECT, RunningApp, running_app

IMAGES = PROJECT / "docs" / "images"
PAGES = {
    "overview": "",
    "activity": "activity",
    "license-details": "license_details",
    "reclamation": "reclamation",
    "reclamation-history": "reclamation_history",
    "hr-roster": "hr_roster",
    "exemptions-and-policies": "policies",
    "applications": "applications",
}
WIDTH, HEIGHT = 1280, 800


def main() -> None:
    """Start the app, give its history some content, and take each page in light and dark."""
    browser_path = find_browser()
    if browser_path is None:
        sys.exit("Chromium is not installed")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder) / "data") as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_ARGUMENTS)
        wait_for_first_sync(browser, app.url)
        reclaim_a_few(app)
        for theme in ("light", "dark"):
            take_all(browser, app.url, theme)
        browser.close()


def reclaim_a_few(app: RunningApp) -> None:
    """Let the history have something to show: the strongest opportunities of one license type, for real."""
    found = json.loads(_seatwise(app, "opportunities", "--scenario", "inactive", "--json"))
    ready = [each for each in found if each["confidence"] == "high" and not each["blockers"]]
    part_number = ready[0]["part_number"]
    names = [each["user_principal_name"] for each in ready if each["part_number"] == part_number][:5]
    users = [argument for name in names for argument in ("--user", name)]
    _seatwise(app, "reclaim", "--license-type", part_number, *users, "--yes")


def take_all(browser: Browser, url: str, theme: str) -> None:
    """One picture of each page in `light` or `dark`."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark" if theme == "dark" else "light"
    )
    for name, path in PAGES.items():
        page = open_page(context, f"{url}/{path}")
        page.screenshot(path=IMAGES / f"{name}-{theme}.png")
        page.close()
    context.close()


def _seatwise(app: RunningApp, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - this project's own command
        [sys.executable, "-m", "core", *arguments],
        cwd=PROJECT,
        env=app.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


if __name__ == "__main__":
    main()
