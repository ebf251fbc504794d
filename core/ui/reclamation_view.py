"""The first step of the Reclamation page: choose among the opportunities."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st

from core.activity.evidence import Confidence
from core.activity.listing import Choices
from core.reclamation import listing
from core.reclamation.blocked import BLOCKER_WORDS, blocked_by
from core.reclamation.listing import OpportunityFilter, OpportunityRow
from core.reclamation.opportunities import Scenario
from core.spend.formatting import format_money
from core.store.engine import reading
from core.ui import basket, tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.filters import several

OFFERED: Final = (
    Scenario.HR_INACTIVE,
    Scenario.NEVER_ACTIVE,
    Scenario.DISABLED_ACCOUNT,
    Scenario.INACTIVE,
    Scenario.DUPLICATE,
    Scenario.NOT_IN_HR_ROSTER,
    Scenario.DOWNGRADE,
)
_ROWS_IN_VIEW: Final = 8
_MAKER: Final = "Microsoft "
_SUITES: Final = "Microsoft 365 "

COLUMNS: Final = {
    "name": tables.text("Name", width=112),
    "license_type": tables.text("License type", width=136),
    "scenario": tables.text("Scenario", width=120),
    "confidence": tables.text("Confidence", width=82),
    "cost": tables.amount("A year", width=92),
    "last_activity": tables.day("Last active", width=84),
    "department": tables.text("Department", width=150),
    "why": tables.text("Why", width=420),
    "blockers": tables.text("Why not", width=420),
}
"""As wide together, without the last three, as there is room beside the effect at 1280 pixels."""


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
    scenarios = tuple(labels[label] for label in chosen_scenarios)
    all_of_them = blocked or Scenario.DOWNGRADE in scenarios  # advice can't be reclaimed, and is asked for
    return OpportunityFilter(
        scenarios=scenarios,
        sku_ids=tuple(types[label] for label in chosen_types),
        confidences=tuple(confidences[word] for word in chosen_confidences),
        departments=tuple(chosen_departments),
        reclaimable=None if all_of_them else True,
        text=text or "",
    )


def _several(label: str, options: Sequence[str], none: str) -> list[str]:
    return several(label, options, key=f"offers-{label}", none=none, in_address=False)


def opportunities_table(
    application: ApplicationContext, rows: Sequence[OpportunityRow]
) -> OpportunityRow | None:
    """One page of opportunities; what is checked goes into the basket, by identity.

    Returns:
        The row to tell more about: the one whose cell was clicked, else the one that was chosen last.
    """
    shown = [(row.user_id, row.sku_id) for row in rows]
    frame = pd.DataFrame([_cells(row) for row in rows], columns=list(COLUMNS))
    order = [name for name in COLUMNS if name != "blockers"]
    if not all(row.reclaimable for row in rows):
        order.insert(order.index("last_activity") + 1, "blockers")
    in_basket = set(basket.seats(application.id))
    state = st.dataframe(
        frame,
        hide_index=True,
        column_config=COLUMNS,
        column_order=order,
        key=basket.key_of(shown),
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        selection_default={
            "selection": {"rows": [place for place, seat in enumerate(shown) if seat in in_basket]}
        },
        height=tables.height_of(len(rows), most=_ROWS_IN_VIEW),
        placeholder="—",
        alt="Opportunities, the strongest first",
    )
    chosen = [shown[place] for place in state["selection"]["rows"] if place < len(shown)]
    basket.choose(application.id, shown, chosen)
    clicked = [place for place, _ in state["selection"]["cells"] if place < len(rows)]
    by_seat = dict(zip(shown, rows, strict=True))
    latest = [by_seat[seat] for seat in basket.seats(application.id) if seat in by_seat]
    return rows[clicked[0]] if clicked else (latest[-1] if latest else None)


def details(row: OpportunityRow | None) -> None:
    """All that is known of one opportunity, which no table is wide enough for."""
    if row is None:
        st.caption("Check a box to choose a license. Click a name to read here why it could go.")
        return
    where = f" · {words.plain(row.department)}" if row.department else ""
    found = ", ".join(each.label for each in row.scenarios)
    sure = words.CONFIDENCE_WORDS[row.confidence]
    lines = [
        f"**{words.plain(row.display_name)}** :small[{words.plain(row.user_principal_name)}{where}]",
        f":small[{words.plain(row.license_type)} · {found} · {sure}]",
        *(f":small[{words.plain(each)}]" for each in _reasons(row)),
        *(f":small[:material/warning: {words.plain(each)}]" for each in row.cautions),
        *(f":small[:material/block: {words.plain(each)}]" for each in row.blockers),
    ]
    with st.container(border=True, key="opportunity-details"):
        st.markdown("  \n".join(lines))


def blocked_ones(application: ApplicationContext, chosen: OpportunityFilter) -> None:
    """How many of those that the filters mean are blocked, and by what, behind a click."""
    with reading(runtime().engine) as session:
        counts = blocked_by(session, application.id, chosen)
    if not counts:
        return
    with st.popover(f"{sum(counts.values()):,} blocked", type="tertiary", icon=":material/block:"):
        st.markdown("**Why they can't be reclaimed**")
        st.text("\n".join(f"{count:,} · {BLOCKER_WORDS[code]}" for code, count in counts.items()))
        st.caption("Show blocked ones to read who they are, each with its reason.")


def add_sure_ones(application: ApplicationContext, chosen: OpportunityFilter) -> None:
    """A button that adds all filtered opportunities of High confidence, on every page of the table."""
    sure = replace(chosen, confidences=(Confidence.HIGH,), reclaimable=True)
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
        "license_type": _short_type(row.license_type),
        "scenario": _scenarios(row),
        "confidence": words.CONFIDENCE_WORDS[row.confidence],
        "last_activity": row.last_activity.date() if row.last_activity else None,
        "cost": _yearly(row),
        "department": row.department,
        "why": " ".join([*_reasons(row), *row.cautions]),
        "blockers": " ".join(row.blockers),
    }


def _yearly(row: OpportunityRow) -> str | None:
    """What the license costs, or what another type would cost less where that is the advice."""
    if row.scenarios == (Scenario.DOWNGRADE,):
        less = format_money(row.saving) if row.saving else None
        return f"≈ {less}" if row.saving_estimated else less
    return " or ".join(format_money(each) for each in row.costs) or None


def _reasons(row: OpportunityRow) -> list[str]:
    return [*(["A request is under way."] if row.requested else []), *row.reasons]


def _short_type(product_name: str) -> str:
    """The name of a product without its maker's, but for the suites that are called by it."""
    short = product_name.removeprefix(_MAKER)
    return short if short and not product_name.startswith(_SUITES) else product_name


def _scenarios(row: OpportunityRow) -> str:
    """The strongest, and how many more match."""
    more = f" +{len(row.scenarios) - 1}" if len(row.scenarios) > 1 else ""
    return f"{row.scenarios[0].label}{more}"
