"""The last step of the Reclamation page: mode, limits, confirmation; and the run that follows, as it goes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from core.reclamation import runs
from core.reclamation.chosen import Seat
from core.reclamation.effect import Effect
from core.reclamation.limits import Exceeded, LimitRefused
from core.reclamation.outcomes import why_left_alone
from core.reclamation.requests import RunMode, RunRefused, cancel_run, start_run
from core.reclamation.runs import RunRow
from core.reclamation.states import FINAL
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.store.engine import reading
from core.ui import basket, guard, links, policy_notes, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.request_looks import REQUEST_LOOKS

MODES: Final = {RunMode.IMMEDIATE: "Reclaim immediately", RunMode.DRY_RUN: "Dry run"}
_POLL_SECONDS: Final = 1.0
_UNBROKEN: Final = "\N{NO-BREAK SPACE}"


def do_it(application: ApplicationContext, actor: Actor, effect: Effect) -> None:
    """Mode, note, the number above the limits, and the button; where it can't be clicked, why."""
    mode = st.segmented_control(
        "Mode",
        list(MODES),
        format_func=MODES.__getitem__,
        default=RunMode.IMMEDIATE if application.allow_reclaim else RunMode.DRY_RUN,
        required=True,
        key="run-mode",
        label_visibility="collapsed",
    )
    note = st.text_input("Note", key="run-note", placeholder="Why, for the history (optional)", max_chars=500)
    count = len(effect.requests)
    above = effect.exceeded if mode is RunMode.IMMEDIATE and application.allow_reclaim else ()
    typed: int | None = None
    if above:
        _limits(above, effect)
        typed = st.number_input(
            f"Type {count} to go above the limit", min_value=0, value=None, step=1, key="run-typed"
        )
    action = "Reclaim" if mode is RunMode.IMMEDIATE else "Dry run for"
    label = f"{action} {format_count(count, 'license')}"
    hindrance = _hindrance(application, actor, mode, count)
    unconfirmed = bool(above) and typed != count
    if st.button(label, type="primary", disabled=bool(hindrance) or unconfirmed, width="stretch"):
        title = f"Reclaim {format_count(count, 'license')}?" if mode is RunMode.IMMEDIATE else "Dry run"
        st.dialog(title)(_confirm)(application, effect, mode, note, typed)
    if hindrance:
        st.caption(words.plain(hindrance))


def _hindrance(application: ApplicationContext, actor: Actor, mode: RunMode, count: int) -> str | None:
    """Why nobody can start it now, and what to do; nothing where somebody can."""
    if not actor.may(Role.OPERATOR):
        return f"Reclaiming and dry runs need the role operator; yours is {actor.role}."
    if not count:
        return "Nothing that is chosen can be reclaimed: see who is left out, and why."
    if mode is RunMode.IMMEDIATE and not application.allow_reclaim:
        return (
            "Reclaiming is switched off for this application. A dry run works; to reclaim, set "
            "allow_reclaim = true in its configuration."
        )
    if mode is not RunMode.DRY_RUN and policy_notes.paused(application):
        return "Reclamation is paused: an administrator can resume it. A dry run works."
    return None


def _limits(above: Sequence[Exceeded], effect: Effect) -> None:
    """The first limit in the way, which is the widest one; more of them behind a click."""
    lines = [words.plain(_above(limit, effect)) for limit in above]
    st.caption(f":material/warning: {lines[0]}")
    if len(lines) > 1:
        with st.expander(f"{format_count(len(lines) - 1, 'more limit')} in the way"):
            st.markdown("  \n".join(f":small[{line}]" for line in lines[1:]))


def _above(limit: Exceeded, effect: Effect) -> str:
    names = {each.sku_id: each.license_type for each in effect.by_type}
    what = "all license types together" if limit.sku_id is None else names.get(limit.sku_id, limit.sku_id)
    before = f", after {limit.recent:,} in the last 24 hours" if limit.recent else ""
    return f"{limit.requested:,} for {what}{before}: the limit is {limit.limit:,} a day."


def _confirm(
    application: ApplicationContext, effect: Effect, mode: RunMode, note: str, typed: int | None
) -> None:
    count = format_count(len(effect.requests), "license")
    st.text("\n".join(f"{each.seats:,} × {each.license_type}" for each in effect.by_type))
    if mode is RunMode.IMMEDIATE:
        st.markdown(
            "Each person is read again just before; whoever has become active is left alone. "
            "With the last license that has a mailbox, the mailbox goes after 30 days."
        )
    else:
        st.markdown(f"**{count}** will be checked as if they were to be removed. Nothing is changed.")
    if not guard.require_recent_sign_in():
        return
    if st.button(f"Reclaim {count}" if mode is RunMode.IMMEDIATE else "Start the dry run", type="primary"):
        _start(application, effect.requests, mode, note, typed)


def _start(
    application: ApplicationContext, requests: Sequence[Seat], mode: RunMode, note: str, typed: int | None
) -> None:
    try:
        start_run(
            runtime().engine,
            application.id,
            chosen=requests,
            mode=mode,
            manual=False,
            note=note,
            confirm_count=typed,
            actor=guard.current_actor(),
            allow_reclaim=application.allow_reclaim,
            now=now(),
        )
    except (RunRefused, LimitRefused) as refused:
        st.error(words.plain(str(refused)))
        return
    basket.clear(application.id)
    st.rerun()


def latest_run(application: ApplicationContext, actor: Actor) -> None:
    """The run that is under way, with its progress; else how the latest one ended."""
    with reading(runtime().engine) as session:
        found = runs.runs(session, application.id, limit=1)
    if not found:
        return
    run = found[0]
    st.subheader("Run under way" if run.ended_at is None else "Latest run", anchor=False)
    with st.container(border=True):
        if run.ended_at is None:
            st.fragment(_live_run, run_every=_POLL_SECONDS)(run.run_id, actor)
        else:
            _run_lines(run)


def _live_run(run_id: int, actor: Actor) -> None:
    with reading(runtime().engine) as session:
        run = runs.run(session, run_id)
    if run is None or run.ended_at is not None:
        st.rerun()
    _run_lines(run)
    if run.cancelled_at is not None:
        st.caption(words.plain(f"Cancelled by {run.cancelled_by}; what had begun is carried through."))
    elif actor.may(Role.OPERATOR):
        label = "Cancel what has not begun"
        if st.button(label, icon=":material/stop:", key=f"cancel-{run_id}", width="stretch"):
            _cancel(run_id)


def _cancel(run_id: int) -> None:
    try:
        cancel_run(runtime().engine, run_id, actor=guard.current_actor(), now=now())
    except RunRefused as refused:
        st.warning(words.plain(str(refused)))
    else:
        st.rerun()


def _run_lines(run: RunRow) -> None:
    done = sum(count for state, count in run.by_state.items() if state in FINAL)
    kind = "Dry run" if run.mode is RunMode.DRY_RUN else "Run"
    times = words.plain(_times(run, now()))
    st.markdown(f"**{kind} {run.run_id}** · {words.plain(run.created_by)}  \n:small[{times}]")
    if run.ended_at is None:
        waits = "" if run.prepared_at else " · reading sign-ins first"
        st.progress(done / max(run.requests, 1), text=f"{done:,} of {run.requests:,} done{waits}")
    states = [
        f"{look.sign} **{run.by_state[state]:,}** {look.word}".replace(" ", _UNBROKEN)
        for state, look in REQUEST_LOOKS.items()
        if run.by_state.get(state)
    ]
    st.markdown(" · ".join(states))
    _left_alone(run)


def _left_alone(run: RunRow) -> None:
    with reading(runtime().engine) as session:
        reasons = why_left_alone(session, run.run_id)
    for each in reasons:
        sign = REQUEST_LOOKS[each.state].sign
        st.markdown(f":small[{sign} {each.requests:,} · {words.plain(each.reason)}]")
    if run.ended_at is not None:
        links.link_to("reclamation_history.py", "Every step is in the Reclamation History")


def _times(run: RunRow, moment: datetime) -> str:
    if run.ended_at is None:
        return f"begun {words.ago(run.created_at, moment)}"
    return f"{words.moment(run.created_at)}, took {words.duration(run.created_at, run.ended_at)}"
