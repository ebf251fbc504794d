"""Product names on Applications: which catalog is in force, loading a newer one, going back."""

from typing import Final

import pandas as pd
import streamlit as st

from core.integration.catalog import (
    SHIPPED_AS_OF,
    Catalog,
    CatalogChange,
    CatalogRefused,
    load_catalog,
    preview_catalog,
    read_names,
    shipped_size,
    use_shipped_catalog,
)
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.store.engine import reading
from core.ui import tables, words
from core.ui.context import now, runtime
from core.ui.file_errors import show_file_errors
from core.ui.saved import saved, show_saved

_MOST_SHOWN: Final = 8
_CHANGE_COLUMNS: Final = {
    "change": tables.text("Change", width=110),
    "before": tables.text("Now", width=280),
    "after": tables.text("In the file", width=280),
}


def catalog_section(actor: Actor) -> None:
    """One line on what is in force and, for administrators, how to change it."""
    show_saved()
    with reading(runtime().engine) as session:
        names = read_names(session)
    st.subheader("Product names", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_in_force(names), width="content")
        if actor.may(Role.ADMINISTRATOR):
            if st.button("Load a newer list", icon=":material/upload:"):
                _load_dialog(actor)
            if names.loaded is not None and st.button("Use the shipped list", icon=":material/history:"):
                use_shipped_catalog(runtime().engine, actor=actor, now=now())
                saved("License types have their shipped names again")


def _in_force(names: Catalog) -> str:
    """In Markdown."""
    if names.loaded is None:
        types, plans = shipped_size()
        size = f"{format_count(types, 'license type')}, {format_count(plans, 'service plan')}"
        return f"Microsoft's list of {SHIPPED_AS_OF}, as shipped · {size}"
    loaded = names.loaded
    size = f"{format_count(loaded.types, 'license type')}, {format_count(loaded.plans, 'service plan')}"
    return words.plain(
        f"{loaded.file_name} · {size} · loaded {words.moment(loaded.at)} by {loaded.by}; what it does not "
        "know has its shipped name"
    )


@st.dialog("Load product names", width="large")
def _load_dialog(actor: Actor) -> None:
    load_form(actor)


def load_form(actor: Actor) -> None:
    """Choose a file, see what it changes or what is wrong with it, load all of it or nothing."""
    st.markdown(
        "The CSV file that Microsoft publishes as *Product names and service plan identifiers for "
        "licensing*. It holds for all applications. With any error nothing is loaded."
    )
    file = st.file_uploader("File", type=["csv", "xlsx"], key="catalog-file", label_visibility="collapsed")
    if file is None:
        return
    content = file.getvalue()
    try:
        change = preview_catalog(runtime().engine, content)
    except CatalogRefused as refused:
        st.error(f"{format_count(len(refused.errors), 'error')}: nothing will be loaded.")
        show_file_errors(refused.errors, file_stem="catalog-errors", key="catalog-errors")
        return
    _show_change(change)
    confirmed = None
    if change.must_confirm:
        shipped, _ = shipped_size()
        st.warning(
            f"The file lacks {change.lost:,} of the {shipped:,} license types that Seatwise ships with, so "
            "it may be cut off. To load it nevertheless, type that number.",
            icon=":material/warning:",
        )
        confirmed = st.number_input("License types that the file lacks", min_value=0, step=1, value=None)
    ready = not change.must_confirm or confirmed == change.lost
    label = f"Load {format_count(change.types, 'license type')}"
    if st.button(label, type="primary", disabled=not ready):
        try:
            load_catalog(
                runtime().engine,
                content,
                file_name=file.name,
                actor=actor,
                now=now(),
                confirm_lost=None if confirmed is None else int(confirmed),
            )
        except CatalogRefused as refused:
            st.error(words.plain(str(refused)))
        else:
            saved(f"Loaded {file.name}: {len(change.new)} new, {len(change.renamed)} renamed")


def _show_change(change: CatalogChange) -> None:
    size = f"{format_count(change.types, 'license type')} and {format_count(change.plans, 'service plan')}"
    counts = (
        f"{len(change.new):,} new",
        f"{len(change.renamed):,} renamed",
        f"{len(change.gone):,} not in the file",
        f"{size} in all",
    )
    st.markdown(" · ".join(counts))
    frame = _change_frame(change)
    if len(frame):
        tables.show_table(
            frame,
            _CHANGE_COLUMNS,
            key="catalog-changes",
            alt="What the file changes",
            height=tables.height_of(len(frame), most=_MOST_SHOWN),
        )


def _change_frame(change: CatalogChange) -> pd.DataFrame:
    """Renamed types first, then new ones, then those that the file does not have."""
    rows = [("↔ Renamed", each.before, each.after) for each in change.renamed]
    rows += [("+ New", words.NONE_GIVEN, name) for name in change.new]
    rows += [("– Not in it", name, words.NONE_GIVEN) for name in change.gone]
    return pd.DataFrame(rows, columns=list(_CHANGE_COLUMNS))
