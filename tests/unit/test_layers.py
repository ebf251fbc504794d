"""The layers of the scripts, which import-linter cannot see; those of `core` are in pyproject.toml."""

import ast
from pathlib import Path

import pytest

from core.settings import PROJECT

SCRIPTS = [PROJECT / "app.py", *sorted((PROJECT / "pages").glob("*.py"))]
WORDS_OF_PAGES = {path.stem for path in (PROJECT / "pages").glob("*.py")} | {"pages", "app"}


def imported(source: str) -> set[str]:
    """The modules that a script imports; of `from a import b` both a and a.b, since b may be a module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def offenses(source: str) -> set[str]:
    """What a page or the launcher must not import: each other, the simulator, and HTTP."""
    forbidden = WORDS_OF_PAGES | {"core.simulator", "requests", "msal"}
    return {name for name in imported(source) if any(f"{name}.".startswith(f"{each}.") for each in forbidden)}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_imports_neither_another_one_nor_the_simulator_nor_http(path: Path) -> None:
    assert offenses(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    "source",
    [
        "import pages.activity",
        "from pages import activity",
        "from core import simulator",
        "from core.simulator.server import start",
        "import requests as r",
        "import app",
    ],
)
def test_an_import_across_the_layers_would_be_seen(source: str) -> None:
    assert offenses(source)


def test_an_ordinary_import_is_no_offense() -> None:
    assert not offenses("import streamlit as st\nfrom core.ui import guard\nfrom core.rights import Role")
