"""Downloads: CSV, Excel and Parquet, built when somebody clicks, through `core.exports`."""

import io
from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from core.exports import Batches, Column, Format, export

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


def _builder(
    columns: Sequence[Column], batches: Callable[[], Batches], file_format: Format
) -> Callable[[], bytes]:
    def build() -> bytes:
        buffer = io.BytesIO()
        export(batches(), columns, buffer, file_format)
        return buffer.getvalue()

    return build
