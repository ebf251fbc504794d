"""Scheduled runs on the Exemptions and policies page: when, whom one would take, and what came of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import pandas as pd
import streamlit as st

from core.jobs.scheduled import stands_against
from core.notification.setup import why_off
from core.policies.reclaiming import read_plan
from core.reclamation.modes import RunMode
from core.reclamation.runs import RunRow, run
from core.reclamation.scheduled import Proposal, last_due, propose, recent_scheduled
from core.reclamation.scheduled_choice import Outcome, WhyNot
from core.reclamation.scheduled_plan import (
    ReclaimPlan,
    next_at,
    plan_problems,
)
from core.rights import Actor
from core.spend.formatting import format_count, format_money
from core.spend.license_types import LicenseTypeUse
from core.store.engine import reading
from core.store.tables import ScheduledRun
from core.ui import downloads, tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.reclamation_run import MODES
from core.ui.scheduled_form import plan_form

_MOST_SHOWN: Final = 10
_RUN_COLUMNS: Final = {
    "due": tables.text("Due", width=145),
    "outcome": tables.text("Result", width=95),
    "mode": tables.text("Mode", width=150),
    "requests": tables.count("Requests", width=75),
    "left_out": tables.count("Left out", width=70, note="Opportunities that the run left alone"),
    "run": tables.text("Run", width=50, note="In the reclamation history"),
    "detail": tables.text("What came of it", width=240),
    "by": tables.text("Set up by", width=130),
}


def scheduled_tab(application: ApplicationContext, actor: Actor, types: Sequence[LicenseTypeUse]) -> None:
    """What is reclaimed by itself, whom it would take today, and what came of it so far.

    Args:
        application: the one that is shown.
        actor: who looks.
        types: the license types that people can hold, in the order to show.
    """
    with reading(runtime().engine) as session:
        plan = read_plan(session, application.id)
        past = recent_scheduled(session, application.id)
        results = {each.run_id: _result(run(session, each.run_id)) for each in past if each.run_id}
        upcoming = next_at(plan, last=last_due(session, application.id), now=now())
    left, right = st.columns([1.45, 1], gap="medium")
    with left, st.container(border=True):
        entered = plan_form(application, actor, plan, types)
    with right, st.container(border=True):
        if upcoming is not None:
            due = f"due since {words.ago(upcoming, now())}" if upcoming <= now() else _coming(upcoming)
            st.markdown(f":material/schedule: **Next run {words.plain(due)}**")
        else:
            st.markdown(":material/schedule: **Off: nothing is reclaimed by itself**")
        if plan_problems(entered):
            st.caption("What would be asked for is shown once the values are within their bounds.")
        else:
            _preview(application, entered, changed=entered != plan)
    _past(application, past, results)


def _coming(upcoming: datetime) -> str:
    return f"{words.moment(upcoming)}, {words.ahead(upcoming, now())}"


def _preview(application: ApplicationContext, plan: ReclaimPlan, *, changed: bool) -> None:
    """Whom a run would take now, by what stands in the fields, and who is left out, and why."""
    with reading(runtime().engine) as session:
        proposal = propose(session, application.id, plan, now())
        against = stands_against(
            session,
            application.id,
            plan,
            allow_reclaim=application.allow_reclaim,
            notify_off=why_off(runtime().settings),
            now=now(),
        )
    seats = len(proposal.seats)
    st.markdown(f"Today this would ask for **{format_count(seats, 'seat')}**{':' if seats else '.'}")
    _taken(proposal)
    if changed:
        st.caption("By what stands in the fields, which is not saved yet.")
    if against is not None:
        st.warning(words.plain(against), icon=":material/front_hand:")
    _left_out(proposal.left_out)


def _taken(proposal: Proposal) -> None:
    lines = [
        f"{each.seats:,} × {each.license_type}"
        + (f" · {format_money(each.annual, 'year')}" if each.annual else "")
        for each in proposal.effect.by_type
    ]
    if lines:
        st.markdown("  \n".join(words.plain(line) for line in lines))


def _left_out(left_out: Mapping[WhyNot, int]) -> None:
    if not left_out:
        st.caption("There is no other opportunity.")
        return
    total = sum(left_out.values())
    with st.expander(f"{format_count(total, 'other license')} left alone"):
        st.markdown(
            "  \n".join(
                f":small[**{count:,}** · {words.plain(why.sentence)}]" for why, count in left_out.items()
            )
        )


def _result(found: RunRow | None) -> str:
    """How many requests of a run are in which state now."""
    states = {} if found is None else found.by_state
    return ", ".join(f"{count:,} {state.value.replace('_', ' ')}" for state, count in states.items())


def _past(application: ApplicationContext, past: Sequence[ScheduledRun], results: Mapping[int, str]) -> None:
    st.subheader("Last runs", anchor=False)
    if not past:
        st.caption("None yet. Of each time at which a run was due it will stand here what came of it.")
        return
    latest = past[0]
    if latest.detail:
        label = Outcome(latest.outcome).label
        st.caption(words.plain(f"{words.moment(latest.due_at)} · {label}: {latest.detail}"))
    frame = past_frame(past, results)
    tables.show_table(
        frame,
        _RUN_COLUMNS,
        key="scheduled-runs",
        alt="Scheduled runs, the latest first",
        height=tables.height_of(len(frame), most=_MOST_SHOWN),
    )
    downloads.offer_frame(
        "Download",
        frame,
        _RUN_COLUMNS,
        file_stem=f"scheduled-runs-{application.key}-{now().date()}",
        key="scheduled-runs-file",
    )


def past_frame(past: Sequence[ScheduledRun], results: Mapping[int, str]) -> pd.DataFrame:
    """What came of each time, as people read it. `results`: how the runs stand, by their numbers."""
    return pd.DataFrame(
        {
            "due": [words.moment(each.due_at) for each in past],
            "outcome": [Outcome(each.outcome).label for each in past],
            "mode": [MODES[RunMode(each.mode)] for each in past],
            "requests": [each.requests for each in past],
            "left_out": [sum(each.left_out.values()) for each in past],
            "run": ["" if each.run_id is None else str(each.run_id) for each in past],
            "detail": [
                ". ".join(filter(None, (results.get(each.run_id or 0), each.detail))) for each in past
            ],
            "by": [each.set_up_by for each in past],
        }
    )
