"""The last step of the Reclamation page: mode, limits, confirmation; and the run that follows, as it goes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from core.reclamation import runs
from core.reclamation.chosen import Seat
from core.reclamation.effect import Effect
from core.reclamation.limits import LimitRefused
from core.reclamation.requests import RunMode, RunRefused, cancel_run, start_run
from core.reclamation.runs import RunRow
from core.reclamation.states import FINAL, RequestState
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.store.engine import reading
from core.ui import basket, guard, links, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.request_looks import REQUEST_LOOKS

MODES: Final = {RunMode.IMMEDIATE: "Reclaim immediately", RunMode.DRY_RUN: "Dry run"}
_POLL_SECONDS: Final = 1.0


def do_it(application: ApplicationContext, actor: Actor, effect: Effect) -> None:
    """Mode, note, the number above the limits, and the button."""
    modes = list(MODES) if application.allow_reclaim else [RunMode.DRY_RUN]
    mode = st.segmented_control(
        "Mode",
        modes,
        format_func=MODES.__getitem__,
        default=modes[0],
        required=True,
        key="run-mode",
        label_visibility="collapsed",
    )
    if not application.allow_reclaim:
        st.caption(
            "Only dry runs: licenses can be removed once allow\\_reclaim = true is set in the configuration."
        )
    note = st.text_input("Note", key="run-note", placeholder="Why, for the history (optional)", max_chars=500)
    typed: int | None = None
    if effect.exceeded and mode is RunMode.IMMEDIATE:
        first = effect.exceeded[0]
        typed = st.number_input(
            f"Above the limit of {first.limit} a day (asked for: {first.requested}, before: {first.recent}). "
            f"Type {len(effect.requests)} to confirm",
            min_value=0,
            value=None,
            step=1,
            key="run-typed",
        )
    count = len(effect.requests)
    label = (
        f"Reclaim {format_count(count, 'license')}"
        if mode is RunMode.IMMEDIATE
        else (f"Dry run for {format_count(count, 'license')}")
    )
    may = actor.may(Role.OPERATOR)
    unconfirmed = bool(effect.exceeded) and mode is RunMode.IMMEDIATE and typed != count
    if not may:
        st.caption("Reclaiming needs the role operator.")
    if st.button(label, type="primary", disabled=not (may and count) or unconfirmed, width="stretch"):
        _confirm(application, effect, mode, note, typed)


@st.dialog("Are you sure?")
def _confirm(
    application: ApplicationContext, effect: Effect, mode: RunMode, note: str, typed: int | None
) -> None:
    count = format_count(len(effect.requests), "license")
    for each in effect.by_type:
        st.text(f"{each.seats:,} × {each.license_type}")
    if mode is RunMode.IMMEDIATE:
        st.markdown(
            f"**{count}** will be removed from these people, each checked again just before. "
            "A mailbox without a license is deleted after 30 days."
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
    if run.ended_at is None:
        st.fragment(_live_run, run_every=_POLL_SECONDS)(run.run_id, actor)
    else:
        _run_lines(run)


def _live_run(run_id: int, actor: Actor) -> None:
    with reading(runtime().engine) as session:
        run = runs.run(session, run_id)
    if run is None or run.ended_at is not None:
        st.rerun()
    with st.container(border=True):
        _run_lines(run)
        if run.cancelled_at is None and actor.may(Role.OPERATOR):
            if st.button("Cancel what has not begun", icon=":material/stop:", key=f"cancel-{run_id}"):
                try:
                    stopped = cancel_run(runtime().engine, run_id, actor=guard.current_actor(), now=now())
                except RunRefused as refused:
                    st.warning(words.plain(str(refused)))
                else:
                    st.caption(f"{format_count(stopped, 'request')} cancelled.")
        elif run.cancelled_at is not None:
            st.caption("Cancelled; what had begun is carried through.")


def _run_lines(run: RunRow) -> None:
    done = sum(count for state, count in run.by_state.items() if state in FINAL)
    kind = "Dry run" if run.mode is RunMode.DRY_RUN else "Reclamation"
    states = " · ".join(
        f"{REQUEST_LOOKS[state].label} **{run.by_state[state]:,}**"
        for state in REQUEST_LOOKS
        if run.by_state.get(state)
    )
    head = f"**{kind} {run.run_id}** · {words.plain(run.created_by)} · {_times(run, now())}"
    if run.ended_at is None:
        st.markdown(f"{head} · {format_count(run.requests, 'request')}")
        waits = "" if run.prepared_at else " · sign-ins are being read again first"
        st.progress(done / max(run.requests, 1), text=f"{done:,} of {run.requests:,} done{waits}")
        st.markdown(states)
        return
    st.markdown(f"{head} · {states}")
    if run.by_state.get(RequestState.SKIPPED) or run.by_state.get(RequestState.FAILED):
        links.link_to("reclamation_history.py", "The reasons stand in the Reclamation History")


def _times(run: RunRow, moment: datetime) -> str:
    if run.ended_at is None:
        return f"begun {words.ago(run.created_at, moment)}"
    return f"{words.moment(run.created_at)}, took {words.duration(run.created_at, run.ended_at)}"
