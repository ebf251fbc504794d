"""Reading a roster: good rows, and errors to the line."""

from datetime import date

import pytest

from core.roster.columns import COLUMNS
from core.roster.employee import EmployeeFacts
from core.roster.roster_file import RosterFile, read_roster
from core.roster.status import RosterStatus
from tests.support.spreadsheets import excel

HEADINGS = ",".join(COLUMNS)


def read(*lines: str, headings: str = HEADINGS) -> RosterFile:
    return read_roster("\n".join([headings, *lines]).encode())


def problems(*lines: str, headings: str = HEADINGS) -> list[str]:
    found = read(*lines, headings=headings)
    assert found.rows == ()
    return [str(error) for error in found.errors]


def test_a_row_is_read_whole() -> None:
    (row,) = read("ada@x.org,E1,Ada,Byron,Inactive,2026-12-31,R&D,CC1,London,charles@x.org").rows
    assert row.line == 2
    assert row.facts == EmployeeFacts(
        email="ada@x.org",
        employee_id="E1",
        first_name="Ada",
        last_name="Byron",
        status=RosterStatus.INACTIVE,
        inactive_date=date(2026, 12, 31),
        department="R&D",
        cost_center="CC1",
        location="London",
        manager_email="charles@x.org",
    )


def test_an_excel_file_is_read_alike() -> None:
    found = read_roster(excel([["Employee ID", "Status", "Last day"], [4711, "left", date(2026, 11, 1)]]))
    assert found.errors == ()
    (row,) = found.rows
    assert (row.facts.employee_id, row.facts.status, row.facts.inactive_date) == (
        "4711",
        RosterStatus.INACTIVE,
        date(2026, 11, 1),
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("active", "active"),
        ("ACTIVE", "active"),
        ("Inactive", "inactive"),
        ("Terminated", "inactive"),
        ("left", "inactive"),
        ("on_leave", "on_leave"),
        ("On leave", "on_leave"),
        ("Leave", "on_leave"),
    ],
)
def test_the_words_of_a_status(word: str, status: str) -> None:
    (row,) = read(f"ada@x.org,{word}", headings="email,status").rows
    assert row.facts.status == status


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "ada@x.org,E1,,,retired,,,,,",
            "line 2, status: found 'retired', expected one of active, inactive, on_leave",
        ),
        ("ada@x.org,E1,,,,,,,,", "line 2, status: found '', expected one of active"),
        (
            "ada@x.org,E1,,,active,31.12.2026,,,,",
            "line 2, inactive_date: found '31.12.2026', expected a day as YYYY-MM-DD",
        ),
        ("ada.x.org,E1,,,active,,,,,", "line 2, email: found 'ada.x.org', expected an e-mail address"),
        ("ada@x.org,E1,,,active,,,,,Charles", "line 2, manager_email: found 'Charles', expected an e-mail"),
        (",,Ada,Byron,active,,,,,", "line 2, email: found '', expected an e-mail address or an employee id"),
        (f"ada@x.org,E1,{'A' * 201},,active,,,,,", "line 2, first_name: found 'AAA"),
        ("ada@x.org,E1,A\x00da,,active,,,,,", "without control characters"),
        ("ada@x.org,E1,,,active,,,,,,,surplus", "line 2: found '12 cells', expected 10 cells"),
    ],
)
def test_a_bad_row_is_named_with_what_is_expected(line: str, message: str) -> None:
    (problem,) = problems(line)
    assert message in problem


def test_all_errors_of_a_file_are_named_and_nothing_is_read() -> None:
    found = problems("ada@x.org,,,,gone,,,,,", "ben@x.org,,,,active,,,,,", "cy,,,,active,soon,,,,")
    assert [problem.split(":")[0] for problem in found] == [
        "line 2, status",
        "line 4, email",
        "line 4, inactive_date",
    ]


@pytest.mark.parametrize(
    ("second", "column"),
    [("other@x.org,e1,,,active,,,,,", "employee_id"), ("ADA@x.org,E2,,,active,,,,,", "email")],
)
def test_a_person_who_stands_twice_is_an_error(second: str, column: str) -> None:
    (problem,) = problems("ada@x.org,E1,,,active,,,,,", second)
    assert problem.startswith(f"line 3, {column}: ")
    assert "each person once: line 2 has the same" in problem


@pytest.mark.parametrize(
    ("headings", "message"),
    [
        ("email,department", "line 1, status: found 'no such heading'"),
        (
            "first_name,status",
            "line 1, email: found 'no such heading', expected a heading email or employee_id",
        ),
        ("email,email,status", "line 1, email: found 'the heading email twice', expected each heading once"),
    ],
)
def test_headings_that_do_not_suffice(headings: str, message: str) -> None:
    assert any(message in problem for problem in problems("a,b,c", headings=headings))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: found 'nothing', expected a line of headings"),
        (HEADINGS.encode(), "line 2: found 'nothing', expected a row for each person"),
    ],
)
def test_an_empty_file_is_an_error(content: bytes, message: str) -> None:
    (error,) = read_roster(content).errors
    assert message in str(error)


def test_headings_are_mapped_by_hand() -> None:
    content = b"Mail 2;Zustand;Alter\nada@x.org;left;7\n"
    assert [error.column for error in read_roster(content).errors] == ["status", "email"]
    found = read_roster(content, {"email": "Mail 2", "status": "Zustand"})
    assert found.errors == ()
    assert found.rows[0].facts.email == "ada@x.org"
    assert found.unused == ("Alter",)
    assert found.samples["Zustand"] == ("left",)


def test_a_mapping_to_a_heading_that_is_not_there_is_an_error() -> None:
    (error,) = read_roster(b"email,status\nada@x.org,active\n", {"email": "Mail", "status": "status"}).errors
    assert "email: found 'Mail', expected one of the headings of the file: email, status" in str(error)
