"""The trend and what changed, on the Overview page."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from core.integration.rollups import write_rollups
from core.integration.snapshots import write_snapshot
from core.spend.grouping import Grouping
from core.spend.trend import Step
from core.store.engine import writing
from core.store.tables import Assignment, AssignmentRollup, Purchase
from tests.support.holdings import E3, Holding, Person, keep_people, keep_price, keep_sources, person_id
from tests.support.pages import run, shown

PEOPLE = (
    *(Person(name=f"Active {number}") for number in range(6)),
    *(
        Person(name=f"IT {number}", department="IT", holds=(Holding(status="inactive"),))
        for number in range(3)
    ),
)
NOW = datetime.now(UTC)
EARLIER = NOW - timedelta(days=3)


def snapshot(engine: Engine, at: datetime) -> None:
    with writing(engine) as session:
        write_rollups(session, 1)
        write_snapshot(session, 1, at)


@pytest.fixture
def one_day(app: AppTest, engine: Engine) -> AppTest:
    """Nine people three days ago."""
    keep_people(engine, 1, PEOPLE)
    keep_sources(engine, 1)
    keep_price(engine, 1, E3, "36")
    snapshot(engine, EARLIER)
    return app


@pytest.fixture
def two_days(one_day: AppTest, engine: Engine) -> AppTest:
    """Today somebody of Sales has no license any more; there was no sync in between."""
    with writing(engine) as session:
        gone = select(Assignment).where(Assignment.user_id == person_id(1))
        session.delete(session.exec(gone).one())
        session.flush()
    snapshot(engine, NOW)
    return one_day


def areas(app: AppTest) -> list[tuple[str, list[int], list[float]]]:
    """The areas of the trend: what they mean, their places and their heights."""
    figure = json.loads(app.get("plotly_chart")[2].proto.spec)
    return [(area["name"], area["x"], area["y"]) for area in figure["data"]]


def table(app: AppTest, column: str) -> Any:  # noqa: ANN401 - a frame
    return next(each.value for each in app.dataframe if column in each.value.columns)


def test_a_single_day_is_no_trend_yet(one_day: AppTest) -> None:
    run(one_day)
    assert f"first point: {EARLIER.date()}" in shown(one_day)
    assert "What changed" not in [heading.value for heading in one_day.subheader]
    assert not [chart.key for chart in one_day.get("plotly_chart") if str(chart.key).startswith("trend")]


def test_days_without_a_sync_are_gaps_in_the_chart_and_are_counted(two_days: AppTest) -> None:
    run(two_days)
    two_days.segmented_control(key="trend-step").set_value(Step.DAY)
    run(two_days)
    assert areas(two_days) == [
        ("Active", [0], [216.0]),
        ("Inactive", [0], [108.0]),
        ("Unassigned", [0], [3276.0]),
        ("Active", [3], [180.0]),
        ("Inactive", [3], [108.0]),
        ("Unassigned", [3], [3312.0]),
    ]
    assert "2 days without a sync: a gap, not a zero" in shown(two_days)


def test_the_unit_of_the_page_is_the_trend_s_too(two_days: AppTest) -> None:
    run(two_days)
    two_days.segmented_control(key="trend-step").set_value(Step.DAY)
    two_days.segmented_control(key="unit").set_value("Seats")
    run(two_days)
    assert areas(two_days)[3:5] == [("Active", [3], [5.0]), ("Inactive", [3], [3.0])]


def test_the_trend_of_a_department_is_that_of_its_seats(two_days: AppTest) -> None:
    run(two_days)
    two_days.segmented_control(key="trend-step").set_value(Step.DAY)
    two_days.selectbox(key=f"trend-of-{Grouping.DEPARTMENT}").set_value("Department: Sales")
    run(two_days)
    assert areas(two_days) == [("Active", [0], [216.0]), ("Active", [3], [180.0])]


def test_the_table_shows_the_days_as_well(two_days: AppTest) -> None:
    run(two_days)
    two_days.segmented_control(key="trend-step").set_value(Step.DAY)
    two_days.segmented_control(key="trend-form").set_value("Table")
    run(two_days)
    frame = table(two_days, "unassigned")
    assert frame["total"].fillna("").tolist() == ["$3,600", "", "", "$3,600"]
    assert frame["active"].fillna("").tolist() == ["$180", "", "", "$216"]


def test_what_changed_is_said_in_words_and_line_by_line(two_days: AppTest) -> None:
    run(two_days)
    said = shown(two_days).replace("\\", "")
    assert "Assigned seats changed by -1: -1 in the tenant itself, on balance." in said
    assert table(two_days, "why")["why"].tolist() == ["Removed in the tenant itself, on balance"]


def test_groups_of_the_hr_roster_can_be_chosen(two_days: AppTest) -> None:
    run(two_days)
    two_days.selectbox(key="grouping").set_value(Grouping.MANAGER)
    run(two_days)
    figure = json.loads(two_days.get("plotly_chart")[1].proto.spec)
    assert [label.strip() for label in figure["layout"]["yaxis"]["ticktext"]] == ["(none)"]


def test_before_seats_were_counted_by_something_the_page_says_so(two_days: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        by_manager = select(AssignmentRollup).where(AssignmentRollup.dimension == Grouping.MANAGER)
        for row in session.exec(by_manager).all():
            session.delete(row)
    run(two_days)
    two_days.selectbox(key="grouping").set_value(Grouping.MANAGER)
    run(two_days)
    assert "No assigned seats are counted by manager yet." in shown(two_days)


def test_groups_are_a_table_too_with_all_of_them(two_days: AppTest) -> None:
    run(two_days)
    two_days.segmented_control(key="form").set_value("Table")
    run(two_days)
    frames = [each.value for each in two_days.dataframe if "label" in each.value.columns]
    assert [list(frame["label"]) for frame in frames[:3:2]] == [["Microsoft 365 E3"], ["Sales", "IT"]]


def test_estimates_count_in_the_trend_as_in_the_spend_and_are_marked(
    two_days: AppTest, engine: Engine
) -> None:
    with writing(engine) as session:
        session.delete(session.exec(select(Purchase)).one())
    run(two_days)
    two_days.segmented_control(key="trend-step").set_value(Step.DAY)
    run(two_days)
    assert [name for name, _, _ in areas(two_days)[:3]] == ["Active", "Inactive", "Unassigned"]
    assert "≈ Types without a price count at list prices." in shown(two_days)


def test_before_its_purchase_began_a_type_is_not_estimated(two_days: AppTest, engine: Engine) -> None:
    """It would seem to have become cheaper by having been bought."""
    with writing(engine) as session:
        session.exec(select(Purchase)).one().starts_on = NOW.date()
    run(two_days)
    two_days.segmented_control(key="trend-step").set_value(Step.DAY)
    run(two_days)
    assert [heights for _, _, heights in areas(two_days)] == [[0], [0], [0], [180], [108], [3312]]
    assert "≈ Types without a price" not in shown(two_days)
