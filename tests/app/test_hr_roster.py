"""The HR Roster page: importing with mapping, preview, errors and confirmation; and the list of employees."""

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from core.store.engine import reading
from core.store.tables import Employee, RosterImport
from tests.support.holdings import Person, keep_people
from tests.support.pages import buttons, click, open_page, run, shown
from tests.support.rosters import keep_roster, roster_csv

PAGE = "hr_roster.py"
ADA = {"email": "person1@example.com", "employee_id": "1", "first_name": "Ada", "last_name": "Byron"}
BEN = {"email": "person2@example.com", "employee_id": "2", "first_name": "Ben", "last_name": "Bauer"}
HOSTILE = "<img src=x> **bold** [x](javascript:1)"


@pytest.fixture
def filled(app: AppTest, engine: Engine) -> AppTest:
    """The app with two people in the directory."""
    keep_people(engine, 1, [Person(name="Ada"), Person(name="Ben")])
    return app


def upload(app: AppTest, content: bytes, name: str = "people.csv") -> AppTest:
    app.file_uploader[0].set_value((name, content, "text/csv"))
    return run(app)


def open_import(app: AppTest) -> AppTest:
    """The page where a roster was imported before, at its import."""
    open_page(app, PAGE)
    app.button_group(key="roster-shows").set_value("Import a roster")
    return run(app)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def employees(engine: Engine) -> list[Employee]:
    with reading(engine) as session:
        return list(session.exec(select(Employee).order_by("id")))


def test_before_the_first_import_the_page_says_what_to_do(filled: AppTest) -> None:
    open_page(filled, PAGE)
    assert "No employees yet" in shown(filled)
    assert "no roster was imported yet" in shown(filled)
    assert [each.label for each in filled.file_uploader] == ["CSV or Excel file"]
    assert len(filled.get("download_button")) == 1


def test_a_file_is_previewed_and_imported(filled: AppTest, engine: Engine) -> None:
    open_page(filled, PAGE)
    upload(filled, roster_csv([ADA, BEN | {"status": "left"}, {"email": "new@example.com"}]))
    assert metrics(filled) == {
        "Added": "3",
        "Updated": "0",
        "Unchanged": "0",
        "Departed": "0",
        "Without an account": "1",
        "In conflict": "0",
    }
    assert list(filled.dataframe[0].value["what"]) == ["Active", "Inactive", "Active"]
    assert employees(engine) == []

    click(filled, "Import 3 employees")
    assert [each.status for each in employees(engine)] == ["active", "inactive", "active"]
    assert "Imported people\\.csv\\: 3 added" in filled.toast[0].value
    assert "**3 employees** · 2 active · 1 inactive · 0 on leave" in shown(filled)


def test_the_template_can_be_imported(filled: AppTest) -> None:
    from core.ui.roster_import import TEMPLATE  # noqa: PLC0415 - Streamlit must not be set up before the app

    open_page(filled, PAGE)
    upload(filled, TEMPLATE.encode())
    assert metrics(filled)["Added"] == "2"


def test_headings_that_are_not_told_are_mapped_by_hand(filled: AppTest, engine: Engine) -> None:
    open_page(filled, PAGE)
    upload(filled, b"Mail 2;Zustand;Alter\nada@example.com;left;7\n")
    assert "2 errors: nothing will be imported." in shown(filled)
    assert "Import 1 employee" not in buttons(filled)

    boxes = {box.label: box for box in filled.selectbox}
    boxes["E-mail"].set_value("Mail 2")
    boxes["Status"].set_value("Zustand")
    run(filled)
    assert "Left aside\\: Alter" in shown(filled)
    click(filled, "Import 1 employee")
    (ada,) = employees(engine)
    assert (ada.email, ada.status) == ("ada@example.com", "inactive")


def test_errors_are_listed_by_line_and_nothing_can_be_imported(filled: AppTest, engine: Engine) -> None:
    open_page(filled, PAGE)
    upload(filled, roster_csv([ADA, BEN | {"status": "gone"}]))
    assert "1 error: nothing will be imported." in shown(filled)
    frame = filled.dataframe[0].value
    assert [list(frame[name]) for name in ("line", "column", "found")] == [[3], ["status"], ["gone"]]
    assert "Import 2 employees" not in buttons(filled)
    assert employees(engine) == []


def test_a_file_that_is_no_table_is_an_error(filled: AppTest) -> None:
    open_page(filled, PAGE)
    upload(filled, b"PK\x03\x04 no workbook", "people.xlsx")
    assert "1 error: nothing will be imported." in shown(filled)


def test_a_full_roster_that_loses_many_waits_for_their_number(filled: AppTest, engine: Engine) -> None:
    keep_roster(engine, 1, ADA, BEN)
    open_import(filled)
    upload(filled, roster_csv([BEN]))
    filled.radio(key="roster-kind").set_value("Full")
    run(filled)
    assert "1 employee on record would depart, among them 1 of 2 who are employed (50.0 %)" in shown(filled)
    assert buttons(filled)["Import 1 employee"] is False
    filled.number_input(key="roster-departed").set_value(2)
    run(filled)
    assert buttons(filled)["Import 1 employee"] is False

    filled.number_input(key="roster-departed").set_value(1)
    run(filled)
    click(filled, "Import 1 employee")
    ada, ben = employees(engine)
    assert ada.departed_on is not None
    assert ben.departed_on is None
    with reading(engine) as session:
        assert session.exec(select(RosterImport.departed)).all() == [0, 1]


def test_a_partial_roster_asks_for_no_number(filled: AppTest, engine: Engine) -> None:
    keep_roster(engine, 1, ADA, BEN)
    open_import(filled)
    upload(filled, roster_csv([BEN | {"location": "Bonn"}]))
    assert list(filled.dataframe[0].value["what"]) == ["Location: — → Bonn"]
    assert not filled.number_input
    assert buttons(filled)["Import 1 employee"]


def test_employees_are_listed_and_filtered(filled: AppTest, engine: Engine) -> None:
    keep_roster(engine, 1, ADA, BEN | {"status": "leave"}, {"email": "cy@example.com", "last_name": HOSTILE})
    open_page(filled, PAGE)
    frame = filled.dataframe[0].value
    assert list(frame["name"]) == [HOSTILE, "Ben Bauer", "Ada Byron"]
    assert list(frame["account"].fillna("")) == ["", "person2@example.com", "person1@example.com"]
    assert "2 with an account · 1 without one · 0 in conflict" in shown(filled)

    filled.multiselect(key="employee").set_value(["On leave"])
    run(filled)
    assert list(filled.dataframe[0].value["name"]) == ["Ben Bauer"]
    filled.text_input(key="q").set_value("nobody at all")
    run(filled)
    assert "No employee fits these filters" in shown(filled)


def test_the_page_says_what_partial_rosters_leave_open(filled: AppTest, engine: Engine) -> None:
    keep_roster(engine, 1, ADA)
    open_page(filled, PAGE)
    (note,) = filled.info
    assert "of everybody else the employee status is not known" in note.value
    keep_roster(engine, 1, ADA, BEN, full=True)
    open_page(filled, PAGE)
    assert not filled.info


def test_past_imports_are_listed(filled: AppTest, engine: Engine) -> None:
    keep_roster(engine, 1, ADA, BEN)
    keep_roster(engine, 1, ADA | {"location": "Rome"})
    open_page(filled, PAGE)
    filled.button_group(key="roster-shows").set_value("Past imports")
    run(filled)
    frame = filled.dataframe[0].value
    assert list(frame["added"]) == [0, 2]
    assert list(frame["updated"]) == [1, 0]


@pytest.mark.usefixtures("live_tenant")
def test_a_viewer_sees_the_employees_and_no_way_to_import(filled: AppTest, engine: Engine) -> None:
    open_page(filled, PAGE)
    assert "Importing needs the role analyst" in shown(filled)
    assert not filled.file_uploader
    keep_roster(engine, 1, ADA)
    open_page(filled, PAGE)
    assert list(filled.dataframe[0].value["name"]) == ["Ada Byron"]
    assert filled.button_group(key="roster-shows").options == ["Employees", "Past imports"]
