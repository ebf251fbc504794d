"""Reclamation: choose whose unused licenses to take back, see the effect, do it, watch it."""

import streamlit as st

from core.activity.listing import choices
from core.reclamation import listing
from core.reclamation.listing import PAGE_ROWS, OpportunityFilter
from core.rights import Role
from core.store.engine import reading
from core.ui import (
    approval_view,
    basket,
    downloads,
    effect_view,
    inherited_view,
    policy_notes,
    reclamation_run,
    run_progress,
    status,
    tables,
)
from core.ui import reclamation_view as view
from core.ui.context import current_application, now, runtime
from core.ui.guard import require_role
from core.ui.saved import show_saved
from core.ui.tracking_chart import show_tracking

actor = require_role(Role.VIEWER)
show_saved()
application, engine, today = current_application(), runtime().engine, now().date()

with status.page_head("Reclamation", application):
    status.freshness_line(application)
with reading(engine) as session:
    offered = choices(session, application.id)
    everything = listing.count(session, application.id, OpportunityFilter())
if not offered.license_types:
    status.first_start(application, "Here will be the licenses that nobody uses, to take them back.")
    st.stop()
status.current_work(application)
policy_notes.pause_banner(application)
approval_view.waiting_runs(application, actor)
policy_notes.being_judged(application)

left, right = st.columns([2.45, 1], gap="medium")
with left:
    st.subheader("1 · Choose", anchor=False)
    chosen = view.filters(offered)
    with reading(engine) as session:
        count = listing.count(session, application.id, chosen)
    # Nothing stands above the right end of the table: there its own toolbar comes up.
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{count:,} shown", width="content")
        view.blocked_ones(application, chosen)
        view.add_sure_ones(application, chosen)
    table = st.container()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        pages = max(1, -(-count // PAGE_ROWS))
        key = tables.ids_key("offers", [application.key, chosen])
        with st.container(width="content"):
            number = st.pagination(pages, key=key) if pages > 1 else 1
        downloads.offer(
            "Download",
            listing.EXPORT_COLUMNS,
            lambda: downloads.cells(
                lambda: listing.stream_batches(engine, application.id, chosen, on=today),
                listing.export_cells,
            ),
            file_stem=f"opportunities-{application.key}-{today}",
            key="offers-file",
            disabled=not count,
        )
    with reading(engine) as session:
        rows = listing.page(session, application.id, chosen, on=today, number=number)
    with table:
        if rows:
            view.details(view.opportunities_table(application, rows))
        elif everything:
            status.empty_state("Nothing fits this filter", "Choose fewer filters, or show blocked ones too.")
        else:
            status.empty_state(
                "No opportunity",
                "Nobody was found whose license is unused or whose account is disabled.",
            )
with right, st.container(key="beside-the-table"):
    seats = basket.seats(application.id)
    title = f"2 · See the effect of {len(seats):,} chosen" if seats else "2 · See the effect"
    st.subheader(title, anchor=False)
    with st.container(border=True):
        if seats:
            outcome = effect_view.effect_of(application, seats)
            effect_view.show_effect(application, outcome)
            inherited_view.show_inherited(application, seats)
        else:
            st.caption("Check people in the table: here will stand what taking their licenses back does.")
    st.subheader("3 · Do it", anchor=False)
    with st.container(border=True):
        if seats:
            reclamation_run.do_it(application, actor, outcome)
        else:
            st.caption("Nobody is chosen yet.")
    run_progress.latest_runs(application, actor)

show_tracking(application)
