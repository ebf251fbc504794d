"""The demo's HR roster against its tenant: who left is found, who is on leave spared, others reviewed."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from core.integration.hr_roster import import_roster
from core.roster.roster_file import RosterFile, read_roster
from core.simulator.demo import ROSTER_COLUMNS, demo_roster
from core.simulator.server import RunningSimulator
from core.store.engine import reading, writing
from core.store.tables import Employee, IntegrationTask, Opportunity, TaskRun, User
from tests.support.applications import database_of_two_applications
from tests.support.rosters import ANALYST
from tests.support.syncing import Syncing
from tests.support.tenants import as_on_its_first_day


def roster_file(simulator: RunningSimulator) -> RosterFile:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ROSTER_COLUMNS)
    writer.writeheader()
    writer.writerows(demo_roster(simulator.tenant))
    return read_roster(text.getvalue().encode())


@pytest.fixture(scope="module", params=["roster first", "sync first"])
def known(
    request: pytest.FixtureRequest,
    running_simulator: RunningSimulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Syncing]:
    """A tenant that was synced and whose roster was imported, in either order."""
    as_on_its_first_day(running_simulator)
    with database_of_two_applications("sqlite", tmp_path_factory.mktemp("known")) as engine:
        tenant = Syncing(engine=engine, simulator=running_simulator)
        file = roster_file(running_simulator)
        if request.param == "sync first":
            tenant.run()
        import_roster(engine, 1, file, file_name="employees.csv", full=True, actor=ANALYST)
        if request.param == "roster first":
            tenant.run()
        yield tenant


def account(known: Syncing, case: str) -> User:
    with reading(known.engine) as session:
        return session.get_one(User, (1, known.simulator.tenant.find(case).id))


def opportunity(known: Syncing, case: str) -> Opportunity | None:
    """That of the direct seat of a case; all of them have one."""
    user_id = known.simulator.tenant.find(case).id
    with reading(known.engine) as session:
        return session.exec(select(Opportunity).where(Opportunity.user_id == user_id)).first()


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ("active", "active"),
        ("hr_left", "inactive"),
        ("hr_left_disabled", "inactive"),
        ("hr_future_leaver", "active"),
        ("on_leave", "on_leave"),
        ("not_in_roster", "not_in_roster"),
        ("shared_mailbox", "not_in_roster"),
    ],
)
def test_the_employee_status_of_a_case(known: Syncing, case: str, status: str) -> None:
    assert account(known, case).employee_status == status


def test_who_left_is_found_surely(known: Syncing) -> None:
    found = opportunity(known, "hr_left")
    assert found is not None
    assert (found.scenario, found.confidence, found.reclaimable) == ("hr_inactive", "high", True)
    assert found.reasons[0].startswith("The employee left on ")
    assert found.reasons[1] == "The account was found by the employee id."


def test_who_leaves_later_is_left_alone(known: Syncing) -> None:
    assert opportunity(known, "hr_future_leaver") is None


def test_who_is_on_leave_is_blocked(known: Syncing) -> None:
    found = opportunity(known, "on_leave")
    assert found is not None
    assert found.scenario == "inactive"
    assert [each["code"] for each in found.blockers] == ["on_leave"]


def test_who_is_in_no_roster_is_for_review(known: Syncing) -> None:
    found = opportunity(known, "not_in_roster")
    assert found is not None
    assert (found.scenarios, found.confidence) == (["not_in_hr_roster"], "review")


@pytest.mark.parametrize("case", ["shared_mailbox", "room_mailbox", "guest"])
def test_mailboxes_of_nobody_and_guests_are_not_missed_in_the_roster(known: Syncing, case: str) -> None:
    found = opportunity(known, case)
    assert found is None or "not_in_hr_roster" not in found.scenarios


def test_every_employee_has_an_account_and_the_cost_center_comes_along(known: Syncing) -> None:
    employees = known.rows(Employee)
    assert len(employees) > 900
    assert [each.email for each in employees if each.user_id is None] == []
    assert {each.matched_by for each in employees} == {"employee_id"}
    assert account(known, "active").cost_center is not None


def test_the_import_is_a_task_run(known: Syncing) -> None:
    (run,) = [run for run in known.rows(TaskRun) if run.task == IntegrationTask.HR_ROSTER]
    assert (run.status, run.counts["added"]) == ("succeeded", len(known.rows(Employee)))


def test_a_leave_date_that_has_come_is_seen_when_activity_is_read(known: Syncing) -> None:
    with writing(known.engine) as session:
        employee = session.exec(
            select(Employee).where(Employee.user_id == account(known, "recently_assigned").user_id)
        ).one()
        employee.inactive_date = datetime.now(UTC).date() - timedelta(days=1)
        session.add(employee)
    known.run(IntegrationTask.ACCESS)
    assert account(known, "recently_assigned").employee_status == "inactive"
    found = opportunity(known, "recently_assigned")
    assert found is not None
    assert "hr_inactive" in found.scenarios
