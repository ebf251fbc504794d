"""The dialog that takes one person out of one group, so that an inherited license goes."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.graph import GraphError
from core.graph.permissions import why_groups_stay
from core.reclamation.inherited import InheritedSeat
from core.reclamation.leaving_requests import leave_group, limits_above
from core.reclamation.limits import LimitRefused
from core.reclamation.protecting import OwedName, owed_names
from core.reclamation.requests import RunRefused
from core.rights import Role
from core.spend.formatting import format_count
from core.store.engine import reading
from core.ui import basket, guard, name_form, policy_notes, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.reclamation_run import limit_line
from core.ui.saved import saved


@dataclass(frozen=True, kw_only=True)
class _Typed:
    """What was typed: the group's name, names of protected accounts, the number above the limits, a note."""

    group: str | None
    names: Sequence[str]
    count: int | None
    note: str


def offer_leaving(application: ApplicationContext, found: Sequence[InheritedSeat]) -> None:
    """The button that opens the dialog, where somebody could be taken out of a group, or why it is off."""
    possible = [row for row in found if row.advice.obstacle is None and row.frees_seat]
    if not possible or not guard.current_actor().may(Role.OPERATOR):
        return
    off = None
    if not application.allow_reclaim:
        off = "Reclaiming is switched off for this application (allow_reclaim)."
    elif policy_notes.paused(application):
        off = "Reclamation is paused: an administrator can resume it."
    if st.button(
        "Remove from a group …",
        icon=":material/group_remove:",
        disabled=off is not None,
        help=off,
        key="leaving-open",
        width="stretch",
    ):
        st.dialog("Remove a person from a group")(ask)(application, possible)


def ask(application: ApplicationContext, possible: Sequence[InheritedSeat]) -> None:
    """The dialog: whom, what they lose, the name of the group where several types go, and the button."""
    why = _why_off(application)
    if why is not None:
        st.markdown(f":material/block: {words.plain(why)}")
        return
    # By the number in the label a choice is unmistakable, also where people or groups share their names.
    labels = {
        f"{number}. {each.display_name} · {each.group.name} · {each.license_type}": each
        for number, each in enumerate(possible, start=1)
    }
    row = labels[st.selectbox("Person and group", list(labels), key="leaving-whom")]
    lost = [row.license_type, *row.loses]
    who = f"**{words.plain(row.display_name)}** ({words.plain(row.user_principal_name)})"
    st.markdown(f"{who} leaves the group **{words.plain(row.group.name)}** ({row.group.kind}) and loses:")
    st.text("\n".join([*lost, "every other right that the group gives, such as files, apps and teams"]))
    st.caption(
        "Person and group are read again just before. Microsoft takes the licenses away in its own time, "
        "which can be hours. There is no restore: to undo it, add the person to the group again."
    )
    typed = None
    if len(lost) > 1:
        typed = st.text_input(
            f"{format_count(len(lost), 'license type')} go: type the name of the group", key="leaving-typed"
        )
    owed = _owed_names(application, row)
    names = name_form.ask_names(owed, key="leaving-name")
    count, within = _ask_count(application, row)
    note = st.text_input("Note", key="leaving-note", placeholder="Why, for the history", max_chars=500)
    unconfirmed = len(lost) > 1 and (typed or "").strip() != row.group.name
    unconfirmed = unconfirmed or not within or not name_form.all_typed(owed, names)
    if not guard.require_recent_sign_in():
        return
    if st.button("Remove from the group", type="primary", key="leaving-do", disabled=unconfirmed):
        _start(application, row, _Typed(group=typed, names=names, count=count, note=note))


def _ask_count(application: ApplicationContext, row: InheritedSeat) -> tuple[int | None, bool]:
    """The number that is to be typed above the limits, and whether nothing is in the way of one more."""
    with reading(runtime().engine) as session:
        above = limits_above(session, application.id, row.sku_id, now())
    if not above:
        return None, True
    st.caption(f":material/warning: {words.plain(limit_line(above[0], {row.sku_id: row.license_type}))}")
    count = st.number_input(
        "Type 1 to go above the limit", min_value=0, value=None, step=1, key="leaving-count"
    )
    return count, count == 1


def _owed_names(application: ApplicationContext, row: InheritedSeat) -> Sequence[OwedName]:
    with reading(runtime().engine) as session:
        return owed_names(session, application.id, [row.user_id])


def _why_off(application: ApplicationContext) -> str | None:
    try:
        return why_groups_stay(runtime().client(application.key).sign_in())
    except GraphError as error:
        return error.message


def _start(application: ApplicationContext, row: InheritedSeat, typed: _Typed) -> None:
    try:
        leave_group(
            runtime().engine,
            application.id,
            (row.user_id, row.sku_id),
            row.group.group_id,
            confirmed_types=frozenset(row.lost_types),
            typed_name=typed.group,
            note=typed.note,
            actor=guard.current_actor(),
            allow_reclaim=application.allow_reclaim,
            roles=runtime().client(application.key).sign_in(),
            now=now(),
            confirm_names=typed.names,
            confirm_count=typed.count,
        )
    except (RunRefused, LimitRefused) as refused:
        st.error(words.plain(str(refused)))
        return
    except GraphError as error:
        st.error(words.plain(error.message))
        return
    basket.remove(application.id, [(row.user_id, row.sku_id)])
    saved(f"{row.display_name} is being removed from the group {row.group.name}.")
