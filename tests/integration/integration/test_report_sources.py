"""Each usage report is a source of its own: what one lacks costs only what it feeds, and is said."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, delete

from core.graph import GraphClient
from core.graph.answer import Answer, Request
from core.graph.sender import RequestsSender
from core.integration.sync import run_task
from core.reference import read_table
from core.simulator import catalog
from core.simulator.config import TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from core.store.engine import reading, writing
from core.store.tables import (
    Assignment,
    IntegrationTask,
    ServicePlan,
    TaskRun,
    TaskRunLog,
    UserActivity,
)
from tests.support.syncing import Syncing
from tests.support.tenants import connection_to

REPORTS = {
    "usage_reports": "getOffice365ActiveUserDetail",
    "app_usage": "getM365AppUserDetail",
    "mailbox_usage": "getMailboxUsageDetail",
    "copilot_usage": "getMicrosoft365CopilotUsageUserDetail",
    "activations": "getOffice365ActivationsUserDetail",
}
COLUMNS = {
    "usage_reports": "report_refreshed_on",
    "app_usage": "apps_refreshed_on",
    "mailbox_usage": "mailbox_refreshed_on",
    "copilot_usage": "copilot_refreshed_on",
    "activations": "activations_refreshed_on",
}
every_report = pytest.mark.parametrize("name", REPORTS)


@pytest.fixture(scope="module")
def running_simulator() -> Iterator[RunningSimulator]:
    """Fewer people than for other tests: each has a page of rows in every report, and that will do."""
    with start_simulator(TenantConfig(users=400)) as running:
        yield running


class Between:
    """The network, and something on the way that changes one report: its redirect, or its content."""

    def __init__(
        self,
        tenant: Syncing,
        report: str,
        *,
        location: str | None = None,
        content: Callable[[bytes], bytes] = lambda content: content,
    ) -> None:
        self._sender = RequestsSender(connection_to(tenant.simulator))
        self._report = report
        self._location = location
        self._content = content
        self._changed = ""
        self.fetched: list[str] = []

    def send(self, request: Request) -> Answer:
        answer = self._sender.send(request)
        if self._report not in request.url or answer.status != 302:
            return answer
        self._changed = self._location or answer.headers["location"]
        return replace(answer, headers={**answer.headers, "location": self._changed})

    @contextmanager
    def stream(self, url: str) -> Iterator[tuple[int, Iterator[bytes]]]:
        self.fetched.append(url)
        with self._sender.stream(url) as (status, pieces):
            yield status, iter([self._content(b"".join(pieces))]) if url == self._changed else pieces

    def close(self) -> None:
        self._sender.close()


def run_access(tenant: Syncing, sender: Any = None) -> TaskRun:  # noqa: ANN401 - any sender
    """The sources are read; what the directory and the license types are is known before."""
    tenant.run(IntegrationTask.DIFFERENTIATION, IntegrationTask.ROSTER)
    (run_id,) = tenant.queue(IntegrationTask.ACCESS)
    if sender is None:
        return tenant.carry_out(run_id)
    with GraphClient(connection_to(tenant.simulator), sender=sender) as client:
        run_task(tenant.engine, client, run_id)
    with reading(tenant.engine) as session:
        return session.get_one(TaskRun, run_id)


def seat(tenant: Syncing, case: str, sku_id: str) -> Assignment:
    (found,) = [each for each in tenant.seats_of(case) if each.sku_id == sku_id]
    return found


def statuses(tenant: Syncing) -> dict[str, str]:
    return {name: tenant.source(name).status for name in REPORTS}


def test_every_report_is_read_and_dated(tenant: Syncing) -> None:
    run = run_access(tenant)
    assert (run.status, run.error) == ("succeeded", None)
    assert set(statuses(tenant).values()) == {"available"}
    as_of = {name: tenant.source(name).as_of for name in REPORTS}
    assert len(set(as_of.values())) == 1
    rows = tenant.rows(UserActivity)
    for name, column in COLUMNS.items():
        dated = [getattr(row, column) for row in rows if getattr(row, column) is not None]
        day = as_of[name]
        assert day is not None
        assert set(dated) == {day.date()}
        assert len(dated) > 10
    assert any(row.apps_on for row in rows)
    assert any(row.mailbox_bytes for row in rows)
    assert {row.has_archive for row in rows} == {True, False, None}


class TogetherOrNotAtAll(Between):
    """No download begins before all five have been asked for."""

    def __init__(self, tenant: Syncing) -> None:
        super().__init__(tenant, report="none")
        self._all = threading.Barrier(len(REPORTS), timeout=20)

    @contextmanager
    def stream(self, url: str) -> Iterator[tuple[int, Iterator[bytes]]]:
        self._all.wait()
        with super().stream(url) as answered:
            yield answered


def test_all_reports_are_fetched_at_once(tenant: Syncing) -> None:
    run = run_access(tenant, TogetherOrNotAtAll(tenant))
    assert (run.status, run.error) == ("succeeded", None)


@every_report
@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({"kind": "html_gateway"}, "failed", "could not be read"),
        (
            {"kind": "error", "status": 403, "code": "UnknownError", "message": "Invalid permission."},
            "missing",
            "Reports.Read.All is missing",
        ),
        ({"kind": "error", "status": 404, "code": "BadRequest"}, "missing", "does not offer that"),
    ],
)
def test_a_report_that_does_not_come_takes_nothing_from_the_others(
    tenant: Syncing, name: str, fault: dict[str, Any], status: str, words: str
) -> None:
    tenant.simulator.faults.add(path=REPORTS[name], times=None, retry_after=None, **fault)
    run = run_access(tenant)
    assert run.status == "partial"
    assert words in (run.error or "")
    source = tenant.source(name)
    assert (source.status, source.as_of, source.read_at) == (status, None, None)
    assert words in source.detail
    assert {**statuses(tenant), name: "available"} == dict.fromkeys(REPORTS, "available")
    told = {line.message: line.level for line in tenant.rows(TaskRunLog)}
    assert told[source.detail] == "warning"
    assert sum(message.startswith("Report of") for message in told) == len(REPORTS) - 1
    assert all(getattr(row, COLUMNS[name]) is None for row in tenant.rows(UserActivity))


@pytest.mark.parametrize(
    ("name", "case", "sku_id"),
    [
        ("usage_reports", "never_active", catalog.E3),
        ("app_usage", "never_active", catalog.E3),
        ("mailbox_usage", "never_active", catalog.E3),
        ("mailbox_usage", "mailbox_only", catalog.EXCHANGE_1),
        ("copilot_usage", "copilot_never", catalog.COPILOT),
        ("copilot_usage", "copilot_inactive", catalog.COPILOT),
        ("activations", "visio", catalog.VISIO),
        ("activations", "visio_activated", catalog.VISIO),
        ("activations", "project", catalog.PROJECT),
    ],
)
def test_without_its_report_a_seat_is_unknown_and_says_which_is_lacking(
    tenant: Syncing, name: str, case: str, sku_id: str
) -> None:
    tenant.simulator.faults.add("html_gateway", path=REPORTS[name], times=None)
    run_access(tenant)
    found = seat(tenant, case, sku_id)
    assert found.activity_status == "unknown"
    prefix = "report" if name == "usage_reports" else name
    assert f"{prefix}_failed" in found.reasons


def test_what_was_read_before_a_report_failed_still_proves_use(tenant: Syncing) -> None:
    run_access(tenant)
    tenant.simulator.faults.add("html_gateway", path=REPORTS["copilot_usage"], times=None)
    run_access(tenant)
    assert seat(tenant, "copilot_active", catalog.COPILOT).activity_status == "active"
    assert seat(tenant, "copilot_never", catalog.COPILOT).activity_status == "unknown"
    source = tenant.source("copilot_usage")
    assert source.status == "failed"
    assert source.as_of is not None


@every_report
def test_a_redirect_to_a_foreign_host_is_not_followed(tenant: Syncing, name: str) -> None:
    foreign = "https://reports.example.net/data/secret-of-the-report"
    sender = Between(tenant, REPORTS[name], location=foreign)
    run_access(tenant, sender)
    assert foreign not in sender.fetched
    assert len(sender.fetched) == len(REPORTS) - 1
    source = tenant.source(name)
    assert source.status == "failed"
    assert "reports.example.net" in source.detail
    assert "secret-of-the-report" not in source.detail
    assert {**statuses(tenant), name: "available"} == dict.fromkeys(REPORTS, "available")


def test_concealed_rows_are_counted_and_belong_to_nobody(tenant: Syncing) -> None:
    tenant.simulator.set_conditions(concealed_names=True)
    run = run_access(tenant)
    assert run.status == "partial"
    assert (run.error or "").count("names are concealed") == 1
    assert set(statuses(tenant).values()) == {"concealed"}
    for name, column in COLUMNS.items():
        detail = tenant.source(name).detail
        assert "Org settings, Reports" in detail
        assert "rows" in detail
        assert "show activity in the 30 days up to" in detail
        assert all(getattr(row, column) is None for row in tenant.rows(UserActivity))
    for case, sku_id in (("copilot_active", catalog.COPILOT), ("visio_activated", catalog.VISIO)):
        assert seat(tenant, case, sku_id).activity_status == "unknown"


def older(tenant: Syncing, days: int) -> Callable[[bytes], bytes]:
    """Every date of the report as many days earlier, as if Microsoft had stopped renewing it."""
    today = (tenant.simulator.tenant.as_of - timedelta(days=2)).date()
    then = today - timedelta(days=days)
    return lambda content: content.replace(today.isoformat().encode(), then.isoformat().encode())


@pytest.mark.parametrize(("days", "status"), [(1, "available"), (20, "stale")])
def test_a_report_that_is_no_longer_renewed_is_stale(tenant: Syncing, days: int, status: str) -> None:
    sender = Between(tenant, REPORTS["copilot_usage"], content=older(tenant, days))
    run = run_access(tenant, sender)
    source = tenant.source("copilot_usage")
    assert source.status == status
    assert source.as_of is not None
    assert source.as_of.date() == (tenant.simulator.tenant.as_of - timedelta(days=2 + days)).date()
    assert ("came with data of" in source.detail, run.status == "partial") == (status == "stale",) * 2
    never = seat(tenant, "copilot_never", catalog.COPILOT)
    assert never.activity_status == ("unknown" if status == "stale" else "never_active")
    assert seat(tenant, "copilot_active", catalog.COPILOT).activity_status == "active"


@pytest.mark.parametrize(
    ("name", "lost", "status"),
    [
        ("mailbox_usage", b"Last Activity Date", "degraded"),
        ("mailbox_usage", b"Has Archive", "available"),
        ("mailbox_usage", b"Storage Used (Byte)", "available"),
        ("app_usage", b"Last Activation Date", "available"),
        ("app_usage", b"Last Activity Date", "failed"),
        ("copilot_usage", b"Last Activity Date", "failed"),
        ("activations", b"Product Type", "failed"),
    ],
)
def test_a_column_that_is_gone_costs_what_it_feeds(
    tenant: Syncing, name: str, lost: bytes, status: str
) -> None:
    def renamed(content: bytes) -> bytes:
        header, _, rows = content.partition(b"\n")
        names = [b"Gone" if each.strip() == lost else each for each in header.split(b",")]
        return b",".join(names) + b"\n" + rows

    run_access(tenant, Between(tenant, REPORTS[name], content=renamed))
    source = tenant.source(name)
    assert source.status == status, source.detail
    assert (lost.decode() in source.detail) == (status != "available")
    if name == "mailbox_usage" and status == "degraded":
        never = seat(tenant, "never_active", catalog.E3)
        assert (never.activity_status, "mailbox_usage_without_date" in never.reasons) == ("unknown", True)


@pytest.mark.parametrize(
    ("lost", "spared"),
    [
        ({"copilot"}, "copilot_usage"),
        ({"apps", "visio", "visio_web", "project", "project_web"}, "activations"),
    ],
)
def test_a_report_that_no_license_type_needs_is_not_asked_for(
    tenant: Syncing, lost: set[str], spared: str
) -> None:
    tenant.run(IntegrationTask.DIFFERENTIATION, IntegrationTask.ROSTER)
    needless = {row["service_plan_id"] for row in read_table("workload_plans") if row["workload"] in lost}
    with writing(tenant.engine) as session:
        session.exec(delete(ServicePlan).where(col(ServicePlan.service_plan_id).in_(needless)))
    number = tenant.simulator.faults.add("slow", path=REPORTS[spared], times=None, delay=0.0)
    (run_id,) = tenant.queue(IntegrationTask.ACCESS)
    assert tenant.carry_out(run_id).status == "succeeded"
    source = tenant.source(spared)
    assert source.status == "not_read"
    assert source.detail.startswith("Not needed: no license type of this tenant includes")
    assert tenant.simulator.faults.struck(number) == 0
    others = {name: status for name, status in statuses(tenant).items() if name != spared}
    assert set(others.values()) == {"available"}
