"""The exemptions of the Exemptions and policies page: who is exempt, why and until when; lifting one."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import pandas as pd
import streamlit as st

from core.policies.exempting import ExemptionRefused, ListedExemption, lift
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.ui import downloads, guard, status, tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.exemption_form import add_dialog
from core.ui.saved import saved

_MOST_SHOWN: Final = 12
_PAST: Final = "exemptions-past"
_SEARCH: Final = "exemptions-search"
EXEMPTION_COLUMNS: Final = {
    "name": tables.text("Exempt", width=200),
    "kind": tables.text("Kind", width=92),
    "reason": tables.text("Reason", width=290),
    "until": tables.text("Last day", width=88),
    "author": tables.text("By", width=140),
    "since": tables.day("Since", width=86),
    "state": tables.text("State", width=190),
}


def exemptions_tab(application: ApplicationContext, actor: Actor, listed: Sequence[ListedExemption]) -> None:
    """All exemptions, those that hold first; lifting one, and making one."""
    today = now().date()
    may_exempt = actor.may(Role.OPERATOR)
    if not listed:
        status.empty_state(
            "Nobody is exempt",
            "An exemption leaves the licenses of a person, a department or a group alone, or a license type "
            "as a whole: with a reason, and for as long as you say.",
        )
        if may_exempt and st.button("Exempt somebody", type="primary", icon=":material/shield_person:"):
            add_dialog(application)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        text = st.text_input(
            "Search",
            placeholder="Name, reason or author",
            icon=":material/search:",
            key=_SEARCH,
            max_chars=200,
            label_visibility="collapsed",
            width=320,
        )
        past = st.toggle("Show past ones", key=_PAST)
        found = _filtered(listed, text or "", today, past=past)
        with st.container(horizontal=True, horizontal_alignment="right"):
            downloads.offer_frame(
                "Download",
                _exemptions_frame(found, today),
                EXEMPTION_COLUMNS,
                file_stem=f"exemptions-{application.key}-{today}",
                key="exemptions-file",
            )
            if may_exempt and st.button("Exempt somebody", type="primary", icon=":material/shield_person:"):
                add_dialog(application)
    if not found:
        st.caption("No exemption fits this search." if text else "No exemption is in force now.")
        return
    order = [name for name in EXEMPTION_COLUMNS if past or name != "state"]
    position = tables.choose_row(
        _exemptions_frame(found, today),
        EXEMPTION_COLUMNS,
        key=tables.ids_key("exemptions", [each.id for each in found]),
        alt="Exemptions, those in force first, the newest first",
        height=tables.height_of(len(found), most=_MOST_SHOWN),
        order=order,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if position is None:
            st.caption(
                f"{format_count(len(found), 'exemption')}. Choose one to read all of it, or to lift it."
            )
            return
        _chosen(application, found[position], today, may_lift=may_exempt)


def _chosen(application: ApplicationContext, listed: ListedExemption, today: date, *, may_lift: bool) -> None:
    with st.container(gap=None):
        st.text(listed.exemption.sentence)
        if listed.lifted_at is not None:
            st.caption(words.plain(f"Lifted {words.moment(listed.lifted_at)} by {listed.lifted_by}."))
    if may_lift and listed.holds(today):
        with st.container(horizontal=True, horizontal_alignment="right", width="content"):
            if st.button("Lift the exemption", icon=":material/remove_moderator:"):
                lift_dialog(application, listed)


@st.dialog("Lift the exemption?")
def lift_dialog(application: ApplicationContext, listed: ListedExemption) -> None:
    """Ask once more, then lift."""
    lift_form(application, listed)


def lift_form(application: ApplicationContext, listed: ListedExemption) -> None:
    """The content of the dialog."""
    exemption = listed.exemption
    st.markdown(f"**{words.plain(exemption.target_name)}** · {exemption.kind.label}")
    st.text(exemption.reason)
    st.caption(
        "From then on these licenses are offered again where they are unused. The exemption stays on record."
    )
    if st.button("Lift the exemption", type="primary", key="lift-now"):
        try:
            lift(runtime().engine, application.id, listed.id, actor=guard.current_actor(), now=now())
        except ExemptionRefused as refused:
            st.error(words.plain(f"{refused}."))
        else:
            saved(f"{exemption.target_name} is not exempt any more")


def _filtered(
    listed: Sequence[ListedExemption], text: str, today: date, *, past: bool
) -> list[ListedExemption]:
    wanted = text.strip().casefold()
    found = [
        each
        for each in listed
        if (past or each.holds(today))
        and wanted
        in f"{each.exemption.target_name}\n{each.exemption.reason}\n{each.exemption.author}".casefold()
    ]
    return sorted(found, key=lambda each: (not each.holds(today), -each.id))


def _exemptions_frame(listed: Sequence[ListedExemption], today: date) -> pd.DataFrame:
    exemptions = [each.exemption for each in listed]
    return pd.DataFrame(
        {
            "name": [each.target_name for each in exemptions],
            "kind": [each.kind.label for each in exemptions],
            "reason": [each.reason for each in exemptions],
            "until": [words.day(each.expires_on) for each in exemptions],
            "author": [each.author for each in exemptions],
            "since": [each.created_at.date() for each in exemptions],
            "state": [_state(each, today) for each in listed],
        }
    )


def _state(listed: ListedExemption, today: date) -> str:
    if listed.lifted_at is not None:
        return f"– Lifted {listed.lifted_at.date()} by {listed.lifted_by}"
    return "● In force" if listed.holds(today) else "– Over"
