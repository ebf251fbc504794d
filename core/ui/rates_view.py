"""Exchange rates: what was entered, and the form to enter another one."""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.rights import Actor, Role
from core.spend.conversion import Rate
from core.spend.currencies import currencies
from core.spend.formatting import decimal_text
from core.spend.rates import RateRefused, enter_rate, list_rates, remove_rate
from core.ui import tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.saved import saved

_MOST_SHOWN: Final = 6


@st.dialog("Exchange rates", width="medium")
def rates_dialog(application: ApplicationContext, actor: Actor, used: Sequence[str]) -> None:
    """The rates of an application. `used`: the currencies of its purchases, the largest spend first."""
    st.caption(
        "Rates are what you enter, never fetched. They tell amounts of several currencies as one, beside the "
        "original amounts. A rate counts from its day until the next one of the same pair."
    )
    rates = list_rates(runtime().engine, application.id)
    chosen = _table(rates) if rates else None
    if not actor.may(Role.ANALYST):
        st.caption("Entering rates needs the role analyst.")
        return
    if chosen is not None and st.button("Remove this rate", icon=":material/delete:"):
        remove_rate(
            runtime().engine,
            application.id,
            currency=chosen.currency,
            into=chosen.into,
            valid_from=chosen.valid_from,
            actor=actor,
        )
        saved(f"Removed the rate of {chosen.currency} in {chosen.into} from {chosen.valid_from}")
    _form(application, actor, used)


def _table(rates: Sequence[Rate]) -> Rate | None:
    frame, columns = rates_frame(rates)
    position = tables.choose_row(
        frame,
        columns,
        key=tables.ids_key("rates", rates),
        alt="Exchange rates that were entered",
        height=tables.height_of(len(rates), most=_MOST_SHOWN),
    )
    return None if position is None else rates[position]


def _form(application: ApplicationContext, actor: Actor, used: Sequence[str]) -> None:
    codes = [*used, *(code for code in currencies() if code not in used)]
    slots = {}
    with st.form("rate-form", border=False, enter_to_submit=False):
        one, amount, other, since = st.columns([1, 1, 1, 1])
        with one:
            currency = st.selectbox("One unit of", codes, index=min(1, len(codes) - 1), key="rate-currency")
            slots["currency"] = st.empty()
        with amount:
            rate = st.text_input("is", placeholder="1.0842", key="rate-rate")
            slots["rate"] = st.empty()
        with other:
            into = st.selectbox("in", codes, key="rate-into")
            slots["into"] = st.empty()
        with since:
            valid_from = st.date_input("from", now().date(), format="YYYY-MM-DD", key="rate-from")
        submitted = st.form_submit_button("Enter the rate", type="primary")
    if submitted:
        try:
            entered = enter_rate(
                runtime().engine,
                application.id,
                currency=currency,
                into=into,
                rate=rate,
                valid_from=valid_from,
                actor=actor,
                now=now(),
            )
        except RateRefused as refused:
            for field, problem in refused.problems.items():
                slots[field].markdown(f":red[{words.plain(f'{problem[0].upper()}{problem[1:]}.')}]")
            return
        saved(f"1 {entered.currency} is {decimal_text(entered.rate)} {entered.into} from {valid_from} on")


def rates_frame(rates: Sequence[Rate]) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """The rates as they were entered."""
    frame = pd.DataFrame(
        {
            "since": [each.valid_from for each in rates],
            "currency": [f"1 {each.currency}" for each in rates],
            "rate": [f"{decimal_text(each.rate)} {each.into}" for each in rates],
        }
    )
    columns = {
        "since": tables.day("From", width=110),
        "currency": tables.text("One unit", width=110),
        "rate": tables.amount("is", width=150),
    }
    return frame, columns
