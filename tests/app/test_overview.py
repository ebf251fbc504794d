import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.store.engine import writing
from core.store.tables import LicenseType, TaskRun
from tests.support.holdings import (
    E3,
    READ_AT,
    VISIO,
    Holding,
    Person,
    keep_people,
    keep_price,
    keep_sources,
)
from tests.support.pages import shown

PEOPLE = (
    *(Person(name=f"Active {number}") for number in range(6)),
    *(
        Person(name=f"Inactive {number}", department="IT", holds=(Holding(status="inactive"),))
        for number in range(3)
    ),
    Person(name="Visio", department=None, holds=(Holding(sku_id=VISIO, status="unknown"),)),
)


@pytest.fixture
def filled(app: AppTest, engine: Engine) -> AppTest:
    """Ten people; Microsoft 365 E3 has a price, Visio has none."""
    keep_people(engine, 1, PEOPLE)
    keep_sources(engine, 1)
    keep_price(engine, 1, E3, "36")
    return app


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception
    return app


def bars(app: AppTest, chart: int = 0) -> dict[str, list[Any]]:
    """The lengths of a chart's bars by what they mean."""
    figure = json.loads(app.get("plotly_chart")[chart].proto.spec)
    return {trace["name"]: list(trace["x"]) for trace in figure["data"]}


def keep_run(engine: Engine, status: str, error: str | None = None, **counts: int) -> None:
    live = status in {"queued", "running"}
    with writing(engine) as session:
        session.add(
            TaskRun(
                application_id=1,
                task="access",
                status=status,
                queued_at=READ_AT,
                started_at=None if status == "queued" else READ_AT,
                ended_at=None if live else READ_AT + timedelta(minutes=2),
                counts=counts,
                error=error,
                started_by="test",
            )
        )


def test_the_tiles_say_what_licenses_cost_and_what_is_wasted(filled: AppTest) -> None:
    run(filled)
    values = {tile.label: tile.value for tile in filled.metric}
    assert values == {
        "Spend": "$3,600",
        "Exposure": "$3,384",
        "Reassignable now": "$3,276",
        "Reducible at renewal": "$3,096",
        "Realized savings": "$0.00",
    }
    assert r"94 % of 100 seats" in shown(filled).replace("\\", "")


def test_the_chart_splits_the_cost_by_activity(filled: AppTest) -> None:
    run(filled)
    assert bars(filled) == {"Active": [216.0], "Inactive": [108.0], "Unassigned": [3276.0]}


def test_seats_are_shown_with_or_without_a_price(filled: AppTest) -> None:
    run(filled)
    filled.segmented_control(key="unit").set_value("Seats").run()
    assert not filled.exception
    assert bars(filled) == {"Active": [6.0], "Inactive": [3.0], "Unknown": [1.0], "Unassigned": [91.0, 99.0]}


def test_what_is_for_the_company_is_in_no_count_of_seats(filled: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).applies_to = "Company"
    run(filled)
    assert list(filled.dataframe[0].value["label"]) == ["Visio Plan 2"]
    filled.segmented_control(key="unit").set_value("Seats").run()
    assert bars(filled) == {"Unknown": [1.0], "Unassigned": [99.0]}


def test_types_that_microsoft_counts_otherwise_are_named(filled: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).consumed = 9
        session.get_one(LicenseType, (1, VISIO)).consumed = 7
    run(filled)
    assert "Visio Plan 2: 1 here, 7 by Microsoft" in [text.value for text in filled.text]


def test_types_of_one_name_are_told_apart_on_the_page(filled: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (1, E3)).product_name = "Visio Plan 2"
    run(filled)
    labels = ["Visio Plan 2 (SPE_E3)", "Visio Plan 2 (VISIOCLIENT)"]
    assert sorted(filled.dataframe[0].value["label"]) == labels
    figure = json.loads(filled.get("plotly_chart")[0].proto.spec)
    assert [label.strip() for label in figure["layout"]["yaxis"]["ticktext"]] == labels[:1]
    filled.segmented_control(key="renewals-form").set_value("Table").run()
    assert list(filled.dataframe[-1].value["license_type"]) == labels[:1]


def test_a_type_without_a_price_is_named(filled: AppTest) -> None:
    run(filled)
    assert "No total covers these license types:" in shown(filled)
    assert "Visio Plan 2" in [text.value for text in filled.text]


def test_without_any_price_the_page_still_shows_seats(app: AppTest, engine: Engine) -> None:
    keep_people(engine, 1, PEOPLE)
    app.session_state["estimates"] = False
    run(app)
    assert {tile.value for tile in app.metric} == {"—"}
    assert sum(bars(app)["Unassigned"]) == 190.0
    assert sum(bars(app, 1)["Active"]) == 6.0


def test_currencies_stand_side_by_side_and_are_never_added(filled: AppTest, engine: Engine) -> None:
    keep_price(engine, 1, VISIO, "15", currency="EUR")
    run(filled)
    assert filled.metric[0].value == "$3,600"
    assert "€1,500 / month" in shown(filled).replace("\\", "")
    filled.segmented_control(key="unit").set_value("EUR").run()
    assert bars(filled) == {"Unknown": [15.0], "Unassigned": [1485.0]}


def test_the_table_has_the_same_numbers(filled: AppTest) -> None:
    run(filled)
    filled.segmented_control(key="form").set_value("Table").run()
    frame = filled.dataframe[0].value
    assert list(frame["label"]) == ["Microsoft 365 E3"]
    assert list(frame["total"]) == ["$3,600"]
    assert list(frame["Inactive"]) == ["$108"]


def test_departments_are_compared_by_what_they_cost(filled: AppTest) -> None:
    run(filled)
    assert bars(filled, 1) == {"Active": [216.0], "Inactive": [108.0]}
    figure = json.loads(filled.get("plotly_chart")[1].proto.spec)
    assert [label.strip() for label in figure["layout"]["yaxis"]["ticktext"]] == ["Sales", "IT"]


def test_renewals_are_drawn_until_their_end_with_the_last_day_to_give_notice(filled: AppTest) -> None:
    run(filled)
    figure = json.loads(filled.get("plotly_chart")[-1].proto.spec)
    ahead, bound, mark, end = figure["data"]
    assert [each["name"] for each in (ahead, bound, mark)] == [
        "Notice can be given",
        "Bound until the end",
        "Last day to give notice",
    ]
    assert [label.strip() for label in figure["layout"]["yaxis"]["ticktext"]] == ["Microsoft 365 E3 · EA-1"]
    assert "2029-12-31" in end["text"][0]
    assert ahead["customdata"] == [[{"license": ["Microsoft 365 E3"]}]]


def test_a_renewal_comes_with_its_last_notice_date(filled: AppTest) -> None:
    run(filled)
    filled.segmented_control(key="renewals-form").set_value("Table").run()
    renewals = filled.dataframe[-1].value
    assert [str(day)[:10] for day in renewals["notice_by"]] == ["2029-12-01"]
    assert list(renewals["annual"]) == ["$43,200"]


def test_a_hostile_name_is_no_markup_in_a_chart(filled: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        row = session.get_one(LicenseType, (1, E3))
        row.product_name = "<b onclick=x>E3</b>"
        session.add(row)
    run(filled)
    spec = filled.get("plotly_chart")[0].proto.spec
    labels = json.loads(spec)["layout"]["yaxis"]["ticktext"]
    assert [label.strip() for label in labels] == ["&lt;b onclick=x&gt;E3&lt;/b&gt;"]


def test_before_the_first_sync_an_administrator_can_begin_it(app: AppTest) -> None:
    run(app)
    assert "Nothing has been read from this tenant yet" in shown(app)
    app.button[0].click().run()
    assert not app.exception
    assert "Reading the tenant for the first time" in shown(app)
    assert "License Differentiation: waits for its turn" in progress(app)


def test_the_first_sync_shows_how_far_it_has_come(app: AppTest, engine: Engine) -> None:
    run(app)
    keep_run(engine, "running", done=1200, expected=2500)
    run(app)
    assert "Application Access: 1,200 of 2,500" in progress(app)


def test_before_activity_was_judged_no_seat_is_called_unused(app: AppTest, engine: Engine) -> None:
    """License types and prices are known first; nobody has been read yet."""
    keep_people(engine, 1, [])
    keep_price(engine, 1, E3, "36")
    run(app)
    assert [tile.value for tile in app.metric] == ["$3,600", "—", "—", "—", "—"]
    assert bars(app) == {"Purchased": [3600.0]}
    assert "Utilization" not in [heading.value for heading in app.subheader]


def test_a_tenant_in_which_nobody_holds_anything_is_shown_as_such(app: AppTest, engine: Engine) -> None:
    keep_people(engine, 1, [])
    keep_price(engine, 1, E3, "36")
    keep_run(engine, "succeeded")
    run(app)
    assert bars(app) == {"Unassigned": [3600.0]}


def test_a_later_sync_leaves_the_figures_in_view(filled: AppTest, engine: Engine) -> None:
    run(filled)
    keep_run(engine, "running", done=7)
    run(filled)
    assert "Application Access: 7 so far" in progress(filled)
    assert filled.metric


def test_a_failed_task_says_what_happened_and_keeps_the_last_good_state(
    filled: AppTest, engine: Engine
) -> None:
    run(filled)
    keep_run(engine, "failed", error="Graph answered 403 (request id abc)")
    run(filled)
    assert "Application Access failed on 2026-11-24 06:12 UTC" in filled.error[0].value.replace("\\", "")
    assert "Graph answered 403" not in filled.error[0].value
    assert [code.value for code in filled.code] == ["Graph answered 403 (request id abc)"]
    assert filled.metric


def test_a_task_that_ended_with_something_missing_says_what(filled: AppTest, engine: Engine) -> None:
    run(filled)
    keep_run(engine, "partial", error="usage reports were not read")
    run(filled)
    assert "usage reports were not read" in filled.warning[0].value


def test_freshness_tells_the_age_of_each_source(filled: AppTest) -> None:
    run(filled)
    line = next(caption.value for caption in filled.caption if "as of" in caption.value)
    assert "as of 2026-11-24 06:10 UTC" in line
    assert "sign-ins: " in line
    assert "reports: " in line


def progress(app: AppTest) -> str:
    return "\n".join(str(bar.proto.text) for bar in app.progress)
