"""Application Task Tracking: each integration task with its latest runs, a sign and a color per status."""

from collections.abc import Mapping, Sequence
from typing import Final

import plotly.graph_objects as go
import streamlit as st

from core.integration.tracking import live_runs, recent_runs
from core.reclamation import runs as reclamation_runs
from core.reclamation.runs import RunRow
from core.reclamation.states import RequestState
from core.spend.formatting import format_count
from core.store.engine import reading
from core.store.tables import IntegrationTask, TaskRun, TaskStatus
from core.ui import charts, theme, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.request_looks import REQUEST_LOOKS
from core.ui.run_progress import is_at_work

_RUNS: Final = 12
_TASKS: Final = (
    IntegrationTask.DIFFERENTIATION,
    IntegrationTask.ROSTER,
    IntegrationTask.ACCESS,
    IntegrationTask.HR_ROSTER,
    IntegrationTask.RECLAMATION,
)
_CELL: Final = 30
_EMPTY: Final = "rgba(128, 128, 128, 0.13)"
_SIGN: Final = {theme.ERROR: "#FFFFFF"}
_DARK_SIGN: Final = "#1A1A1A"
"""Of the signs on all other colors, on which white can't be read."""
_ROOM_FOR_COUNTS: Final = 1.18
_HIDDEN_COUNTS: Final = frozenset({"done", "expected", "requests", "retries", "bytes"})

_POLL_SECONDS: Final = 3.0
_FATES: Final = (
    (
        theme.Look(word="Reclaimed", sign="✓", color=theme.ACTIVE),
        (RequestState.RECLAIMED, RequestState.RESTORED),
    ),
    (theme.Look(word="Would reclaim", sign="◇", color=theme.ACCENT), (RequestState.WOULD_RECLAIM,)),
    (
        theme.Look(word="Left alone", sign="–", color=theme.UNKNOWN),
        (
            RequestState.SKIPPED,
            RequestState.KEPT,
            RequestState.ACTIVE_AGAIN,
            RequestState.CANCELLED,
        ),
    ),
    (theme.Look(word="Failed", sign="✕", color=theme.ERROR), (RequestState.FAILED,)),
    (
        theme.Look(word="Under way", sign="▶", color=theme.UNASSIGNED),
        (
            RequestState.QUEUED,
            RequestState.NOTIFIED,
            RequestState.CHECKING,
            RequestState.RECLAIMING,
            RequestState.VERIFYING,
            RequestState.RESTORING,
        ),
    ),
)
"""What has become of requests, in few words, with the states of each: from the bottom of a column up."""

NO_RUN: Final = "No run"
"""The name of the cells where a task has not run that often."""


def show_tracking(application: ApplicationContext) -> None:
    """The chart of task runs and, beside it, the requests of the latest reclamation runs by state.

    While something runs, both follow it.
    """
    with reading(runtime().engine) as session:
        live = any(is_at_work(run) for run in reclamation_runs.runs(session, application.id)) or any(
            run.task != IntegrationTask.RECLAMATION for run in live_runs(session, application.id)
        )
    st.fragment(_draw, run_every=_POLL_SECONDS if live else None)(application)


def _draw(application: ApplicationContext) -> None:
    with reading(runtime().engine) as session:
        reclaims = reclamation_runs.runs(session, application.id)
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        show_task_runs(application)
    with right:
        _requests_by_state(reclaims)
    if reclaims:
        with left:
            latest = reclaims[:_RUNS][::-1]
            charts.show(
                over_time_figure(latest), key="requests-over-time", alt="Requests of each run by state"
            )


def _requests_by_state(reclaims: Sequence[RunRow]) -> None:
    st.subheader("Requests by state", anchor=False)
    if not reclaims:
        st.caption("Nothing was requested yet.")
        return
    by_state: dict[RequestState, int] = {}
    for run in reclaims:
        for state, count in run.by_state.items():
            by_state[state] = by_state.get(state, 0) + count
    charts.show(state_figure(by_state), key="requests-by-state", alt="Requests by state")
    st.caption(f"Of {format_count(len(reclaims), 'run')}, dry runs among them.")


def show_task_runs(application: ApplicationContext) -> None:
    """The chart of task runs alone."""
    with reading(runtime().engine) as session:
        task_runs = recent_runs(session, application.id, per_task=_RUNS)
    st.subheader("Application Task Tracking", anchor=False)
    charts.show(tracking_figure(task_runs), key="tracking", alt="The latest runs of each task by status")
    signs = " · ".join(theme.TASK_LOOKS[status].label for status in TaskStatus)
    st.caption(f"Latest on the right · {words.plain(signs)}")


def tracking_figure(runs: Sequence[TaskRun]) -> go.Figure:
    """Rows are tasks, columns their latest runs, the newest on the right, faint where there was none."""
    figure = charts.new_figure()
    places = [(column, row) for row in range(len(_TASKS)) for column in range(1, _RUNS + 1)]
    figure.add_scatter(
        mode="markers",
        x=[column for column, _ in places],
        y=[row for _, row in places],
        hoverinfo="skip",
        marker={"symbol": "square", "size": _CELL, "color": _EMPTY},
        name=NO_RUN,
        showlegend=False,
    )
    for status in TaskStatus:
        look = theme.TASK_LOOKS[status]
        cells = [
            (_RUNS - place, row, run)
            for row, task in enumerate(_TASKS)
            for place, run in enumerate(run for run in runs if run.task == task)
            if place < _RUNS and run.status == status
        ]
        figure.add_scatter(
            mode="markers+text",
            x=[column for column, _, _ in cells],
            y=[row for _, row, _ in cells],
            text=[look.sign for _ in cells],
            textfont={"color": _SIGN.get(look.color, _DARK_SIGN), "size": 14},
            hovertext=[_hover(run) for _, _, run in cells],
            hovertemplate="%{hovertext}<extra></extra>",
            marker={"symbol": "square", "size": _CELL, "color": look.color},
            name=look.word,
            showlegend=False,
        )
    figure.update_layout(height=40 + 42 * len(_TASKS))
    figure.update_xaxes(range=[0.4, _RUNS + 0.6], showgrid=False, showticklabels=False)
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(_TASKS))),
        ticktext=[f"{task.label}  " for task in _TASKS],
        range=[len(_TASKS) - 0.5, -0.5],
        showgrid=False,
    )
    return figure


def state_figure(by_state: Mapping[RequestState, int]) -> go.Figure:
    """One bar per state that occurs."""
    figure = charts.new_figure()
    shown = [(look, by_state[state]) for state, look in REQUEST_LOOKS.items() if by_state.get(state)]
    figure.add_bar(
        orientation="h",
        y=list(range(len(shown))),
        x=[count for _, count in shown],
        text=[f"{count:,}" for _, count in shown],
        textposition="outside",
        cliponaxis=False,
        marker={"color": [look.color for look, _ in shown], "line": {"width": 0}},
        hovertemplate="%{x:,}<extra></extra>",
        showlegend=False,
    )
    figure.update_layout(height=40 + 30 * len(shown))
    longest = max(count for _, count in shown)
    figure.update_xaxes(showgrid=False, showticklabels=False, range=[0, longest * _ROOM_FOR_COUNTS])
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(shown))),
        ticktext=[f"{look.label}  " for look, _ in shown],
        range=[len(shown) - 0.5, -0.5],
        showgrid=False,
    )
    return figure


def over_time_figure(runs: Sequence[RunRow]) -> go.Figure:
    """One column per run, in this order: its requests, by what has become of them."""
    figure = charts.new_figure()
    places = list(range(len(runs)))
    for look, states in _FATES:
        counts = [sum(run.by_state.get(state, 0) for state in states) for run in runs]
        if not any(counts):
            continue
        figure.add_bar(
            x=places,
            y=counts,
            name=look.label,
            marker={"color": look.color, "line": {"width": 0}},
            hovertext=[_states_of(run, states) for run in runs],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.update_layout(height=230, barmode="stack", legend={"font": {"size": 12}})
    figure.update_xaxes(
        tickmode="array",
        tickvals=places,
        ticktext=[str(run.run_id) for run in runs],
        title="Requests of each reclamation run, the latest on the right",
        range=[len(runs) - _RUNS - 0.5, len(runs) - 0.5],
        showgrid=False,
    )
    figure.update_yaxes(rangemode="tozero", tickformat=",d", nticks=4)
    return figure


def _states_of(run: RunRow, states: Sequence[RequestState]) -> str:
    counts = [
        f"{run.by_state[state]:,} {REQUEST_LOOKS[state].word.lower()}"
        for state in states
        if run.by_state.get(state)
    ]
    return "<br>".join([f"<b>Run {run.run_id}</b> · {words.moment(run.created_at)}", *counts])


def _hover(run: TaskRun) -> str:
    look = theme.TASK_LOOKS[TaskStatus(run.status)]
    began = run.started_at or run.queued_at
    lines = [f"<b>{look.word}</b> · {words.moment(began)}"]
    if run.started_at is not None:
        lines.append(f"took {words.duration(run.started_at, run.ended_at or now())}")
    lines += [
        f"{count:,} {name.replace('_', ' ')}"
        for name, count in run.counts.items()
        if count and name not in _HIDDEN_COUNTS
    ]
    if run.error:
        lines.append(charts.chart_text(run.error, 90))
    return "<br>".join(lines)
