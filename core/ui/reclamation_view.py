"""The first steps of the Reclamation page: choose among the opportunities, see what it would do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st

from core.activity.evidence import Confidence
from core.activity.listing import Choices
from core.reclamation import listing
from core.reclamation.blocked import BLOCKER_WORDS, blocked_by
from core.reclamation.chosen import Seat
from core.reclamation.data_at_risk import AtRisk
from core.reclamation.effect import Effect, Excluded
from core.reclamation.listing import OpportunityFilter, OpportunityRow
from core.reclamation.opportunities import Scenario
from core.reclamation.worth import CurrencyEffect, TypeEffect
from core.spend.formatting import format_count, format_money
from core.store.engine import reading
from core.ui import basket, tables, words
from core.ui.context import ApplicationContext, now, runtime

OFFERED: Final = (
    Scenario.HR_INACTIVE,
    Scenario.NEVER_ACTIVE,
    Scenario.DISABLED_ACCOUNT,
    Scenario.INACTIVE,
    Scenario.DUPLICATE,
    Scenario.NOT_IN_HR_ROSTER,
    Scenario.DOWNGRADE,
)
_SHORT_SCENARIOS: Final = {
    Scenario.DISABLED_ACCOUNT: "disabled",
    Scenario.HR_INACTIVE: "HR inactive",
    Scenario.NOT_IN_HR_ROSTER: "not in HR roster",
}
_ROWS_IN_VIEW: Final = 11
_DATES_IN_VIEW: Final = 2
_MOST_NAMED: Final = 300
"""People that a list beside the table names; the browser would be slow with thousands."""
_CHOSEN_IN_VIEW: Final = 6
_CHOSEN_WIDTH: Final = 625
_LINES_IN_BOX: Final = 8
_BOX_HEIGHT: Final = 220

COLUMNS: Final = {
    "name": tables.text("Name", width=130),
    "license_type": tables.text("License type", width=125),
    "scenario": tables.text("Scenario", width=116),
    "confidence": tables.text("Confidence", width=84),
    "cost": tables.amount("A year", width=58),
    "last_activity": tables.day("Last active", width=86),
    "department": tables.text("Department", width=120),
    "why": tables.text("Why", width=420),
    "blockers": tables.text("Why not", width=420),
}

_CHOSEN_COLUMNS: Final = {
    "name": tables.text("Name", width=150),
    "license_type": tables.text("License type", width=190),
    "user_principal_name": tables.text("User principal name", width=240),
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
    if not all(row.reclaimable for row in rows):
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
    under_way = ["A request is under way."] if row.requested else []
    return {
        "name": row.display_name,
        "license_type": row.license_type,
        "scenario": _scenarios(row),
        "confidence": words.CONFIDENCE_WORDS[row.confidence],
        "last_activity": row.last_activity.date() if row.last_activity else None,
        "cost": _yearly(row),
        "department": row.department,
        "why": " ".join([*under_way, *row.reasons, *row.cautions]),
        "blockers": " ".join(row.blockers),
    }


def _yearly(row: OpportunityRow) -> str | None:
    """What the license costs, or what another type would cost less where that is the advice."""
    if row.scenarios == (Scenario.DOWNGRADE,):
        less = format_money(row.saving) if row.saving else None
        return f"≈ {less}" if row.saving_estimated else less
    return format_money(row.cost) if row.cost else None


def _scenarios(row: OpportunityRow) -> str:
    """All that match, the strongest first, short enough for the column."""
    if len(row.scenarios) == 1:
        return row.scenarios[0].label
    listed = ", ".join(_SHORT_SCENARIOS.get(each, each.label.lower()) for each in row.scenarios)
    return listed[0].upper() + listed[1:]


def show_effect(application: ApplicationContext, effect: Effect) -> None:
    """What would happen: seats, money, cautions, who is left out."""
    st.markdown(f"**{format_count(effect.seats, 'seat')}** would be freed")
    for each in effect.by_currency:
        _currency(each)
    if effect.unpriced_seats:
        st.caption(
            f"{format_count(effect.unpriced_seats, 'seat')} without a price, or priced in several currencies"
        )
    if any(each.paid_until for each in effect.by_type):
        _paid_until(effect.by_type)
    _at_risk(effect.at_risk)
    for caution in effect.cautions:
        st.markdown(f":material/warning: **{caution.seats:,}** · {words.plain(caution.text)}")
    if effect.excluded:
        reasons = ", ".join(
            f"{count:,} {why.label.lower()}" for why, count in effect.excluded_by_reason.items()
        )
        with st.expander(f"{format_count(len(effect.excluded), 'seat')} left out: {words.plain(reasons)}"):
            _lines(
                [f"{each.user_principal_name} · {each.license_type}: {each.text}" for each in effect.excluded]
            )
    _show_basket(application, effect.excluded)


def _currency(each: CurrencyEffect) -> None:
    rest = f"{format_money(each.monthly, 'month')} · {format_count(each.seats, 'seat')}"
    st.markdown(f"**{words.plain(format_money(each.annual, 'year'))}** :small[{words.plain(rest)}]")


def _paid_until(types: Sequence[TypeEffect]) -> None:
    """Until when the freed seats cost all the same, which is why none of this is called saved."""
    dated = sorted((each for each in types if each.paid_until), key=lambda each: str(each.paid_until))
    lines = [f"{each.paid_until} · {each.seats:,} × {each.license_type}" for each in dated]
    shown = "  \n".join(f":small[{words.plain(line)}]" for line in lines)
    if len(lines) <= _DATES_IN_VIEW:
        st.markdown(f":small[Freed, and still paid until]  \n{shown}")
        return
    with st.expander(f"Freed, and still paid until {dated[0].paid_until} or later"):
        st.markdown(shown)


def _at_risk(found: Sequence[AtRisk]) -> None:
    """What the removal destroys and when, behind a click: the days are what a person decides by."""
    if not found:
        return
    kinds = ", ".join(each.loss.consequence.label for each in found)
    with st.expander(f"What removal destroys: {kinds}", icon=":material/warning:"):
        st.markdown("  \n".join(f":small[{words.plain(line)}]" for line in at_risk_lines(found)))


def at_risk_lines(found: Sequence[AtRisk]) -> list[str]:
    """A sentence for each kind of data that goes, with how many people it concerns."""
    return [f"{each.people:,} × {each.loss.text}" for each in found]


def _lines(lines: Sequence[str]) -> None:
    """Some lines as they are; many in a box of their own height."""
    more = len(lines) - _MOST_NAMED
    shown = [*lines[:_MOST_NAMED], f"and {more:,} more"] if more > 0 else lines
    with st.container(height=_BOX_HEIGHT if len(shown) > _LINES_IN_BOX else "content", border=False):
        st.text("\n".join(shown))


def _show_basket(application: ApplicationContext, excluded: Sequence[Excluded]) -> None:
    """Who is chosen, to take some of them out: by what the table's key says of its rows, never by a name."""
    chosen = basket.seats(application.id)
    with st.popover("Who is chosen", icon=":material/group:", width="stretch", key="who-is-chosen"):
        latest = chosen[-_MOST_NAMED:]
        with reading(runtime().engine) as session:
            rows = listing.rows_of(session, application.id, latest, on=now().date())
        shown = _chosen_people(latest, rows, excluded)
        above = st.container(horizontal=True)
        state = st.dataframe(
            pd.DataFrame(list(shown.values()), columns=list(_CHOSEN_COLUMNS)),
            hide_index=True,
            column_config=_CHOSEN_COLUMNS,
            key=tables.ids_key("chosen", (f"{user_id} {sku_id}" for user_id, sku_id in shown)),
            on_select="rerun",
            selection_mode="multi-row",
            width=_CHOSEN_WIDTH,
            height=tables.height_of(len(shown), most=_CHOSEN_IN_VIEW),
            alt="Who is chosen, to take some of them out",
        )
        seats = list(shown)
        leaving = [seats[place] for place in state["selection"]["rows"] if place < len(seats)]
        label = f"Take out {len(leaving):,}" if leaving else "Take out"
        if above.button(label, key="basket-out", disabled=not leaving):
            basket.remove(application.id, leaving)
            st.rerun()
        if above.button("Take out all"):
            basket.clear(application.id)
            st.rerun()
        if len(chosen) > _MOST_NAMED:
            st.caption(f"The latest {_MOST_NAMED} of {len(chosen):,}.")


def _chosen_people(
    latest: Sequence[Seat], rows: Sequence[OpportunityRow], excluded: Sequence[Excluded]
) -> dict[Seat, tuple[str, str, str]]:
    """Name, license type and address of each of these seats, also of those that are left out."""
    wanted = set(latest)
    found = {
        (row.user_id, row.sku_id): (row.display_name, row.license_type, row.user_principal_name)
        for row in rows
    }
    for each in excluded:
        if (each.user_id, each.sku_id) in wanted:
            address = each.user_principal_name
            found.setdefault((each.user_id, each.sku_id), (address, each.license_type, address))
    return found
