"""How seats and spend went over time, on the Overview page: by month, week or day; chart, table and file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import pandas as pd
import streamlit as st
from sqlmodel import Session
from streamlit.elements.lib.column_types import ColumnConfig

from core.activity.breakdown import largest_groups
from core.exports import Cell, Column, Kind
from core.spend.currencies import currency_of
from core.spend.days import days_of_groups, kept_days, read_days, read_shares, read_terms
from core.spend.estimates import estimates
from core.spend.figures import Figure, SpendPart, sum_figures
from core.spend.formatting import format_count, format_money
from core.spend.grouping import Grouping
from core.spend.money import Money
from core.spend.trend import DayUse, Period, Step, periods, runs, use_of_group, use_of_types
from core.store.engine import reading
from core.ui import bars, charts, downloads, links, status, tables
from core.ui.context import ApplicationContext, now, runtime

_MOST: Final[Mapping[Step, int]] = {Step.MONTH: 13, Step.WEEK: 27, Step.DAY: 62}
"""Periods that are shown: a year and the same one of the year before, half a year, two months."""
_POINTS: Final = 2
"""Days of which there must be at least so many to speak of a trend."""
_GROUPS: Final = 200
"""Groups to choose from, those with most seats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Of what the trend is shown: of everything, of one license type, or of one group."""

    sku_id: str | None = None
    group: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """The periods that are shown, and the use on the day that stands for each of them.

    `estimated`: whether a type without a price counts at its list price on any of these days.
    """

    periods: Sequence[Period]
    use: Mapping[date, DayUse]
    estimated: bool = False

    @property
    def known(self) -> list[Period]:
        """The periods without the gaps."""
        return [period for period in self.periods if period.on is not None]

    def parts(self, currency: str | None) -> list[SpendPart]:
        """What any of the days has seats or costs of, in the order of the looks."""
        return [
            part
            for part in bars.PART_LOOKS
            if part is not None and any(self.value(period, part, currency) for period in self.known)
        ]

    def value(self, period: Period, part: SpendPart, currency: str | None) -> Figure | int | None:
        """What a part had in a period: seats, or in a currency also their cost; None for nothing."""
        use = self.use[period.on] if period.on is not None else None
        if use is None:
            return None
        return use.seats.get(part) if currency is None else use.costs.get(currency, {}).get(part)


def trend(
    application: ApplicationContext,
    *,
    currency: str | None,
    labels: Mapping[str, str],
    grouping: Grouping,
    list_prices: Mapping[str, Money],
) -> None:
    """Draw the section.

    Args:
        application: the one that is shown.
        currency: the unit; None for seats.
        labels: of the license types that can be chosen, by SKU id.
        grouping: whose groups can be chosen.
        list_prices: to estimate types without a price by; none of them where that is switched off.
    """
    today = now().date()
    with reading(runtime().engine) as session:
        days = kept_days(session, application.id)
    if len(days) < _POINTS:
        with status.section("Trend", key="trend"):
            pass
        first = f"first point: {days[0]}" if days else "it begins with the next one"
        st.caption(f"The trend grows with each day's sync; {first}.")
        return
    with status.section("Trend", key="trend"):
        step = _step()
        form = st.segmented_control(
            "Form of the trend",
            ["Chart", "Table"],
            default="Chart",
            required=True,
            key="trend-form",
            label_visibility="collapsed",
        )
        place = st.container(width="content")
    with reading(runtime().engine) as session:
        subject = _subject(session, application.id, labels, grouping)
        found = read_trend(session, application.id, subject, grouping, step, today, list_prices)
    with place:
        columns, rows = trend_file(found, currency)
        downloads.offer(
            "Download",
            columns,
            lambda: [rows],
            file_stem=f"trend-{application.key}-{today}",
            key="trend-file",
            disabled=not rows,
        )
    if form == "Table":
        frame, shown = trend_frame(found, currency)
        tables.show_table(
            frame, shown, key=f"trend-table-{step}", alt="Trend", height=tables.height_of(len(frame), most=14)
        )
    else:
        _chart(found, currency, step)
    gaps = sum(period.on is None for period in found.periods)
    notes = [] if step is Step.DAY else [f"Each {step} is told by its last day with a sync."]
    notes.append(f"The first day is {days[0]}.")
    if gaps:
        notes.append(f"{format_count(gaps, step.value)} without a sync: a gap, not a zero.")
    if found.estimated and currency is not None:
        notes.append("≈ Types without a price count at list prices.")
    st.caption(" ".join(notes))


def _step() -> Step:
    return Step(
        st.segmented_control(
            "Step",
            list(Step),
            format_func=lambda each: each.value.capitalize(),
            default=Step.MONTH,
            required=True,
            key="trend-step",
            label_visibility="collapsed",
        )
    )


def _subject(session: Session, application_id: int, labels: Mapping[str, str], grouping: Grouping) -> Subject:
    groups = largest_groups(session, application_id, grouping, _GROUPS)
    offered = {"All license types": Subject()}
    offered |= {label: Subject(sku_id=sku_id) for sku_id, label in labels.items()}
    offered |= {f"{grouping.label}: {name or links.NONE_LABEL}": Subject(group=name) for name in groups}
    chosen = st.selectbox(
        "Trend of",
        list(offered),
        key=f"trend-of-{grouping}",
        label_visibility="collapsed",
        width=360,
    )
    return offered[chosen]


def read_trend(
    session: Session,
    application_id: int,
    subject: Subject,
    grouping: Grouping,
    step: Step,
    until: date,
    list_prices: Mapping[str, Money],
) -> Trend:
    """The latest periods up to a day, from the days that were kept and the purchases valid on them.

    Only types that have no price on the last day are estimated, as where the spend of that day is told:
    before a purchase began, its type has no price, and a list price then would tell of a drop that never was.
    """
    group = subject.group
    kept = (
        kept_days(session, application_id)
        if group is None
        else days_of_groups(session, application_id, grouping)
    )
    shown = periods(kept, step, until=until, most=_MOST[step])
    days = [period.on for period in shown if period.on is not None]
    types, terms = read_days(session, application_id, days), read_terms(session, application_id)
    shares = {} if group is None else read_shares(session, application_id, grouping, days)
    priced = {sku_id for sku_id, bought in terms.items() if any(each.valid_on(until) for each in bought)}
    guessable = {sku_id: price for sku_id, price in list_prices.items() if sku_id not in priced}
    use: dict[date, DayUse] = {}
    estimated = False
    for day in days:
        held = [each for each in types.get(day, ()) if subject.sku_id in {None, each.sku_id}]
        guessed = estimates(held, terms, guessable, on=day)
        estimated = estimated or bool(guessed)
        paid = terms | {sku_id: [purchase] for sku_id, purchase in guessed.items()}
        use[day] = (
            use_of_types(held, paid, on=day, sku_id=subject.sku_id)
            if group is None
            else use_of_group(held, paid, shares[day], group, on=day)
        )
    return Trend(periods=shown, use=use, estimated=estimated)


def _chart(found: Trend, currency: str | None, step: Step) -> None:
    parts = found.parts(currency)
    if not parts:
        st.caption("Nothing of it in the days that are shown.")
        return
    places = {period: place for place, period in enumerate(found.periods)}
    series = [
        charts.AreaSeries(
            look=bars.PART_LOOKS[part],
            values=[_height(found.value(period, part, currency)) for period in found.known],
            hovers=[
                f"<b>{_label(period, step)}</b>, on {period.on}<br>{bars.PART_LOOKS[part].label}: "
                f"{_words(found.value(period, part, currency))}"
                for period in found.known
            ],
        )
        for part in parts
    ]
    figure = charts.stacked_areas(
        [_label(period, step) for period in found.periods],
        [[places[period] for period in run] for run in runs(found.periods)],
        series,
        prefix="" if currency is None else currency_of(currency).symbol or f"{currency} ",
    )
    unit = f"{currency} per month" if currency else "seats"
    charts.show(figure, key=f"trend-{step}-{currency}", alt=f"Trend by {step} in {unit}, split by activity")


def _label(period: Period, step: Step) -> str:
    return f"{period.first:%b %Y}" if step is Step.MONTH else f"{period.first:%d %b}"


def _height(value: Figure | int | None) -> float:
    return float(value.monthly.amount) if isinstance(value, Figure) else float(value or 0)


def _words(value: Figure | int | None) -> str:
    if isinstance(value, Figure):
        return f"{format_money(value.monthly, 'month')}, {format_count(value.seats, 'seat')}"
    return format_count(value or 0, "seat")


def trend_frame(found: Trend, currency: str | None) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """All periods, the latest first, with their amounts or seats; those without a sync are empty."""
    parts = found.parts(currency)
    column = tables.count if currency is None else tables.amount
    rows = []
    for period in reversed(found.periods):
        row: dict[str, object] = {"first": period.first, "on": period.on}
        if period.on is not None:
            values = [found.value(period, part, currency) for part in parts]
            row["total"] = _total(values, currency)
            row |= {part.value: _cell(value) for part, value in zip(parts, values, strict=True) if value}
        rows.append(row)
    columns = {
        "first": tables.day("From", width=95),
        "on": tables.day("As of", width=95, note="The last day with a sync."),
        "total": column("Seats" if currency is None else "Total / month"),
    }
    columns |= {part.value: column(bars.PART_LOOKS[part].label) for part in parts}
    return pd.DataFrame(rows, columns=list(columns)), columns


def _total(values: Sequence[Figure | int | None], currency: str | None) -> object:
    if currency is None:
        return sum(value for value in values if isinstance(value, int))
    figures = [value for value in values if isinstance(value, Figure)]
    return format_money(sum_figures(figures, currency).monthly)


def _cell(value: Figure | int | None) -> object:
    return format_money(value.monthly) if isinstance(value, Figure) else value


def trend_file(found: Trend, currency: str | None) -> tuple[list[Column], list[list[Cell]]]:
    """The periods as columns and rows of a file: seats, or in a currency exact amounts a month."""
    parts = found.parts(currency)
    names = [bars.PART_LOOKS[part].word for part in parts]
    columns = [Column(name=name, kind=Kind.DATE) for name in ("From", "To", "As of")]
    if currency is None:
        columns += [Column(name=f"{name} seats", kind=Kind.INTEGER) for name in names]
    else:
        columns += [Column(name=f"{name} {currency} / month", kind=Kind.DECIMAL) for name in names]
    rows: list[list[Cell]] = []
    for period in found.periods:
        dates: list[Cell] = [period.first, period.last, period.on]
        rows.append([*dates, *(_exact(found.value(period, part, currency), period) for part in parts)])
    return columns, rows if found.known else []


def _exact(value: Figure | int | None, period: Period) -> int | Decimal | None:
    if period.on is None:
        return None
    return value.monthly.amount if isinstance(value, Figure) else value or 0
