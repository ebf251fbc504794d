"""The runs of the Reclamation page: those under way as they go, and how the latest one ended."""

from datetime import datetime
from typing import Final

import streamlit as st

from core.reclamation import runs
from core.reclamation.history import HistoryFilter
from core.reclamation.notices import answers_until
from core.reclamation.outcomes import why_left_alone
from core.reclamation.pace import pace
from core.reclamation.requests import RunMode, RunRefused, cancel_run
from core.reclamation.runs import RunRow
from core.reclamation.states import FINAL, LIVE, RequestState
from core.rights import Actor, Role
from core.store.engine import reading
from core.ui import guard, links, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.history_view import offer_steps
from core.ui.request_looks import REQUEST_LOOKS

_POLL_SECONDS: Final = 1.0
_POLL_WAITING_SECONDS: Final = 30.0
_UNBROKEN: Final = "\N{NO-BREAK SPACE}"


def latest_runs(application: ApplicationContext, actor: Actor) -> None:
    """The runs that are under way, with their progress, and how the latest one ended."""
    with reading(runtime().engine) as session:
        found = runs.runs(session, application.id)
    under_way = [run for run in found if run.ended_at is None]
    if under_way:
        st.subheader("Run under way" if len(under_way) == 1 else "Runs under way", anchor=False)
    for run in under_way:
        with st.container(border=True):
            at_work = is_at_work(run)
            every = _POLL_SECONDS if at_work else _POLL_WAITING_SECONDS
            st.fragment(_live_run, run_every=every)(application, run.run_id, actor, at_work=at_work)
    if found and found[0].ended_at is not None:
        st.subheader("Latest run", anchor=False)
        with st.container(border=True):
            _run_lines(application, found[0])


def is_at_work(run: RunRow) -> bool:
    """Whether something is done at once; those who are notified or have to approve have days to answer."""
    return not run.waits_for_approval and any(
        state in LIVE and state is not RequestState.NOTIFIED for state in run.by_state
    )


def _live_run(application: ApplicationContext, run_id: int, actor: Actor, *, at_work: bool) -> None:
    """The lines of a run; the whole page anew where it has ended, or begun or ceased to only wait."""
    with reading(runtime().engine) as session:
        run = runs.run(session, run_id)
    if run is None or run.ended_at is not None or is_at_work(run) != at_work:
        st.rerun()
    _run_lines(application, run)
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


def _run_lines(application: ApplicationContext, run: RunRow) -> None:
    done = sum(count for state, count in run.by_state.items() if state in FINAL)
    kind = "Dry run" if run.mode is RunMode.DRY_RUN else "Run"
    first = " · notify first" if run.mode is RunMode.NOTIFY else ""
    times = words.plain(_times(run, now()))
    st.markdown(f"**{kind} {run.run_id}**{first} · {words.plain(run.created_by)}  \n:small[{times}]")
    if run.ended_at is None:
        text = f"{done:,} of {run.requests:,} done{_waits_for(run)}{_pace(run, done)}"
        st.progress(done / max(run.requests, 1), text=text)
    states = [
        f"{look.sign} **{run.by_state[state]:,}** {look.word}".replace(" ", _UNBROKEN)
        for state, look in REQUEST_LOOKS.items()
        if run.by_state.get(state)
    ]
    st.markdown(" · ".join(states))
    if run.approved_by is not None:
        st.caption(words.plain(f"Approved by {run.approved_by}."))
    if run.rejected_by is not None:
        st.caption(words.plain(f"Rejected by {run.rejected_by}: {run.rejection_reason}"))
    if run.by_state.get(RequestState.NOTIFIED):
        with reading(runtime().engine) as session:
            until = answers_until(session, run.run_id)
        st.caption(f"Answers until {until}.")
    _left_alone(application, run)


def _waits_for(run: RunRow) -> str:
    if run.waits_for_approval:
        return " · waits for approval"
    return "" if run.prepared_at else " · reading sign-ins first"


def _pace(run: RunRow, done: int) -> str:
    """The rate and the time left; nothing where people have days to answer."""
    if run.mode is RunMode.NOTIFY:
        return ""
    found = pace(done=done, requests=run.requests, since=run.prepared_at, now=now())
    if found is None:
        return ""
    left = words.duration(now(), now() + found.left)
    return f" · {found.per_minute:,.0f} a minute · about {left} left"


def _left_alone(application: ApplicationContext, run: RunRow) -> None:
    with reading(runtime().engine) as session:
        reasons = why_left_alone(session, run.run_id)
    for each in reasons:
        sign = REQUEST_LOOKS[each.state].sign
        st.markdown(f":small[{sign} {each.requests:,} · {words.plain(each.reason)}]")
    if run.ended_at is not None:
        offer_steps(
            application,
            f"Report of run {run.run_id}",
            HistoryFilter(run_id=run.run_id),
            file_stem=f"reclamation-run-{run.run_id}-{application.key}",
            key=f"report-{run.run_id}",
        )
        links.link_to("reclamation_history.py", "Every step, in the history")


def _times(run: RunRow, moment: datetime) -> str:
    if run.ended_at is None:
        word = "asked" if run.waits_for_approval else "begun"
        return f"{word} {words.ago(run.created_at, moment)}"
    return f"{words.moment(run.created_at)}, took {words.duration(run.created_at, run.ended_at)}"
