"""Looking for a text in columns, the same on SQLite and PostgreSQL."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Mapped


def contains(text: str, columns: Iterable[Mapped[str | None] | ColumnElement[Any]]) -> ColumnElement[bool]:
    """Any of the columns contains the text, whatever its case; its wildcards are letters like others.

    SQLite folds the case of ASCII letters only, so other spellings of the rest are asked for too.
    """
    spellings = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}
    return or_(
        *(column.icontains(spelling, autoescape=True) for column in columns for spelling in sorted(spellings))
    )
