"""Purchases that end, on the Overview page: until when notice can be given, and what could be dropped."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.spend.figures import Reduction
from core.spend.formatting import format_count, format_money
from core.spend.summary import Renewal, SpendSummary
from core.ui import charts, downloads, links, status, tables, theme
from core.ui.context import ApplicationContext

_ROWS: Final = 16
"""Rows that fit on a screen; the table has all of them."""
_ROW_HEIGHT: Final = 27
_FRAME_HEIGHT: Final = 66
_LONGEST_LABEL: Final = 44
_LONGEST_LINE: Final = 22
_BEHIND_THE_MARK: Final = "\u2003"
_FARTHEST: Final = timedelta(days=730)
"""What ends later runs on beyond the edge: nobody decides so far ahead, and the next weeks want room."""
_ROOM_FOR_TEXT: Final = 1.22
_DAY_MS: Final = 86_400_000
_BAR: Final = 0.5


def renewals(
    application: ApplicationContext, summary: SpendSummary, today: date, labels: Mapping[str, str]
) -> None:
    """Draw the section; a click opens the Activity page with the license type.

    Args:
        application: the one that is shown.
        summary: of the application.
        today: where the bars begin.
        labels: of the Activity page's filter, by SKU id; a type that nobody can hold has none.
    """
    if not summary.renewals:
        st.subheader("Renewals ahead", anchor=False)
        st.caption(
            "No purchase with an end is entered. Enter them on the License Details page to see notice "
            "dates here."
        )
        return
    frame, columns = renewals_frame(summary, today)
    with status.section("Renewals ahead", key="renewals"):
        form = st.segmented_control(
            "Form of the renewals",
            ["Chart", "Table"],
            default="Chart",
            required=True,
            key="renewals-form",
            label_visibility="collapsed",
        )
        downloads.offer_frame(
            "Download", frame, columns, file_stem=f"renewals-{application.key}-{today}", key="renewals-file"
        )
    clicked: Mapping[str, list[str]] | None
    if form == "Table":
        key = tables.ids_key(
            "renewals", ((each.sku_id, each.line, each.ends_on) for each in summary.renewals)
        )
        position = tables.choose_row(
            frame, columns, key=key, alt="Purchases that end, with notice dates", height="content"
        )
        clicked = None if position is None else _parameters(summary.renewals[position], labels)
    else:
        clicked = _timeline(summary, today, labels)
    if clicked:
        links.open_activity(clicked)


def _timeline(
    summary: SpendSummary, today: date, labels: Mapping[str, str]
) -> Mapping[str, list[str]] | None:
    shown = summary.renewals[:_ROWS]
    figure = renewals_chart(shown, [each.reduction(summary.spend) for each in shown], today, labels)
    alt = "Purchases that end, each from today to its end, with the last day to give notice"
    clicked = charts.show(figure, key="renewals-chart", alt=alt, clickable=True)
    if notes := _left_out(summary.renewals, today):
        st.caption(" · ".join(notes))
    return clicked if isinstance(clicked, dict) else None


def _left_out(found: Sequence[Renewal], today: date) -> list[str]:
    notes = []
    if len(found) > _ROWS:
        notes.append(f"The first {_ROWS} of {len(found)}; the table has all of them")
    if any(each.ends_on > today + _FARTHEST for each in found[:_ROWS]):
        notes.append(f"What ends after {today + _FARTHEST} runs on beyond the edge")
    return notes


def renewals_chart(
    shown: Sequence[Renewal],
    reductions: Sequence[Reduction | None],
    today: date,
    labels: Mapping[str, str],
) -> go.Figure:
    """A row for each purchase, the first one on top: a bar from today to its end, a mark at its notice date.

    Args:
        shown: the purchases in their order.
        reductions: for each of them the seats that need not be renewed, if any.
        today: where the bars begin.
        labels: of the Activity page's filter, by SKU id.
    """
    edge = min(max(each.ends_on for each in shown), today + _FARTHEST)
    hovers = [_hover(each, reduction, today) for each, reduction in zip(shown, reductions, strict=True)]
    clicks = [[_parameters(each, labels)] for each in shown]
    figure = charts.new_figure()

    def add_bars(look: theme.Look, rows: Sequence[int], first: Sequence[date], last: Sequence[date]) -> None:
        figure.add_bar(
            orientation="h",
            name=look.word,
            y=list(rows),
            base=[day.isoformat() for day in first],
            x=[(end - start).days * _DAY_MS for start, end in zip(first, last, strict=True)],
            width=_BAR,
            customdata=[clicks[row] for row in rows],
            hovertext=[hovers[row] for row in rows],
            hovertemplate="%{hovertext}<extra></extra>",
            marker={"color": look.color, "line": {"width": 0}},
        )

    ahead = [row for row, each in enumerate(shown) if each.notice_by > today]
    bound = [row for row, each in enumerate(shown) if each.notice_by < each.ends_on]
    add_bars(
        theme.NOTICE_AHEAD_LOOK,
        ahead,
        [today] * len(ahead),
        [min(edge, shown[row].notice_by) for row in ahead],
    )
    starts = [min(edge, max(today, shown[row].notice_by)) for row in bound]
    add_bars(theme.BOUND_LOOK, bound, starts, [min(edge, shown[row].ends_on) for row in bound])
    marked = [row for row, each in enumerate(shown) if today <= each.notice_by <= edge]
    figure.add_scatter(
        mode="markers",
        name=theme.NOTICE_LOOK.word,
        x=[shown[row].notice_by.isoformat() for row in marked],
        y=marked,
        customdata=[clicks[row] for row in marked],
        hovertext=[hovers[row] for row in marked],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"symbol": "diamond", "size": 12, "color": theme.NOTICE_LOOK.color},
    )
    figure.add_scatter(
        mode="text",
        x=[min(edge, each.ends_on).isoformat() for each in shown],
        y=list(range(len(shown))),
        text=[f"{_BEHIND_THE_MARK}{_end(each, today)}" for each in shown],
        textposition="middle right",
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
    figure.update_layout(barmode="overlay", height=_FRAME_HEIGHT + _ROW_HEIGHT * len(shown))
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(shown))),
        ticktext=[f"{_label(each)}  " for each in shown],
        range=[len(shown) - 0.5, -0.5],
        showgrid=False,
    )
    last = today + (edge - today) * _ROOM_FOR_TEXT
    figure.update_xaxes(
        type="date", range=[today.isoformat(), last.isoformat()], nticks=9, tickformat="%Y-%m-%d"
    )
    return figure


def _label(each: Renewal) -> str:
    """Type and purchase. Of a long one the type is cut off: it can be bought more than once."""
    line = charts.chart_text(each.line, _LONGEST_LINE)
    return f"{charts.chart_text(each.name, _LONGEST_LABEL - len(line))} · {line}"


def _end(each: Renewal, today: date) -> str:
    """What stands behind a bar: its end, and where notice is due no more, that."""
    return f"{each.ends_on} · notice passed" if each.notice_by < today else f"{each.ends_on}"


def _hover(each: Renewal, reduction: Reduction | None, today: date) -> str:
    lines = [
        f"<b>{charts.chart_text(each.name)}</b>",
        charts.chart_text(each.line),
        f"Notice by {each.notice_by}: {left(each.notice_by, today)}",
        f"Ends {each.ends_on}",
    ]
    cost = [] if each.annual is None else [format_money(each.annual, "year")]
    if each.seats:
        lines.append(", ".join([format_count(each.seats, "seat"), *cost]))
    else:
        lines += cost
    if reduction is not None:
        lines.append(
            f"Order {each.seats - reduction.seats:,}: saves {format_money(reduction.annual, 'year')}"
        )
    return "<br>".join(lines)


def _parameters(each: Renewal, labels: Mapping[str, str]) -> dict[str, list[str]]:
    return links.activity_parameters(license_type=labels.get(each.sku_id))


def renewals_frame(summary: SpendSummary, today: date) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """Purchases that end, the first one first, with what could be dropped then."""
    rows = []
    for each in summary.renewals:
        reduction = each.reduction(summary.spend)
        rows.append(
            {
                "notice_by": each.notice_by,
                "left": left(each.notice_by, today),
                "ends_on": each.ends_on,
                "license_type": each.name,
                "identifier": each.line,
                "seats": each.seats or None,
                "annual": None if each.annual is None else format_money(each.annual),
                "order": each.seats - (reduction.seats if reduction else 0) if each.seats else None,
                "saves": None if reduction is None else format_money(reduction.annual),
            }
        )
    columns = {
        "notice_by": tables.day("Notice by", width=95),
        "left": tables.text("Time left", width=80),
        "ends_on": tables.day("Ends", width=95),
        "license_type": tables.text("License type", width=215),
        "identifier": tables.text("Purchase", width=105),
        "seats": tables.count("Seats", width=65),
        "annual": tables.amount("Cost / year", width=95),
        "order": tables.count("Order", width=70, note="Seats to renew: without those that nobody needs."),
        "saves": tables.amount("Saves / year", width=105),
    }
    return pd.DataFrame(rows, columns=list(columns)), columns


def left(notice_by: date, today: date) -> str:
    """How long notice can still be given."""
    days = (notice_by - today).days
    return "passed" if days < 0 else format_count(days, "day") if days else "last day"
