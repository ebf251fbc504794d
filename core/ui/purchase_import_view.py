"""Importing purchases on the License Details page: what a file or lines change, or what is wrong."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st

from core.rights import Actor
from core.spend.formatting import format_count
from core.spend.purchase_import import (
    FILE_COLUMNS,
    Change,
    Content,
    ImportRefused,
    ImportResult,
    import_purchases,
    preview_import,
)
from core.spend.type_names import read_type_names
from core.store.engine import reading
from core.ui import tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.file_errors import show_file_errors
from core.ui.license_details_view import amount_cells, columns_of
from core.ui.saved import saved

_MOST_SHOWN: Final = 14


@st.dialog("Import purchases", width="large")
def import_dialog(application: ApplicationContext, actor: Actor) -> None:
    """Choose a file, see what it changes or what is wrong with it, import all of it or nothing."""
    st.markdown(
        "An Excel file, or CSV in UTF-8, with the columns of the export. The same license type, identifier, "
        "kind and first day update that purchase. With any error nothing is imported."
    )
    headings = [column.name for column in FILE_COLUMNS]
    st.download_button(
        "Download an empty file with the headings",
        ",".join(headings) + "\n",
        file_name="purchases.csv",
        mime="text/csv",
        type="tertiary",
        icon=":material/description:",
        on_click="ignore",
    )
    file = st.file_uploader("File", type=["csv", "xlsx"], key="purchases-file", label_visibility="collapsed")
    if file is not None and (done := offer_import(application, actor, file.getvalue(), verb="Import")):
        saved(f"Imported: {what_changed(done)}")


def what_changed(done: ImportResult) -> str:
    """How many purchases were added and updated."""
    return f"{done.count(Change.ADDED)} added, {done.count(Change.UPDATED)} updated"


def offer_import(
    application: ApplicationContext,
    actor: Actor,
    content: Content,
    *,
    verb: str,
    line_label: str = "Line",
    labels: Mapping[str, str] | None = None,
) -> ImportResult | None:
    """What the content changes and a button that does it, or its errors; what was imported at the button.

    Args:
        application: whose purchases.
        actor: who imports.
        content: a file, or lines.
        verb: what the button does.
        line_label: what lines are called.
        labels: what people see of columns in place of their names.
    """
    preview = preview_import(runtime().engine, application.id, content)
    for warning in preview.warnings:
        st.warning(words.plain(warning))
    if preview.errors:
        st.error(f"{format_count(len(preview.errors), 'error')}: nothing will be changed.")
        named = [
            replace(each, column=(labels or {}).get(each.column, each.column)) for each in preview.errors
        ]
        show_file_errors(named, file_stem="purchase-errors", key="import-errors", line_label=line_label)
        return None
    noun = line_label.lower()
    st.markdown(" · ".join(f"{format_count(preview.count(change), noun)} {change}" for change in Change))
    _show_lines(application, preview, line_label)
    changes = preview.count(Change.ADDED) + preview.count(Change.UPDATED)
    if not st.button(f"{verb} {format_count(changes, 'purchase')}", type="primary", disabled=not changes):
        return None
    try:
        return import_purchases(runtime().engine, application.id, content, actor=actor, now=now())
    except ImportRefused as refused:
        st.error(words.plain(str(refused)))
        return None


def _show_lines(application: ApplicationContext, preview: ImportResult, line_label: str) -> None:
    with reading(runtime().engine) as session:
        names = read_type_names(session, application.id)
    lines = [each.row.purchase for each in preview.lines]
    frame = pd.DataFrame(
        {
            "line": [each.row.line for each in preview.lines],
            "change": [each.change.value.capitalize() for each in preview.lines],
            "license_type": [names.get(each.row.sku_id, each.row.sku_id) for each in preview.lines],
            "identifier": [each.identifier for each in lines],
            **amount_cells(lines),
            "frequency": [each.frequency.label for each in lines],
            "starts_on": [each.starts_on for each in lines],
            "ends_on": [each.ends_on for each in lines],
        }
    )
    columns = {
        "line": tables.count(line_label, width=60),
        "change": tables.text("Change", width=100),
        "license_type": tables.text("License type", width=220),
        **{name: column for name, column in columns_of(lines).items() if name not in {"state", "annual"}},
    }
    tables.show_table(
        frame,
        columns,
        key="import-lines",
        alt="What changes",
        height=tables.height_of(len(frame), most=_MOST_SHOWN),
    )
