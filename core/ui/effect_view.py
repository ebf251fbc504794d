"""The second step of the Reclamation page: what reclaiming the chosen seats would do, and who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pandas as pd
import streamlit as st
from sqlmodel import func, select

from core.reclamation import listing
from core.reclamation.chosen import Seat
from core.reclamation.data_at_risk import AtRisk
from core.reclamation.effect import Effect, Excluded, effect
from core.reclamation.listing import OpportunityRow
from core.reclamation.worth import CurrencyEffect, TypeEffect
from core.spend.formatting import format_count, format_money
from core.store.engine import reading
from core.store.tables import ReclamationRun, TaskRun
from core.ui import basket, tables, words
from core.ui.context import ApplicationContext, now, runtime

_DATES_IN_VIEW: Final = 2
_MOST_NAMED: Final = 300
"""People that a list beside the table names; the browser would be slow with thousands."""
_CHOSEN_IN_VIEW: Final = 6
_CHOSEN_WIDTH: Final = 625
_LINES_IN_BOX: Final = 8
_BOX_HEIGHT: Final = 220
_EFFECT: Final = "reclamation-effect"
_WORTH_KEEPING: Final = 500
_KEPT_FOR: Final = timedelta(seconds=20)
_CHOSEN_COLUMNS: Final = {
    "name": tables.text("Name", width=150),
    "license_type": tables.text("License type", width=190),
    "user_principal_name": tables.text("User principal name", width=240),
}


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """An effect, of what and as of when."""

    stamp: str
    at: datetime
    effect: Effect


def effect_of(application: ApplicationContext, seats: Sequence[Seat]) -> Effect:
    """What would happen to these seats: of very many it takes a while, so that it is kept for some seconds.

    It is found anew for another choice, and as soon as a run was asked for or a task has ended.
    """
    with reading(runtime().engine) as session:
        if len(seats) < _WORTH_KEEPING:
            return effect(session, application.id, seats, manual=False, now=now())
        asked = session.exec(select(func.max(ReclamationRun.id))).one()
        ended = session.exec(select(func.max(TaskRun.ended_at))).one()
        stamp = tables.ids_key(f"{application.id}-{asked}-{ended}", seats)
        kept: _Kept | None = st.session_state.get(_EFFECT)
        if kept is None or kept.stamp != stamp or now() - kept.at > _KEPT_FOR:
            found = effect(session, application.id, seats, manual=False, now=now())
            kept = st.session_state[_EFFECT] = _Kept(stamp=stamp, at=now(), effect=found)
    return kept.effect


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
