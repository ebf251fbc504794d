"""The last step of the Reclamation page: mode, limits, confirmation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.reclamation.chosen import Seat
from core.reclamation.effect import Effect
from core.reclamation.limits import Exceeded, LimitRefused
from core.reclamation.requests import NotifyTerms, RunMode, RunRefused, start_run
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.ui import approval_view, basket, guard, name_form, notify_form, policy_notes, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.effect_view import at_risk_lines

MODES: Final = {
    RunMode.IMMEDIATE: "Reclaim immediately",
    RunMode.NOTIFY: "Notify the user first",
    RunMode.DRY_RUN: "Dry run",
}


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is about to be done, as the form says it. `typed`: the number above the limits."""

    requests: Sequence[Seat]
    mode: RunMode
    note: str
    typed: int | None
    names: Sequence[str]
    terms: NotifyTerms | None


def do_it(application: ApplicationContext, actor: Actor, effect: Effect) -> None:
    """Mode, note, number and names to type, and the button; where it can't be clicked, why."""
    mode = st.radio(
        "Mode",
        list(MODES),
        format_func=MODES.__getitem__,
        index=list(MODES).index(RunMode.IMMEDIATE if application.allow_reclaim else RunMode.DRY_RUN),
        key="run-mode",
        label_visibility="collapsed",
    )
    terms = notify_form.terms(application, effect.requests) if mode is RunMode.NOTIFY else None
    note = st.text_input("Note", key="run-note", placeholder="Why, for the history (optional)", max_chars=500)
    count = len(effect.requests)
    above = effect.exceeded if mode is not RunMode.DRY_RUN and application.allow_reclaim else ()
    typed: int | None = None
    if above:
        _limits(above, effect)
        typed = st.number_input(
            f"Type {count} to go above the limit", min_value=0, value=None, step=1, key="run-typed"
        )
    names = _names(application, effect, dry_run=mode is RunMode.DRY_RUN)
    licenses = format_count(count, "license")
    label = {
        RunMode.IMMEDIATE: f"Reclaim {licenses}",
        RunMode.NOTIFY: f"Notify about {licenses}",
        RunMode.DRY_RUN: f"Dry run for {licenses}",
    }[mode]
    approval_view.approval_note(application, count, dry_run=mode is RunMode.DRY_RUN)
    decision = Decision(requests=effect.requests, mode=mode, note=note, typed=typed, names=names, terms=terms)
    hindrance = _hindrance(application, actor, decision)
    named = mode is RunMode.DRY_RUN or name_form.all_typed(effect.owed_names, names)
    unconfirmed = (bool(above) and typed != count) or not named
    if st.button(label, type="primary", disabled=bool(hindrance) or unconfirmed, width="stretch"):
        title = "Dry run" if mode is RunMode.DRY_RUN else f"{label}?"
        st.dialog(title)(_confirm)(application, effect, decision)
    if hindrance:
        st.caption(words.plain(hindrance))


def _names(application: ApplicationContext, effect: Effect, *, dry_run: bool) -> list[str]:
    """The names that were typed of administrators and of accounts that are no person's own."""
    owed = effect.owed_names
    names = name_form.ask_names(owed, key="run-names", optional=dry_run)
    if owed and st.button("Leave them out", icon=":material/person_remove:", type="tertiary"):
        left = {each.user_id for each in owed}
        basket.remove(application.id, [seat for seat in effect.requests if seat[0] in left])
        st.rerun()
    return names


def _hindrance(application: ApplicationContext, actor: Actor, decision: Decision) -> str | None:
    """Why nobody can start it now, and what to do; nothing where somebody can."""
    dry_run = decision.mode is RunMode.DRY_RUN
    if not actor.may(Role.OPERATOR):
        return f"Reclaiming and dry runs need the role operator; yours is {actor.role}."
    if not decision.requests:
        return "Nothing that is chosen can be reclaimed: see who is left out, and why."
    if not dry_run and not application.allow_reclaim:
        return (
            "Reclaiming is switched off for this application. A dry run works; to reclaim, set "
            "allow_reclaim = true in its configuration."
        )
    if not dry_run and policy_notes.paused(application):
        return "Reclamation is paused: an administrator can resume it. A dry run works."
    return decision.terms.off if decision.terms else None


def _limits(above: Sequence[Exceeded], effect: Effect) -> None:
    """The first limit in the way, which is the widest one; more of them behind a click."""
    names = {each.sku_id: each.license_type for each in effect.by_type}
    lines = [words.plain(limit_line(limit, names)) for limit in above]
    st.caption(f":material/warning: {lines[0]}")
    if len(lines) > 1:
        with st.expander(f"{format_count(len(lines) - 1, 'more limit')} in the way"):
            st.markdown("  \n".join(f":small[{line}]" for line in lines[1:]))


def limit_line(limit: Exceeded, names: Mapping[str, str]) -> str:
    """What a limit is, and what is asked for. `names`: of license types, by SKU id."""
    what = "all license types together" if limit.sku_id is None else names.get(limit.sku_id, limit.sku_id)
    before = f", after {limit.recent:,} in the last 24 hours" if limit.recent else ""
    return f"{limit.requested:,} for {what}{before}: the limit is {limit.limit:,} a day."


def _confirm(application: ApplicationContext, effect: Effect, decision: Decision) -> None:
    count = format_count(len(decision.requests), "license")
    st.text("\n".join(f"{each.seats:,} × {each.license_type}" for each in effect.by_type))
    st.markdown(
        {
            RunMode.IMMEDIATE: (
                "Each person is read again just before; whoever has become active, or has no other license "
                "any more that covers a duplicate, is left alone."
            ),
            RunMode.NOTIFY: (
                "Each person gets one mail about all of it, with a link to keep the licenses. Whoever can't "
                "be written to, answers or becomes active is left alone; the others lose them in the end."
            ),
            RunMode.DRY_RUN: f"**{count}** will be checked as if to be removed. Nothing is changed.",
        }[decision.mode]
    )
    if effect.at_risk and decision.mode is not RunMode.DRY_RUN:
        lines = [f":small[{words.plain(line)}]" for line in at_risk_lines(effect.at_risk)]
        st.markdown("  \n".join(["**What removal destroys**", *lines]))
    if not guard.require_recent_sign_in():
        return
    label = {
        RunMode.IMMEDIATE: f"Reclaim {count}",
        RunMode.NOTIFY: "Send the mails",
        RunMode.DRY_RUN: "Start the dry run",
    }[decision.mode]
    if st.button(label, type="primary"):
        _start(application, decision)


def _start(application: ApplicationContext, decision: Decision) -> None:
    try:
        start_run(
            runtime().engine,
            application.id,
            chosen=decision.requests,
            mode=decision.mode,
            manual=False,
            note=decision.note,
            confirm_count=decision.typed,
            actor=guard.current_actor(),
            allow_reclaim=application.allow_reclaim,
            now=now(),
            notify=decision.terms,
            confirm_names=decision.names,
        )
    except (RunRefused, LimitRefused) as refused:
        st.error(words.plain(str(refused)))
        return
    basket.clear(application.id)
    st.rerun()
