"""Whatever breaks off, what was stored before stays usable, and the next run completes it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from core.graph import GraphClient
from core.graph.answer import Answer, Request
from core.graph.sender import RequestsSender
from core.integration import tracking
from core.integration.sync import run_task
from core.store.engine import reading, writing
from core.store.tables import Application, Assignment, IntegrationTask, LicenseType, TaskRun, User
from tests.integration.integration.conftest import PEOPLE
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


def test_a_seat_that_went_between_two_attempts_of_one_run_is_not_kept(tenant: Syncing) -> None:
    tenant.run(ROSTER)
    (lost,) = tenant.seats_of("never_active")
    answers = iter([False, False, False])

    def stop_after_the_first_page() -> bool:
        return next(answers, True)

    (run_id,) = tenant.queue(ROSTER)
    assert tenant.carry_out(run_id, should_stop=stop_after_the_first_page).status == "queued"
    tenant.simulator.tenant.change(lost.user_id, {"states": []})
    assert tenant.carry_out(run_id).status == "succeeded"
    assert (lost.user_id, lost.sku_id) not in seats(tenant)


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


class CancelsAtTheFirstRequest:
    """The network, and a person who cancels the run while the first request is under way."""

    def __init__(self, tenant: Syncing, run_id: int) -> None:
        self._sender = RequestsSender(connection_to(tenant.simulator))
        self._engine = tenant.engine
        self._run_id = run_id

    def send(self, request: Request) -> Answer:
        tracking.cancel(self._engine, self._run_id, ADMINISTRATOR, datetime.now(UTC))
        return self._sender.send(request)

    def stream(self, url: str) -> AbstractContextManager[tuple[int, Iterator[bytes]]]:
        return self._sender.stream(url)

    def close(self) -> None:
        self._sender.close()


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
