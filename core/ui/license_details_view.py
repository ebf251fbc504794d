"""The parts of the License Details page: types, purchases of one, dialogs to change them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.rights import Actor
from core.spend.formatting import format_count, format_money
from core.spend.list_prices import list_prices
from core.spend.money import LineKind, Money, Purchase
from core.spend.purchase_input import PurchaseRefused
from core.spend.purchases import (
    PurchaseDetails,
    add_purchase,
    change_terms,
    correct_purchase,
    end_purchase,
)
from core.spend.subscribed import Subscribed, next_renewal
from core.spend.summary import SpendSummary, TypeDetails
from core.ui import tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.purchase_form import list_price_line, new_values, purchase_form, values_of
from core.ui.saved import saved

TYPE_COLUMNS: Final = {
    "name": tables.text("License type", width=154),
    "paid": tables.count("Bought", width=64, note="Seats of the purchases here that are valid today"),
    "seats": tables.count(
        "Tenant",
        width=70,
        note="Seats that Microsoft says the tenant has; units of what is for the company as a whole",
    ),
    "price": tables.text("Price", width=62),
    "renews": tables.day("Renews", width=84, note="The next date that Microsoft names for a subscription"),
}
PURCHASE_COLUMNS: Final = {
    "state": tables.text("State", width=70),
    "identifier": tables.text("Purchase", width=88),
    "kind": tables.text("Kind", width=70),
    "seats": tables.count("Seats", width=50),
    "cost": tables.amount(
        "Per seat", width=70, note="For one payment period; of a fee or discount, all of it"
    ),
    "frequency": tables.text("Paid", width=74),
    "ends_on": tables.day("Last day", width=84),
    "annual": tables.amount("A year", width=74),
    "starts_on": tables.day("First day", width=84),
}


def type_state(details: TypeDetails) -> str:
    """Whether a type has a price, in a word with its sign."""
    if details.priced:
        return "✓"
    if details.use.free:
        return "Free"
    return "! None"


def types_frame(summary: SpendSummary, subscriptions: Mapping[str, Sequence[Subscribed]]) -> pd.DataFrame:
    """The license types: those without a price first, then by seats."""
    types = ordered_types(summary)
    return pd.DataFrame(
        {
            "name": [each.name for each in types],
            "paid": [each.paid for each in types],
            "seats": [each.use.seats for each in types],
            "price": [type_state(each) for each in types],
            "renews": [next_renewal(subscriptions.get(each.use.sku_id, ())) for each in types],
        }
    )


def ordered_types(summary: SpendSummary) -> list[TypeDetails]:
    """The order in which types are listed: what needs attention first."""
    return sorted(
        summary.types,
        key=lambda each: (each.priced or each.use.free, -max(each.paid, each.use.seats), each.name),
    )


def purchases_frame(purchases: list[PurchaseDetails], today: date) -> pd.DataFrame:
    """The purchases of one type, the newest start first; what a discount takes off is negative."""
    return pd.DataFrame(
        {
            "identifier": [each.terms.identifier for each in purchases],
            **amount_cells([each.terms for each in purchases]),
            "frequency": [each.terms.frequency.label for each in purchases],
            "starts_on": [each.terms.starts_on for each in purchases],
            "ends_on": [each.terms.ends_on for each in purchases],
            "annual": [_annual(each.terms.annual) for each in purchases],
            "state": [_state(each, today) for each in purchases],
        }
    )


def amount_cells(lines: Sequence[Purchase]) -> dict[str, list[object]]:
    """The cells of kind, seats and cost: a fee or discount has no seats, and a discount is negative."""
    return {
        "kind": [each.kind.label for each in lines],
        "seats": [each.seats or None for each in lines],
        "cost": [format_money(each.price if each.seats else each.per_period, exact=True) for each in lines],
    }


def columns_of(lines: Sequence[Purchase]) -> dict[str, ColumnConfig]:
    """The columns of a table of purchases: their kind only where they differ from seats."""
    told = any(each.kind is not LineKind.SEATS for each in lines)
    return {name: column for name, column in PURCHASE_COLUMNS.items() if told or name != "kind"}


def _annual(amount: Money | None) -> str:
    return words.NONE_GIVEN if amount is None else format_money(amount)


def _state(purchase: PurchaseDetails, today: date) -> str:
    terms = purchase.terms
    if terms.valid_on(today):
        return "● Valid"
    return "… Later" if terms.starts_on is not None and terms.starts_on > today else "– Ended"


def seats_line(details: TypeDetails) -> str:
    """Bought here against the tenant, and the difference in words."""
    paid, seats, noun = details.paid, details.use.seats, "unit" if details.use.for_company else "seat"
    bought = f"{format_count(paid, noun)} bought here"
    if details.gone:
        return f"{bought} · the tenant no longer has this license type"
    line = f"{bought} · {format_count(seats, noun)} in the tenant"
    if details.use.for_company:
        line = f"{line}, for the company as a whole: nobody can hold them"
    if not paid or paid == seats:
        return line
    missing = format_count(abs(paid - seats), noun)
    return f"{line} · {missing} {'more than' if paid > seats else 'fewer than'} the tenant has"


def use_lines(details: TypeDetails) -> list[str]:
    """Seats in use, what failed, and where Microsoft's count is another; nothing of what nobody can hold."""
    use = details.use
    if use.for_company:
        return []
    lines = [f"{format_count(use.assigned, 'seat')} assigned · {use.unassigned:,} unassigned"]
    if use.assigned > use.seats and not details.gone:
        lines = [f"{lines[0]} · {use.assigned - use.seats:,} more than the tenant has"]
    if details.failed:
        failed = format_count(details.failed, "assignment")
        lines.append(f"{failed} failed, and no seat is held by {'it' if details.failed == 1 else 'them'}")
    if details.consumed not in {None, use.assigned}:
        lines.append(
            f"Microsoft's own count says {details.consumed:,} in use, the assignments that were read say "
            f"{use.assigned:,}. Its count lags; if the difference stays after the next sync, look at this "
            "type in the Microsoft 365 admin center"
        )
    return lines


@st.dialog("Add a purchase", width="medium")
def add_dialog(application: ApplicationContext, actor: Actor, details: TypeDetails) -> None:
    """Enter a new purchase of this type."""
    _about(details, with_list_price=False)
    engine, moment = runtime().engine, now()

    def save(values: dict[str, object]) -> None:
        add_purchase(engine, application.id, values, actor=actor, now=moment)
        saved(f"Added {values['purchase_identifier']} for {details.name}")

    values = new_values(details.use.sku_id, moment.date(), seats=details.use.seats - details.paid)
    purchase_form(values, save, label="Add the purchase", key="purchase-new", list_price=_list_price(details))


@st.dialog("Correct a purchase", width="medium")
def correct_dialog(
    application: ApplicationContext, actor: Actor, details: TypeDetails, purchase: PurchaseDetails
) -> None:
    """Change what was entered wrongly, also for the past."""
    _about(details)
    st.caption("For mistakes: figures of the past change too. If the price changed, enter new terms instead.")
    engine, moment = runtime().engine, now()

    def save(values: dict[str, object]) -> None:
        correct_purchase(engine, application.id, purchase.id, values, actor=actor, now=moment)
        saved(f"Corrected {values['purchase_identifier']}")

    purchase_form(values_of(purchase), save, label="Save the correction", key=f"purchase-{purchase.id}")


@st.dialog("New terms", width="medium")
def terms_dialog(
    application: ApplicationContext, actor: Actor, details: TypeDetails, purchase: PurchaseDetails
) -> None:
    """Another price or number of seats from a day on; the terms so far end the day before."""
    _about(details)
    st.caption("From their first day on. The terms so far end the day before and stay as they were.")
    engine, moment = runtime().engine, now()

    def save(values: dict[str, object]) -> None:
        change_terms(engine, application.id, purchase.id, values, actor=actor, now=moment)
        saved(f"New terms of {purchase.terms.identifier} from {values['starts_on']}")

    values = values_of(purchase) | {"starts_on": moment.date()}
    purchase_form(values, save, label="Save the new terms", key=f"terms-{purchase.id}", fixed=True)


@st.dialog("End a purchase")
def end_dialog(application: ApplicationContext, actor: Actor, purchase: PurchaseDetails) -> None:
    """Let a purchase end."""
    st.markdown(f"**{words.plain(purchase.terms.identifier)}** · {words.plain(purchase.name)}")
    moment = now()
    ends_on = st.date_input("Last day", moment.date(), format="YYYY-MM-DD", key=f"end-{purchase.id}")
    if st.button("End the purchase", type="primary"):
        try:
            end_purchase(runtime().engine, application.id, purchase.id, ends_on, actor=actor, now=moment)
        except PurchaseRefused as refused:
            st.error("; ".join(refused.problems.values()))
        else:
            saved(f"{purchase.terms.identifier} ends on {ends_on}")


def _about(details: TypeDetails, *, with_list_price: bool = True) -> None:
    st.markdown(f"**{words.plain(details.name)}** · {words.plain(seats_line(details))}")
    estimate = list_price_line(details.use.sku_id) if with_list_price else None
    if estimate:
        st.caption(words.plain(estimate))


def _list_price(details: TypeDetails) -> Money | None:
    return list_prices().get(details.use.sku_id)
