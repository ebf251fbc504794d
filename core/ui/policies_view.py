"""The policies of the Exemptions and policies page: form, thresholds of license types, pause, changes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.activity.evidence import THRESHOLDS
from core.policies.policies import (
    LONGEST_REASON,
    PAUSED,
    Change,
    PolicyRefused,
    change_policies,
    pause,
    resume,
)
from core.policies.reclaiming import RECORDED
from core.policies.settings import SPECS, Policies, Setting
from core.reclamation.scheduled_plan import FIELDS
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.spend.license_types import LicenseTypeUse
from core.ui import downloads, guard, tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.saved import saved
from core.ui.scheduled_words import value_words

_CARDS: Final[Mapping[str, Sequence[Setting]]] = {
    "Activity and renewals": (Setting.THRESHOLD_DAYS, Setting.YOUNG_DAYS, Setting.RESERVE_PERCENT),
    "Limits of a run": (Setting.LIMIT_REQUESTS, Setting.LIMIT_PERCENT, Setting.LIMIT_SMALLEST),
    "Before and after": (Setting.APPROVAL_ABOVE, Setting.WAITING_DAYS, Setting.COOLDOWN_DAYS),
}
_AS_THE_APPLICATION: Final = 0
"""Among the thresholds to choose for a license type."""
_MOST_SHOWN: Final = 10

THRESHOLD_COLUMNS: Final = {
    "name": tables.text("License type", width=225),
    "part_number": tables.text("Part number", width=125),
    "threshold": tables.text("Judged against", width=105),
    "own": tables.text("Set by", width=105),
}
CHANGE_COLUMNS: Final = {
    "at": tables.text("When", width=160),
    "by": tables.text("By", width=170),
    "policy": tables.text("Policy", width=310),
    "before": tables.text("From", width=180),
    "after": tables.text("To", width=180),
}


def pause_switch(application: ApplicationContext, actor: Actor, policies: Policies) -> None:
    """Pause reclamation, or let it go on; for administrators."""
    if not actor.may(Role.ADMINISTRATOR):
        return
    if policies.pause is None:
        if st.button("Pause reclamation", icon=":material/pause_circle:"):
            pause_dialog(application)
    elif st.button("Resume reclamation", type="primary", icon=":material/play_circle:"):
        try:
            resume(runtime().engine, application.id, actor=actor, now=now())
        except PolicyRefused as refused:
            st.error(words.plain(str(refused)))
        else:
            saved("Reclamation goes on")


@st.dialog("Pause reclamation")
def pause_dialog(application: ApplicationContext) -> None:
    """Ask why, then pause."""
    pause_form(application)


def pause_form(application: ApplicationContext) -> None:
    """The content of the dialog."""
    st.markdown(
        "No removal begins until somebody resumes: not what is queued, and no new run. What was removed "
        "already is still verified, and restores and dry runs work."
    )
    reason = st.text_input("Reason", key="pause-reason", max_chars=LONGEST_REASON)
    if st.button("Pause reclamation", type="primary", key="pause-now"):
        try:
            pause(runtime().engine, application.id, reason or "", actor=guard.current_actor(), now=now())
        except PolicyRefused as refused:
            st.error(words.plain(str(refused)))
        else:
            saved("Reclamation is paused")


def policies_form(application: ApplicationContext, actor: Actor, policies: Policies) -> None:
    """The current values with what each does; saved together, each change on record."""
    may_change = actor.may(Role.ADMINISTRATOR)
    entered: dict[Setting, int] = {}
    slots: dict[str, Any] = {}
    with st.form("policies", border=False, enter_to_submit=False):
        for column, (title, settings) in zip(st.columns(len(_CARDS)), _CARDS.items(), strict=True):
            with column, st.container(border=True, height="stretch"):
                st.markdown(f"**{title}**")
                for setting in settings:
                    entered[setting] = _field(setting, policies[setting], disabled=not may_change)
                    slots[setting.value] = st.empty()
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.caption(words.plain(_last_change(policies)), width="content")
            submitted = st.form_submit_button("Save the policies", type="primary", disabled=not may_change)
    if not may_change:
        st.caption("Changing policies needs the role administrator.")
    if not submitted:
        return
    # Only what was changed here: another administrator's change of another policy stays.
    changed = {setting: value for setting, value in entered.items() if value != policies[setting]}
    try:
        count = change_policies(runtime().engine, application.id, values=changed, actor=actor, now=now())
    except PolicyRefused as refused:
        for name, problem in refused.problems.items():
            slots[name].markdown(f":red[{words.plain(problem)}]")
    else:
        saved(f"Saved: {format_count(count, 'change')}" if count else "Nothing was changed")


def _field(setting: Setting, value: int, *, disabled: bool) -> int:
    spec = SPECS[setting]
    label = spec.label if spec.unit == "requests" else f"{spec.label}, {spec.unit}"
    key = f"policy-{setting}-{value}"  # another value is another field: it begins with what is in force
    if setting is Setting.THRESHOLD_DAYS:
        chosen: int = st.selectbox(
            label, THRESHOLDS, index=THRESHOLDS.index(value), key=key, disabled=disabled
        )
    else:
        chosen = st.number_input(label, value=value, step=1, key=key, disabled=disabled)
    st.caption(f"{spec.note} Default: {spec.amount(spec.default)}.")
    return chosen


def _last_change(policies: Policies) -> str:
    if policies.changed_at is None:
        return "Everything is as it came."
    return f"Last changed {words.moment(policies.changed_at)} by {policies.changed_by}."


def thresholds_table(
    application: ApplicationContext, actor: Actor, policies: Policies, types: Sequence[LicenseTypeUse]
) -> None:
    """The days against which each license type is judged, and giving one a threshold of its own.

    Args:
        application: the one that is shown.
        actor: who looks.
        policies: those in force.
        types: those that people can hold, in the order to show.
    """
    general = policies[Setting.THRESHOLD_DAYS]
    frame = pd.DataFrame(
        {
            "name": [each.name for each in types],
            "part_number": [each.use.part_number for each in types],
            "threshold": [f"{policies.threshold_of(each.use.sku_id)} days" for each in types],
            "own": [
                "● Its own" if each.use.sku_id in policies.thresholds else "The application" for each in types
            ],
        }
    )
    may_change = actor.may(Role.ADMINISTRATOR)
    left, right = st.columns([1.7, 1], gap="medium")
    with left:
        position = tables.choose_row(
            frame,
            THRESHOLD_COLUMNS,
            key=tables.ids_key("thresholds", [each.use.sku_id for each in types]),
            alt="License types and the days against which their activity is judged",
            height=tables.height_of(len(frame), most=_MOST_SHOWN),
        )
    with right, st.container(border=True):
        if position is None:
            st.caption(
                f"A license type without a threshold of its own is judged against {general} days. "
                + ("Choose one in the table to give it its own." if may_change else "")
            )
            return
        sku_id, name = types[position].use.sku_id, types[position].name
        st.markdown(f"**{words.plain(name)}**")
        days = st.selectbox(
            "Threshold",
            (_AS_THE_APPLICATION, *THRESHOLDS),
            index=(_AS_THE_APPLICATION, *THRESHOLDS).index(policies.thresholds.get(sku_id, 0)),
            format_func=lambda each: f"{each} days" if each else f"As the application: {general} days",
            key=f"threshold-{sku_id}-{policies.thresholds.get(sku_id)}",
            disabled=not may_change,
        )
        if st.button("Set the threshold", disabled=not may_change):
            _set_threshold(application, actor, sku_id, name, days or None)


def _set_threshold(
    application: ApplicationContext, actor: Actor, sku_id: str, name: str, days: int | None
) -> None:
    try:
        count = change_policies(
            runtime().engine, application.id, values={}, thresholds={sku_id: days}, actor=actor, now=now()
        )
    except PolicyRefused as refused:
        st.error(words.plain(str(refused)))
    else:
        against = "as the application" if days is None else f"against {days} days"
        saved(f"{name} is judged {against}" if count else "Nothing was changed")


def changes_table(
    application: ApplicationContext, changes: Sequence[Change], types: Sequence[LicenseTypeUse]
) -> None:
    """All changes of policies, the latest first. `types`: to name those that a change names by their id."""
    if not changes:
        return
    frame = changes_frame(changes, {each.use.sku_id: each.product_name for each in types})
    with st.expander(f"{format_count(len(changes), 'change')} on record", icon=":material/history:"):
        tables.show_table(
            frame,
            CHANGE_COLUMNS,
            key="policy-changes",
            alt="Changes of policies, the latest first",
            height=tables.height_of(len(frame), most=_MOST_SHOWN),
        )
        downloads.offer_frame(
            "Download",
            frame,
            CHANGE_COLUMNS,
            file_stem=f"policy-changes-{application.key}-{now().date()}",
            key="policy-changes-file",
        )


def changes_frame(changes: Sequence[Change], names: Mapping[str, str]) -> pd.DataFrame:
    """Changes as people read them. `names`: of license types, by SKU id."""
    return pd.DataFrame(
        {
            "at": [words.moment(each.at) for each in changes],
            "by": [each.by for each in changes],
            "policy": [_policy(each) for each in changes],
            "before": [_value(each, each.before, names) for each in changes],
            "after": [_value(each, each.after, names) for each in changes],
        }
    )


def _policy(change: Change) -> str:
    if change.setting == PAUSED:
        return "Pause"
    if change.setting.startswith(RECORDED):
        return FIELDS[change.setting.removeprefix(RECORDED)]
    label = SPECS[Setting(change.setting)].label
    return label if change.license_type is None else f"{label} of {change.license_type}"


def _value(change: Change, value: str | None, names: Mapping[str, str]) -> str:
    if change.setting == PAUSED:
        return "Not paused" if value is None else f"Paused: {value}"
    if value is None:
        return "As the application"
    if change.setting.startswith(RECORDED):
        return value_words(change.setting.removeprefix(RECORDED), value, names)
    return SPECS[Setting(change.setting)].amount(int(value))
