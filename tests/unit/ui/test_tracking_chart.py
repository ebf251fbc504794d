from datetime import UTC, datetime, timedelta
from typing import Any

import plotly.graph_objects as go
import pytest

from core.reclamation.requests import RunMode
from core.reclamation.runs import RunRow
from core.reclamation.states import RequestState
from core.store.tables import TaskRun, TaskStatus
from core.ui import theme
from core.ui.request_looks import REQUEST_LOOKS
from core.ui.tracking_chart import NO_RUN, over_time_figure, state_figure, tracking_figure

BEGAN = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def task_run(task: str, status: str, *, error: str | None = None, **counts: int) -> TaskRun:
    waits, live = status == "queued", status in {"queued", "running"}
    return TaskRun(
        application_id=1,
        task=task,
        status=status,
        queued_at=BEGAN,
        started_at=None if waits else BEGAN,
        ended_at=None if live else BEGAN + timedelta(seconds=65),
        counts=counts,
        error=error,
        started_by="test",
    )


def cells(figure: go.Figure) -> dict[tuple[int, str], str]:
    """The word of each cell by its column and the task of its row."""
    tasks = [label.strip() for label in figure.layout.yaxis.ticktext]
    return {
        (column, tasks[row]): trace.name
        for trace in figure.data
        if trace.name != NO_RUN
        for column, row in zip(trace.x, trace.y, strict=True)
    }


def trace_of(figure: go.Figure, word: str) -> Any:  # noqa: ANN401 - plotly has no types
    return next(trace for trace in figure.data if trace.name == word)


def test_the_newest_run_of_each_task_is_on_the_right() -> None:
    runs = [
        task_run("access", "running"),
        task_run("roster", "succeeded"),
        task_run("access", "failed"),
        task_run("access", "succeeded"),
    ]
    assert cells(tracking_figure(runs)) == {
        (12, "Application Access"): "Running",
        (11, "Application Access"): "Failed",
        (10, "Application Access"): "Succeeded",
        (12, "Application Roster"): "Succeeded",
    }


def test_runs_that_do_not_fit_are_left_out_the_oldest_first() -> None:
    runs = [task_run("access", "failed"), *(task_run("access", "succeeded") for _ in range(12))]
    found = cells(tracking_figure(runs))
    assert sorted(column for column, _ in found) == list(range(1, 13))
    assert found[12, "Application Access"] == "Failed"


def test_without_a_run_every_task_has_its_empty_row() -> None:
    figure = tracking_figure([])
    labels = [label.strip() for label in figure.layout.yaxis.ticktext]
    assert labels == [
        "License Differentiation",
        "Application Roster",
        "Application Access",
        "HR Roster",
        "Reclamation",
    ]
    assert cells(figure) == {}


@pytest.mark.parametrize("status", TaskStatus)
def test_a_status_has_its_sign_and_color(status: TaskStatus) -> None:
    look = theme.TASK_LOOKS[status]
    trace = trace_of(tracking_figure([task_run("roster", status.value)]), look.word)
    assert list(trace.text) == [look.sign]
    assert trace.marker.color == look.color


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("status", TaskStatus)
def test_a_sign_can_be_read_on_its_color(status: TaskStatus) -> None:
    look = theme.TASK_LOOKS[status]
    trace = trace_of(tracking_figure([task_run("roster", status.value)]), look.word)
    dark, light = sorted([luminance(trace.textfont.color), luminance(look.color)])
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_each_task_has_twelve_places_whether_it_has_run_or_not() -> None:
    trace = trace_of(tracking_figure([task_run("roster", "succeeded")]), NO_RUN)
    assert sorted(zip(trace.y, trace.x, strict=True)) == [(row, n) for row in range(5) for n in range(1, 13)]
    assert trace.hoverinfo == "skip"


def test_a_cell_tells_how_long_it_took_and_what_came_of_it() -> None:
    figure = tracking_figure([task_run("roster", "succeeded", users=2500, gone=0, done=7, expected=7)])
    (text,) = trace_of(figure, "Succeeded").hovertext
    assert text == "<b>Succeeded</b> · 2026-11-24 06:00 UTC<br>took 1 min 5 s<br>2,500 users"


def test_an_error_is_no_markup() -> None:
    figure = tracking_figure([task_run("roster", "failed", error="<a href=x>403</a>")])
    (text,) = trace_of(figure, "Failed").hovertext
    assert "<a" not in text
    assert "&lt;a href=x&gt;403" in text


def test_a_run_that_waits_has_not_taken_any_time() -> None:
    (text,) = trace_of(tracking_figure([task_run("roster", "queued")]), "Queued").hovertext
    assert "took" not in text


def test_each_state_that_occurs_has_a_bar_with_its_count() -> None:
    figure = state_figure({RequestState.FAILED: 1, RequestState.RECLAIMED: 1200, RequestState.KEPT: 0})
    (bars,) = figure.data
    labels = [label.strip() for label in figure.layout.yaxis.ticktext]
    assert labels == [REQUEST_LOOKS[state].label for state in (RequestState.RECLAIMED, RequestState.FAILED)]
    assert list(bars.x) == [1200, 1]
    assert list(bars.text) == ["1,200", "1"]


def test_every_state_has_a_look_of_its_own() -> None:
    assert set(REQUEST_LOOKS) == set(RequestState)
    assert len({look.word for look in REQUEST_LOOKS.values()}) == len(RequestState)


def reclaimed(run_id: int, **by_state: int) -> RunRow:
    return RunRow(
        run_id=run_id,
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="",
        created_at=BEGAN,
        created_by="test",
        prepared_at=BEGAN,
        needs_approval=False,
        approved_at=None,
        approved_by=None,
        rejected_at=None,
        rejected_by=None,
        rejection_reason=None,
        cancelled_at=None,
        cancelled_by=None,
        ended_at=None,
        by_state={RequestState(state): count for state, count in by_state.items()},
    )


def test_each_run_is_a_column_of_what_has_become_of_its_requests() -> None:
    runs = [reclaimed(7, reclaimed=30, restored=2, failed=1), reclaimed(8, reclaimed=5, checking=3, queued=4)]
    figure = over_time_figure(runs)
    assert {trace.name: list(trace.y) for trace in figure.data} == {
        "✓ Reclaimed": [32, 5],
        "✕ Failed": [1, 0],
        "▶ Under way": [0, 7],
    }
    assert list(figure.layout.xaxis.ticktext) == ["7", "8"]
    assert trace_of(figure, "✓ Reclaimed").hovertext[0].endswith("30 reclaimed<br>2 restored")


@pytest.mark.parametrize("state", RequestState)
def test_no_state_is_left_out_of_a_run_or_counted_twice(state: RequestState) -> None:
    figure = over_time_figure([reclaimed(1, **{state.value: 3})])
    assert [list(trace.y) for trace in figure.data] == [[3]]
