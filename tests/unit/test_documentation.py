"""What the documents say against what there is: configuration that is accepted, links that lead somewhere."""

import re
import textwrap
from pathlib import Path

import pytest

from core.settings import PROJECT, load_settings

PAGES = [
    PROJECT / "README.md",
    PROJECT / "SECURITY.md",
    PROJECT / "CONTRIBUTING.md",
    *PROJECT.glob("docs/**/*.md"),
]
LINKS = [
    (page, target)
    for page in PAGES
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    if "://" not in target
]
EXAMPLES = [
    (page, textwrap.dedent(block))
    for page in PAGES
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
]


def name(value: object) -> str:
    return value.name if isinstance(value, Path) else ""


@pytest.mark.parametrize(("page", "example"), EXAMPLES, ids=name)
def test_configuration_shown_in_a_document_is_accepted(page: Path, example: str, tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").write_text(example, encoding="utf-8")
    assert load_settings({}, tmp_path / "secrets.toml").applications, page


@pytest.mark.parametrize(("page", "target"), LINKS, ids=name)
def test_a_link_leads_to_a_file_that_is_there(page: Path, target: str) -> None:
    assert (page.parent / target.split("#", maxsplit=1)[0]).exists()


def test_there_are_links_and_examples() -> None:
    assert LINKS
    assert EXAMPLES
