"""Reclamation History: every request with all its steps, for good."""

import streamlit as st

from core.activity.listing import choices
from core.reclamation import history, runs
from core.reclamation.history import HistoryFilter
from core.rights import Role
from core.spend.formatting import format_count
from core.store.engine import reading
from core.ui import history_view as view
from core.ui import links, restore_view, status, tables
from core.ui.context import current_application, now, runtime
from core.ui.guard import require_role

actor = require_role(Role.VIEWER)
application, engine = current_application(), runtime().engine

with status.page_head("Reclamation History", application):
    st.caption(
        "Each request and its steps, as they happened. Nothing here is ever changed or deleted, and what was "
        "reclaimed can be restored."
    )
with reading(engine) as session:
    everything = runs.count_requests(session, application.id, HistoryFilter())
    offered = choices(session, application.id)
if not everything:
    status.empty_state(
        "Nothing was requested yet",
        "Here will stand who asked to take back which license, what was checked, and what came of it.",
    )
    links.link_to("reclamation.py", "Choose licenses on the Reclamation page")
    st.stop()

restore_view.under_way(application)
chosen = view.filters(application, offered)
with reading(engine) as session:
    count = runs.count_requests(session, application.id, chosen)
    steps = history.count_events(session, application.id, chosen)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    st.markdown(f"**{count:,}** of {format_count(everything, 'request')}", width="content")
    with st.container(horizontal=True, horizontal_alignment="right", width="content"):
        restore_view.offer_run(application, actor, chosen.run_id)
        view.offer_steps(
            application,
            f"Download {format_count(steps, 'step')}",
            chosen,
            file_stem=f"reclamation-history-{application.key}-{now().date()}",
            key="history-file",
            disabled=not steps,
        )
above_pages = st.container()
pages = max(1, -(-count // runs.PAGE_ROWS))
number = (
    st.pagination(pages, key=tables.ids_key("history-page", [application.key, chosen])) if pages > 1 else 1
)
with reading(engine) as session:
    rows = runs.requests(session, application.id, chosen, number=number)
picked = view.picked(rows)
with above_pages:
    if not rows:
        status.empty_state("Nothing fits this filter", "Choose fewer filters to see more.")
    elif picked is None:
        view.requests_table(rows)
        st.caption("Choose a request to see its steps.")
    else:
        wide, narrow = st.columns([1.7, 1], gap="medium")
        with wide:
            view.requests_table(rows)
        with narrow:
            view.timeline(application, actor, picked)
