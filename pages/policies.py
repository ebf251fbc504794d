"""Exemptions and policies: whom reclamation spares, how activity is judged, how much may be reclaimed."""

import streamlit as st

from core.policies.cooldowns import list_cooldowns
from core.policies.exempting import list_exemptions
from core.policies.policies import list_changes, read_policies
from core.rights import Role
from core.spend.license_types import read_license_types
from core.store.engine import reading
from core.ui import cooldowns_view, exemptions_view, policies_view, policy_notes, scheduled_view, status
from core.ui.context import current_application, now, runtime
from core.ui.guard import require_role
from core.ui.saved import show_saved

actor = require_role(Role.VIEWER)
application, engine, today = current_application(), runtime().engine, now().date()
show_saved()

with reading(engine) as session:
    policies = read_policies(session, application.id)
    changes = list_changes(session, application.id)
    exemptions = list_exemptions(session, application.id)
    cooldowns = list_cooldowns(session, application.id, today)
    types = [each for each in read_license_types(session, application.id) if not each.use.for_company]

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    with st.container(width="content"), status.page_head("Exemptions and policies", application):
        st.caption("Whom reclamation spares, how activity is judged, and how much may be reclaimed.")
    with st.container(width="content"):
        policies_view.pause_switch(application, actor, policies)
if not types:
    status.first_start(application, "Here will be who is exempt, and the policies by which seats are judged.")
    st.stop()
policy_notes.pause_banner(application)
policy_notes.being_judged(application)

in_force = sum(each.holds(today) for each in exemptions)
exempt_tab, cooldown_tab, policy_tab, scheduled_tab = st.tabs(
    [f"Exemptions · {in_force:,}", f"Cooldowns · {len(cooldowns):,}", "Policies", "Scheduled runs"],
    key="policies-tab",
    on_change="rerun",
)
with exempt_tab:
    exemptions_view.exemptions_tab(application, actor, exemptions)
with cooldown_tab:
    cooldowns_view.cooldowns_tab(application, actor, cooldowns)
with policy_tab:
    policies_view.policies_form(application, actor, policies)
    st.subheader("License types", anchor=False)
    policies_view.thresholds_table(application, actor, policies, types)
    policies_view.changes_table(application, changes, types)
if scheduled_tab.open:  # whom a run would take is read from all opportunities
    with scheduled_tab:
        scheduled_view.scheduled_tab(application, actor, types)
