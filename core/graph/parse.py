"""Reads Graph's JSON into values: each field's type is checked at the edge, and named where it is wrong."""

import functools
import re
from datetime import UTC, datetime
from typing import Any, Final

from core.graph.errors import UnexpectedAnswer

_GUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_FIRST_YEAR: Final = 1900
"""Some tenants write `0001-01-01T00:00:00Z` for "never" (contract §4.3)."""


def refuse(where: str, field: str, value: object) -> UnexpectedAnswer:
    """The error for a field that is not what the contract says. The value itself stays out of it."""
    return UnexpectedAnswer(
        f"{where}: {field} is {type(value).__name__}, which Microsoft Graph never answers"
    )


def text(item: dict[str, Any], field: str, where: str) -> str:
    """A text that must be there."""
    value = item.get(field)
    if type(value) is not str:
        raise refuse(where, field, value)
    return value


def maybe_text(item: dict[str, Any], field: str, where: str) -> str | None:
    """A text, or nothing."""
    value = item.get(field)
    if value is not None and type(value) is not str:
        raise refuse(where, field, value)
    return value


def maybe_flag(item: dict[str, Any], field: str, where: str) -> bool | None:
    """True, false, or nothing."""
    value = item.get(field)
    if value is not None and type(value) is not bool:
        raise refuse(where, field, value)
    return value


def number(item: dict[str, Any], field: str, where: str) -> int:
    """A whole number; a missing one is 0."""
    value = item.get(field)
    if value is None:
        return 0
    if type(value) is not int:
        raise refuse(where, field, value)
    return value


def objects(item: dict[str, Any], field: str, where: str) -> list[dict[str, Any]]:
    """A list of objects; a missing one is empty."""
    value = item.get(field)
    if value is None:
        return []
    if type(value) is not list or not all(type(each) is dict for each in value):
        raise refuse(where, field, value)
    return value


def texts(item: dict[str, Any], field: str, where: str) -> tuple[str, ...]:
    """A list of texts; a missing one is empty."""
    value = item.get(field)
    if value is None:
        return ()
    if type(value) is not list or not all(type(each) is str for each in value):
        raise refuse(where, field, value)
    return tuple(value)


def guid(value: Any, field: str, where: str) -> str:  # noqa: ANN401 - whatever came
    """An id, in lower case."""
    if type(value) is not str or not _GUID.fullmatch(value):
        raise UnexpectedAnswer(f"{where}: {field} is no GUID")
    return value.lower()


@functools.lru_cache(maxsize=4096)
def common_guid(value: Any, field: str, where: str) -> str:  # noqa: ANN401 - whatever came
    """An id of which there are few (license types, service plans, groups)."""
    return guid(value, field, where)


def moment(item: dict[str, Any], field: str, where: str) -> datetime | None:
    """A moment in UTC; nothing where it is missing or stands for "never"."""
    value = item.get(field)
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.year < _FIRST_YEAR:
            return None
        if parsed.tzinfo is UTC:  # as Graph writes all of them
            return parsed
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise refuse(where, field, value) from None
