"""What a table to be written is made of, whatever the format: columns, cells, and texts fit for a file."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

_NOT_IN_A_FILE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # nor in XML


class Kind(StrEnum):
    """What the cells of a column are; any of them may also be None."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"  # an amount of money or another exact number
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"  # with a time zone; written in UTC


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its heading and what its cells are."""

    name: str
    kind: Kind = Kind.TEXT


Cell = str | int | bool | Decimal | date | datetime | None
Batches = Iterable[Sequence[Sequence[Cell]]]


def without_control_characters(text: str) -> str:
    """The text without control characters (tabs and line ends stay) and without halves of surrogate pairs."""
    return _NOT_IN_A_FILE.sub("", text)


def utc(value: datetime) -> datetime:
    """The same time in UTC; a time without a time zone is refused with a ValueError."""
    if value.tzinfo is None:
        raise ValueError("a time without a time zone cannot be exported")
    return value if value.tzinfo is UTC else value.astimezone(UTC)
