"""The chart and table of renewals: bars, marks, what a click means, and lines without seats."""

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from core.spend.figures import Spend, TypeUse, spend
from core.spend.money import LineKind, Money
from core.spend.summary import Renewal, SpendSummary
from core.ui.renewals_view import renewals_chart, renewals_frame
from tests.support.purchases import bought

TODAY = date(2026, 11, 24)
END = date(2027, 3, 31)
NOTICE = date(2027, 3, 1)
DAY_MS = 86_400_000
E3_USE = TypeUse(sku_id="e3", part_number="SPE_E3", seats=100, active=90)
SPEND = spend([E3_USE], {"e3": [bought(ends_on=END, notice_days=30)]}, on=TODAY)


def renewal(**changes: Any) -> Renewal:  # noqa: ANN401 - whatever a renewal has
    values: dict[str, Any] = {
        "sku_id": "e3",
        "part_number": "SPE_E3",
        "name": "Microsoft 365 E3",
        "identifier": "A-1",
        "kind": LineKind.SEATS,
        "seats": 100,
        "annual": Money.of_millionths(1_200_000_000, "USD"),
        "ends_on": END,
        "notice_by": NOTICE,
    }
    return Renewal(**(values | changes))


def traces(*shown: Renewal) -> dict[str, Any]:
    reductions = [each.reduction(SPEND) for each in shown]
    figure = renewals_chart(shown, reductions, TODAY, {"e3": "Microsoft 365 E3"})
    return {trace.name or "text": trace for trace in figure.data}


def test_a_bar_goes_from_today_over_the_notice_date_to_the_end() -> None:
    found = traces(renewal())
    ahead, bound = found["Notice can be given"], found["Bound until the end"]
    assert (ahead.base, ahead.x) == (("2026-11-24",), ((NOTICE - TODAY).days * DAY_MS,))
    assert (bound.base, bound.x) == (("2027-03-01",), ((END - NOTICE).days * DAY_MS,))
    assert found["Last day to give notice"].x == ("2027-03-01",)


def test_where_notice_is_due_no_more_the_whole_bar_is_bound_and_has_no_mark() -> None:
    found = traces(renewal(notice_by=TODAY - timedelta(days=1)))
    assert found["Notice can be given"].x == ()
    assert found["Bound until the end"].base == ("2026-11-24",)
    assert found["Last day to give notice"].x == ()
    assert found["text"].text[0].endswith("2027-03-31 · notice passed")


def test_the_last_day_to_give_notice_is_still_marked() -> None:
    assert traces(renewal(notice_by=TODAY))["Last day to give notice"].x == ("2026-11-24",)


def test_what_ends_far_ahead_runs_to_the_edge_with_its_true_end_beside_it() -> None:
    far = renewal(ends_on=date(2031, 1, 1), notice_by=date(2030, 12, 1))
    found = traces(far)
    assert found["Notice can be given"].x == (730 * DAY_MS,)
    assert found["Last day to give notice"].x == ()
    assert found["text"].text[0].endswith("2031-01-01")


def test_a_click_means_the_license_type_and_hovering_says_what_to_order() -> None:
    bar = traces(renewal())["Notice can be given"]
    assert bar.customdata[0][0] == {"license": ["Microsoft 365 E3"]}
    assert "100 seats, $1,200 / year" in bar.hovertext[0]
    assert "Order 90: saves $120 / year" in bar.hovertext[0]


def test_a_type_that_nobody_can_hold_leads_nowhere() -> None:
    assert traces(renewal(sku_id="company"))["Notice can be given"].customdata[0][0] == {}


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "Microsoft 365 E3 · A-1"),
        ({"kind": LineKind.FEE, "seats": 0}, "Microsoft 365 E3 · A-1 · Fixed fee"),
        (
            {"name": "Windows 365 Enterprise 2 vCPU 8 GB 128 GB, extended"},
            "Windows 365 Enterprise 2 vCPU 8 GB 128 G… · A-1",
        ),
        ({"name": "<b>E3</b>"}, "&lt;b&gt;E3&lt;/b&gt; · A-1"),
    ],
)
def test_a_label_names_type_and_purchase(changes: dict[str, Any], label: str) -> None:
    figure = renewals_chart([renewal(**changes)], [None], TODAY, {})
    assert figure.layout.yaxis.ticktext[0].strip() == label


def test_a_fee_of_the_same_contract_has_no_seats_to_order() -> None:
    fee = renewal(kind=LineKind.FEE, seats=0)
    frame, _ = renewals_frame(summary(SPEND, renewal(), fee), TODAY)
    assert list(frame["identifier"]) == ["A-1", "A-1 · Fixed fee"]
    assert frame["order"].tolist()[0] == 90
    assert frame["order"].isna().tolist() == [False, True]
    assert frame["saves"].tolist()[0] == "$120"
    assert frame["saves"].isna().tolist() == [False, True]


def summary(figures: Spend, *renewals: Renewal) -> SpendSummary:
    return SpendSummary(
        spend=figures,
        counted_at=datetime(2026, 11, 24, tzinfo=UTC),
        types=(),
        renewals=renewals,
        savings={},
        groups={},
        unpriced=(),
        estimated=MappingProxyType({}),
    )
