"""Assigned seats by department, country, company, cost center or manager, on the Overview page."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.activity.breakdown import read_breakdown
from core.spend.grouping import Grouping
from core.spend.summary import SpendSummary
from core.store.engine import reading
from core.ui import bars, links, status
from core.ui.context import ApplicationContext, runtime

_KEY: Final = "grouping"
_GROUPINGS: Final[Sequence[Grouping]] = list(Grouping)


def chosen_grouping() -> Grouping:
    """What is grouped by, before the choice is drawn."""
    return Grouping(st.session_state.get(_KEY) or Grouping.DEPARTMENT)


def groups(
    application: ApplicationContext, summary: SpendSummary, *, currency: str | None, as_table: bool
) -> None:
    """Draw the section; a click on a group opens the Activity page with it.

    Args:
        application: the one that is shown.
        summary: with the groups of `chosen_grouping`.
        currency: the unit; None for seats.
        as_table: all groups as a table, otherwise the largest as a chart.
    """
    with status.section("Assigned seats by", key="groups"):
        grouping = st.selectbox(
            "Group by",
            _GROUPINGS,
            format_func=lambda each: each.label,
            key=_KEY,
            label_visibility="collapsed",
            width=160,
        )
    parameter = links.GROUPS[grouping]
    if currency is not None:
        shown = bars.group_bars(summary.groups[grouping], currency, parameter)
    else:
        with reading(runtime().engine) as session:
            shown = bars.group_seat_bars(read_breakdown(session, application.id, grouping), parameter)
    if not shown:
        st.caption(f"No assigned seats are counted by {grouping.label.lower()} yet.")
    elif clicked := bars.choose_bar(
        shown,
        grouping.label,
        as_table=as_table,
        currency=currency,
        key=f"groups-{grouping}-{currency}",
        alt=f"Assigned seats by {grouping.label.lower()}",
    ):
        links.open_activity(clicked)
