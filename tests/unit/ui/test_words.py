import re
import string
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ui.words import ago, ahead, data_age, duration, listed, plain

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@given(st.text())
def test_markdown_sees_no_sign_of_its_own_in_any_text(text: str) -> None:
    """Every sign that could be markup has a backslash before it; without those it is the text again."""
    written = plain(text)
    pairs = re.findall(r"\\[!-/:-@\[-`{-~]|[^\\]", written, flags=re.DOTALL)
    assert "".join(pairs) == written
    assert all(len(each) == 2 or each not in string.punctuation for each in pairs)
    shown = "".join(each[-1] for each in pairs)
    assert shown.replace("\u2060", "").split() == text.replace("\u2060", "").split()


@pytest.mark.parametrize(
    "text", [":material/home:", ":smile:", ":+1:", ":red[x]", ":small[x]", ":red-background[x]", "a:b:c"]
)
def test_no_icon_color_or_emoji_is_left(text: str) -> None:
    """Streamlit looks for these in the text itself, where a backslash is gone already."""
    seen = plain(text).replace("\\", "")
    assert not any(f":{word}" in seen for word in ("material/", "smile:", "+1:", "red", "small[", "b:"))


@pytest.mark.parametrize("text", ["https://evil.example/x", "HTTP://evil.example", "see www.evil.example"])
def test_the_bare_address_of_a_page_is_no_link(text: str) -> None:
    """Markdown makes links of `https://` and `www.` in the text itself, where a backslash is gone already."""
    seen = plain(text).replace("\\", "").lower()
    assert not any(start in seen for start in ("://", "www."))


def test_times_and_colons_stay_as_they_are() -> None:
    assert plain("at 06:12 UTC: done").replace("\\", "") == "at 06:12 UTC: done"


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=61), "61 days ago"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_unit_that_fits(before: timedelta, expected: str) -> None:
    assert ago(NOW - before, NOW) == expected


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (date(2026, 11, 24), "today"),
        (date(2026, 11, 25), "today"),
        (date(2026, 11, 23), "yesterday"),
        (date(2026, 11, 22), "2 days old"),
    ],
)
def test_the_age_of_data_is_said_in_days(then: date, expected: str) -> None:
    assert data_age(then, NOW.date()) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(0, "0 s"), (59, "59 s"), (185, "3 min 5 s")])
def test_durations_are_in_minutes_and_seconds(seconds: int, expected: str) -> None:
    assert duration(NOW, NOW + timedelta(seconds=seconds)) == expected


def test_the_address_of_a_mailbox_becomes_no_link() -> None:
    assert plain("ada@example.com") == "ada\\@\u2060example\\.com"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "in 1 minute"),
        (5, "in 5 minutes"),
        (59, "in 59 minutes"),
        (60, "in 1 hour"),
        (14 * 60 + 20, "in 14 hours"),
        (47 * 60, "in 47 hours"),
        (72 * 60, "in 3 days"),
    ],
)
def test_a_moment_ahead_is_told_by_how_far_it_is(minutes: int, text: str) -> None:
    assert ahead(NOW + timedelta(minutes=minutes), NOW) == text


@pytest.mark.parametrize(
    ("names", "text"), [(["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")]
)
def test_names_are_listed_as_in_a_sentence(names: list[str], text: str) -> None:
    assert listed(names) == text
