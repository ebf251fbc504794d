"""Overview: what licenses cost, what of it is wasted, and until when something can be done about it."""

import streamlit as st

from core.activity.listing import choices
from core.rights import Role
from core.spend.list_prices import list_prices
from core.spend.summary import read_summary
from core.store.engine import reading
from core.ui import (
    bars,
    changes_view,
    downloads,
    groups_view,
    links,
    money_notes,
    overview_view,
    policy_notes,
    renewals_view,
    report_view,
    status,
    tables,
    trend_view,
)
from core.ui.context import current_application, now, runtime
from core.ui.guard import require_role

SEATS = "Seats"

actor = require_role(Role.VIEWER)
application, engine, today = current_application(), runtime().engine, now().date()
grouping = groups_view.chosen_grouping()
estimated_by = list_prices() if money_notes.estimates_wanted() else {}
summary = read_summary(engine, application.id, on=today, groupings=[grouping], list_prices=estimated_by)

with status.page_head("Overview", application):
    unpriced = [summary.names[each.sku_id] for each in summary.spend.unpriced]
    differing = [
        f"{each.name}: {each.use.assigned:,} here, {each.consumed:,} by Microsoft"
        for each in summary.counted_otherwise
    ]
    status.freshness_line(application, unpriced=unpriced, counted_otherwise=differing)
if not summary.types:
    status.first_start(application, "Here will be what licenses cost, who uses them, and what can be saved.")
    st.stop()
with reading(engine) as session:
    labels = {each.sku_id: each.label for each in choices(session, application.id).license_types}
    assessed = status.assessed(session, application.id)
if assessed:
    status.current_work(application)
    policy_notes.being_judged(application)
else:
    status.first_start(application, "Here will also be who uses the licenses, and what can be saved.")

overview_view.tiles(summary, assessed=assessed)
money_notes.money_notes(application, actor, summary)

currencies = [
    each.currency for each in sorted(summary.spend.currencies, key=lambda each: -each.annual.millionths)
]
with status.section("Spend by license type", key="types"):
    unit = st.segmented_control(
        "Unit",
        [*currencies, SEATS],
        default=[*currencies, SEATS][0],
        required=True,
        key="unit",
        label_visibility="collapsed",
    )
    form = st.segmented_control(
        "Form", ["Chart", "Table"], default="Chart", required=True, key="form", label_visibility="collapsed"
    )
    currency = None if unit == SEATS else unit
    types = bars.type_bars(summary, currency, labels, assessed=assessed)
    file_columns, file_rows = bars.bars_file(types, "License type", currency)
    downloads.offer(
        "Download",
        file_columns,
        lambda: [file_rows],
        file_stem=f"spend-{application.key}-{today}",
        key="types-file",
        disabled=not file_rows,
    )
    report_view.offer_report(application, actor, today)
alt = f"Spend by license type in {currency} per month" if currency else "Seats by license type"
clicked = bars.choose_bar(
    types, "License type", as_table=form == "Table", currency=currency, key=f"types-{unit}", alt=alt
)
if clicked:
    links.open_activity(clicked)

if not assessed:
    st.stop()

left, right = st.columns([1.15, 1], gap="medium")
with left:
    with status.section("Utilization", key="utilization"):
        pass
    used, used_columns, sku_ids = overview_view.utilization_frame(summary)
    position = tables.choose_row(
        used,
        used_columns,
        key=tables.ids_key("utilization", sku_ids),
        alt="Assigned of purchased seats by license type",
        height=tables.height_of(len(used), most=12),
    )
    if position is not None:
        links.open_activity(links.activity_parameters(license_type=labels.get(sku_ids[position])))
with right:
    groups_view.groups(application, summary, currency=currency, as_table=form == "Table")

trend_view.trend(application, currency=currency, labels=labels, grouping=grouping, list_prices=estimated_by)
changes_view.changes(application)

renewals_view.renewals(application, summary, today, labels)
