"""The larger parts of the Overview page: the tiles, utilization."""

from collections.abc import Collection, Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.spend.figures import CurrencySpend, Figure
from core.spend.formatting import format_count, format_money, format_percent
from core.spend.money import Money
from core.spend.savings import Savings
from core.spend.summary import SpendSummary
from core.ui import tables, words


def tiles(summary: SpendSummary, *, assessed: bool) -> None:
    """The figures, each currency for itself: the largest one in large, others below it.

    Before activity was ever judged only the spend is known. Amounts that hold list prices are marked with ≈.
    """
    guessed = frozenset(each.currency for each in summary.estimated.values())
    without_price = "count at Microsoft's list price, which is an estimate" if guessed else "are in no total"
    ordered = sorted(summary.spend.currencies, key=lambda each: -each.annual.millionths)
    with st.container(horizontal=True, gap="small"):
        _tile(
            "Spend",
            [each.monthly for each in ordered],
            [[format_count(each.user_seats, "paid seat")] for each in ordered],
            note=f"Purchased seats × price, per month. Types without a price {without_price}.",
            guessed=guessed,
        )
        if not assessed:
            for label in ("Exposure", "Reassignable now", "Reducible at renewal", "Realized savings"):
                _unknown_tile(label, "known when the tenant has been read")
            return
        _tile(
            "Exposure",
            [each.exposure.monthly for each in ordered],
            [
                [format_percent(each.exposure.seats, each.user_seats, "seats"), *_unknown(each)]
                for each in ordered
            ],
            note="Inactive, never active and unassigned seats. Unknown ones stand beside it, not in it.",
            guessed=guessed,
        )
        _tile(
            "Reassignable now",
            [each.reassignable_now.monthly for each in ordered],
            [[format_count(each.reassignable_now.seats, "seat")] for each in ordered],
            note="Free seats and those that can be reclaimed with High confidence: purchases to avoid.",
            guessed=guessed,
        )
        _tile(
            "Reducible at renewal",
            [each.reducible_at_renewal.monthly for each in ordered],
            [_reducible(each.reducible_at_renewal) for each in ordered],
            note="Reassignable seats less the reserve, in purchases whose notice date is still ahead, the "
            "most urgent first: a type bought in two currencies is reduced where notice is due first.",
        )
        savings = [summary.savings[each.currency] for each in ordered]
        _tile(
            "Realized savings",
            [each.invoice_reduced.monthly for each in savings],
            [_realized(each) for each in savings],
            note="Reclaimed seats that were dropped at a renewal. Beside it, never summed: those that were "
            "assigned anew when no other was free, and freed ones that are still paid for.",
        )


def _realized(savings: Savings) -> list[str]:
    """What stands below the invoice reduced, and is never added to it."""
    lines = []
    if savings.purchase_avoided.seats:
        lines.append(f"+ {format_money(savings.purchase_avoided.monthly)} avoided")
    freed = savings.freed_still_paid
    if freed.seats:
        lines.append(f"{format_count(freed.seats, 'seat')} freed, still paid")
    return lines or [f"{format_count(savings.invoice_reduced.seats, 'seat')} dropped"]


def _unknown(spend: CurrencySpend) -> list[str]:
    return [f"+ {format_money(spend.unknown.monthly)} unknown"] if spend.unknown.seats else []


def _reducible(figure: Figure) -> list[str]:
    if figure.by_date is None:
        return ["no notice date ahead"]
    return [f"{format_count(figure.seats, 'seat')} · by {figure.by_date}"]


def _tile(
    label: str,
    amounts: Sequence[Money],
    lines: Sequence[Sequence[str]],
    *,
    note: str,
    guessed: Collection[str] = (),
) -> None:
    """`guessed`: currencies of which the amounts hold list prices."""
    if not amounts:
        _unknown_tile(label, "no price entered yet")
        return
    with st.container(border=True, gap="xxsmall", height="stretch"):
        marks = ["≈ " if amount.currency in guessed else "" for amount in amounts]
        full = " · ".join(
            words.plain(f"{mark}{format_money(amount, 'month')}")
            for mark, amount in zip(marks, amounts, strict=True)
        )
        st.metric(label, f"{marks[0]}{format_money(amounts[0], compact=True)}", help=f"{note}\n\n{full}")
        st.caption("  \n".join(words.plain(line) for line in ("per month", *lines[0])))
        for mark, amount, further in zip(marks[1:], amounts[1:], lines[1:], strict=True):
            also = [f"{mark}{format_money(amount, 'month', compact=True)}", *further]
            st.caption("  \n".join(words.plain(line) for line in also))


def _unknown_tile(label: str, why: str) -> None:
    with st.container(border=True, gap="xxsmall", height="stretch"):
        st.metric(label, words.NONE_GIVEN)
        st.caption(why)


def utilization_frame(
    summary: SpendSummary,
) -> tuple[pd.DataFrame, dict[str, ColumnConfig], list[str]]:
    """Assigned of purchased seats, with the columns and the SKU id of each row.

    Free types are left out, and what is for the company as a whole: nobody can hold it.
    """
    types = (each for each in summary.types if not each.use.free and not each.use.for_company)
    shown = sorted(
        (each for each in types if each.use.seats or each.use.assigned),
        key=lambda each: (-each.use.seats, each.name),
    )
    frame = pd.DataFrame(
        {
            "label": [each.name for each in shown],
            "purchased": [each.use.seats for each in shown],
            "assigned": [each.use.assigned for each in shown],
            "share": [100 * each.use.assigned / each.use.seats if each.use.seats else None for each in shown],
        }
    )
    columns = {
        "label": tables.text("License type", width=205),
        "purchased": tables.count("Purchased", width=80, note="By the tenant's own count, grace included."),
        "assigned": tables.count("Assigned", width=75),
        "share": tables.share("Utilization", width=100),
    }
    return frame, columns, [each.use.sku_id for each in shown]
