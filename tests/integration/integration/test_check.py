from datetime import timedelta
from typing import Any

import pytest

from core.integration.check import ConnectionCheck, check_connection
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.server import RunningSimulator
from tests.support.syncing import impatient_client

OTHER = "22222222-bbbb-4bbb-8bbb-222222222222"


def check(simulator: RunningSimulator, fixed_tenant: str | None = None) -> ConnectionCheck:
    with impatient_client(simulator) as client:
        return check_connection(client, application="contoso", fixed_tenant=fixed_tenant)


def statuses(found: ConnectionCheck) -> dict[str, str]:
    return {source.name.value: source.status.value for source in found.sources}


def test_a_connection_that_has_everything_is_available_throughout(simulator: RunningSimulator) -> None:
    found = check(simulator, simulator.tenant_id)
    assert found.ok
    assert set(statuses(found).values()) == {"available"}
    assert all(permission.granted for permission in found.permissions)
    assert found.warnings == ()


def test_the_report_has_the_promised_shape(simulator: RunningSimulator) -> None:
    told = check(simulator).to_json()
    assert told["application"] == "contoso"
    assert told["token"] == {"ok": True, "error": None}
    assert {"name", "granted", "needed_for"} == set(told["permissions"][0])
    assert {"name", "status", "detail"} == set(told["sources"][0])


def test_each_missing_permission_is_named_with_what_it_costs(simulator: RunningSimulator) -> None:
    lacking = {
        "AuditLog.Read.All",
        "Reports.Read.All",
        "MailboxSettings.Read",
        "RoleManagement.Read.Directory",
        "Organization.Read.All",
    }
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - lacking)
    found = check(simulator)
    assert {permission.name for permission in found.permissions if not permission.granted} == lacking
    details = {source.name.value: source.detail for source in found.sources}
    for name, permission in (
        ("sign_ins", "AuditLog.Read.All"),
        ("usage_reports", "Reports.Read.All"),
        ("mailboxes", "MailboxSettings.Read"),
        ("admin_roles", "RoleManagement.Read.Directory"),
        ("subscriptions", "Organization.Read.All"),
    ):
        assert statuses(found)[name] == "missing"
        assert permission in details[name]
    assert found.ok


def test_a_tenant_without_premium_and_with_concealed_names_is_told(simulator: RunningSimulator) -> None:
    simulator.set_conditions(premium=False, concealed_names=True)
    found = statuses(check(simulator))
    assert (found["sign_ins"], found["usage_reports"]) == ("missing", "concealed")


REPORTS = {
    "usage_reports": ("getOffice365ActiveUserDetail", "judged by what else is read"),
    "app_usage": ("getM365AppUserDetail", "judged by what else is read"),
    "mailbox_usage": ("getMailboxUsageDetail", "Sizes and archives of mailboxes are not known"),
    "copilot_usage": ("getMicrosoft365CopilotUsageUserDetail", "Copilot seats stay Unknown"),
    "activations": ("getOffice365ActivationsUserDetail", "Visio and Project seats stay Unknown"),
}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "html_gateway"}, "failed"),
        ({"kind": "error", "status": 403, "code": "UnknownError"}, "missing"),
        ({"kind": "error", "status": 404, "code": "BadRequest"}, "missing"),
    ],
)
def test_each_report_is_tried_and_what_its_absence_costs_is_said(
    simulator: RunningSimulator, name: str, fault: dict[str, Any], status: str
) -> None:
    path, costs = REPORTS[name]
    simulator.faults.add(path=path, times=None, retry_after=None, **fault)
    found = {source.name.value: source for source in check(simulator).sources}
    assert found[name].status == status
    assert costs in found[name].detail
    assert {each.status.value for each in found.values() if each.name != name} == {"available"}


def test_each_report_says_of_which_day_it_is(simulator: RunningSimulator) -> None:
    details = {source.name.value: source.detail for source in check(simulator).sources}
    day = (simulator.tenant.as_of - timedelta(days=2)).date().isoformat()
    assert {details[name] for name in REPORTS} == {f"As of {day}."}


def test_concealed_names_are_told_of_every_report(simulator: RunningSimulator) -> None:
    lacking = {"ReportSettings.Read.All"}
    simulator.set_conditions(concealed_names=True, permissions=DEFAULT_PERMISSIONS - lacking)
    found = statuses(check(simulator))
    assert {found[name] for name in REPORTS} == {"concealed"}


def test_without_the_people_the_connection_is_not_ok(simulator: RunningSimulator) -> None:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - {"User.Read.All"})
    found = check(simulator)
    assert not found.ok
    assert statuses(found)["directory"] == "missing"


def test_a_wrong_secret_is_reported_and_nothing_else_is_tried(simulator: RunningSimulator) -> None:
    simulator.set_conditions(secret_expired=True)
    found = check(simulator)
    assert not found.ok
    assert found.token_error is not None
    assert "client secret has expired" in found.token_error
    assert set(statuses(found).values()) == {"not_read"}


def test_a_source_that_fails_is_reported_beside_those_that_answer(simulator: RunningSimulator) -> None:
    simulator.faults.add("unavailable", path="signInActivity", times=None, retry_after=None)
    found = statuses(check(simulator))
    assert found.pop("sign_ins") == "failed"
    assert set(found.values()) == {"available"}


def test_another_tenant_than_the_first_one_is_warned_about(simulator: RunningSimulator) -> None:
    (warning,) = check(simulator, OTHER).warnings
    assert OTHER in warning


def test_a_permission_that_is_too_wide_is_warned_about(simulator: RunningSimulator) -> None:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS | {"User.ReadWrite.All"})
    (warning,) = check(simulator).warnings
    assert "User.ReadWrite.All" in warning
