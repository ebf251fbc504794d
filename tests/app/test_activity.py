import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.policies.policies import change_policies
from core.policies.settings import Setting
from core.rights import Actor, Role
from core.store.engine import writing
from core.store.tables import User
from core.ui.tables import ids_key
from tests.support.holdings import (
    E3,
    READ_AT,
    VISIO,
    Holding,
    Person,
    keep_people,
    keep_price,
    keep_sources,
    person_id,
)
from tests.support.pages import buttons, open_page, run, shown
from tests.support.rosters import keep_roster

HOSTILE = "<img src=x onerror=alert(1)> **bold** [x](javascript:1) :material/home: $a$"
PEOPLE = (
    Person(name="Anna Active", holds=(Holding(), Holding(sku_id=VISIO, status="unknown"))),
    Person(name="Ian Inactive", department="IT", holds=(Holding(status="inactive"),)),
    Person(name=HOSTILE, department=None, enabled=False, holds=(Holding(status="never_active"),)),
)


@pytest.fixture
def filled(app: AppTest, engine: Engine) -> AppTest:
    """The app with three people, four assignments, and a price for one of the two license types."""
    keep_people(engine, 1, PEOPLE)
    keep_sources(engine, 1)
    keep_price(engine, 1, E3, "36")
    return app


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["name"])


def select(app: AppTest, rows: list[tuple[str, str]], position: int) -> None:
    """Choose a row as a click on it would."""
    key = ids_key("activity", (f"{user_id} {sku_id}" for user_id, sku_id in rows))
    app.session_state[key] = {"selection": {"rows": [position], "columns": [], "cells": []}}
    app.run()
    assert not app.exception


def test_each_license_that_somebody_holds_is_a_row(filled: AppTest) -> None:
    open_page(filled, "activity.py")
    frame = filled.dataframe[0].value
    assert list(frame["name"]) == [HOSTILE, "Anna Active", "Anna Active", "Ian Inactive"]
    assert list(frame["status"]) == ["○ Never active", "● Active", "? Unknown", "◐ Inactive"]


def test_the_line_above_says_what_is_shown_and_what_it_costs(filled: AppTest) -> None:
    open_page(filled, "activity.py")
    assert "**4** of 4 assignments" in shown(filled)
    assert r"\$108 \/ month" in shown(filled)
    assert "1 without a price" in shown(filled)
    assert "● 1 Active" in shown(filled)


def test_filters_come_from_the_address(filled: AppTest) -> None:
    filled.query_params["status"] = ["Inactive", "Never active"]
    filled.query_params["license"] = "Microsoft 365 E3"
    open_page_with_address(filled)
    assert names(filled) == [HOSTILE, "Ian Inactive"]
    assert "**2** of 4 assignments" in shown(filled)


def test_what_is_chosen_goes_into_the_address(filled: AppTest) -> None:
    open_page(filled, "activity.py")
    filled.multiselect(key="department").set_value(["IT", "(none)"]).run()
    assert names(filled) == [HOSTILE, "Ian Inactive"]
    assert filled.multiselect(key="department").proto.query_param_key == "department"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("account", "Disabled", [HOSTILE]),
        ("account", "Enabled", ["Anna Active", "Anna Active", "Ian Inactive"]),
    ],
)
def test_accounts_can_be_told_apart(filled: AppTest, key: str, value: str, expected: list[str]) -> None:
    open_page(filled, "activity.py")
    filled.selectbox(key=key).set_value(value).run()
    assert names(filled) == expected


def test_a_search_that_fits_nobody_says_what_to_do(filled: AppTest) -> None:
    open_page(filled, "activity.py")
    filled.text_input(key="q").set_value("100%").run()
    assert not filled.exception
    assert not filled.dataframe
    assert "No assignment fits these filters" in shown(filled)


def test_a_chosen_row_shows_its_evidence_and_what_else_is_held(filled: AppTest) -> None:
    keys = [(person_id(3), E3), (person_id(1), E3), (person_id(1), VISIO), (person_id(2), E3)]
    open_page(filled, "activity.py")
    select(filled, keys, 1)
    assert [each.value for each in filled.subheader] == ["Anna Active"]
    assert r"Last successful sign\-in on 2026\-11\-21\." in shown(filled)
    assert "? Visio Plan 2" in shown(filled)
    assert "Mary Manager" in shown(filled)
    assert "● **Active** against 60 days" in shown(filled)
    evidence = filled.dataframe[1].value
    assert "Teams report" in list(evidence["source"])


def test_the_panel_says_until_when_by_the_directory_and_whether_the_account_is_synced(
    filled: AppTest, engine: Engine
) -> None:
    with writing(engine) as session:
        user = session.get_one(User, (1, person_id(1)))
        user.leaves_at, user.on_premises_sync = READ_AT, True
    open_page(filled, "activity.py")
    select(filled, [(person_id(3), E3), (person_id(1), E3), (person_id(1), VISIO), (person_id(2), E3)], 1)
    said = shown(filled).replace("\\", "")
    assert "**Last day** 2026-11-24, by the directory" in said
    assert "**Synced** from an on-premises directory" in said


def test_an_assignment_that_failed_has_a_state_of_its_own_and_no_cost(app: AppTest, engine: Engine) -> None:
    people = [Person(name="Anna"), Person(name="Ben", holds=(Holding(status="failed"),))]
    keep_people(engine, 1, people)
    keep_price(engine, 1, E3, "36")
    app.query_params["status"] = ["Assignment failed"]
    open_page_with_address(app)
    frame = app.dataframe[0].value
    assert list(frame["status"]) == ["✕ Assignment failed"]
    assert list(frame["confidence"].fillna("")) == [""]
    said = shown(app).replace("\\", "")
    assert "**1** of 2 assignments · $0.00 / month" in said
    assert "✕ 1 Assignment failed" in said
    select(app, [(person_id(2), E3)], 0)
    assert "there were not enough licenses" in shown(app)


def test_a_selection_is_never_taken_for_somebody_else(filled: AppTest) -> None:
    """Position 1 of other rows is another person, so the selection is gone with the rows."""
    keys = [(person_id(3), E3), (person_id(1), E3), (person_id(1), VISIO), (person_id(2), E3)]
    open_page(filled, "activity.py")
    select(filled, keys, 1)
    filled.multiselect(key="status").set_value(["Inactive", "Never active"]).run()
    assert names(filled) == [HOSTILE, "Ian Inactive"]
    assert not filled.subheader


def test_a_hostile_name_is_shown_as_it_is(filled: AppTest) -> None:
    keys = [(person_id(3), E3), (person_id(1), E3), (person_id(1), VISIO), (person_id(2), E3)]
    open_page(filled, "activity.py")
    select(filled, keys, 0)
    heading = filled.subheader[0].value
    assert r"\<img src\=x onerror\=alert\(1\)\> \*\*bold\*\* \[x\]" in heading
    assert ":material/" not in heading.replace("\\", "")


def test_columns_can_be_chosen(filled: AppTest) -> None:
    open_page(filled, "activity.py")
    filled.multiselect(key="columns").set_value(["name", "evidence"]).run()
    assert not filled.exception
    assert filled.dataframe[0].proto.column_order == ["name", "evidence"]


def test_before_the_first_sync_the_page_says_what_it_will_show(app: AppTest) -> None:
    open_page(app, "activity.py")
    assert "Nothing has been read from this tenant yet" in shown(app)
    assert [button.label for button in app.button] == ["Read the tenant now"]


def test_a_source_that_is_missing_is_named_with_what_that_means(filled: AppTest) -> None:
    open_page(filled, "activity.py")
    assert "MailboxSettings\\.Read is missing" in shown(filled)


def open_page_with_address(app: AppTest) -> None:
    """Open the page by its address, as a link that somebody sent would."""
    parameters = dict(app.query_params)
    open_page(app, "activity.py")
    app.query_params.update(parameters)
    app.run()
    assert not app.exception


def test_without_an_hr_roster_nothing_speaks_of_employees(filled: AppTest) -> None:
    open_page(filled, "activity.py")
    assert "Employee status" not in [each.label for each in filled.multiselect]
    assert "employee" not in filled.multiselect(key="columns").value


def test_the_employee_status_is_filtered_by_and_shown_beside_the_activity_status(
    filled: AppTest, engine: Engine
) -> None:
    keep_roster(
        engine,
        1,
        {"email": "person1@example.com", "status": "left", "inactive_date": "2026-11-20"},
        {"email": "person2@example.com", "cost_center": "CC7"},
    )
    filled.query_params["employee"] = ["Inactive", "No such status"]
    open_page_with_address(filled)
    frame = filled.dataframe[0].value
    assert list(frame["employee"]) == ["Inactive", "Inactive"]
    assert list(frame["status"]) == ["● Active", "? Unknown"]
    select(filled, [(person_id(1), E3), (person_id(1), VISIO)], 0)
    text = r"**Employee** Inactive\, last day 2026\-11\-20\; found by user principal name"
    assert text in shown(filled)


def test_the_days_against_which_a_status_is_judged_stand_beside_it(filled: AppTest, engine: Engine) -> None:
    open_page(filled, "activity.py")
    assert shown(filled).count("against 60 days") == 1
    change_policies(
        engine,
        1,
        values={Setting.THRESHOLD_DAYS: 90},
        thresholds={VISIO: 120},
        actor=Actor(name="Ada", role=Role.ADMINISTRATOR),
        now=READ_AT,
    )
    filled.session_state["columns"] = ["name", "license_type", "threshold"]
    run(filled)
    assert "against 90 to 120 days, by type" in shown(filled)
    frame = filled.dataframe[0].value
    by_type = set(zip(frame["license_type"], frame["threshold"], strict=True))
    assert by_type == {("Microsoft 365 E3", 90), ("Visio Plan 2", 120)}


def test_an_operator_can_exempt_the_person_that_is_shown(filled: AppTest) -> None:
    keys = [(person_id(3), E3), (person_id(1), E3), (person_id(1), VISIO), (person_id(2), E3)]
    open_page(filled, "activity.py")
    select(filled, keys, 1)
    assert buttons(filled)["Exempt this person"]


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_cannot_exempt_anybody(filled: AppTest) -> None:
    keys = [(person_id(3), E3), (person_id(1), E3), (person_id(1), VISIO), (person_id(2), E3)]
    open_page(filled, "activity.py")
    select(filled, keys, 1)
    assert [each.value for each in filled.subheader] == ["Anna Active"]
    assert "Exempt this person" not in buttons(filled)
