"""Whatever breaks off, what was stored before stays usable, and the next run completes it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from core.graph import GraphClient
from core.graph.answer import Answer, Request
from core.graph.sender import RequestsSender
from core.integration import tracking
from core.integration.sync import run_task
from core.simulator.config import TenantConfig
from core.simulator.server import start_simulator
from core.store.engine import reading, writing
from core.store.tables import (
    Application,
    Assignment,
    IntegrationTask,
    LicenseType,
    PageCheckpoint,
    TaskRun,
    TaskRunLog,
    User,
)
from tests.integration.integration.conftest import PEOPLE
from tests.support.small_pages import read_in_small_pages
from tests.support.syncing import ADMINISTRATOR, Syncing
from tests.support.tenants import connection_to

ROSTER, ACCESS, TYPES = IntegrationTask.ROSTER, IntegrationTask.ACCESS, IntegrationTask.DIFFERENTIATION
SECOND_PAGE = r"/users\?.*skiptoken"


def seats(tenant: Syncing) -> set[tuple[str, str]]:
    return {(seat.user_id, seat.sku_id) for seat in tenant.rows(Assignment)}


def everybody_present(tenant: Syncing) -> bool:
    return all(user.gone_at is None for user in tenant.rows(User))


def test_a_listing_that_breaks_off_leaves_the_last_good_state(tenant: Syncing) -> None:
    tenant.run()
    before = seats(tenant)
    gone = tenant.simulator.tenant.find("active").id
    tenant.simulator.tenant.change(gone, {"deleted": True})
    tenant.simulator.faults.add("unavailable", path=SECOND_PAGE, times=None, retry_after=None)
    (roster,) = tenant.run(ROSTER)
    assert roster.status == "failed"
    assert roster.error is not None
    assert "503" in roster.error
    assert seats(tenant) == before
    assert everybody_present(tenant)
    assert tenant.source("directory").status == "failed"
    assert tenant.source("directory").read_at is not None
    tenant.simulator.faults.clear()
    (roster,) = tenant.run(ROSTER)
    assert (roster.status, roster.counts["gone"]) == ("succeeded", 1)


def test_a_first_listing_that_breaks_off_keeps_what_it_read(tenant: Syncing) -> None:
    tenant.simulator.faults.add("unavailable", path=SECOND_PAGE, times=None, retry_after=None)
    (roster,) = tenant.run(ROSTER)
    assert roster.status == "failed"
    assert len(tenant.rows(User)) == roster.counts["users"] == 999


def test_who_and_what_has_vanished_is_marked_after_a_complete_listing(tenant: Syncing) -> None:
    tenant.run()
    before = seats(tenant)
    leaver = tenant.simulator.tenant.find("inactive").id
    (lost,) = tenant.seats_of("never_active")
    tenant.simulator.tenant.change(leaver, {"deleted": True})
    tenant.simulator.tenant.change(lost.user_id, {"states": []})
    (roster,) = tenant.run(ROSTER)
    assert roster.status == "succeeded"
    with reading(tenant.engine) as session:
        assert session.get_one(User, (1, leaver)).gone_at is not None
        assert session.get_one(User, (1, lost.user_id)).gone_at is None
    vanished = before - seats(tenant)
    assert {user_id for user_id, _ in vanished} == {leaver, lost.user_id}


def test_a_user_who_comes_back_is_no_longer_gone(tenant: Syncing) -> None:
    tenant.run(ROSTER)
    account = tenant.simulator.tenant.find("active").id
    for deleted, expected in ((True, False), (False, True)):
        tenant.simulator.tenant.change(account, {"deleted": deleted})
        tenant.run(ROSTER)
        with reading(tenant.engine) as session:
            assert (session.get_one(User, (1, account)).gone_at is None) == expected


@pytest.mark.parametrize("task", [ROSTER, ACCESS])
def test_an_expired_page_token_starts_the_listing_over(tenant: Syncing, task: IntegrationTask) -> None:
    tenant.run(TYPES, ROSTER)
    tenant.simulator.faults.add("expired_page", path=SECOND_PAGE, times=2)
    (run,) = tenant.run(task)
    assert run.status == "succeeded"
    assert len(tenant.rows(User)) == PEOPLE
    assert everybody_present(tenant)


def test_page_tokens_that_always_expire_end_in_a_failure(tenant: Syncing) -> None:
    tenant.simulator.faults.add("expired_page", path=SECOND_PAGE, times=None)
    (roster,) = tenant.run(ROSTER)
    assert roster.status == "failed"
    assert roster.error is not None
    assert "Directory_ExpiredPageToken" in roster.error


def lines_of(tenant: Syncing, run: TaskRun) -> list[str]:
    """The log of a run."""
    return [line.message for line in tenant.rows(TaskRunLog) if line.task_run_id == run.id]


@pytest.mark.parametrize(
    ("task", "count", "listing"), [(ROSTER, "users", "List of users"), (ACCESS, "sign_ins", "Sign-ins")]
)
def test_a_listing_that_broke_off_goes_on_where_it_was(
    tenant: Syncing, task: IntegrationTask, count: str, listing: str
) -> None:
    tenant.run(TYPES, ROSTER)
    read_in_small_pages(tenant.engine, tenant.simulator.graph_url, 100, datetime.now(UTC))
    tenant.simulator.faults.add("unavailable", path=SECOND_PAGE, skip=5, times=None, retry_after=None)
    (broken,) = tenant.run(task)
    assert broken.counts[count] == 600
    tenant.simulator.faults.clear()
    tenant.simulator.service.calls.clear()
    (run,) = tenant.run(task)
    assert (run.status, run.counts[count]) == ("succeeded", PEOPLE)
    assert tenant.simulator.service.calls["GET /v1.0/users"] == 5
    assert any(line.startswith(f"{listing}: continued at 600 of 1,100, ") for line in lines_of(tenant, run))
    assert {each.listing for each in tenant.rows(PageCheckpoint)} == {"users", "sign_ins"} - {count}
    assert everybody_present(tenant)


def test_what_changes_while_a_listing_is_broken_off_is_neither_lost_nor_ended_wrongly(
    tenant: Syncing,
) -> None:
    tenant.run(TYPES, ROSTER)
    before = seats(tenant)
    by_place = [tenant.simulator.tenant.account(place).id for place in range(PEOPLE)]
    holders = [user_id for user_id in by_place if any(seat[0] == user_id for seat in before)]
    first, last = holders[0], holders[-1]
    tenant.simulator.faults.add("unavailable", path=SECOND_PAGE, times=None, retry_after=None)
    (broken,) = tenant.run(ROSTER)
    assert broken.status == "failed"
    for user_id in (first, last):
        tenant.simulator.tenant.change(user_id, {"states": []})
    tenant.simulator.faults.clear()
    (run,) = tenant.run(ROSTER)
    assert run.status == "succeeded"
    # Who was read before the change is as the listing has read it; the next one sees the change.
    assert before - seats(tenant) == {seat for seat in before if seat[0] == last}
    tenant.run(ROSTER)
    assert before - seats(tenant) == {seat for seat in before if seat[0] in {first, last}}
    assert everybody_present(tenant)


def test_a_listing_that_goes_on_still_knows_that_leave_dates_are_missing(tenant: Syncing) -> None:
    tenant.run(ROSTER)
    leaving = {user.user_id: user.leaves_at for user in tenant.rows(User)}
    permissions = tenant.simulator.conditions.permissions - {"User-LifeCycleInfo.Read.All"}
    tenant.simulator.set_conditions(permissions=permissions)
    tenant.simulator.faults.add("unavailable", path=SECOND_PAGE, times=None, retry_after=None)
    tenant.run(ROSTER)
    tenant.simulator.faults.clear()
    (run,) = tenant.run(ROSTER)
    assert any("continued at 999" in line for line in lines_of(tenant, run))
    assert "Leave dates are not read" in tenant.source("directory").detail
    assert any(leaving.values())
    assert {user.user_id: user.leaves_at for user in tenant.rows(User)} == leaving


@pytest.mark.parametrize("task", [ROSTER, ACCESS])
def test_a_kept_page_token_that_has_expired_starts_the_listing_over(
    tenant: Syncing, task: IntegrationTask
) -> None:
    tenant.run(TYPES, ROSTER)
    gone = tenant.simulator.tenant.find("active").id
    tenant.simulator.faults.add("unavailable", path=SECOND_PAGE, times=None, retry_after=None)
    tenant.run(task)
    tenant.simulator.tenant.change(gone, {"deleted": True})
    tenant.simulator.faults.clear()
    tenant.simulator.faults.add("expired_page", path=SECOND_PAGE)
    (run,) = tenant.run(task)
    assert run.status == "succeeded"
    assert any("the page token expired" in line for line in lines_of(tenant, run))
    assert run.counts["users" if task is ROSTER else "sign_ins"] == PEOPLE - 1


def test_a_listing_of_another_tenant_is_not_gone_on_with(tenant: Syncing) -> None:
    tenant.simulator.faults.add("unavailable", path=SECOND_PAGE, times=None, retry_after=None)
    tenant.run(ROSTER)
    assert tenant.rows(PageCheckpoint)
    with writing(tenant.engine) as session:
        session.get_one(Application, 1).tenant_id = None
    with start_simulator(TenantConfig(users=30, seed=2)) as other:
        (run,) = Syncing(engine=tenant.engine, simulator=other).run(ROSTER)
    assert (run.status, run.counts["users"], run.counts["gone"]) == ("succeeded", 30, 999)


def test_a_run_tells_people_what_it_did(tenant: Syncing) -> None:
    tenant.simulator.faults.add("throttled", path=r"/users\?", times=1)
    (run,) = tenant.run(ROSTER)
    lines = lines_of(tenant, run)
    assert lines[0] == "Application Roster began, started by Ada."
    assert any(line.startswith("List of users: 1,100 people with ") for line in lines)
    assert lines[-2].startswith(f"{run.counts['requests']} requests, ")
    assert lines[-2].endswith("; 1 tried again, 1 refused for being too many.")
    assert lines[-1] == "Ended as succeeded."
    assert (run.counts["retries"], run.counts["throttled"]) == (1, 1)
    assert run.counts["bytes"] > 100_000


def test_everything_that_a_sync_asks_for_goes_by_low_priority(tenant: Syncing) -> None:
    sender = KeepsPriorities(tenant)
    with GraphClient(connection_to(tenant.simulator), sender=sender) as client:
        assert {run_task(tenant.engine, client, run_id) for run_id in tenant.queue()} == {"succeeded"}
        client.get_users([tenant.simulator.tenant.find("active").id])
    *scan, asked_by_a_person = sender.priorities
    assert set(scan) == {"low"}
    assert len(scan) > 10
    assert asked_by_a_person is None


class KeepsPriorities(RequestsSender):
    """The network, and the priority of each request."""

    def __init__(self, tenant: Syncing) -> None:
        super().__init__(connection_to(tenant.simulator))
        self.priorities: list[str | None] = []

    def send(self, request: Request) -> Answer:
        self.priorities.append(request.headers.get("x-ms-throttle-priority"))
        return super().send(request)


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4])
def test_a_run_that_the_process_gives_back_is_completed_by_the_next_one(tenant: Syncing, steps: int) -> None:
    tenant.run(TYPES, ROSTER)
    (run_id,) = tenant.queue(ACCESS)
    answers = iter([False] * steps)
    assert tenant.carry_out(run_id, should_stop=lambda: next(answers, True)).status == "queued"
    run = tenant.carry_out(run_id)
    assert (run.status, run.error) == ("succeeded", None)


def test_after_a_crash_the_next_run_completes_the_work(tenant: Syncing) -> None:
    (crashed,) = tenant.queue(ROSTER)
    tracking.begin(tenant.engine, crashed, datetime.now(UTC) - timedelta(minutes=3))
    (roster,) = tenant.run(ROSTER)
    assert roster.id != crashed
    assert roster.status == "succeeded"
    with reading(tenant.engine) as session:
        assert session.get_one(TaskRun, crashed).status == "failed"


class CancelsAtTheFirstRequest(RequestsSender):
    """The network, and a person who cancels the run while the first request is under way."""

    def __init__(self, tenant: Syncing, run_id: int) -> None:
        super().__init__(connection_to(tenant.simulator))
        self._engine = tenant.engine
        self._run_id = run_id

    def send(self, request: Request) -> Answer:
        tracking.cancel(self._engine, self._run_id, ADMINISTRATOR, datetime.now(UTC))
        return super().send(request)


@pytest.mark.parametrize("task", [TYPES, ROSTER, ACCESS])
def test_a_running_run_stops_at_its_next_step_when_it_is_cancelled(
    tenant: Syncing, task: IntegrationTask
) -> None:
    (run_id,) = tenant.queue(task)
    sender = CancelsAtTheFirstRequest(tenant, run_id)
    with GraphClient(connection_to(tenant.simulator), sender=sender) as client:
        assert run_task(tenant.engine, client, run_id) == "cancelled"
    with reading(tenant.engine) as session:
        assert session.get_one(TaskRun, run_id).error == "cancelled by Ada"
    assert not tenant.rows(User)
    assert not tenant.rows(LicenseType)


def test_a_run_is_carried_out_once(tenant: Syncing) -> None:
    (run,) = tenant.run(TYPES)
    assert run.id is not None
    assert tenant.carry_out(run.id).ended_at == run.ended_at


def test_another_tenant_under_the_same_key_is_refused_before_anything_is_stored(tenant: Syncing) -> None:
    other = "22222222-bbbb-4bbb-8bbb-222222222222"
    with writing(tenant.engine) as session:
        session.get_one(Application, 1).tenant_id = other
    runs = tenant.run()
    assert {run.status for run in runs} == {"failed"}
    assert all(other in (run.error or "") for run in runs)
    assert not tenant.rows(User)
    assert not tenant.rows(LicenseType)


def test_a_secret_that_no_longer_works_fails_the_run_and_changes_nothing(tenant: Syncing) -> None:
    tenant.run()
    before = seats(tenant)
    tenant.simulator.set_conditions(secret_expired=True)
    runs = tenant.run()
    assert {run.status for run in runs} == {"failed"}
    assert all("client secret has expired" in (run.error or "") for run in runs)
    assert seats(tenant) == before


def test_a_license_type_that_the_tenant_no_longer_has_is_gone_not_forgotten(tenant: Syncing) -> None:
    with writing(tenant.engine) as session:
        session.add(
            LicenseType(
                application_id=1,
                sku_id="old",
                part_number="OLD",
                product_name="Old",
                applies_to="User",
                capability_status="Enabled",
                enabled=1,
                warning=0,
                suspended=0,
                locked_out=0,
                consumed=0,
                seen_in=0,
            )
        )
    tenant.run(TYPES)
    with reading(tenant.engine) as session:
        gone = session.exec(select(LicenseType.sku_id).where(LicenseType.gone_at != None)).all()  # noqa: E711 - SQL
    assert gone == ["old"]
