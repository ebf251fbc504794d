"""Bars of the Overview page: seats and what they cost, split by what the seats are doing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.activity.evidence import ActivityStatus
from core.exports import Cell, Column, Kind
from core.spend.currencies import currency_of
from core.spend.figures import Figure, SpendPart, sum_figures
from core.spend.formatting import format_count, format_money
from core.spend.summary import GroupSpend, SpendSummary, TypeDetails
from core.ui import charts, links, tables, theme

Part = SpendPart | None
"""What seats are doing; None before that was ever judged."""

PART_LOOKS: Final[Mapping[Part, theme.Look]] = {
    SpendPart.ACTIVE: theme.STATUS_LOOKS[ActivityStatus.ACTIVE],
    SpendPart.INACTIVE: theme.STATUS_LOOKS[ActivityStatus.INACTIVE],
    SpendPart.NEVER_ACTIVE: theme.STATUS_LOOKS[ActivityStatus.NEVER_ACTIVE],
    SpendPart.UNKNOWN: theme.STATUS_LOOKS[ActivityStatus.UNKNOWN],
    SpendPart.UNASSIGNED: theme.UNASSIGNED_LOOK,
    SpendPart.COMPANY: theme.COMPANY_LOOK,
    None: theme.PURCHASED_LOOK,
}
_STATUS_OF: Final = {
    SpendPart.ACTIVE: ActivityStatus.ACTIVE,
    SpendPart.INACTIVE: ActivityStatus.INACTIVE,
    SpendPart.NEVER_ACTIVE: ActivityStatus.NEVER_ACTIVE,
    SpendPart.UNKNOWN: ActivityStatus.UNKNOWN,
}
_BARS: Final = 12
"""Bars that fit on a screen; the table has all rows."""
_TABLE_ROWS: Final = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One bar of a chart: its label, its segments, and the filter that a click on it opens."""

    label: str
    split: Mapping[Part, Figure | int]
    parameters: Mapping[str, list[str]]

    @property
    def length(self) -> int:
        """Seats, or millionths of a currency."""
        return sum(_size(each) for each in self.split.values())

    @property
    def total(self) -> Figure | int:
        """All segments together, in the unit that they are in."""
        figures = [each for each in self.split.values() if isinstance(each, Figure)]
        return sum_figures(figures, figures[0].annual.currency) if figures else self.length


def type_bars(
    summary: SpendSummary, currency: str | None, labels: Mapping[str, str], *, assessed: bool
) -> list[Bar]:
    """License types, the largest first: by what they cost in a currency, or by seats where none is named.

    What is for the company as a whole costs something, but has no seats.

    Args:
        summary: of the application.
        currency: one of the summary's, or nothing.
        labels: of the Activity page's filter, by SKU id; a type that nobody can hold has none.
        assessed: whether activity was ever judged; otherwise the bars are whole.
    """
    splits: dict[str, Mapping[Part, Figure | int]]
    if currency is not None:
        spend = summary.of_currency(currency)
        rows = spend.by_license_type if spend else ()
        splits = {
            row.sku_id: _in_money(row.split)
            if assessed
            else {None: Figure(seats=row.seats, annual=row.annual)}
            for row in rows
        }
    else:
        splits = {
            each.use.sku_id: _in_seats(each) if assessed else {None: each.use.seats}
            for each in summary.types
            if not each.use.free and not each.use.for_company
        }
    names = summary.names
    bars = [
        Bar(
            label=_estimated(summary, sku_id) + labels.get(sku_id, names.get(sku_id, sku_id)),
            split=split,
            parameters=links.activity_parameters(license_type=labels.get(sku_id)),
        )
        for sku_id, split in splits.items()
    ]
    return sorted((bar for bar in bars if bar.length), key=lambda bar: (-bar.length, bar.label))


def _estimated(summary: SpendSummary, sku_id: str) -> str:
    """The sign before the name of a type that counts at its list price."""
    return "≈ " if sku_id in summary.estimated else ""


def _in_money(split: Mapping[SpendPart, Figure]) -> dict[Part, Figure | int]:
    return dict[Part, Figure | int](split.items())


def _in_seats(each: TypeDetails) -> dict[Part, Figure | int]:
    return dict[Part, Figure | int](each.use.by_part.items())


def group_bars(groups: Sequence[GroupSpend], currency: str, parameter: str) -> list[Bar]:
    """Departments, countries or companies by what their assigned seats cost in a currency."""
    return [
        _group_bar(each.name, _in_money(each.split), parameter)
        for each in groups
        if each.currency == currency
    ]


def group_seat_bars(groups: Mapping[str, Mapping[ActivityStatus, int]], parameter: str) -> list[Bar]:
    """Departments, countries or companies by assigned seats."""
    parts = {status: part for part, status in _STATUS_OF.items()}
    return [
        _group_bar(name, {parts[status]: seats for status, seats in split.items()}, parameter)
        for name, split in groups.items()
    ]


def _group_bar(name: str, split: Mapping[Part, Figure | int], parameter: str) -> Bar:
    return Bar(
        label=name or links.NONE_LABEL,
        split=split,
        parameters=links.activity_parameters(groups={parameter: name}),
    )


def draw_bars(
    bars: Sequence[Bar], *, currency: str | None, key: str, alt: str
) -> Mapping[str, list[str]] | None:
    """The first bars as a chart; the filter that a click asks for. Without a currency they are of seats."""
    shown = bars[:_BARS]
    parts = _parts(shown)
    series = [
        charts.BarSeries(look=PART_LOOKS[part], parts=[_segment(bar, part) for bar in shown])
        for part in parts
    ]
    prefix = "" if currency is None else currency_of(currency).symbol or f"{currency} "
    figure = charts.stacked_bars([bar.label for bar in shown], series, prefix=prefix)
    clicked: Any = charts.show(figure, key=key, alt=alt, clickable=True)
    if len(bars) > len(shown):
        st.caption(f"The largest {len(shown)} of {len(bars)}; the table has all of them.")
    return clicked if isinstance(clicked, dict) else None


def choose_bar(
    bars: Sequence[Bar], heading: str, *, as_table: bool, currency: str | None, key: str, alt: str
) -> Mapping[str, list[str]] | None:
    """The bars as a chart, or all of them as a table; the filter that a click on one asks for."""
    if not as_table:
        return draw_bars(bars, currency=currency, key=key, alt=f"{alt}, split by activity")
    frame, columns = bars_frame(bars, heading)
    position = tables.choose_row(
        frame,
        columns,
        key=tables.ids_key(f"{key}-table", frame["label"]),
        alt=alt,
        height=tables.height_of(len(frame), most=_TABLE_ROWS),
    )
    return None if position is None else bars[position].parameters


def _segment(bar: Bar, part: Part) -> charts.BarPart | None:
    value = bar.split.get(part, 0)
    if not _size(value):
        return None
    status = None if part is None else _STATUS_OF.get(part)
    chosen = {} if status is None else links.activity_parameters(status=status)
    return charts.BarPart(
        value=float(value.monthly.amount) if isinstance(value, Figure) else float(value),
        hover=f"<b>{charts.chart_text(bar.label)}</b><br>{PART_LOOKS[part].label}: {_words(value)}",
        click={**bar.parameters, **chosen},
    )


def _size(value: Figure | int) -> int:
    return value.annual.millionths if isinstance(value, Figure) else value


def _words(value: Figure | int) -> str:
    if isinstance(value, Figure):
        return f"{format_money(value.monthly, 'month')}, {format_count(value.seats, 'seat')}"
    return format_count(value, "seat")


def bars_frame(bars: Sequence[Bar], heading: str) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """The bars as a table: all of them, with the columns that it has."""
    parts = _parts(bars)
    rows = [
        {"label": bar.label, "total": _cell(bar.total)}
        | {PART_LOOKS[part].word: _cell(bar.split.get(part, 0)) for part in parts}
        for bar in bars
    ]
    in_money = any(isinstance(bar.total, Figure) for bar in bars)
    column: Callable[..., ColumnConfig] = tables.amount if in_money else tables.count
    columns = {"label": tables.text(heading), "total": column("Total / month" if in_money else "Seats")}
    columns |= {PART_LOOKS[part].word: column(PART_LOOKS[part].label) for part in parts}
    return pd.DataFrame(rows, columns=list(columns)), columns


def bars_file(
    bars: Sequence[Bar], heading: str, currency: str | None
) -> tuple[list[Column], list[list[Cell]]]:
    """The bars as columns and rows of a file: seats, and in a currency also exact amounts a month."""
    parts = _parts(bars)
    names = ["Total", *(PART_LOOKS[part].word for part in parts)]
    columns = [Column(name=heading), *(Column(name=f"{name} seats", kind=Kind.INTEGER) for name in names)]
    rows: list[list[Cell]] = []
    for bar in bars:
        values = [bar.total, *(bar.split.get(part, 0) for part in parts)]
        seats = [value.seats if isinstance(value, Figure) else value for value in values]
        amounts = [value.monthly.amount if isinstance(value, Figure) else Decimal(value) for value in values]
        rows.append([bar.label, *seats, *(amounts if currency else ())])
    if currency is not None:
        columns += [Column(name=f"{name} {currency} / month", kind=Kind.DECIMAL) for name in names]
    return columns, rows


def _parts(bars: Sequence[Bar]) -> list[Part]:
    """What any of the bars has a segment of, in the order of the looks."""
    return [part for part in PART_LOOKS if any(_size(bar.split.get(part, 0)) for bar in bars)]


def _cell(value: Figure | int) -> object:
    """Text or number of a cell; nothing where there is nothing."""
    if not _size(value):
        return None
    return format_money(value.monthly) if isinstance(value, Figure) else value
