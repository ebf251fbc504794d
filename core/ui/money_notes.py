"""What stands below the amounts of the Overview page: list prices among them, and all currencies in one."""

from fractions import Fraction
from typing import Final

import streamlit as st

from core.rights import Actor
from core.spend.conversion import Rate, together
from core.spend.formatting import decimal_text, format_count, format_money
from core.spend.list_prices import list_prices
from core.spend.money import Money, total
from core.spend.rates import list_rates
from core.spend.summary import SpendSummary
from core.ui import words
from core.ui.context import ApplicationContext, runtime
from core.ui.rates_view import rates_dialog

_ESTIMATES: Final = "estimates"
_A_MONTH: Final = Fraction(1, 12)


def estimates_wanted() -> bool:
    """Whether types without a price are to be estimated by list prices; it is so until switched off."""
    return bool(st.session_state.get(_ESTIMATES, True))


def money_notes(application: ApplicationContext, actor: Actor, summary: SpendSummary) -> None:
    """The notes, each with what it takes to change it; nothing where there is nothing to say."""
    priceable = [each for each in summary.unpriced if each.sku_id in list_prices()]
    several = len(summary.spend.currencies) > 1
    if not priceable and not several:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="money-notes"):
        if priceable:
            st.toggle(
                _estimate_label(summary, len(priceable)),
                value=True,
                key=_ESTIMATES,
                help="Types without a price count at Microsoft's public list price, all seats of the tenant. "
                "That is an estimate, never what was agreed. Such types are marked with ≈.",
                persist_state="session",
            )
        if several:
            _together(application, actor, summary)


def _estimate_label(summary: SpendSummary, count: int) -> str:
    if not summary.estimated:
        return f"Estimate {format_count(count, 'type')} by list price"
    currencies = sorted({annual.currency for annual in summary.estimated.values()})
    sums = [
        total((each for each in summary.estimated.values() if each.currency == currency), currency)
        for currency in currencies
    ]
    amounts = " and ".join(format_money(each.times(_A_MONTH), "month") for each in sums)
    return words.plain(f"≈ {amounts} of it at list prices, {format_count(len(summary.estimated), 'type')}")


def _together(application: ApplicationContext, actor: Actor, summary: SpendSummary) -> None:
    """All currencies in the one that is chosen, at the rates that were entered."""
    rates = list_rates(runtime().engine, application.id)
    ordered = sorted(summary.spend.currencies, key=lambda each: -each.annual.millionths)
    into = ordered[0].currency
    found = together([each.monthly for each in ordered], into, rates, on=summary.as_of)
    if found.rates and not found.missing:
        st.caption(
            words.plain(_in_words(found.amount, found.rates, guessed=bool(summary.estimated))),
            width="content",
        )
        label = "Exchange rates"
    else:
        label = f"Enter a rate to see all in {into}"
    if st.button(label, type="tertiary", icon=":material/currency_exchange:", key="rates"):
        rates_dialog(application, actor, [each.currency for each in ordered])


def _in_words(amount: Money, rates: tuple[Rate, ...], *, guessed: bool) -> str:
    """`guessed`: the amount holds list prices."""
    used = ", ".join(
        f"1 {each.currency} = {decimal_text(each.rate)} {each.into} since {each.valid_from}" for each in rates
    )
    return f"Together {'≈ ' if guessed else ''}{format_money(amount, 'month')}, at {used}"
