"""Activity: who holds which license, when it was last used, and how sure that is."""

from functools import partial

import streamlit as st

from core.activity.costs import cost_of, seat_costs
from core.activity.details import read_details
from core.activity.listing import (
    EXPORT_COLUMNS,
    PAGE_ROWS,
    choices,
    page,
    stream_cells,
    totals,
)
from core.policies.policies import read_policies
from core.rights import Role
from core.spend.formatting import format_count
from core.spend.summary import read_summary
from core.store.engine import reading
from core.ui import activity_view, downloads, policy_notes, status, tables
from core.ui.context import current_application, now, runtime
from core.ui.filters import filter_bar
from core.ui.guard import require_role
from core.ui.saved import show_saved

actor = require_role(Role.VIEWER)
application, engine, today = current_application(), runtime().engine, now().date()

show_saved()
with status.page_head("Activity", application):
    status.freshness_line(application)
with reading(engine) as session:
    offered = choices(session, application.id)
everything = sum(each.seats for each in offered.license_types)
if not everything:
    status.first_start(application, "Here will be one row for each license that somebody holds.")
    st.stop()

policy_notes.being_judged(application)
chosen = filter_bar(offered)
with reading(engine) as session:
    shown = totals(session, application.id, chosen)
    policies = read_policies(session, application.id)
summary = read_summary(engine, application.id, on=today)
cost = cost_of({sku_id: shown.held_of_type(sku_id) for sku_id in shown.by_type}, seat_costs(summary.spend))

left, right = st.columns([1.9, 1], vertical_alignment="center")
with left:
    activity_view.totals_lines(shown, everything, cost, policies)
with right, st.container(horizontal=True, horizontal_alignment="right"):
    with st.popover("Columns", icon=":material/view_column:"):
        columns = st.multiselect(
            "Columns",
            list(activity_view.COLUMNS),
            default=activity_view.default_columns(with_roster=bool(offered.employee_statuses)),
            format_func=activity_view.COLUMN_LABELS.__getitem__,
            key="columns",
            persist_state="session",
            label_visibility="collapsed",
        )
    downloads.offer(
        f"Download {format_count(shown.seats, 'row')}",
        EXPORT_COLUMNS,
        partial(stream_cells, engine, application.id, chosen),
        file_stem=f"activity-{application.key}-{today}",
        key="download",
        disabled=not shown.seats,
    )

if not shown.seats:
    status.empty_state("No assignment fits these filters.", "Take one of them away to see more.")
    st.stop()

above_pages = st.container()
number = tables.page_picker(
    shown.seats, per_page=PAGE_ROWS, by="name", key=tables.ids_key("page", [application.key, chosen])
)
with reading(engine) as session:
    rows = page(session, application.id, chosen, number=number)
    picked = activity_view.picked(rows)
    details = read_details(session, application.id, picked.user_id, picked.sku_id) if picked else None
with above_pages:
    if details is None:
        activity_view.table(rows, columns)
    else:
        wide, narrow = st.columns([2, 1])
        with wide:
            activity_view.table(rows, columns)
        with narrow:
            activity_view.details_panel(application, actor, details)
