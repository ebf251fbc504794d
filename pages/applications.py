"""Applications: is the connection sound, what was read and when, and running the tasks that read it."""

import streamlit as st

from core.integration.tracking import list_runs
from core.rights import Role
from core.store.engine import reading
from core.ui import applications_view as view
from core.ui import downloads, status, tables
from core.ui.context import current_application, now, runtime
from core.ui.guard import require_role

actor = require_role(Role.VIEWER)
application, engine = current_application(), runtime().engine

with status.page_head("Applications", application):
    status.freshness_line(application)

with st.container(border=True):
    view.connection_lines(application)
    view.test_connection(application)
view.connections_table()

st.subheader("Integration tasks", anchor=False)
view.run_buttons(application, actor)
status.current_work(application)

st.subheader("Sources of evidence", anchor=False)
view.sources_table(application)

with reading(engine) as session:
    runs = list_runs(session, application.id)
with status.section("Task runs", key="runs"):
    if runs:
        downloads.offer_frame(
            "Download",
            view.runs_frame(runs),
            view.RUN_COLUMNS,
            file_stem=f"task-runs-{application.key}-{now().date()}",
            key="runs-file",
        )
if runs:
    tables.show_table(
        view.runs_frame(runs),
        view.RUN_COLUMNS,
        key="runs",
        alt="Task runs, the newest first",
        height=tables.height_of(len(runs), most=10),
    )
else:
    status.empty_state("No task has run yet", "Run all tasks to read the tenant for the first time.")

if application.is_demo and actor.may(Role.ADMINISTRATOR):
    st.divider()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("The demo tenant keeps what you do to it, also over a restart.")
        if st.button("Reset the demo", icon=":material/restart_alt:"):
            view.reset_dialog(application, actor)
