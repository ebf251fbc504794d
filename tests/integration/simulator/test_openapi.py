"""Holds requests and answers against Microsoft's own description of Graph, in both directions."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.configurations import Config
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError

from core.simulator import catalog
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.records import group_id
from core.simulator.server import RunningSimulator
from tests.support.simulated import Caller

pytestmark = pytest.mark.graph_openapi

SCAN = (
    "/users?$select=id,userPrincipalName,displayName,mail,accountEnabled,userType,employeeId,employeeType,"
    "createdDateTime,usageLocation,department,jobTitle,country,officeLocation,companyName,onPremisesSyncEnabled,"
    "assignedLicenses,licenseAssignmentStates,signInActivity,isManagementRestricted,employeeLeaveDateTime,"
    "employeeOrgData&$expand=manager($select=id,displayName,userPrincipalName)&$top=500"
)


class AsGraph(RequestsOpenAPIRequest):
    """The request as if it had gone to Microsoft, whose address the description knows."""

    @property
    def host_url(self) -> str:
        return "https://graph.microsoft.com"


@pytest.fixture(scope="module")
def description(graph_openapi: Path) -> OpenAPI:
    config = Config(extra_media_type_deserializers={"text/plain": int})
    return OpenAPI.from_file_path(str(graph_openapi), config=config)


@pytest.fixture
def checked(description: OpenAPI) -> Callable[[requests.Response], requests.Response]:
    """Raises OpenAPIError where the request or its answer is not as described."""

    def check(answer: requests.Response) -> requests.Response:
        request = AsGraph(answer.request)
        description.validate_request(request)
        description.validate_response(request, RequestsOpenAPIResponse(answer))
        return answer

    return check


Check = Callable[[requests.Response], requests.Response]


def user(simulator: RunningSimulator, case: str = "inactive") -> str:
    return simulator.tenant.find(case).id


def group(simulator: RunningSimulator, key: str = "e3") -> str:
    return group_id(simulator.tenant.config.seed, key)


def test_the_scan_is_as_described(caller: Caller, checked: Check) -> None:
    assert len(checked(caller.get(SCAN)).json()["value"]) == 400


def test_a_page_in_the_middle_is_as_described(caller: Caller, checked: Check) -> None:
    link = checked(caller.get("/users?$select=id&$top=10")).json()["@odata.nextLink"]
    assert caller.get(link).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/subscribedSkus",
        "/subscribedSkus?$select=skuId,prepaidUnits",
        "/users/{user}",
        "/users/{user}?$select=assignedLicenses,licenseAssignmentStates",
        "/users/{user}/manager",
        "/users/{user}/licenseDetails",
        "/users/{user}/mailboxSettings",
        "/groups/{group}/members",
        "/groups/{group}/membersWithLicenseErrors",
        "/auditLogs/directoryAudits?$top=5",
        "/reports/getOffice365ActiveUserDetail(period='D30')",
        "/reports/getM365AppUserDetail(period='D30')",
        "/reports/getMailboxUsageDetail(period='D7')",
        "/reports/getOffice365ActivationsUserDetail()",
        "/reports/getOffice365ActivationsUserDetail",
    ],
)
def test_reading_is_as_described(
    simulator: RunningSimulator, caller: Caller, checked: Check, path: str
) -> None:
    caller.assign(user(simulator, "disabled"), remove=[catalog.E3])
    answer = checked(caller.get(path.format(user=user(simulator), group=group(simulator))))
    assert answer.status_code in {200, 302}


@pytest.mark.parametrize("wrapped", [True, False])
def test_the_report_settings_are_as_described(
    simulator: RunningSimulator, caller: Caller, checked: Check, *, wrapped: bool
) -> None:
    simulator.set_conditions(report_settings_wrapped=wrapped)
    assert checked(caller.get("/admin/reportSettings")).status_code == 200


def test_counting_is_as_described(caller: Caller, checked: Check) -> None:
    assert checked(caller.get("/users/$count", ConsistencyLevel="eventual")).text == "400"


def test_the_copilot_report_is_as_described(caller: Caller, description: OpenAPI) -> None:
    # Its redirect is not described; what the redirect leads to is.
    answer = caller.get("/copilot/reports/getMicrosoft365CopilotUsageUserDetail(period='D30')")
    request = AsGraph(answer.request)
    description.validate_request(request)
    file = caller.session.get(answer.headers["Location"], timeout=10)
    description.validate_response(request, RequestsOpenAPIResponse(file))
    assert file.content.startswith(b"\xef\xbb\xbf")


def test_assigning_is_as_described(simulator: RunningSimulator, caller: Caller, checked: Check) -> None:
    assert checked(caller.assign(user(simulator), remove=[catalog.E3])).status_code == 200
    assert checked(caller.assign(user(simulator), add=[catalog.E3])).status_code == 200


def test_leaving_a_group_is_as_described(simulator: RunningSimulator, caller: Caller, checked: Check) -> None:
    path = f"/groups/{group(simulator)}/members/{user(simulator, 'group_only')}/$ref"
    assert checked(caller.call("DELETE", path)).status_code == 204


def test_licensing_a_group_is_as_described(
    simulator: RunningSimulator, caller: Caller, checked: Check
) -> None:
    body = {"addLicenses": [{"skuId": catalog.VISIO, "disabledPlans": []}], "removeLicenses": []}
    answer = caller.call("POST", f"/groups/{group(simulator)}/assignLicense", body=body)
    assert checked(answer).status_code == 202


def test_reprocessing_is_as_described(simulator: RunningSimulator, caller: Caller, checked: Check) -> None:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS | {"User.ReadWrite.All"})
    path = f"/users/{user(simulator, 'count_violation')}/reprocessLicenseAssignment"
    assert checked(caller.call("POST", path)).status_code == 200


def test_a_batch_is_as_described(simulator: RunningSimulator, caller: Caller, checked: Check) -> None:
    simulator.faults.add("throttled", path="/subscribedSkus", where="batch")
    urls = ["/organization", "/subscribedSkus", "/users/nobody", f"/users/{user(simulator)}"]
    items = [{"id": str(number), "method": "GET", "url": url} for number, url in enumerate(urls)]
    answer = checked(caller.call("POST", "/$batch", body={"requests": items}))
    assert sorted(one["status"] for one in answer.json()["responses"]) == [200, 200, 404, 429]


@pytest.mark.parametrize(
    ("case", "add", "remove"),
    [
        ("group_only", [], [catalog.E3]),
        ("free_only", [], [catalog.E3]),
        ("no_usage_location", [catalog.F3], []),
        ("inactive", [catalog.E5], []),
        ("dependency", [], [catalog.E3]),
        ("inactive", [catalog.OFFICE_E1], []),
        ("restricted_unit", [], [catalog.E3]),
    ],
)
def test_a_refusal_is_as_described(
    simulator: RunningSimulator,
    caller: Caller,
    checked: Check,
    case: str,
    add: list[str],
    remove: list[str],
) -> None:
    assert checked(caller.assign(user(simulator, case), add=add, remove=remove)).status_code in {400, 403}


@pytest.mark.parametrize(
    ("kind", "status"),
    [("throttled", 429), ("unavailable", 503), ("concurrency", 409), ("expired_token", 401), ("error", 500)],
)
def test_a_fault_is_as_described(
    simulator: RunningSimulator, caller: Caller, checked: Check, kind: str, status: int
) -> None:
    simulator.faults.add(kind)
    assert checked(caller.get("/subscribedSkus")).status_code == status


@pytest.mark.parametrize(
    ("changes", "path", "status"),
    [
        ({"premium": False}, "/users?$select=id,signInActivity", 403),
        ({"permissions": []}, "/subscribedSkus", 403),
        ({"permissions": []}, "/reports/getMailboxUsageDetail(period='D7')", 403),
        ({}, "/users?$select=mailboxSettings", 501),
        ({}, "/users/nobody", 404),
        ({}, "/users/$count", 400),
    ],
)
def test_an_error_is_as_described(
    simulator: RunningSimulator,
    caller: Caller,
    checked: Check,
    changes: dict[str, object],
    path: str,
    status: int,
) -> None:
    simulator.set_conditions(**changes)
    assert checked(caller.get(path)).status_code == status


def test_an_answer_that_is_not_as_described_is_noticed(
    simulator: RunningSimulator, caller: Caller, checked: Check
) -> None:
    simulator.tenant.change(user(simulator), {"fields": {"accountEnabled": "yes"}})
    with pytest.raises(OpenAPIError):
        checked(caller.get(f"/users/{user(simulator)}?$select=accountEnabled"))


@pytest.mark.parametrize("body", [{"addLicenses": []}, {"addLicenses": [], "removeLicenses": ["E3"]}])
def test_a_request_that_is_not_as_described_is_noticed(
    simulator: RunningSimulator, caller: Caller, checked: Check, body: dict[str, object]
) -> None:
    answer = caller.call("POST", f"/users/{user(simulator)}/assignLicense", body=body)
    with pytest.raises(OpenAPIError):
        checked(answer)
