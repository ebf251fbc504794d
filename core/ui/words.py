"""Words, dates and texts as people read them. Numbers with units are `core.spend.formatting`'s."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

from core.activity.evidence import Confidence
from core.spend.formatting import format_age, format_count

NONE_GIVEN: Final = "—"
"""Where the tenant has no value."""

CONFIDENCE_WORDS: Final = {
    Confidence.HIGH: "High",
    Confidence.PROBABLE: "Probable",
    Confidence.REVIEW: "Review",
}

_ASCII_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
_SHORTCODE_OR_ADDRESS: Final = re.compile(r":(?=[\w+-]+[:/\[]|//)|\bwww(?=\.)|@(?=\w)", re.IGNORECASE)
_SECONDS_A_MINUTE: Final = 60
_MINUTES_AN_HOUR: Final = 60
_HOURS_SHOWN: Final = 48


def plain(text: str) -> str:
    """The text, written so that Markdown shows it as it is: no markup, links, formulas, icons or emoji codes.

    Line ends become spaces.
    """
    # An invisible joiner: `:name:` is no icon then, and the bare address of a page or mailbox no link.
    broken = _SHORTCODE_OR_ADDRESS.sub("\\g<0>\u2060", " ".join(text.split()))
    return _ASCII_PUNCTUATION.sub(r"\\\1", broken)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `A`, `A and B`, `A, B and C`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def moment(value: datetime) -> str:
    """A moment in UTC: `2026-11-24 06:10 UTC`."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(value: date | None) -> str:
    """A day as `2026-11-24`, a dash where there is none."""
    return NONE_GIVEN if value is None else value.isoformat()


def ago(then: datetime, now: datetime) -> str:
    """How long ago: `just now`, `5 minutes ago`, `3 hours ago`, `61 days ago`."""
    minutes = int((now - then).total_seconds() // _SECONDS_A_MINUTE)
    if minutes < 1:
        return "just now"
    if minutes < _MINUTES_AN_HOUR:
        return f"{format_count(minutes, 'minute')} ago"
    if minutes < _HOURS_SHOWN * _MINUTES_AN_HOUR:
        return f"{format_count(minutes // _MINUTES_AN_HOUR, 'hour')} ago"
    return f"{format_count((now - then).days, 'day')} ago"


def ahead(then: datetime, now: datetime) -> str:
    """How far ahead a moment is: `in 5 minutes`, `in 14 hours`, `in 3 days`."""
    minutes = max(1, round((then - now).total_seconds() / _SECONDS_A_MINUTE))
    if minutes < _MINUTES_AN_HOUR:
        return f"in {format_count(minutes, 'minute')}"
    hours = round(minutes / _MINUTES_AN_HOUR)
    if hours < _HOURS_SHOWN:
        return f"in {format_count(hours, 'hour')}"
    return f"in {format_count((then - now).days, 'day')}"


def data_age(then: date, today: date) -> str:
    """How old data is: `today`, `yesterday`, `2 days old`."""
    days = (today - then).days
    if days <= 0:
        return "today"
    return "yesterday" if days == 1 else f"{format_age(days)} old"


def duration(started: datetime, ended: datetime) -> str:
    """How long something took: `12 s`, `3 min 5 s`."""
    seconds = max(0, round((ended - started).total_seconds()))
    if seconds < _SECONDS_A_MINUTE:
        return f"{seconds} s"
    return f"{seconds // _SECONDS_A_MINUTE} min {seconds % _SECONDS_A_MINUTE} s"
