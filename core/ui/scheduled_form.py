"""The fields of scheduled runs on the Exemptions and policies page, and saving them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from core.policies.policies import PolicyRefused
from core.policies.reclaiming import change_plan
from core.reclamation.modes import RunMode
from core.reclamation.scheduled_plan import (
    ALLOWED,
    AT_MOST,
    FIELDS,
    FRESH_HOURS,
    HOURS,
    WEEKDAYS,
    ReclaimPlan,
)
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.spend.license_types import LicenseTypeUse
from core.ui import words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.reclamation_run import MODES
from core.ui.saved import saved
from core.ui.scheduled_words import day_words

_MODES: Final = (RunMode.NOTIFY, RunMode.IMMEDIATE, RunMode.DRY_RUN)
_DAYS: Final = (None, *WEEKDAYS)


def plan_form(
    application: ApplicationContext, actor: Actor, plan: ReclaimPlan, types: Sequence[LicenseTypeUse]
) -> ReclaimPlan:
    """The fields, for administrators, and the button that saves them; the plan as it stands in them."""
    fixed = not actor.may(Role.ADMINISTRATOR)
    version = plan.changed_at.isoformat() if plan.changed_at else "new"  # another plan, other fields
    names = {each.use.sku_id: each.product_name for each in types}

    def key(field: str) -> str:
        return f"scheduled-{field}-{version}"

    enabled = st.toggle("Reclaim by itself", plan.enabled, key=key("enabled"), disabled=fixed)
    st.caption(
        "High confidence only. Whoever is exempt, on cooldown, blocked, or carries a caution that a person "
        "has to weigh is left alone, and the limits of a day are never exceeded."
    )
    mode_column, day_column, hour_column = st.columns([1.5, 1, 0.8])
    with mode_column:
        mode = st.selectbox(
            "Mode",
            _MODES,
            index=_MODES.index(plan.mode),
            format_func=MODES.__getitem__,
            key=key("mode"),
            disabled=fixed,
        )
    with day_column:
        weekday = st.selectbox(
            "Day",
            _DAYS,
            index=_DAYS.index(plan.weekday),
            format_func=day_words,
            key=key("weekday"),
            disabled=fixed,
        )
    with hour_column:
        hour = st.selectbox(
            "At, in UTC",
            list(HOURS),
            index=plan.hour,
            format_func=lambda each: f"{each:02}:00",
            key=key("hour"),
            disabled=fixed,
        )
    scenarios = st.multiselect(
        "Scenarios",
        ALLOWED,
        default=list(plan.scenarios),
        format_func=lambda each: each.label,
        key=key("scenarios"),
        disabled=fixed,
        help="The strongest scenario of an opportunity must be among them.",
    )
    only, never = st.columns(2)
    with only:
        included = _types(
            "Only these license types", names, plan.included, "All", key("included"), fixed=fixed
        )
    with never:
        excluded = _types("Never these", names, plan.excluded, "None", key("excluded"), fixed=fixed)
    most, age, button = st.columns([1, 1, 0.9], vertical_alignment="bottom")
    with most:
        at_most = st.number_input(
            "Requests of a run",
            value=plan.at_most,
            step=1,
            key=key("at_most"),
            disabled=fixed,
            help=f"From {AT_MOST[0]} to {AT_MOST[-1]}; what is left over is for the next run.",
        )
    with age:
        fresh_hours = st.number_input(
            "Oldest sync, in hours",
            value=plan.fresh_hours,
            step=1,
            key=key("fresh_hours"),
            disabled=fixed,
            help=f"From {FRESH_HOURS[0]} to {FRESH_HOURS[-1]}. On older data no run is started.",
        )
    entered = replace(
        plan,
        enabled=enabled,
        mode=mode,
        weekday=weekday,
        hour=hour,
        scenarios=tuple(each for each in ALLOWED if each in scenarios),
        included=tuple(sorted(included)),
        excluded=tuple(sorted(excluded)),
        at_most=int(at_most),
        fresh_hours=int(fresh_hours),
    )
    with button:
        save = st.button(
            "Save the schedule", type="primary", disabled=fixed, width="stretch", key="scheduled-save"
        )
    _said(plan, fixed=fixed)
    if save:
        _save(application, actor, entered)
    return entered


def _types(
    label: str, names: Mapping[str, str], chosen: Sequence[str], none: str, key: str, *, fixed: bool
) -> list[str]:
    options = list(dict.fromkeys([*names, *chosen]))
    return st.multiselect(
        label,
        options,
        default=list(chosen),
        format_func=lambda sku_id: names.get(sku_id, sku_id),
        placeholder=none,
        key=key,
        disabled=fixed,
    )


def _said(plan: ReclaimPlan, *, fixed: bool) -> None:
    if plan.changed_at is not None and plan.changed_by is not None:
        st.caption(words.plain(f"Set up {words.moment(plan.changed_at)} by {plan.changed_by}."))
    if fixed:
        st.caption("Setting up scheduled runs needs the role administrator.")


def _save(application: ApplicationContext, actor: Actor, entered: ReclaimPlan) -> None:
    values = {name: getattr(entered, name) for name in FIELDS}
    try:
        count = change_plan(runtime().engine, application.id, actor=actor, now=now(), **values)
    except PolicyRefused as refused:
        st.error(words.plain(str(refused)))
    else:
        saved(f"Saved: {format_count(count, 'change')}" if count else "Nothing was changed")
