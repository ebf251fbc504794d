import pytest

from core.simulator import catalog
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.server import RunningSimulator
from tests.support.simulated import Caller, error_of

SCAN = "id,userPrincipalName,accountEnabled,assignedLicenses,licenseAssignmentStates,signInActivity"


def test_pages_by_absolute_links_hold_every_user_once(caller: Caller) -> None:
    pages = caller.pages("/users?$select=id&$top=150")
    assert [len(page) for page in pages] == [150, 150, 100]
    assert len({user["id"] for page in pages for user in page}) == 400


def test_a_next_link_leads_back_to_the_host_that_was_asked(caller: Caller) -> None:
    link = caller.get("/users?$select=id&$top=5").json()["@odata.nextLink"]
    assert link.startswith(f"{caller.running.graph_url}/v1.0/users?$select=id&$top=5&$skiptoken=")


@pytest.mark.parametrize(
    ("query", "size"),
    [("$select=id", 100), ("$select=id&$top=5000", 400), ("$select=id,signInActivity&$top=999", 400)],
)
def test_the_page_size_is_capped_without_a_word(caller: Caller, query: str, size: int) -> None:
    assert len(caller.get(f"/users?{query}").json()["value"]) == size


def test_a_page_token_serves_only_its_own_listing(caller: Caller) -> None:
    link = caller.get("/users?$select=id&$top=5").json()["@odata.nextLink"]
    answer = caller.get(link.replace("$select=id", "$select=displayName"))
    assert error_of(answer)[:2] == (400, "Request_BadRequest")


def test_an_old_page_token_has_expired(simulator: RunningSimulator, caller: Caller) -> None:
    link = caller.get("/users?$select=id&$top=5").json()["@odata.nextLink"]
    simulator.set_conditions(page_token_lifetime=-1)
    assert error_of(caller.get(link))[:2] == (400, "Directory_ExpiredPageToken")


def test_only_selected_properties_are_given(caller: Caller) -> None:
    user = caller.get("/users?$select=id,department&$top=1").json()["value"][0]
    assert set(user) == {"id", "department"}


def test_without_select_the_licenses_are_not_given(caller: Caller) -> None:
    user = caller.get("/users?$top=1").json()["value"][0]
    assert "businessPhones" in user
    assert "assignedLicenses" not in user


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("$select=id,mailboxSettings", 501, "NotImplemented"),
        ("$select=id,nonsense", 400, "BadRequest"),
        ("$expand=memberOf", 400, "BadRequest"),
        ("$top=0", 400, "Request_BadRequest"),
        ("$skip=5", 400, "Request_UnsupportedQuery"),
        ("$filter=companyName eq 'Contoso GmbH'", 400, "Request_UnsupportedQuery"),
        ("$filter=assignedLicenses/$count ne 0", 400, "Request_UnsupportedQuery"),
        ("$filter=nonsense", 400, "Request_UnsupportedQuery"),
        ('$search="displayName:a"', 400, "Request_UnsupportedQuery"),
    ],
)
def test_a_question_that_graph_refuses_is_refused(caller: Caller, query: str, status: int, code: str) -> None:
    assert error_of(caller.get(f"/users?{query}"))[:2] == (status, code)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accountEnabled eq false", lambda user: user["accountEnabled"] is False),
        (
            f"assignedLicenses/any(s:s/skuId eq {catalog.E5})",
            lambda user: any(one["skuId"] == catalog.E5 for one in user["assignedLicenses"]),
        ),
        (
            f"accountEnabled eq false and assignedLicenses/any(x:x/skuId eq {catalog.E3})",
            lambda user: (
                not user["accountEnabled"]
                and any(one["skuId"] == catalog.E3 for one in user["assignedLicenses"])
            ),
        ),
    ],
)
def test_a_plain_filter_gives_exactly_those_who_match(caller: Caller, text: str, expected: object) -> None:
    everyone = [user for page in caller.pages(f"/users?$select={SCAN}") for user in page]
    wanted = [user["id"] for user in everyone if expected(user)]  # type: ignore[operator]
    found = [user["id"] for page in caller.pages(f"/users?$select=id&$top=7&$filter={text}") for user in page]
    assert found == wanted
    assert 0 < len(found) < 400


def test_a_filter_sees_a_changed_user(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive")
    query = f"/users?$select=id&$filter=userPrincipalName eq '{user.user_principal_name}'"
    simulator.tenant.change(user.id, {"fields": {"userPrincipalName": "renamed@contoso.example"}})
    assert caller.get(query).json()["value"] == []


def test_counting_needs_the_header(caller: Caller) -> None:
    assert error_of(caller.get("/users/$count"))[:2] == (400, "Request_BadRequest")
    answer = caller.get("/users/$count", ConsistencyLevel="eventual")
    assert (answer.text, answer.headers["Content-Type"]) == ("400", "text/plain")


def test_count_without_the_header_is_silently_ignored(caller: Caller) -> None:
    assert "@odata.count" not in caller.get("/users?$count=true&$top=1").json()
    answer = caller.get("/users?$count=true&$top=1", ConsistencyLevel="eventual")
    assert answer.json()["@odata.count"] == 400


def test_advanced_queries_with_large_pages_lose_sign_ins_of_some(caller: Caller) -> None:
    query = f"/users?$select={SCAN}&$top=400"
    plain = caller.get(query).json()["value"]
    advanced = caller.get(f"{query}&$count=true", ConsistencyLevel="eventual").json()["value"]
    assert sum("signInActivity" in user for user in advanced) < sum(
        "signInActivity" in user for user in plain
    )


def test_expanding_the_manager_leaves_the_key_out_where_there_is_none(caller: Caller) -> None:
    users = caller.get("/users?$select=id&$expand=manager($select=id,displayName)&$top=400").json()["value"]
    assert any("manager" in user for user in users)
    assert all(user.get("manager", {"id": "x"})["id"] for user in users)
    assert "manager" not in users[0]


def test_the_manager_of_one_user_may_be_missing(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    expanded = caller.get(f"/users/{user}?$select=id&$expand=manager").json()["manager"]
    assert caller.get(f"/users/{user}/manager").json()["id"] == expanded["id"]
    lonely = simulator.tenant.find("shared_mailbox").id
    assert error_of(caller.get(f"/users/{lonely}/manager"))[:2] == (404, "Request_ResourceNotFound")


def test_sign_ins_of_one_user_are_found_by_object_id_only(
    simulator: RunningSimulator, caller: Caller
) -> None:
    user = simulator.tenant.find("inactive")
    assert "signInActivity" in caller.get(f"/users/{user.id}?$select=signInActivity").json()
    answer = caller.get(f"/users/{user.user_principal_name}?$select=signInActivity")
    assert answer.status_code == 400
    assert "has to be a valid Guid" in error_of(answer)[2]


def test_a_tenant_without_premium_refuses_sign_ins_altogether(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.set_conditions(premium=False)
    answer = caller.get(f"/users?$select={SCAN}")
    assert error_of(answer)[:2] == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    by_date = "/users?$select=id&$filter=signInActivity/lastSignInDateTime le 2026-01-01T00:00:00Z"
    assert caller.get(by_date).status_code == 403
    assert caller.get("/users?$select=id").status_code == 200


def test_a_tenant_without_premium_shows_it_in_its_service_plans(
    simulator: RunningSimulator, caller: Caller
) -> None:
    def premium() -> set[str]:
        types = caller.get("/subscribedSkus").json()["value"]
        plans = [plan for type_ in types for plan in type_["servicePlans"]]
        return {plan["provisioningStatus"] for plan in plans if plan["servicePlanName"] == "AAD_PREMIUM"}

    assert premium() == {"Success"}
    simulator.set_conditions(premium=False)
    assert premium() == {"Disabled"}


@pytest.mark.parametrize(
    ("missing", "path", "code"),
    [
        ("AuditLog.Read.All", "/users?$select=id,signInActivity", "Authorization_RequestDenied"),
        (
            "User-LifeCycleInfo.Read.All",
            "/users?$select=employeeLeaveDateTime",
            "Authorization_RequestDenied",
        ),
        ("User.Read.All", "/users", "Authorization_RequestDenied"),
        ("GroupMember.Read.All", "/groups", "Authorization_RequestDenied"),
        ("MailboxSettings.Read", "/users/x/mailboxSettings", "Authorization_RequestDenied"),
        ("ReportSettings.Read.All", "/admin/reportSettings", "Authorization_RequestDenied"),
        ("Reports.Read.All", "/reports/getOffice365ActivationsUserDetail", "UnknownError"),
    ],
)
def test_a_missing_permission_is_refused(
    simulator: RunningSimulator, caller: Caller, missing: str, path: str, code: str
) -> None:
    gone = {missing} | ({"GroupMember.ReadWrite.All"} if missing == "GroupMember.Read.All" else set())
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - gone)
    assert error_of(caller.get(path))[:2] == (403, code)


@pytest.mark.parametrize(
    ("case", "purpose"),
    [
        ("shared_mailbox", "shared"),
        ("room_mailbox", "room"),
        ("equipment_mailbox", "equipment"),
        ("inactive", "user"),
    ],
)
def test_a_mailbox_says_what_it_is_for(
    simulator: RunningSimulator, caller: Caller, case: str, purpose: str
) -> None:
    user = simulator.tenant.find(case).id
    assert caller.get(f"/users/{user}/mailboxSettings/userPurpose").json()["value"] == purpose
    assert caller.get(f"/users/{user}/mailboxSettings?$select=userPurpose").json()["userPurpose"] == purpose


@pytest.mark.parametrize("case", ["guest", "break_glass", "free_only"])
def test_an_account_without_a_mailbox_has_no_settings(
    simulator: RunningSimulator, caller: Caller, case: str
) -> None:
    answer = caller.get(f"/users/{simulator.tenant.find(case).id}/mailboxSettings")
    assert error_of(answer)[:2] == (404, "MailboxNotEnabledForRESTAPI")


def test_license_details_show_which_plans_are_off(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("disabled_plans").id
    details = caller.get(f"/users/{user}/licenseDetails").json()["value"]
    off = [
        plan["servicePlanName"]
        for plan in details[0]["servicePlans"]
        if plan["provisioningStatus"] == "Disabled"
    ]
    assert sorted(off) == ["SWAY", "YAMMER_ENTERPRISE"]


def test_every_answer_carries_the_headers_of_graph(caller: Caller) -> None:
    answer = caller.get("/users?$top=5&$select=id", client_request_id="4711")
    assert answer.headers["client-request-id"] == "4711"
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["x-ms-resource-unit"] == "1"
    assert answer.headers["request-id"] != caller.get("/users").headers["request-id"]


def test_an_unknown_address_is_refused_in_the_shape_of_graph(caller: Caller) -> None:
    status, code, message = error_of(caller.get("/unicorns"))
    assert (status, code) == (400, "BadRequest")
    assert message == "Resource not found for the segment 'unicorns'."
