"""The first steps of the Reclamation page: choose among the opportunities, see what it would do."""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from core.activity.evidence import Confidence
from core.activity.listing import Choices
from core.reclamation import listing
from core.reclamation.effect import Effect
from core.reclamation.listing import OpportunityFilter, OpportunityRow
from core.reclamation.opportunities import Scenario
from core.spend.formatting import format_count, format_money
from core.store.engine import reading
from core.ui import basket, tables, words
from core.ui.context import ApplicationContext, now, runtime

OFFERED: Final = (Scenario.NEVER_ACTIVE, Scenario.DISABLED_ACCOUNT, Scenario.INACTIVE)
_ROWS_IN_VIEW: Final = 11

COLUMNS: Final = {
    "name": tables.text("Name", width=130),
    "license_type": tables.text("License type", width=125),
    "scenario": tables.text("Scenario", width=106),
    "confidence": tables.text("Confidence", width=80),
    "cost": tables.amount("A year", width=58),
    "last_activity": tables.day("Last active", width=86),
    "department": tables.text("Department", width=120),
    "why": tables.text("Why", width=420),
    "blockers": tables.text("Why not", width=420),
}


def filters(offered: Choices) -> OpportunityFilter:
    """Draw the filters; what is chosen."""
    types = {each.label: each.sku_id for each in offered.license_types}
    confidences = {word: confidence for confidence, word in words.CONFIDENCE_WORDS.items()}
    labels = {scenario.label: scenario for scenario in OFFERED}
    departments = [each.value for each in offered.departments if each.value]
    first, second, third = st.columns([1.3, 1, 1])
    with first:
        chosen_types = _several("License type", list(types), "All license types")
    with second:
        chosen_scenarios = _several("Scenario", list(labels), "Any scenario")
    with third:
        chosen_confidences = _several("Confidence", list(confidences), "Any confidence")
    first, second, third = st.columns([1.3, 1, 1], vertical_alignment="center")
    with first:
        text = st.text_input(
            "Search",
            placeholder="Name or address",
            icon=":material/search:",
            max_chars=200,
            key="offers-text",
            label_visibility="collapsed",
        )
    with second:
        chosen_departments = _several("Department", departments, "Any department")
    with third:
        blocked = st.toggle("Show blocked ones", key="offers-blocked")
    return OpportunityFilter(
        scenarios=tuple(labels[label] for label in chosen_scenarios),
        sku_ids=tuple(types[label] for label in chosen_types),
        confidences=tuple(confidences[word] for word in chosen_confidences),
        departments=tuple(chosen_departments),
        reclaimable=None if blocked else True,
        text=text or "",
    )


def _several(label: str, options: Sequence[str], none: str) -> list[str]:
    return st.multiselect(
        label,
        options,
        key=f"offers-{label}",
        placeholder=none,
        label_visibility="collapsed",
        select_all=False,
    )


def opportunities_table(application: ApplicationContext, rows: Sequence[OpportunityRow]) -> None:
    """One page of opportunities; what is checked goes into the basket, by identity."""
    shown = [(row.user_id, row.sku_id) for row in rows]
    frame = pd.DataFrame([_cells(row) for row in rows], columns=list(COLUMNS))
    order = [name for name in COLUMNS if name != "blockers"]
    if not all(row.reclaimable and not row.requested for row in rows):
        order.insert(order.index("scenario") + 1, "blockers")
    in_basket = set(basket.seats(application.id))
    state = st.dataframe(
        frame,
        hide_index=True,
        column_config=COLUMNS,
        column_order=order,
        key=basket.key_of(shown),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [place for place, seat in enumerate(shown) if seat in in_basket]}
        },
        height=tables.height_of(len(rows), most=_ROWS_IN_VIEW),
        placeholder="—",
        alt="Opportunities, the strongest first",
    )
    chosen = [shown[place] for place in state["selection"]["rows"] if place < len(shown)]
    basket.choose(application.id, shown, chosen)


def add_sure_ones(application: ApplicationContext, chosen: OpportunityFilter) -> None:
    """A button that adds all filtered opportunities of High confidence, on every page of the table."""
    sure = OpportunityFilter(
        scenarios=chosen.scenarios,
        sku_ids=chosen.sku_ids,
        confidences=(Confidence.HIGH,),
        departments=chosen.departments,
        reclaimable=True,
        text=chosen.text,
    )
    with reading(runtime().engine) as session:
        count = listing.count(session, application.id, sure)
    if st.button(f"Choose all {count:,} of High confidence", disabled=not count):
        batches = listing.stream_batches(runtime().engine, application.id, sure, on=now().date())
        basket.add(
            application.id,
            [(row.user_id, row.sku_id) for batch in batches for row in batch if not row.requested],
        )
        st.rerun()


def _cells(row: OpportunityRow) -> dict[str, object]:
    return {
        "name": row.display_name,
        "license_type": row.license_type,
        "scenario": ", ".join(scenario.label for scenario in row.scenarios),
        "confidence": words.CONFIDENCE_WORDS[row.confidence],
        "last_activity": row.last_activity.date() if row.last_activity else None,
        "cost": format_money(row.cost) if row.cost else None,
        "department": row.department,
        "why": " ".join([*row.reasons, *row.cautions]),
        "blockers": "A request is under way." if row.requested else " ".join(row.blockers),
    }


def show_effect(application: ApplicationContext, effect: Effect) -> None:
    """What would happen: seats, money, cautions, who is left out."""
    st.markdown(f"**{format_count(effect.seats, 'seat')}** would be freed")
    lines = [
        f"{format_money(each.annual, 'year')} · {format_money(each.monthly, 'month')} "
        f"for {format_count(each.seats, 'seat')}"
        for each in effect.by_currency
    ]
    if effect.unpriced_seats:
        lines.append(
            f"{format_count(effect.unpriced_seats, 'seat')} with no price, or prices in several currencies"
        )
    for line in lines:
        st.text(line)
    until = [each for each in effect.by_type if each.paid_until]
    if until:
        dates = "; ".join(f"{each.paid_until} ({each.license_type})" for each in until)
        st.caption(words.plain(f"Freed, still paid until {dates}"))
    for caution in effect.cautions:
        st.markdown(f"⚠ **{caution.seats:,}** · {words.plain(caution.text)}")
    if effect.excluded:
        reasons = ", ".join(
            f"{count:,} {why.label.lower()}" for why, count in effect.excluded_by_reason.items()
        )
        with st.expander(f"{format_count(len(effect.excluded), 'seat')} left out: {words.plain(reasons)}"):
            st.text(
                "\n".join(
                    f"{each.user_principal_name} · {each.license_type}: {each.text}"
                    for each in effect.excluded
                )
            )
    _show_basket(application)


def _show_basket(application: ApplicationContext) -> None:
    chosen = basket.seats(application.id)
    with st.expander(f"Who is chosen ({len(chosen):,})"):
        with reading(runtime().engine) as session:
            rows = listing.rows_of(session, application.id, chosen, on=now().date())
        names = {(row.user_id, row.sku_id): f"{row.display_name} · {row.license_type}" for row in rows}
        leaving = st.multiselect(
            "Take out",
            list(names),
            format_func=names.__getitem__,
            key=f"basket-out-{len(chosen)}",
            placeholder="Take somebody out …",
            label_visibility="collapsed",
            select_all=False,
        )
        left, right = st.columns(2)
        if left.button("Take out", disabled=not leaving, width="stretch"):
            basket.remove(application.id, leaving)
            st.rerun()
        if right.button("Take out all", width="stretch"):
            basket.clear(application.id)
            st.rerun()
        st.text("\n".join(names.values()))
