"""License Details: what is paid for each license type, since when, until when."""

import streamlit as st

from core.rights import Role
from core.spend.purchase_import import FILE_COLUMNS, export_purchases
from core.spend.purchases import list_purchases
from core.spend.summary import read_summary
from core.ui import downloads, purchase_grid, status, tables, words
from core.ui import license_details_view as view
from core.ui import license_type_facts as facts
from core.ui.context import current_application, now, runtime
from core.ui.guard import require_role
from core.ui.purchase_form import list_price_line
from core.ui.purchase_import_view import import_dialog
from core.ui.saved import show_saved

actor = require_role(Role.VIEWER)
may_edit = actor.may(Role.ANALYST)
application, engine, today = current_application(), runtime().engine, now().date()
summary = read_summary(engine, application.id, on=today)
show_saved()

with status.page_head("License Details", application):
    status.freshness_line(application)
if not summary.types:
    status.first_start(application, "Here will be the license types, to enter what each of them costs.")
    st.stop()

if may_edit and purchase_grid.is_open():
    purchase_grid.entry(application, actor, today)
    st.stop()

left, right = st.columns([1, 1.42], gap="medium")
with left:
    with status.section("License types", key="types"):
        if may_edit and st.button("Import", icon=":material/upload:"):
            import_dialog(application, actor)
        downloads.offer(
            "Export",
            FILE_COLUMNS,
            lambda: export_purchases(engine, application.id),
            file_stem=f"purchases-{application.key}-{today}",
            key="export",
        )
    types, subscriptions = view.ordered_types(summary), facts.subscriptions_of(application)
    position = tables.choose_row(
        view.types_frame(summary, subscriptions),
        view.TYPE_COLUMNS,
        key=tables.ids_key("types", (each.use.sku_id for each in types)),
        alt="License types with the seats that were bought and that the tenant has",
        height=tables.height_of(len(types), most=16),
    )
with right:
    if position is None:
        status.empty_state(
            "Choose a license type",
            "Its purchases are shown here: what was bought, at what price, paid how often, until when.",
        )
        missing = sum(1 for each in types if not each.priced and not each.use.free)
        if missing:
            st.caption(f"{missing} of {len(types)} types have no price yet; they come first in the list.")
        if may_edit and st.button("Enter several purchases", icon=":material/table_rows:"):
            purchase_grid.open_grid(summary, today)
        st.stop()
    details = types[position]
    purchases = list_purchases(engine, application.id, sku_id=details.use.sku_id)[::-1]
    st.subheader(words.plain(details.name), anchor=False)
    st.caption(words.plain(f"{details.use.part_number} · {view.seats_line(details)}"))
    read = any(each.use.assigned for each in types)
    if read and (lines := view.use_lines(details)):  # before that nothing is known of use
        st.caption("  \n".join(map(words.plain, lines)))
    facts.renewal_lines(application, subscriptions.get(details.use.sku_id, []), purchases)
    estimate = list_price_line(details.use.sku_id)
    if estimate and not details.priced:
        st.caption(words.plain(estimate))
    chosen = None
    if purchases:
        row = tables.choose_row(
            view.purchases_frame(purchases, today),
            view.columns_of([each.terms for each in purchases]),
            key=tables.ids_key("purchases", (each.id for each in purchases)),
            alt="Purchases of the license type",
            height="content",
        )
        chosen = None if row is None else purchases[row]
    else:
        status.empty_state("No purchase yet", "Add the first one; without a price no total covers this type.")
    if not may_edit:
        st.caption("Changing purchases needs the role analyst.")
        facts.plans_expander(application, details.use.sku_id)
        st.stop()
    with st.container(horizontal=True):
        if st.button("Add a purchase", type="primary", icon=":material/add:"):
            view.add_dialog(application, actor, details)
        if st.button("Enter new terms", disabled=chosen is None) and chosen:
            view.terms_dialog(application, actor, details, chosen)
        if st.button("Correct", disabled=chosen is None) and chosen:
            view.correct_dialog(application, actor, details, chosen)
        if st.button("End", disabled=chosen is None) and chosen:
            view.end_dialog(application, actor, chosen)
    if purchases and chosen is None:
        st.caption("Choose a purchase to change it.")
    if chosen:
        changed = f"Changed {words.moment(chosen.changed_at)} by {chosen.changed_by}"
        st.caption(words.plain(f"{chosen.notes} · {changed}" if chosen.notes else changed))
    facts.plans_expander(application, details.use.sku_id)
