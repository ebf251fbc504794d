import re
from datetime import date

import pytest

from core.reclamation.keeping import KeepLine, KeepView, Standing
from core.web.keep_page import HEADERS, busy_page, keep_page, unknown_page
from tests.support.html_reader import Reader

HOSTILE = '"><script src=//evil.example></script><img onerror=x>\r\n'


def view(*standings: Standing, name: str = "Visio Plan 2", person: str = "Ada Byron") -> KeepView:
    lines = [
        KeepLine(request_id=number + 1, license_type=name, standing=standing)
        for number, standing in enumerate(standings)
    ]
    return KeepView(person=person, last_day=date(2026, 12, 1), lines=tuple(lines))


def test_the_form_names_the_licenses_and_the_last_day() -> None:
    page = Reader(keep_page(view(Standing.OPEN), "help@example.com"))
    assert page.tags.count("form") == 1
    assert page.attributes["method"] == ["post"]
    assert page.attributes["value"] == ["1"]
    for words in ("Ada Byron", "Visio Plan 2", "2026-12-01", "help@example.com"):
        assert words in page.words


def test_only_what_can_be_kept_can_be_checked() -> None:
    page = Reader(keep_page(view(Standing.OPEN, Standing.KEPT, Standing.OVER), None))
    assert page.attributes["value"] == ["1"]
    assert "you keep it" in page.words


@pytest.mark.parametrize(
    ("standings", "title"),
    [
        ((Standing.KEPT, Standing.KEPT), "Thank you: you keep it"),
        ((Standing.KEPT, Standing.STAYS), "You keep it"),
        ((Standing.STAYS,), "You keep it"),
        ((Standing.SOON,), "One moment, please"),
        ((Standing.OVER,), "It is too late to answer here"),
        ((Standing.KEPT, Standing.OVER), "It is too late to answer here"),
    ],
)
def test_without_anything_to_keep_there_is_no_form(standings: tuple[Standing, ...], title: str) -> None:
    page = Reader(keep_page(view(*standings), "help@example.com"))
    assert "form" not in page.tags
    assert title in page.words
    assert "help@example.com" in page.words


def test_hostile_names_stay_text() -> None:
    page = Reader(keep_page(view(Standing.OPEN, name=HOSTILE, person=HOSTILE), None))
    assert page.tags == Reader(keep_page(view(Standing.OPEN), None)).tags
    assert page.words.count("<script src=//evil.example>") == 2


@pytest.mark.parametrize(
    "page",
    [keep_page(view(Standing.OPEN), "help@example.com"), unknown_page(None), busy_page("h@example.com")],
)
def test_the_page_needs_nothing_from_anywhere_else(page: str) -> None:
    read = Reader(page)
    assert not {"script", "img", "link", "iframe", "object"} & set(read.tags)
    assert all(str(link).startswith("mailto:") for link in read.attributes.get("href", []))
    assert not re.search(r"url\(|@import|https?:", page)


def test_the_headers_keep_the_link_to_itself() -> None:
    assert HEADERS["Cache-Control"] == "no-store"
    assert HEADERS["Referrer-Policy"] == "no-referrer"
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
