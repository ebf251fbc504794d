"""Which tests can run here: those whose program is absent are left out, with a printed line each.

With `SEATWISE_REQUIRE=browser,postgresql,graph_openapi` (any of them) absence is a failure instead.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
BROWSER_FILES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
)


@dataclass(frozen=True, kw_only=True)
class Need:
    """Something outside the project that tests of one marker cannot do without."""

    marker: str
    present: bool
    how_to_get: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """How many tests of a marker were not run, and what would let them run."""

    need: Need
    count: int


LEFT_OUT = pytest.StashKey[list[LeftOut]]()


def find_browser() -> str | None:
    """The path of a browser of Chromium's family, on any system, or nothing."""
    found = (shutil.which(name) for name in BROWSERS)
    installed = (path for path in BROWSER_FILES if Path(path).is_file())
    return next((path for path in found if path), None) or next(installed, None)


def needs() -> list[Need]:
    description = os.environ.get("SEATWISE_GRAPH_OPENAPI", "")
    return [
        Need(
            marker="browser",
            present=find_browser() is not None,
            how_to_get="install Chromium, Chrome or Edge",
        ),
        Need(
            marker="postgresql",
            present=bool(os.environ.get("SEATWISE_TEST_POSTGRES_URL")),
            how_to_get="set SEATWISE_TEST_POSTGRES_URL to a server on which databases may be made",
        ),
        Need(
            marker="graph_openapi",
            present=bool(description) and Path(description).is_file(),
            how_to_get="set SEATWISE_GRAPH_OPENAPI to Microsoft's description of Graph",
        ),
    ]


def pytest_configure(config: pytest.Config) -> None:
    wanted = {word.strip() for word in os.environ.get("SEATWISE_REQUIRE", "").split(",") if word.strip()}
    known = {need.marker: need for need in needs()}
    if wanted - known.keys():
        raise pytest.UsageError(
            f"SEATWISE_REQUIRE: {', '.join(sorted(wanted - known.keys()))} is none of {', '.join(known)}"
        )
    for marker in sorted(wanted):
        if not known[marker].present:
            raise pytest.UsageError(f"SEATWISE_REQUIRE wants the {marker} tests: {known[marker].how_to_get}")
    config.stash[LEFT_OUT] = []
    config.pluginmanager.register(FromWorkers(config))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for need in needs():
        if need.present:
            continue
        out = [item for item in items if item.get_closest_marker(need.marker)]
        if out:
            items[:] = [item for item in items if item not in out]
            config.hook.pytest_deselected(items=out)
            config.stash[LEFT_OUT].append(LeftOut(need=need, count=len(out)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On one of several cores, hand what was left out to the process that prints."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = [(each.need.marker, each.count) for each in session.config.stash[LEFT_OUT]]


class FromWorkers:
    """Takes what the processes on the other cores have left out: each the same, as each collects all."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object | None) -> None:  # noqa: ANN401, ARG002 - xdist's own
        by_marker = {need.marker: need for need in needs()}
        self._config.stash[LEFT_OUT] = [
            LeftOut(need=by_marker[marker], count=count)
            for marker, count in getattr(node, "workeroutput", {}).get("left_out", [])
        ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for left_out in config.stash[LEFT_OUT]:
        terminalreporter.write_line(
            f"{left_out.count} {left_out.need.marker} tests left out: {left_out.need.how_to_get}", yellow=True
        )


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The browser that the tests marked `browser` drive."""
    path = find_browser()
    assert path is not None, "no browser: mark this test with pytest.mark.browser"
    return path


@pytest.fixture(scope="session")
def graph_openapi() -> Path:
    """Microsoft's description of Graph, for the tests marked `graph_openapi`."""
    return Path(os.environ["SEATWISE_GRAPH_OPENAPI"])
