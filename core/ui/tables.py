"""Tables: numbers to the right, units in the heading, statuses with sign, word and color.

A selection is by position, so a table that has one carries the identities of its rows in its key (`ids_key`):
with other rows it is another table, and nothing that was chosen is ever taken for something else.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from streamlit.elements.lib.column_types import ColumnConfig

from core.ui import theme

Height = int | Literal["auto", "content", "stretch"]
ROW_HEIGHT: Final = 35
"""Pixels of a row, and of the heading."""


def text(
    label: str, *, width: int | None = None, note: str | None = None, pinned: bool | None = None
) -> ColumnConfig:
    """A column of texts, shown as they are."""
    return st.column_config.TextColumn(label, width=width, help=note, pinned=pinned)


def count(label: str, *, width: int | None = None, note: str | None = None) -> ColumnConfig:
    """A column of whole numbers, thousands separated."""
    return st.column_config.NumberColumn(label, width=width, help=note, format="localized")


def amount(label: str, *, width: int | None = None, note: str | None = None) -> ColumnConfig:
    """A column of amounts of money that `core.spend.formatting` wrote, to the right."""
    return st.column_config.TextColumn(label, width=width, help=note, alignment="right")


def share(label: str, *, width: int | None = None, note: str | None = None) -> ColumnConfig:
    """A column of percentages, from 0 to 100, each with a bar."""
    return st.column_config.ProgressColumn(
        label, width=width, help=note, min_value=0, max_value=100, format="%.0f %%"
    )


def day(label: str, *, width: int | None = None, note: str | None = None) -> ColumnConfig:
    """A column of days, as 2026-11-24."""
    return st.column_config.DateColumn(label, width=width, help=note, format="iso8601")


def ids_key(prefix: str, ids: Iterable[object]) -> str:
    """A widget key that is another one for other rows, or for the same in another order."""
    digest = hashlib.sha256("\n".join(str(each) for each in ids).encode()).hexdigest()
    return f"{prefix}-{digest[:16]}"


def color_looks(frame: pd.DataFrame, columns: Mapping[str, Mapping[str, theme.Look]]) -> Styler:
    """The frame with a tint behind the cells of some columns, by the look of each cell's text.

    Args:
        frame: with texts such as `◐ Inactive` in these columns.
        columns: for each column, the look by its cells' texts (`looks_by_label`).
    """
    styler = frame.style
    for column, looks in columns.items():
        if column in frame.columns:
            tints = {label: f"background-color: {look.color}{theme.TINT}" for label, look in looks.items()}
            styler = styler.map(lambda cell, tints=tints: tints.get(cell, ""), subset=[column])
    return styler


def looks_by_label(looks: Iterable[theme.Look]) -> dict[str, theme.Look]:
    """Looks by the text that a cell of `color_looks` shows."""
    return {look.label: look for look in looks}


def show_table(
    data: pd.DataFrame | Styler,
    columns: Mapping[str, ColumnConfig],
    *,
    key: str,
    alt: str,
    height: Height = "auto",
    order: Sequence[str] | None = None,
) -> None:
    """A table to read: only the named columns, in their order (or `order`)."""
    st.dataframe(
        data,
        hide_index=True,
        column_config=dict(columns),
        column_order=list(order if order is not None else columns),
        key=key,
        alt=alt,
        height=height,
        placeholder="—",
    )


def choose_row(
    data: pd.DataFrame | Styler,
    columns: Mapping[str, ColumnConfig],
    *,
    key: str,
    alt: str,
    height: Height = "auto",
    order: Sequence[str] | None = None,
) -> int | None:
    """A table of which one row can be chosen: its position in `data`, whose rows the key identifies."""
    st.dataframe(
        data,
        hide_index=True,
        column_config=dict(columns),
        column_order=list(order if order is not None else columns),
        key=key,
        alt=alt,
        height=height,
        placeholder="—",
        on_select="rerun",
        selection_mode="single-row",
    )
    return chosen_position(key, len(data.index))


def chosen_position(key: str, rows: int) -> int | None:
    """The position that is chosen in the table with this key, which may not be drawn yet."""
    state = st.session_state.get(key)
    positions = state["selection"]["rows"] if state else []
    return positions[0] if positions and 0 <= positions[0] < rows else None


def page_picker(rows: int, *, per_page: int, by: str, key: str) -> int:
    """Which page of the rows to show, under the table; the first one is 1. `by` is what orders the rows."""
    pages = max(1, -(-rows // per_page))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        place = st.empty()
        number = st.pagination(pages, key=key) if pages > 1 else 1
    first, last = (number - 1) * per_page + 1, min(number * per_page, rows)
    place.caption(f"Rows {first:,} to {last:,} of {rows:,}, by {by}", width="content")
    return number


def height_of(rows: int, *, most: int) -> int:
    """The height in pixels of a table with its heading, that shows up to `most` rows without scrolling."""
    return ROW_HEIGHT * (min(max(rows, 1), most) + 1) + 3
