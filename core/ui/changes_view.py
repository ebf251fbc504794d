"""What changed between two days and why, on the Overview page: in words, and line by line."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.spend.changes import Changes, CurrencyChange, PaidChange, PaidKind, SeatChange
from core.spend.days import kept_days, read_changes
from core.spend.formatting import format_count, format_money
from core.spend.money import Money
from core.spend.type_names import read_type_names
from core.store.engine import reading
from core.ui import downloads, status, tables, words
from core.ui.context import ApplicationContext, runtime

_SPAN: Final = timedelta(days=30)
_ROWS: Final = 10
_A_MONTH: Final = Fraction(1, 12)


def changes(application: ApplicationContext) -> None:
    """Draw the section; nothing while fewer than two days were kept."""
    with reading(runtime().engine) as session:
        days = kept_days(session, application.id)
    if len(days) < 2:  # noqa: PLR2004 - before and after
        return
    with status.section("What changed", key="changes"):
        first, last = _two_days(days)
        place = st.container(width="content")
    if first >= last:
        st.caption("Choose a later day than the first one.")
        return
    with reading(runtime().engine) as session:
        found = read_changes(session, application.id, before=first, after=last)
        names = read_type_names(session, application.id)
    frame, columns = changes_frame(found, names)
    with place:
        stem = f"changes-{application.key}-{first}-{last}"
        downloads.offer_frame("Download", frame, columns, file_stem=stem, key="changes-file")
    st.markdown("  \n".join(words.plain(sentence) for sentence in sentences(found)))
    st.caption("Differences are of what was entered as purchases; estimates at list prices are in none.")
    if frame.empty:
        st.caption("No purchase, and no number of seats, is another than before.")
        return
    tables.show_table(
        frame,
        columns,
        key=f"changes-{first}-{last}",
        alt="What changed between two days",
        height=tables.height_of(len(frame), most=_ROWS),
    )


def _two_days(days: Sequence[date]) -> tuple[date, date]:
    """The days to compare: at first the latest one, and the one thirty days before it or the first since."""
    until = days[-1]
    since = next(place for place, day in enumerate(days) if day >= until - _SPAN)
    first = st.selectbox(
        "From",
        days[:-1],
        index=min(since, len(days) - 2),
        key="changes-from",
        label_visibility="collapsed",
        width=140,
    )
    last = st.selectbox(
        "To", days[1:], index=len(days) - 2, key="changes-to", label_visibility="collapsed", width=140
    )
    return first, last


def sentences(found: Changes) -> list[str]:
    """The differences in words: the spend of each currency, then the seats."""
    told = [_spend_sentence(each) for each in found.currencies]
    assigned = [sum(getattr(each, side).assigned for each in found.seats) for side in ("before", "after")]
    difference = assigned[1] - assigned[0]
    reclaimed = sum(each.reclaimed for each in found.seats)
    restored = sum(each.restored for each in found.seats)
    reasons = [
        f"{format_count(number, 'license')} {word}"
        for number, word in ((reclaimed, "reclaimed"), (restored, "restored"))
        if number
    ]
    elsewhere = difference + reclaimed - restored
    if elsewhere:
        reasons.append(f"{elsewhere:+,} in the tenant itself, on balance")
    if difference or reasons:
        told.append(f"Assigned seats changed by {difference:+,}: {', '.join(reasons)}.")
    else:
        told.append("Assigned seats: as many as before.")
    return told


def _spend_sentence(each: CurrencyChange) -> str:
    difference = each.after - each.before
    went = f"from {format_money(_monthly(each.before))} to {format_money(_monthly(each.after))} a month"
    if not difference.millionths and not each.seat_effect.millionths:
        return f"Spend stayed at {format_money(_monthly(each.after), 'month')}."
    return (
        f"Spend went {went} ({_signed(difference)}): {_signed(each.seat_effect)} by paid seats, "
        f"{_signed(each.price_effect)} by prices."
    )


def changes_frame(found: Changes, names: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """Purchases first, then who holds the licenses; a line for each reason."""
    rows = [
        {"license_type": names.get(each.sku_id, each.sku_id)} | reason
        for each in found.paid
        for reason in _paid_reasons(each)
    ]
    rows += [
        {"license_type": names.get(each.sku_id, each.sku_id)} | reason
        for each in found.seats
        for reason in _seat_reasons(each)
    ]
    columns = {
        "license_type": tables.text("License type", width=230),
        "why": tables.text("What and why", width=380),
        "paid": tables.amount("Paid seats", width=90),
        "assigned": tables.amount("Assigned", width=90),
        "month": tables.amount("Spend / month", width=110),
    }
    return pd.DataFrame(rows, columns=list(columns)), columns


def _paid_reasons(each: PaidChange) -> list[dict[str, object]]:
    named = each.identifier or "Purchase"
    seats = each.seats_after - each.seats_before
    if not each.seats_before and not each.seats_after:
        return [{"why": f"{named}: fixed fees and discounts {each.kind}", "month": _signed(each.difference)}]
    if each.kind is not PaidKind.CHANGED:
        return [
            {
                "why": f"{named} {each.kind}: {format_count(abs(seats), 'seat')}",
                "paid": f"{seats:+,}",
                "month": _signed(each.difference),
            }
        ]
    found: list[dict[str, object]] = []
    if seats:
        found.append(
            {
                "why": f"{named}: {each.seats_before:,} → {each.seats_after:,} paid seats",
                "paid": f"{seats:+,}",
                "month": _signed(each.seat_effect),
            }
        )
    if each.price_effect.millionths:
        old, new = (
            format_money(paid.times(Fraction(1, 12 * count)))
            for paid, count in ((each.before, each.seats_before), (each.after, each.seats_after))
        )
        found.append(
            {
                "why": f"{named}: {old} → {new} a seat and month",
                "month": _signed(each.price_effect),
            }
        )
    return found


def _seat_reasons(each: SeatChange) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for number, why in (
        (-each.reclaimed, "Reclaimed"),
        (each.restored, "Restored"),
        (
            each.elsewhere,
            f"{'Assigned' if each.elsewhere > 0 else 'Removed'} in the tenant itself, on balance",
        ),
    ):
        if number:
            found.append({"why": why, "assigned": f"{number:+,}"})
    if each.before.seats != each.after.seats:
        found.append({"why": f"Seats in the tenant: {each.before.seats:,} → {each.after.seats:,}"})
    return found


def _monthly(amount: Money) -> Money:
    return amount.times(_A_MONTH)


def _signed(annual: Money) -> str:
    """A difference a month, with its sign."""
    text = format_money(_monthly(annual))
    return f"+{text}" if annual.millionths > 0 else text
