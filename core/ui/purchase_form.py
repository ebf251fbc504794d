"""The form of a purchase: everything that can be entered, and what is wrong beside each field."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import streamlit as st

from core.spend.currencies import currencies
from core.spend.formatting import decimal_text, format_money
from core.spend.list_prices import list_prices
from core.spend.money import Frequency, LineKind, Money
from core.spend.purchase_input import PurchaseRefused
from core.spend.purchases import PurchaseDetails
from core.ui.words import plain

Values = dict[str, Any]
Save = Callable[[Values], object]

_COMMON: Final = ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD")
_COST_LABELS: Final = {
    LineKind.SEATS: ("Cost per seat", "For one seat and one payment period, with a point: 432.00"),
    LineKind.FEE: ("Fee per payment period", "The whole of it, whatever the number of seats: 432.00"),
    LineKind.DISCOUNT: (
        "Discount per payment period",
        "The whole of it, without a sign; it is taken off: 432.00",
    ),
}
_NAMES: Final = {
    "kind": "kind",
    "purchase_identifier": "identifier",
    "seats": "seats",
    "cost_per_seat": "cost",
    "currency": "currency",
    "frequency": "frequency",
    "starts_on": "starts",
    "ends_on": "ends",
    "notice_days": "notice",
    "notes": "notes",
}
"""Of the fields, after the form's key."""
_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2099, 12, 31)


def new_values(sku_id: str, today: date, *, seats: int = 1) -> Values:
    """What a new purchase begins with. `seats`: those of the tenant that no purchase covers yet."""
    return {
        "license_type": sku_id,
        "kind": LineKind.SEATS,
        "purchase_identifier": "",
        "seats": max(1, seats),
        "cost_per_seat": "",
        "currency": "USD",
        "frequency": Frequency.ANNUALLY,
        "starts_on": today,
        "ends_on": None,
        "notice_days": None,
        "notes": "",
    }


def values_of(purchase: PurchaseDetails) -> Values:
    """A purchase on record, to be changed."""
    terms = purchase.terms
    return {
        "license_type": purchase.sku_id,
        "kind": terms.kind,
        "purchase_identifier": terms.identifier,
        "seats": max(1, terms.seats),
        "cost_per_seat": decimal_text(terms.cost_per_seat),
        "currency": terms.currency,
        "frequency": terms.frequency,
        "starts_on": terms.starts_on,
        "ends_on": terms.ends_on,
        "notice_days": terms.notice_days,
        "notes": purchase.notes,
    }


def list_price_line(sku_id: str) -> str | None:
    """The public list price, marked as the estimate that it is."""
    price = list_prices().get(sku_id)
    if price is None:
        return None
    return f"List price, an estimate: {format_money(price, 'seat and month', exact=True)}"


def purchase_form(
    values: Mapping[str, Any],
    save: Save,
    *,
    label: str,
    key: str,
    fixed: bool = False,
    list_price: Money | None = None,
) -> None:
    """Draw the form; at its button, save what was entered, or say beside each field what is wrong.

    Args:
        values: what it begins with.
        save: called with the values; PurchaseRefused is shown, and what was entered stays.
        label: of the button.
        key: of the form; its fields keep what was entered under it.
        fixed: identifier and kind cannot be changed.
        list_price: of a seat for a month; a button fills it in, as the estimate that it is.
    """
    for field, name in _NAMES.items():
        # Not as the fields' own defaults: the list price could not be filled in over those.
        st.session_state.setdefault(f"{key}-{name}", values[field])
    # Before the form: the fields in it follow this choice at once.
    chosen = st.segmented_control(
        "Kind",
        list(LineKind),
        format_func=lambda each: each.label,
        required=True,
        key=f"{key}-kind",
        disabled=fixed,
        label_visibility="collapsed",
    )
    kind = chosen or LineKind.SEATS
    if list_price is not None and kind is LineKind.SEATS:
        _offer_list_price(list_price, key)
    slots = {}
    with st.form(key, border=False, enter_to_submit=False):
        entered: Values = {"license_type": values["license_type"], "kind": kind}
        entered["purchase_identifier"] = st.text_input(
            "Purchase identifier",
            key=f"{key}-identifier",
            disabled=fixed,
            placeholder="Contract, order or subscription number",
        )
        slots["purchase_identifier"] = st.empty()
        entered |= _amount_fields(kind, slots, key)
        currency, frequency = st.columns(2)
        with currency:
            codes = [*_COMMON, *(code for code in currencies() if code not in _COMMON)]
            entered["currency"] = st.selectbox(
                "Currency",
                codes,
                format_func=lambda code: f"{code} · {currencies()[code].name}",
                key=f"{key}-currency",
            )
            slots["currency"] = st.empty()
        with frequency:
            frequencies = list(Frequency)
            entered["frequency"] = st.selectbox(
                "Paid",
                frequencies,
                format_func=lambda each: "Once" if each is Frequency.ONCE else each.label,
                key=f"{key}-frequency",
            )
            slots["frequency"] = st.empty()
        entered |= _time_fields(slots, key)
        entered["notes"] = st.text_area("Notes", height=68, key=f"{key}-notes")
        slots["notes"] = st.empty()
        general = st.empty()
        submitted = st.form_submit_button(label, type="primary")
    if submitted:
        try:
            save(entered)
        except PurchaseRefused as refused:
            for field, problem in refused.problems.items():
                sentence = f"{problem[0].upper()}{problem[1:]}."
                slots.get(field, general).markdown(f":red[{plain(sentence)}]")


def _offer_list_price(price: Money, key: str) -> None:
    """A button that fills in the list price."""

    def fill_in() -> None:
        st.session_state[f"{key}-cost"] = decimal_text(price.amount)
        st.session_state[f"{key}-currency"] = price.currency
        st.session_state[f"{key}-frequency"] = Frequency.MONTHLY

    with st.container(horizontal=True, vertical_alignment="center"):
        amount = format_money(price, "seat and month", exact=True)
        st.caption(plain(f"Microsoft's list price, an estimate: {amount}"), width="content")
        st.button("Fill in the list price", on_click=fill_in, type="tertiary", key=f"{key}-list-price")


def _amount_fields(kind: LineKind, slots: dict[str, Any], key: str) -> Values:
    entered: Values = {"seats": 0}
    cost = st.container()
    if kind is LineKind.SEATS:
        seats, cost = st.columns(2)
        with seats:
            entered["seats"] = st.number_input("Seats", min_value=1, step=1, key=f"{key}-seats")
            slots["seats"] = st.empty()
    with cost:
        label, note = _COST_LABELS[kind]
        entered["cost_per_seat"] = st.text_input(label, key=f"{key}-cost", help=note)
        slots["cost_per_seat"] = st.empty()
    return entered


def _time_fields(slots: dict[str, Any], key: str) -> Values:
    entered: Values = {}
    starts, ends, notice = st.columns(3)
    with starts:
        entered["starts_on"] = _day("First day", f"{key}-starts")
        slots["starts_on"] = st.empty()
    with ends:
        entered["ends_on"] = _day("Last day", f"{key}-ends")
        slots["ends_on"] = st.empty()
    with notice:
        entered["notice_days"] = st.number_input(
            "Notice, days",
            min_value=0,
            value=None,
            step=1,
            key=f"{key}-notice",
            placeholder="None",
            help="How many days before its end the purchase must be canceled or reduced",
        )
        slots["notice_days"] = st.empty()
    return entered


def _day(label: str, key: str) -> date | None:
    return st.date_input(label, None, min_value=_FIRST_DAY, max_value=_LAST_DAY, format="YYYY-MM-DD", key=key)
