"""The list of employees: the day's status in SQL, filters, pages, downloads."""

from datetime import date, timedelta
from itertools import chain, product

import pytest
from sqlalchemy import Engine

from core.roster.listing import (
    EXPORT_COLUMNS,
    AccountState,
    EmployeeFilter,
    counts,
    export_cells,
    page,
    stream_batches,
)
from core.roster.status import EmployeeStatus, RosterStatus, employee_status
from core.store.engine import reading, writing
from core.store.tables import Employee, User
from tests.support.rosters import IMPORTED_AT, keep_roster

TODAY = IMPORTED_AT.date()
PEOPLE = (
    {"email": "person1@example.com", "first_name": "Ada", "last_name": "Byron", "employee_id": "E1"},
    {"email": "person2@example.com", "first_name": "Änne", "last_name": "Ärger", "status": "left"},
    {"email": "cy@example.com", "status": "leave", "last_name": "50%_off"},
    {"employee_id": "7"},
)


@pytest.fixture
def listed(engine: Engine) -> Engine:
    """Ada and Änne have an account, Cy has none, and it is not certain whose number 7 is."""
    with writing(engine) as session:
        for number in (3, 4):
            session.merge(
                User(
                    application_id=1,
                    user_id=f"00000000-0000-4000-8000-{number:012d}",
                    user_principal_name=f"person{number}@example.com",
                    display_name="Cy",
                    account_enabled=True,
                    employee_id="7",
                    seen_in=1,
                )
            )
    keep_roster(engine, 1, *PEOPLE)
    return engine


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (EmployeeFilter(), ["7", "50%_off", "Ada Byron", "Änne Ärger"]),
        (EmployeeFilter(statuses=(EmployeeStatus.INACTIVE,)), ["Änne Ärger"]),
        (
            EmployeeFilter(statuses=(EmployeeStatus.ACTIVE, EmployeeStatus.ON_LEAVE)),
            ["7", "50%_off", "Ada Byron"],
        ),
        (EmployeeFilter(accounts=(AccountState.FOUND,)), ["Ada Byron", "Änne Ärger"]),
        (EmployeeFilter(accounts=(AccountState.NOT_FOUND,)), ["50%_off"]),
        (EmployeeFilter(accounts=(AccountState.CONFLICT,)), ["7"]),
        (EmployeeFilter(text="byron ada"), ["Ada Byron"]),
        (EmployeeFilter(text="ÄRGER"), ["Änne Ärger"]),
        (EmployeeFilter(text="e1"), ["Ada Byron"]),
        (EmployeeFilter(text="%_"), ["50%_off"]),
        (EmployeeFilter(text="' OR 1=1 --"), []),
    ],
)
def test_a_filter_lets_through_who_fits(listed: Engine, chosen: EmployeeFilter, expected: list[str]) -> None:
    with reading(listed) as session:
        assert sorted(row.name for row in page(session, 1, chosen, TODAY)) == sorted(expected)
        assert counts(session, 1, chosen, TODAY).total == len(expected)


def test_employees_are_counted_by_status_and_account(listed: Engine) -> None:
    with reading(listed) as session:
        found = counts(session, 1, EmployeeFilter(), TODAY)
    assert found.by_status == {
        EmployeeStatus.ACTIVE: 2,
        EmployeeStatus.INACTIVE: 1,
        EmployeeStatus.ON_LEAVE: 1,
    }
    assert found.by_account == {AccountState.FOUND: 2, AccountState.NOT_FOUND: 1, AccountState.CONFLICT: 1}


def test_a_download_has_everybody_once_whatever_its_batches(listed: Engine) -> None:
    batches = list(stream_batches(listed, 1, EmployeeFilter(), TODAY, size=3))
    assert [len(batch) for batch in batches] == [3, 1]
    rows = [
        dict(zip((c.name for c in EXPORT_COLUMNS), export_cells(row), strict=True)) for row in chain(*batches)
    ]
    assert len({row["name"] for row in rows}) == 4
    (anne,) = [row for row in rows if row["name"] == "Änne Ärger"]
    assert (anne["employee_status"], anne["user_principal_name"], anne["matched_by"]) == (
        "inactive",
        "person2@example.com",
        "user_principal_name",
    )


def test_the_status_in_sql_is_that_of_the_rule(engine: Engine) -> None:
    days = (None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))
    cases = list(product(RosterStatus, days, (None, date(2026, 1, 1))))
    done = keep_roster(engine, 1, {"employee_id": "0"})
    with writing(engine) as session:
        for number, (status, inactive_date, departed_on) in enumerate(cases, start=1):
            session.add(
                Employee(
                    application_id=1,
                    employee_id=str(number),
                    status=status.value,
                    inactive_date=inactive_date,
                    departed_on=departed_on,
                    last_import_id=done.id or 0,
                )
            )
    with reading(engine) as session:
        found = {row.employee_id: row.status for row in page(session, 1, EmployeeFilter(), TODAY)}
    assert [found[str(number)] for number in range(1, len(cases) + 1)] == [
        employee_status(*case, TODAY) for case in cases
    ]
