"""Charts: one look, one way to be clicked.

Every mark carries in `customdata` what a click on it means; `show` hands that back once.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from core.ui import theme

_CONFIG: Final = {
    "modeBarButtons": [["toImage"]],  # while the mouse is over the chart
    "displaylogo": False,
    "scrollZoom": False,
    "doubleClick": False,
    "responsive": True,
}
_ROW_HEIGHT: Final = 27
_FRAME_HEIGHT: Final = 56
_LONGEST_LABEL: Final = 38
_TREND_HEIGHT: Final = 300
_TIME_LABELS: Final = 13
_POINT: Final = 8
_AREA_OPACITY: Final = 0.75


@dataclass(frozen=True, kw_only=True, slots=True)
class BarPart:
    """One segment of a bar: its length, what hovering says, and what a click on it means."""

    value: float
    hover: str
    click: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BarSeries:
    """The segments of one meaning, one for each bar, in their order; None leaves one out."""

    look: theme.Look
    parts: Sequence[BarPart | None]


def chart_text(text: str, longest: int | None = None) -> str:
    """The text as Plotly shows it as it is; it would take markup and entities for such."""
    one_line = " ".join(text.split())
    if longest is not None and len(one_line) > longest:
        one_line = f"{one_line[: longest - 1].rstrip()}…"
    return html.escape(one_line, quote=False)


def new_figure() -> go.Figure:
    """An empty figure in the product's look."""
    figure = go.Figure()
    figure.update_layout(template=theme.TEMPLATE)
    return figure


def stacked_bars(
    labels: Sequence[str], series: Sequence[BarSeries], *, value_format: str = ",.0f", prefix: str = ""
) -> go.Figure:
    """Horizontal stacked bars, the first label on top.

    Args:
        labels: as the tenant has them; two equal ones stay two bars.
        series: what the bars are made of, from the left.
        value_format: d3 format of the axis, which is in the unit of the parts' values.
        prefix: a currency sign or code before the axis' numbers.
    """
    figure = new_figure()
    rows = list(range(len(labels)))
    for each in series:
        shown = [(row, part) for row, part in zip(rows, each.parts, strict=True) if part is not None]
        figure.add_bar(
            orientation="h",
            name=each.look.word,
            y=[row for row, _ in shown],
            x=[part.value for _, part in shown],
            customdata=[[part.click] for _, part in shown],
            hovertext=[part.hover for _, part in shown],
            hovertemplate="%{hovertext}<extra></extra>",
            marker={"color": each.look.color, "line": {"width": 0}},
            showlegend=len(series) > 1,
        )
    figure.update_layout(barmode="stack", height=_FRAME_HEIGHT + _ROW_HEIGHT * len(labels))
    figure.update_yaxes(
        tickmode="array",
        tickvals=rows,
        ticktext=[f"{chart_text(label, _LONGEST_LABEL)}  " for label in labels],
        range=[len(labels) - 0.5, -0.5],
        showgrid=False,
    )
    figure.update_xaxes(tickformat=value_format, tickprefix=prefix, nticks=7, rangemode="tozero")
    return figure


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaSeries:
    """The heights of one meaning, one for each place along the axis, and what hovering says."""

    look: theme.Look
    values: Sequence[float]
    hovers: Sequence[str]


def stacked_areas(
    labels: Sequence[str],
    runs: Sequence[Sequence[int]],
    series: Sequence[AreaSeries],
    *,
    value_format: str = ",.0f",
    prefix: str = "",
) -> go.Figure:
    """Stacked areas over time. Where nothing is known the areas end and begin anew: a gap is never bridged.

    Args:
        labels: of all places along the axis, gaps included.
        runs: the places of which something is known, those that follow each other together.
        series: from the bottom up, with a value for every place of the runs, in their order.
        value_format: d3 format of the axis, which is in the unit of the values.
        prefix: a currency sign or code before the axis' numbers.
    """
    figure = new_figure()
    start = 0
    for number, run in enumerate(runs):
        for each in series:
            figure.add_scatter(
                x=list(run),
                y=list(each.values[start : start + len(run)]),
                mode="lines" if len(run) > 1 else "lines+markers",
                name=each.look.word,
                stackgroup=f"run{number}",
                line={"color": each.look.color, "width": 1},
                marker={"color": each.look.color, "size": _POINT},
                fillcolor=f"rgba{(*_rgb(each.look.color), _AREA_OPACITY)}",
                hovertext=list(each.hovers[start : start + len(run)]),
                hovertemplate="%{hovertext}<extra></extra>",
                legendgroup=each.look.word,
                showlegend=number == 0,
            )
        start += len(run)
    every = max(1, -(-len(labels) // _TIME_LABELS))
    shown = list(range(len(labels) - 1, -1, -every))[::-1]
    figure.update_xaxes(
        tickmode="array",
        tickvals=shown,
        ticktext=[labels[place] for place in shown],
        range=[-0.4, len(labels) - 0.6],
        showgrid=False,
    )
    figure.update_yaxes(tickformat=value_format, tickprefix=prefix, nticks=5, rangemode="tozero")
    figure.update_layout(height=_TREND_HEIGHT, hovermode="closest")
    return figure


def _rgb(color: str) -> tuple[int, int, int]:
    """The parts of a color such as `#009E73`."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def show(figure: go.Figure, *, key: str, alt: str, clickable: bool = False) -> Any:  # noqa: ANN401 - whatever the mark carries
    """Draw a figure that can be saved as an image; what the clicked mark carries, if one was clicked.

    Args:
        figure: made with `new_figure` or one of the functions here.
        key: of the widget; unique on the page.
        alt: what the chart shows, for those who can't see it.
        clickable: whether a click on a mark runs the page again.
    """
    color = theme.CHART_TEXT.get(st.context.theme.type or "")
    if color is not None:
        figure.update_xaxes(tickfont_color=color)
        figure.update_yaxes(tickfont_color=color)
        figure.update_traces(textfont_color=color, selector={"mode": "text"})
    config = _CONFIG | {"toImageButtonOptions": {"filename": f"seatwise-{key}", "scale": 2}}
    if not clickable:
        st.plotly_chart(figure, key=key, alt=alt, config=config)
        return None
    state = st.plotly_chart(
        figure, key=key, alt=alt, config=config, on_select="rerun", selection_mode="points"
    )
    for point in state.selection.points:
        carried = point.get("customdata")
        if carried:
            return carried[0] if isinstance(carried, Sequence) and not isinstance(carried, str) else carried
    return None
