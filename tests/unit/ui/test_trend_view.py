"""What the trend and the changes say, in numbers and words."""

from datetime import date
from decimal import Decimal

import pytest

from core.spend.changes import changes
from core.spend.figures import TypeUse
from core.spend.money import Frequency, Purchase
from core.spend.trend import Step, periods, use_of_types
from core.ui.changes_view import changes_frame, sentences
from core.ui.trend_view import Trend, trend_file, trend_frame

SEPTEMBER, NOVEMBER = date(2026, 9, 30), date(2026, 11, 24)
TERMS = {
    "e3": [
        Purchase(
            seats=10,
            cost_per_seat=Decimal(36),
            currency="USD",
            frequency=Frequency.MONTHLY,
            identifier="EA-1",
            ends_on=date(2026, 10, 31),
        ),
        Purchase(
            seats=8,
            cost_per_seat=Decimal("38.50"),
            currency="USD",
            frequency=Frequency.MONTHLY,
            identifier="EA-1",
            starts_on=date(2026, 11, 1),
        ),
    ]
}


def held(active: int, inactive: int = 0) -> TypeUse:
    return TypeUse(sku_id="e3", part_number="E3", seats=10, active=active, inactive=inactive)


@pytest.fixture
def trend() -> Trend:
    """September and November; October had no sync."""
    return Trend(
        periods=periods([SEPTEMBER, NOVEMBER], Step.MONTH, until=NOVEMBER, most=13),
        use={
            SEPTEMBER: use_of_types([held(6)], TERMS, on=SEPTEMBER),
            NOVEMBER: use_of_types([held(5, 2)], TERMS, on=NOVEMBER),
        },
    )


def test_the_table_has_the_latest_period_first_and_leaves_a_gap_empty(trend: Trend) -> None:
    frame, columns = trend_frame(trend, None)
    assert list(columns) == ["first", "on", "total", "active", "inactive", "unassigned"]
    assert frame["active"].fillna(-1).tolist() == [5, -1, 6]
    assert frame["total"].fillna(-1).tolist() == [10, -1, 10]


def test_amounts_are_a_month_s_and_sum_to_the_total(trend: Trend) -> None:
    frame, _ = trend_frame(trend, "USD")
    assert frame["total"].tolist()[::2] == ["$308", "$360"]
    assert frame["active"].tolist()[::2] == ["$193", "$216"]


def test_a_file_has_exact_amounts_and_nothing_for_a_gap(trend: Trend) -> None:
    columns, rows = trend_file(trend, "USD")
    assert [column.name for column in columns] == [
        "From",
        "To",
        "As of",
        "Active USD / month",
        "Inactive USD / month",
        "Unassigned USD / month",
    ]
    assert rows == [
        [date(2026, 9, 1), SEPTEMBER, SEPTEMBER, Decimal(216), 0, Decimal(144)],
        [date(2026, 10, 1), date(2026, 10, 31), None, None, None, None],
        [date(2026, 11, 1), date(2026, 11, 30), NOVEMBER, Decimal("192.50"), Decimal(77), Decimal("38.50")],
    ]


def test_the_difference_is_told_in_words_and_by_reason() -> None:
    found = changes(
        TERMS,
        ([held(6, 3)], [held(7)]),
        before=SEPTEMBER,
        after=NOVEMBER,
        reclaimed={"e3": 4},
        restored={"e3": 1},
    )
    spend, seats = sentences(found)
    assert spend == (
        "Spend went from $360 to $308 a month (-$52.00): -$72.00 by paid seats, +$20.00 by prices."
    )
    assert seats == (
        "Assigned seats changed by -2: 4 licenses reclaimed, 1 license restored, +1 in the tenant itself, "
        "on balance."
    )
    frame, _ = changes_frame(found, {"e3": "Microsoft 365 E3"})
    assert frame.astype(object).fillna("").to_numpy().tolist() == [
        ["Microsoft 365 E3", "EA-1: 10 → 8 paid seats", "-2", "", "-$72.00"],
        ["Microsoft 365 E3", "EA-1: $36.00 → $38.50 a seat and month", "", "", "+$20.00"],
        ["Microsoft 365 E3", "Reclaimed", "", "-4", ""],
        ["Microsoft 365 E3", "Restored", "", "+1", ""],
        ["Microsoft 365 E3", "Assigned in the tenant itself, on balance", "", "+1", ""],
    ]


def test_a_purchase_that_starts_or_ends_is_one_line() -> None:
    started = {"e3": TERMS["e3"][1:]}
    found = changes(started, ([], []), before=SEPTEMBER, after=NOVEMBER, reclaimed={}, restored={})
    frame, _ = changes_frame(found, {})
    assert frame.astype(object).fillna("").to_numpy().tolist() == [
        ["e3", "EA-1 started: 8 seats", "+8", "", "+$308"]
    ]
    assert sentences(found) == [
        "Spend went from $0.00 to $308 a month (+$308): +$308 by paid seats, $0.00 by prices.",
        "Assigned seats: as many as before.",
    ]
