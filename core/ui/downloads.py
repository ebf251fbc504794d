"""Downloads: CSV, Excel and Parquet, built when somebody clicks, through `core.exports`."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.exports import Batches, Cell, Column, Format, Kind, export

Row = TypeVar("Row")

_FORMATS: Final = {Format.CSV: "CSV", Format.XLSX: "Excel", Format.PARQUET: "Parquet"}


def offer(
    label: str,
    columns: Sequence[Column],
    batches: Callable[[], Batches],
    *,
    file_stem: str,
    key: str,
    disabled: bool = False,
) -> None:
    """A button that opens the choice of formats; the file is made when one is clicked.

    Args:
        label: a verb and what it gives, such as `Download 1,284 rows`.
        columns: of the file.
        batches: opens the rows. It runs outside the page: it must not touch `st`, and opens its own session.
        file_stem: the name of the file without its ending.
        key: of the widget; unique on the page.
        disabled: where there is nothing to download.
    """
    with st.popover(label, icon=":material/download:", disabled=disabled, key=key):
        for file_format, name in _FORMATS.items():
            st.download_button(
                name,
                data=_builder(columns, batches, file_format),
                file_name=f"{file_stem}.{file_format}",
                mime=file_format.media_type,
                key=f"{key}-{file_format}",
                on_click="ignore",
                width="stretch",
            )


def offer_frame(
    label: str,
    frame: pd.DataFrame,
    columns: Mapping[str, ColumnConfig],
    *,
    file_stem: str,
    key: str,
) -> None:
    """As `offer`, for a table that is in memory: its headings, its cells as they are shown."""
    headings, rows = frame_table(frame, columns)
    offer(label, headings, lambda: [rows], file_stem=file_stem, key=key, disabled=not rows)


def frame_table(
    frame: pd.DataFrame, columns: Mapping[str, ColumnConfig]
) -> tuple[list[Column], list[list[Cell]]]:
    """The columns and rows of a file: those of the frame that the table shows, in the table's order."""
    headings = [
        Column(name=str(config.get("label") or name), kind=_kind_of(frame[name]))
        for name, config in columns.items()
    ]
    rows = [
        [None if pd.isna(value) else value for value in row]
        for row in frame[list(columns)].astype(object).itertuples(index=False)
    ]
    return headings, rows


def _kind_of(series: "pd.Series[Any]") -> Kind:
    if pd.api.types.is_bool_dtype(series):
        return Kind.BOOLEAN
    if pd.api.types.is_integer_dtype(series):
        return Kind.INTEGER
    if pd.api.types.is_float_dtype(series):
        return Kind.DECIMAL
    return Kind.DATE if all(isinstance(value, date) for value in series.dropna()) else Kind.TEXT


def cells(
    batches: Callable[[], Iterable[Sequence[Row]]], to_cells: Callable[[Row], Sequence[Cell]]
) -> Batches:
    """Batches of rows as batches of cells."""
    for batch in batches():
        yield [to_cells(row) for row in batch]


def _builder(
    columns: Sequence[Column], batches: Callable[[], Batches], file_format: Format
) -> Callable[[], bytes]:
    def build() -> bytes:
        buffer = io.BytesIO()
        export(batches(), columns, buffer, file_format)
        return buffer.getvalue()

    return build
