"""Several purchases at once on the License Details page: a grid, checked as a whole, saved in one go.

It stands in place of the page's tables: in a dialog a key too many would throw away what was typed.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import pandas as pd
import streamlit as st
from sqlmodel import Session
from streamlit.elements.lib.column_types import ColumnConfig

from core.rights import Actor
from core.spend.currencies import currencies
from core.spend.license_types import read_license_types
from core.spend.money import Frequency, LineKind
from core.spend.purchase_file import COLUMNS
from core.spend.summary import SpendSummary
from core.store.engine import reading
from core.table_files import Record
from core.ui import tables
from core.ui.context import ApplicationContext, runtime
from core.ui.license_details_view import ordered_types
from core.ui.purchase_import_view import offer_import, what_changed
from core.ui.saved import saved

_OPEN: Final = "purchases-grid"
_CHECKED: Final = "purchases-grid-checked"
_EDITOR: Final = "purchases-grid-editor"
_MOST_SHOWN: Final = 14
_LABELS: Final = {
    "license_type": "License type",
    "purchase_identifier": "Purchase",
    "kind": "Kind",
    "seats": "Seats",
    "cost_per_seat": "Cost",
    "currency": "Currency",
    "frequency": "Paid",
    "starts_on": "First day",
    "ends_on": "Last day",
    "notice_days": "Notice",
    "notes": "Notes",
}
"""Of the columns of the import format, in the order of the grid."""
_ENTERED: Final = ("purchase_identifier", "cost_per_seat")
"""What nothing is filled in for: a row with neither has not been begun."""


def open_grid(summary: SpendSummary, today: date) -> None:
    """Show the grid from now on, with a row for each license type without a price."""
    st.session_state[_OPEN] = first_rows(summary, today)
    st.session_state.pop(_CHECKED, None)
    st.session_state.pop(_EDITOR, None)
    st.rerun()


def is_open() -> bool:
    """Whether the grid is shown in place of the tables."""
    return _OPEN in st.session_state


def first_rows(summary: SpendSummary, today: date) -> pd.DataFrame:
    """What the grid begins with: the types without a price, with the seats that the tenant has of them."""
    types = [each for each in ordered_types(summary) if not each.priced and not each.use.free]
    rows = [
        {
            "license_type": each.use.sku_id,
            "kind": LineKind.SEATS.value,
            "seats": max(1, each.use.seats),
            "currency": "USD",
            "frequency": Frequency.ANNUALLY.value,
            "starts_on": today,
        }
        for each in types
    ]
    frame = pd.DataFrame(rows, columns=list(_LABELS), dtype=object)
    return frame.astype(
        {"seats": "Int64", "notice_days": "Int64", "starts_on": "datetime64[ns]", "ends_on": "datetime64[ns]"}
    )


def entry(application: ApplicationContext, actor: Actor, today: date) -> None:
    """Draw the grid and what becomes of it."""
    st.subheader("Enter several purchases", anchor=False)
    st.caption(
        "One row for each purchase; add rows at the bottom. A fixed fee or discount has no seats, and its "
        "cost is that of one payment period. Rows without purchase and cost are left out. The same license "
        "type, purchase, kind and first day update what is on record."
    )
    with reading(runtime().engine) as session:
        columns = _columns(session, application.id, today)
    edited = st.data_editor(
        st.session_state[_OPEN],
        hide_index=True,
        column_config=columns,
        column_order=list(columns),
        num_rows="dynamic",
        key=_EDITOR,
        alt="Purchases to enter",
        placeholder="",
        height=tables.height_of(len(st.session_state[_OPEN]) + 1, most=_MOST_SHOWN),
    )
    lines = records(edited)
    with st.container(horizontal=True):
        if st.button("Check the rows", type="primary", disabled=not lines):
            st.session_state[_CHECKED] = lines
        if st.button("Close without saving"):
            _close()
            st.rerun()
    # What is saved is what was checked: another cell, and it has to be looked at again.
    if not lines or st.session_state.get(_CHECKED) != lines:
        return
    done = offer_import(application, actor, lines, verb="Save", line_label="Row", labels=_LABELS)
    if done is not None:
        _close()
        saved(f"Saved: {what_changed(done)}")


def records(edited: pd.DataFrame) -> list[Record]:
    """The rows that were begun, as lines of the import format; they are numbered from the top."""
    found: list[Record] = []
    for number, row in enumerate(edited.to_dict("records"), start=1):
        cells = {str(name): _text(value) for name, value in row.items()}
        if any(cells[name] for name in _ENTERED):
            found.append((number, [cells[name] for name in COLUMNS]))
    return found


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a cell holds
    """A cell as a file has it: seats without a point, days in ISO 8601."""
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, date):  # a time stamp of midnight, too
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _close() -> None:
    for key in (_OPEN, _CHECKED, _EDITOR):
        st.session_state.pop(key, None)


def _columns(session: Session, application_id: int, today: date) -> dict[str, ColumnConfig]:
    types = sorted(read_license_types(session, application_id), key=lambda each: each.name)
    names = {each.use.sku_id: each.name for each in types}
    kinds = {each.value: each.label for each in LineKind}
    frequencies = {each.value: each.label for each in Frequency}
    codes = {code: code for code in currencies()}
    column = st.column_config
    return {
        "license_type": _choice("license_type", names, width=175),
        "purchase_identifier": column.TextColumn(
            _LABELS["purchase_identifier"], width=105, help="Contract, order or subscription number"
        ),
        "kind": _choice("kind", kinds, width=90, default=LineKind.SEATS.value),
        "seats": column.NumberColumn(_LABELS["seats"], width=78, min_value=0, step=1),
        "cost_per_seat": column.TextColumn(
            _LABELS["cost_per_seat"],
            width=85,
            alignment="right",
            help="Of one seat for one payment period, with a point: 432.00",
        ),
        "currency": _choice("currency", codes, width=98, default="USD"),
        "frequency": _choice("frequency", frequencies, width=100, default=Frequency.ANNUALLY.value),
        "starts_on": column.DateColumn(_LABELS["starts_on"], width=105, format="YYYY-MM-DD", default=today),
        "ends_on": column.DateColumn(_LABELS["ends_on"], width=105, format="YYYY-MM-DD"),
        "notice_days": column.NumberColumn(
            _LABELS["notice_days"],
            width=82,
            min_value=0,
            step=1,
            help="How many days before its end the purchase must be canceled or reduced",
        ),
        "notes": column.TextColumn(_LABELS["notes"], width=150),
    }


def _choice(
    name: str,
    labels: Mapping[str, str],
    *,
    width: int,
    default: str | None = None,
) -> ColumnConfig:
    """A column of words to choose from, by what people see of them."""
    return st.column_config.SelectboxColumn(
        _LABELS[name],
        width=width,
        options=list(labels),
        format_func=lambda word: labels.get(str(word), str(word)),
        default=default,
    )
