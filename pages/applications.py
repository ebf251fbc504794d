"""Applications: is the connection sound, what is not seen and why, and the tasks that read the tenant."""

import streamlit as st

from core.integration.tracking import list_runs
from core.rights import Role
from core.store.engine import reading
from core.ui import applications_view as view
from core.ui import catalog_view, coverage_view, status, sync_view, tracking_chart
from core.ui.context import current_application, runtime
from core.ui.guard import require_role

actor = require_role(Role.VIEWER)
application, engine = current_application(), runtime().engine

with status.page_head("Applications", application):
    status.freshness_line(application)

view.portfolio_table()

st.subheader("Connection", anchor=False)
with st.container(border=True):
    view.connection_lines(application)
    view.test_connection(application)

coverage_view.coverage_section(application)

left, right = st.columns([1.5, 1], gap="medium")
with left:
    tracking_chart.show_task_runs(application)
with right:
    st.subheader("Reading the tenant", anchor=False)
    with st.container(border=True):
        sync_view.schedule_lines(application, actor)
        sync_view.run_buttons(application, actor)
sync_view.work_or_failures(application)

with reading(engine) as session:
    runs = list_runs(session, application.id)
sync_view.runs_section(application, runs)

catalog_view.catalog_section(actor)

if application.is_demo and actor.may(Role.ADMINISTRATOR):
    st.divider()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("The demo tenant keeps what you do to it, also over a restart.")
        if st.button("Reset the demo", icon=":material/restart_alt:"):
            view.reset_dialog(application, actor)
