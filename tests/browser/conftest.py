from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from core.simulator.demo import demo_config
from core.simulator.server import RunningSimulator, start_simulator
from core.simulator.tenant import Tenant
from tests.support.browsing import BROWSER_ARGUMENTS, wait_for_first_sync
from tests.support.running_app import RunningApp, running_app


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed after each module: Playwright keeps an event loop running in this thread as long as it lives."""
    from tests.conftest import find_browser  # noqa: PLC0415 - pytest's own module, known once it has begun

    path = find_browser()
    assert path is not None
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def app(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The real app on a fresh demo tenant that has been brought in."""
    with running_app(tmp_path_factory.mktemp("app") / "data") as running:
        wait_for_first_sync(browser, running.url)
        yield running


@pytest.fixture(scope="module")
def served(app: RunningApp) -> Iterator[RunningSimulator]:
    """A second server of the same demo tenant: it tells the truth, whatever the app believes."""
    state = app.data_dir / "demo" / "tenant.db"
    with start_simulator(demo_config(None), state_path=state) as running:
        yield running


@pytest.fixture
def tenant(served: RunningSimulator) -> Tenant:
    served.tenant.state.refresh()
    return served.tenant


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()
