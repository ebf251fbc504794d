"""Exempting somebody from reclamation: who or what, why, for how long."""

from datetime import date
from typing import Final

import streamlit as st

from core.policies.exempting import (
    LONGEST_REASON,
    OFFERED,
    ExemptionRefused,
    Target,
    exempt,
    search_targets,
)
from core.policies.exemptions import ExemptionKind
from core.store.engine import reading
from core.ui import guard, tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.saved import saved

_GROUPS_NOTE: Final = (
    "Only groups that give licenses are known here, and of their members those who hold a license through "
    "them. For any other group, exempt its people or their department."
)
_SEARCHED: Final = {
    ExemptionKind.PERSON: "Name or address",
    ExemptionKind.GROUP: "Name of the group",
    ExemptionKind.DEPARTMENT: "Name of the department",
    ExemptionKind.LICENSE_TYPE: "Name of the license type",
}


@st.dialog("Exempt from reclamation", width="medium")
def add_dialog(application: ApplicationContext, person: Target | None = None) -> None:
    """Choose who or what, say why and for how long. `person`: who it is about, where that is known."""
    add_form(application, person)


def add_form(application: ApplicationContext, person: Target | None = None) -> None:
    """The content of the dialog."""
    kind, target = (ExemptionKind.PERSON, person) if person else _chosen(application)
    if person is not None:
        st.text(_named(person))
    reason = st.text_area(
        "Reason",
        key="exempt-reason",
        max_chars=LONGEST_REASON,
        height=68,
        placeholder="For those who wonder later",
    )
    today = now().date()
    day, forever = st.columns([1, 1.4], vertical_alignment="bottom")
    with forever:
        open_end = st.checkbox("Until it is lifted", key="exempt-open")
    with day:
        expires_on = st.date_input(
            "Last day",
            _in_a_year(today),
            min_value=today,
            format="YYYY-MM-DD",
            key="exempt-until",
            disabled=open_end,
        )
    if st.button("Exempt", type="primary", disabled=target is None):
        try:
            exempt(
                runtime().engine,
                application.id,
                kind=kind,
                target=target.id if target else "",
                reason=reason or "",
                expires_on=None if open_end else expires_on,
                actor=guard.current_actor(),
                now=now(),
            )
        except ExemptionRefused as refused:
            sentence = str(refused)
            st.error(words.plain(f"{sentence[0].upper()}{sentence[1:]}."))
        else:
            saved(f"{target.name if target else ''} is exempt")


def _chosen(application: ApplicationContext) -> tuple[ExemptionKind, Target | None]:
    kind = st.segmented_control(
        "What is exempt",
        list(ExemptionKind),
        format_func=lambda each: each.label,
        default=ExemptionKind.PERSON,
        required=True,
        key="exempt-kind",
        label_visibility="collapsed",
    )
    return kind, _target(application, kind)


def _target(application: ApplicationContext, kind: ExemptionKind) -> Target | None:
    text = st.text_input(
        "Search",
        placeholder=_SEARCHED[kind],
        icon=":material/search:",
        key=f"exempt-search-{kind}",
        max_chars=200,
        label_visibility="collapsed",
    )
    with reading(runtime().engine) as session:
        found = search_targets(session, application.id, kind, text or "")
    by_id = {each.id: each for each in found}
    chosen = st.selectbox(
        kind.label,
        list(by_id),
        index=None,
        format_func=lambda key: _named(by_id[key]),
        key=tables.ids_key(f"exempt-{kind}", by_id),
        placeholder=f"Choose one of {len(found):,}" if found else "Nothing has this in its name",
        disabled=not found,
    )
    if kind is ExemptionKind.GROUP:
        st.caption(_GROUPS_NOTE)
    if len(found) == OFFERED:
        st.caption(f"The first {OFFERED} by name; search for others.")
    return by_id.get(chosen) if chosen is not None else None


def _named(target: Target) -> str:
    return f"{target.name} · {target.detail}" if target.detail else target.name


def _in_a_year(today: date) -> date:
    try:
        return today.replace(year=today.year + 1)
    except ValueError:  # a leap day
        return today.replace(year=today.year + 1, day=28)
