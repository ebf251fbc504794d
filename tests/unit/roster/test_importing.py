"""Importing a roster: whole or not at all, on record, and what it leaves with the accounts."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import SQLModel, select

from core.integration.hr_roster import RosterBusyError, import_roster
from core.rights import Actor, RightRefused, Role
from core.roster.applying import apply_roster
from core.roster.importing import DepartedUnconfirmed, RosterRefused, preview_import
from core.roster.matching import MatchedBy
from core.roster.roster_file import read_roster
from core.store.bulk import table_of
from core.store.engine import reading, writing
from core.store.tables import Employee, Opportunity, RosterImport, TaskRun, User
from tests.support.rosters import ANALYST, IMPORTED_AT, keep_roster, roster_csv

TODAY = IMPORTED_AT.date()
T = TypeVar("T", bound=SQLModel)

ADA = {"email": "person1@example.com", "employee_id": "1", "cost_center": "CC1"}
BEN = {"email": "person2@example.com", "employee_id": "2"}


def rows(engine: Engine, model: type[T]) -> Sequence[T]:
    with reading(engine) as session:
        return session.exec(select(model).order_by(*table_of(model).primary_key)).all()


def statuses(engine: Engine) -> list[str | None]:
    """The employee statuses of Ada, Ben and Cy."""
    with reading(engine) as session:
        people = session.exec(select(User).where(User.application_id == 1).order_by("user_id"))
        return [user.employee_status for user in people]


def test_before_any_roster_nothing_is_said_of_anybody(engine: Engine) -> None:
    assert apply_roster(engine, 1, TODAY) == 0
    assert statuses(engine) == [None, None, None]


def test_an_import_leaves_status_and_cost_center_with_the_accounts(engine: Engine) -> None:
    keep_roster(engine, 1, ADA, BEN | {"status": "on leave"}, full=True)
    assert statuses(engine) == ["active", "on_leave", "not_in_roster"]
    assert rows(engine, User)[0].cost_center == "CC1"
    ada, ben = rows(engine, Employee)
    assert (ada.user_id, ada.matched_by) == (rows(engine, User)[0].user_id, MatchedBy.USER_PRINCIPAL_NAME)
    assert (ben.email, ben.status, ben.conflict) == ("person2@example.com", "on_leave", None)


def test_a_partial_roster_says_nothing_of_those_who_are_not_in_it_until_a_full_one_was_imported(
    engine: Engine,
) -> None:
    keep_roster(engine, 1, ADA)
    assert statuses(engine) == ["active", None, None]
    assert rows(engine, Opportunity) == []
    apply_roster(engine, 1, TODAY + timedelta(days=1))
    assert statuses(engine) == ["active", None, None]
    keep_roster(engine, 1, ADA, full=True)
    assert statuses(engine) == ["active", "not_in_roster", "not_in_roster"]
    keep_roster(engine, 1, BEN)
    assert statuses(engine) == ["active", "active", "not_in_roster"]


def test_a_full_roster_says_nothing_of_accounts_that_are_younger(engine: Engine) -> None:
    with writing(engine) as session:
        for user in session.exec(select(User).where(User.display_name == "Cy")):
            user.created_at = IMPORTED_AT + timedelta(hours=1)
    keep_roster(engine, 1, ADA, full=True)
    assert statuses(engine) == ["active", "not_in_roster", None]
    keep_roster(engine, 1, ADA, full=True, at=IMPORTED_AT + timedelta(days=1))
    assert statuses(engine) == ["active", "not_in_roster", "not_in_roster"]


def test_an_import_is_on_record_as_such_and_as_a_task_run(engine: Engine) -> None:
    keep_roster(engine, 1, ADA, BEN)
    done = keep_roster(engine, 1, BEN | {"location": "Bonn"}, {"email": "new@example.com"}, ADA)
    assert (done.added, done.updated, done.unchanged, done.departed) == (1, 1, 1, 0)
    assert (done.file_name, done.full, done.by, done.at) == (
        "people.csv",
        False,
        "anna@example.com",
        IMPORTED_AT,
    )
    run = rows(engine, TaskRun)[-1]
    assert (run.task, run.status, run.error, run.started_by) == (
        "hr_roster",
        "succeeded",
        None,
        "anna@example.com",
    )
    assert {name: run.counts[name] for name in ("rows", "added", "updated", "unchanged", "departed")} == {
        "rows": 3,
        "added": 1,
        "updated": 1,
        "unchanged": 1,
        "departed": 0,
    }
    assert run.ended_at == IMPORTED_AT


def test_a_file_with_an_error_changes_nothing_and_is_on_record_as_failed(engine: Engine) -> None:
    with pytest.raises(RosterRefused, match="line 3, status: found 'gone'"):
        keep_roster(engine, 1, ADA, BEN | {"status": "gone"})
    assert rows(engine, Employee) == []
    assert rows(engine, RosterImport) == []
    assert statuses(engine) == [None, None, None]
    (run,) = rows(engine, TaskRun)
    assert (run.status, run.counts["errors"]) == ("failed", 1)
    assert run.error is not None
    assert run.error.startswith("1 error, nothing was imported: line 3, status")


def test_a_partial_import_departs_nobody(engine: Engine) -> None:
    keep_roster(engine, 1, ADA, BEN)
    assert keep_roster(engine, 1, BEN).departed == 0
    assert [each.departed_on for each in rows(engine, Employee)] == [None, None]


def test_a_full_import_that_loses_many_is_refused_until_their_exact_number_is_given(engine: Engine) -> None:
    keep_roster(engine, 1, ADA, BEN)
    for number in (None, 0, 2):
        with pytest.raises(DepartedUnconfirmed, match=r"1 of 2 who are employed \(50.0 %\).*number 1"):
            keep_roster(engine, 1, BEN, full=True, confirm_departed=number)
    assert [each.departed_on for each in rows(engine, Employee)] == [None, None]
    assert rows(engine, TaskRun)[-1].status == "failed"

    done = keep_roster(engine, 1, BEN, full=True, confirm_departed=1)
    assert (done.full, done.departed, done.unchanged) == (True, 1, 1)
    assert [each.departed_on for each in rows(engine, Employee)] == [TODAY, None]
    assert statuses(engine) == ["inactive", "active", "not_in_roster"]


def test_who_comes_back_has_not_departed(engine: Engine) -> None:
    keep_roster(engine, 1, ADA, BEN)
    keep_roster(engine, 1, BEN, full=True, confirm_departed=1)
    assert keep_roster(engine, 1, ADA).updated == 1
    assert statuses(engine) == ["active", "active", "not_in_roster"]


def test_a_leave_date_comes_true_the_day_after(engine: Engine) -> None:
    keep_roster(engine, 1, ADA | {"status": "inactive", "inactive_date": "2026-11-26"})
    assert apply_roster(engine, 1, TODAY + timedelta(days=1)) == 0
    assert statuses(engine)[0] == "active"
    assert apply_roster(engine, 1, date(2026, 11, 26)) == 0
    assert apply_roster(engine, 1, date(2026, 11, 27)) == 1
    assert statuses(engine)[0] == "inactive"


def test_an_account_that_appears_later_is_found_then(engine: Engine) -> None:
    keep_roster(engine, 1, ADA, {"employee_id": "E77"}, full=True)
    with writing(engine) as session:
        user = session.exec(select(User).where(User.display_name == "Cy")).one()
        user.employee_id = "e77"
        session.add(user)
    apply_roster(engine, 1, TODAY)
    assert statuses(engine) == ["active", "not_in_roster", "active"]


def test_accounts_in_question_are_left_open_and_the_conflict_is_kept(engine: Engine) -> None:
    with writing(engine) as session:
        for user in session.exec(select(User).where(User.display_name != "Cy")):
            user.employee_id = "7"
            session.add(user)
    keep_roster(engine, 1, {"employee_id": "7", "status": "inactive"})
    assert statuses(engine) == [None, None, None]
    (employee,) = rows(engine, Employee)
    assert employee.user_id is None
    assert employee.conflict is not None
    assert "is that of several accounts: person1@example.com and person2@example.com" in employee.conflict


def test_a_preview_says_what_the_import_then_does(engine: Engine) -> None:
    keep_roster(engine, 1, ADA)
    file = read_roster(roster_csv([ADA | {"cost_center": "CC2"}, BEN, {"email": "new@example.com"}]))
    preview = preview_import(engine, 1, file, full=True, now=IMPORTED_AT)
    assert [(line.change, line.changed) for line in preview.plan.comparison.lines] == [
        ("updated", ("cost_center",)),
        ("added", ()),
        ("added", ()),
    ]
    assert len(rows(engine, Employee)) == 1
    import_roster(engine, 1, file, file_name="f", full=True, actor=ANALYST, clock=lambda: IMPORTED_AT)
    stored = sorted((each.email or "", each.user_id) for each in rows(engine, Employee))
    foreseen = sorted(
        (preview.people[key].email or "", match.user_id) for key, match in preview.matches.items()
    )
    assert stored == foreseen


def test_opportunities_follow_at_once(engine: Engine) -> None:
    keep_roster(engine, 1, ADA | {"status": "inactive"}, BEN, full=True)
    found = {each.user_id[-1]: each.scenarios for each in rows(engine, Opportunity)}
    assert found == {"1": ["hr_inactive"], "3": ["not_in_hr_roster"]}


def test_other_applications_are_left_alone(engine: Engine) -> None:
    keep_roster(engine, 2, {"email": "person1@example.com", "status": "inactive"})
    assert statuses(engine) == [None, None, None]


def test_a_viewer_may_not_import(engine: Engine) -> None:
    viewer = Actor(name="vera", role=Role.VIEWER)
    with pytest.raises(RightRefused):
        import_roster(engine, 1, read_roster(roster_csv([ADA])), file_name="f", actor=viewer)
    assert rows(engine, TaskRun) == []


def test_two_imports_at_once_are_refused(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(
            TaskRun(
                application_id=1,
                task="hr_roster",
                status="running",
                queued_at=IMPORTED_AT,
                heartbeat_at=IMPORTED_AT,
                started_by="ben",
            )
        )
    with pytest.raises(RosterBusyError, match="another HR roster is being imported"):
        keep_roster(engine, 1, ADA)


PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.sampled_from([f"person{number}@example.com" for number in range(1, 6)]),
            "employee_id": st.sampled_from(["", "1", "2", "3"]),
            "status": st.sampled_from(["active", "left", "on leave"]),
        }
    ),
    min_size=1,
    max_size=4,
    unique_by=(lambda each: each["email"], lambda each: each["employee_id"] or each["email"]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, full=st.booleans())
def test_the_same_file_again_changes_nothing(
    engine: Engine, people: list[dict[str, str]], *, full: bool
) -> None:
    try:
        keep_roster(engine, 1, *people, full=full, confirm_departed=_departing(engine, people, full=full))
    except RosterRefused:
        return  # an address that earlier examples gave to several people
    before = _known(engine)
    again = keep_roster(engine, 1, *people, full=full)
    assert (again.added, again.updated, again.unchanged, again.departed) == (0, 0, len(people), 0)
    assert _known(engine) == before


def _departing(engine: Engine, people: list[dict[str, str]], *, full: bool) -> int:
    preview = preview_import(engine, 1, read_roster(roster_csv(people)), full=full, now=IMPORTED_AT)
    return len(preview.plan.comparison.departed)


def _known(engine: Engine) -> list[dict[str, object]]:
    facts = [each.model_dump(exclude={"last_import_id"}) for each in rows(engine, Employee)]
    return [*sorted(facts, key=lambda each: each["id"]), {"statuses": statuses(engine)}]
