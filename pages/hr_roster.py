"""HR Roster: the employees, whose account is whose, and importing the file that says so."""

from functools import partial

import streamlit as st

from core.rights import Role
from core.roster.listing import (
    EXPORT_COLUMNS,
    PAGE_ROWS,
    AccountState,
    EmployeeFilter,
    counts,
    export_cells,
    page,
    recent_imports,
    stream_batches,
)
from core.roster.records import any_full_roster
from core.spend.formatting import format_count
from core.store.engine import reading
from core.ui import downloads, roster_import, status, tables
from core.ui import roster_view as view
from core.ui.context import current_application, now, runtime
from core.ui.guard import require_role
from core.ui.saved import show_saved

actor = require_role(Role.VIEWER)
may_import = actor.may(Role.ANALYST)
application, engine, today = current_application(), runtime().engine, now().date()
with reading(engine) as session:
    imports = recent_imports(session, application.id)
    everybody = counts(session, application.id, EmployeeFilter(), today)
    full = any_full_roster(session, application.id)
show_saved()

with status.page_head("HR Roster", application):
    view.as_of_line(application, imports[0] if imports else None)
if not imports:
    status.empty_state(
        "No employees yet",
        "Import the list of employees from your HR system. Then licenses of people who left are found, who "
        "is on leave is spared, and, once a full list was imported, accounts that belong to nobody on it are "
        "shown for review.",
    )
    if may_import:
        roster_import.import_panel(application, actor, imports[0].id if imports else None)
    else:
        st.caption("Importing needs the role analyst.")
    st.stop()

if not full:
    view.only_partial_note()
shows = ["Employees", "Import a roster", "Past imports"] if may_import else ["Employees", "Past imports"]
shown = st.segmented_control(
    "Show", shows, default=shows[0], required=True, key="roster-shows", label_visibility="collapsed"
)
if shown == "Import a roster":
    roster_import.import_panel(application, actor, imports[0].id if imports else None)
    st.stop()
if shown == "Past imports":
    view.imports_table(imports)
    st.stop()

chosen = view.filter_bar()
with reading(engine) as session:
    found = counts(session, application.id, chosen, today)
left, right = st.columns([1.9, 1], vertical_alignment="center")
with left:
    view.counts_line(found)
with right, st.container(horizontal=True, horizontal_alignment="right"):
    downloads.offer(
        f"Download {format_count(found.total, 'employee')}",
        EXPORT_COLUMNS,
        partial(
            downloads.cells, partial(stream_batches, engine, application.id, chosen, today), export_cells
        ),
        file_stem=f"hr-roster-{application.key}-{today}",
        key="download",
        disabled=not found.total,
    )
if not found.total:
    status.empty_state("No employee fits these filters.", "Take one of them away to see more.")
    st.stop()
above_pages = st.container()
number = tables.page_picker(
    found.total, per_page=PAGE_ROWS, by="family name", key=tables.ids_key("page", [application.key, chosen])
)
with reading(engine) as session:
    rows = page(session, application.id, chosen, today, number=number)
with above_pages:
    view.employees_table(rows, conflicts=chosen.accounts == (AccountState.CONFLICT,))
