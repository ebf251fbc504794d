"""Chargeback: who bears what of a month, looked at and downloaded, for all groups or for one."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.documents import Document
from core.documents.formats import DocumentFormat, write_document
from core.spend.chargeback import Statement, Unassigned
from core.spend.charging import Chargeback, months_until, read_chargeback
from core.spend.formatting import format_count, format_money
from core.spend.grouping import Grouping
from core.spend.money import total
from core.spend.statement import chargeback_document, group_label, seats_shown, statement_document
from core.ui import tables, words
from core.ui.context import ApplicationContext, now, runtime

_MONTHS: Final = 14
_CHOICES: Final = {Unassigned.APART: "Kept apart", Unassigned.SPREAD: "Spread over all"}


@st.dialog("Charge back a month", width="large")
def chargeback_dialog(application: ApplicationContext) -> None:
    """Choose month, grouping and what becomes of unassigned seats; see the shares, download them."""
    moment = now()
    by, when, spare = st.columns([1, 1, 1.2])
    groupings = tuple(Grouping)
    grouping = by.selectbox("By", groupings, format_func=lambda each: each.label, key="chargeback-by")
    month = when.selectbox(
        "Month",
        months_until(moment.date(), most=_MONTHS),
        format_func=lambda each: f"{each:%B %Y}",
        key="chargeback-month",
    )
    unassigned = spare.segmented_control(
        "Seats that nobody holds",
        list(Unassigned),
        default=Unassigned.APART,
        format_func=lambda each: _CHOICES[each],
        required=True,
        key="chargeback-unassigned",
    )
    made = read_chargeback(
        runtime().engine,
        application.id,
        grouping,
        month=month,
        unassigned=unassigned,
        name=application.name,
        now=moment,
    )
    if not made.statements:
        st.info(
            f"No purchase was valid in {made.terms.period}. Enter what was bought on License Details.",
            icon=":material/info:",
        )
        return
    currency = _currency(made)
    shown = [each for each in made.statements if each.currency == currency]
    st.caption(words.plain(_coverage(made)))
    frame, columns = shares_frame(shown)
    position = tables.choose_row(
        frame,
        columns,
        key=tables.ids_key("chargeback", (f"{each.currency}{each.group}" for each in shown)),
        alt="What each group bears",
        height=tables.height_of(len(frame), most=8),
    )
    if position is None:
        _offer(chargeback_document(made.statements, made.names, made.terms), application, made, "all groups")
        st.caption("Choose a line to see its license types and to download its own statement.")
        return
    chosen = shown[position]
    lines, line_columns = lines_frame(chosen, made)
    st.markdown(f"**{words.plain(group_label(chosen.group))}**")
    tables.show_table(
        lines,
        line_columns,
        key="chargeback-lines",
        alt="License types of the group",
        height=tables.height_of(len(lines), most=6),
    )
    own = statement_document(made.statements, chosen.group, made.names, made.terms)
    _offer(own, application, made, group_label(chosen.group))


def _currency(made: Chargeback) -> str:
    """The currency that is shown: the only one, or the one that is chosen."""
    currencies = sorted({each.currency for each in made.statements})
    if len(currencies) == 1:
        return currencies[0]
    return st.segmented_control(
        "Currency",
        currencies,
        default=currencies[0],
        required=True,
        key="chargeback-currency",
        label_visibility="collapsed",
    )


def _coverage(made: Chargeback) -> str:
    terms = made.terms
    currencies = sorted({each.currency for each in made.statements})
    sums = [
        format_money(total((each.total for each in made.statements if each.currency == currency), currency))
        for currency in currencies
    ]
    counted = f"seats counted on {terms.counted_days} of {format_count(terms.days, 'day')}"
    parts = [terms.period, " and ".join(sums), counted]
    if terms.unpriced:
        parts.append(f"{format_count(len(terms.unpriced), 'type')} without price not covered")
    return " · ".join(parts)


def shares_frame(made: Sequence[Statement]) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """What each group bears, each currency for itself."""
    frame = pd.DataFrame(
        {
            "group": [group_label(each.group) for each in made],
            "types": [len(each.lines) for each in made],
            "seats": [
                float(seats_shown(sum((line.seats for line in each.lines), Fraction(0)))) for each in made
            ],
            "amount": [format_money(each.total) for each in made],
        }
    )
    columns = {
        "group": tables.text("Group", width=300),
        "types": tables.count("License types", width=105),
        "seats": tables.count("Seats", width=90, note="On average of the days"),
        "amount": tables.amount("Share", width=130),
    }
    return frame, columns


def lines_frame(chosen: Statement, made: Chargeback) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """The license types of one group."""
    frame = pd.DataFrame(
        {
            "name": [made.names.get(each.sku_id, each.sku_id) for each in chosen.lines],
            "seats": [float(seats_shown(each.seats)) for each in chosen.lines],
            "amount": [format_money(each.amount) for each in chosen.lines],
        }
    )
    columns = {
        "name": tables.text("License type", width=400),
        "seats": tables.count("Seats", width=90, note="On average of the days"),
        "amount": tables.amount("Share", width=130),
    }
    return frame, columns


def _offer(document: Document, application: ApplicationContext, made: Chargeback, what: str) -> None:
    """Buttons that download a document."""
    stem = f"chargeback-{application.key}-{made.terms.first:%Y-%m}"
    with st.container(horizontal=True):
        for made_as in DocumentFormat:
            st.download_button(
                words.plain(f"Download {what} as {made_as.label}"),
                data=_maker(document, made_as, made),
                file_name=f"{stem}.{made_as}",
                mime=made_as.media_type,
                icon=":material/download:",
                key=f"chargeback-{made_as}",
                on_click="ignore",
            )


def _maker(document: Document, made_as: DocumentFormat, made: Chargeback) -> Callable[[], bytes]:
    return lambda: write_document(document, made_as, made_at=made.terms.made_at)
