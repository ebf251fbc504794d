"""Keeps the opportunities of a page of seats. What did not change is not written again."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy
from sqlalchemy import JSON, ColumnElement, delete, tuple_
from sqlmodel import Session

from core.reclamation.opportunities import Note, Opportunity
from core.store import tables
from core.store.bulk import table_of, upsert_rows
from core.store.plain import plain

_VALUES: Final = (
    "scenarios",
    "scenario",
    "rank",
    "confidence",
    "reasons",
    "blockers",
    "cautions",
    "reclaimable",
    "cheaper_sku_id",
)
"""What is decided of a seat."""

Key = tuple[str, str]
"""User id and SKU id."""


def keep_opportunities(
    session: Session,
    application_id: int,
    after: Key,
    upto: Key | None,
    found: Mapping[Key, Opportunity],
    now: datetime,
) -> None:
    """Make the stored opportunities between two keys equal to those found."""
    table = table_of(tables.Opportunity)
    key = tuple_(table.c.user_id, table.c.sku_id)
    between = [table.c.application_id == application_id, key > after]
    if upto is not None:
        between.append(key <= upto)
    stored = {
        (row[0], row[1]): row[2:]
        for row in session.connection().execute(
            sqlalchemy.select(
                table.c.user_id, table.c.sku_id, *(_as_text(table.c[name]) for name in _VALUES)
            ).where(*between)
        )
    }
    for user_id, sku_id in stored.keys() - found.keys():
        session.connection().execute(
            delete(table).where(
                table.c.application_id == application_id,
                table.c.user_id == user_id,
                table.c.sku_id == sku_id,
            )
        )
    rows = {each: _values(opportunity) for each, opportunity in found.items()}
    upsert_rows(
        session,
        tables.Opportunity,
        ("user_id", "sku_id", *_VALUES),
        [
            (*each, *values)
            for each, values in rows.items()
            if each not in stored or stored[each] != _stored(values)
        ],
        same={"application_id": application_id, "assessed_at": now},
    )


def _as_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return plain(column) if isinstance(column.type, JSON) else column


def _stored(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """As `_as_text` reads them, to be compared."""
    return tuple(json.dumps(value) if isinstance(value, list) else value for value in values)


def _values(opportunity: Opportunity) -> tuple[Any, ...]:
    """The columns from `scenarios` to `cheaper_sku_id`, as they are stored."""
    return (
        [scenario.value for scenario in opportunity.scenarios],
        opportunity.scenarios[0].value,
        opportunity.rank,
        opportunity.confidence.value,
        list(opportunity.reasons),
        _notes(opportunity.blockers),
        _notes(opportunity.cautions),
        opportunity.reclaimable,
        opportunity.cheaper_sku_id,
    )


def _notes(notes: Sequence[Note]) -> list[dict[str, str]]:
    return [{"code": note.code.value, "text": note.text} for note in notes]
