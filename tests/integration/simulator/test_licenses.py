import time

import pytest

from core.simulator import catalog
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.server import RunningSimulator
from tests.support.simulated import Caller, error_of

NOWHERE = "00000000-0000-4000-a000-000000000000"


def license_type(caller: Caller, sku_id: str) -> dict[str, object]:
    types: list[dict[str, object]] = caller.get("/subscribedSkus").json()["value"]
    return next(one for one in types if one["skuId"] == sku_id)


def writes(simulator: RunningSimulator) -> list[tuple[str, str]]:
    return [(one["kind"], one["sku"]) for one in simulator.tenant.state.entries("write")]


def test_removing_a_direct_license_frees_its_seat(simulator: RunningSimulator, caller: Caller) -> None:
    before = license_type(caller, catalog.E3)
    answer = caller.assign(simulator.tenant.find("inactive").id, remove=[catalog.E3])
    assert answer.status_code == 200
    after = license_type(caller, catalog.E3)
    assert after["consumedUnits"] == int(str(before["consumedUnits"])) - 1
    assert after["prepaidUnits"] == before["prepaidUnits"]


def test_success_shows_nothing_of_the_licenses(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    assert "assignedLicenses" not in caller.assign(user, remove=[catalog.E3]).json()


def test_a_second_removal_finds_no_license_and_is_logged_once(
    simulator: RunningSimulator, caller: Caller
) -> None:
    user = simulator.tenant.find("inactive").id
    caller.assign(user, remove=[catalog.E3])
    answer = caller.assign(user, remove=[catalog.E3])
    assert error_of(answer) == (400, "Request_BadRequest", "User does not have a corresponding license.")
    assert writes(simulator) == [("license.remove", catalog.E3)]


def test_readers_see_a_removal_late_but_the_next_write_at_once(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.set_conditions(replica_lag=0.4)
    user = simulator.tenant.find("inactive").id
    consumed = license_type(caller, catalog.E3)["consumedUnits"]
    caller.assign(user, remove=[catalog.E3])
    assert caller.licenses(user) == {catalog.E3}
    assert license_type(caller, catalog.E3)["consumedUnits"] == consumed
    assert caller.assign(user, remove=[catalog.E3]).status_code == 400
    time.sleep(0.5)
    assert caller.licenses(user) == set()
    assert license_type(caller, catalog.E3)["consumedUnits"] != consumed


def test_a_page_of_the_listing_shows_the_change(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive")
    query = "/users?$select=id,assignedLicenses&$top=400"
    before = caller.get(query).json()["value"]
    caller.assign(user.id, remove=[catalog.E3])
    after = caller.get(query).json()["value"]
    changed = [old["id"] for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [user.id]


REFUSALS = [
    ("group_only", [], [catalog.E3], "license is inherited from a group membership"),
    ("two_groups", [], [catalog.E3], "license is inherited from a group membership"),
    ("free_only", [], [catalog.E3], "User does not have a corresponding license."),
    ("no_usage_location", [catalog.F3], [], "invalid usage location"),
    ("inactive", [NOWHERE], [], "does not correspond to a valid company License"),
    ("inactive", [catalog.DATAVERSE_CAPACITY], [], "does not correspond to a valid company License"),
    ("inactive", [catalog.PROJECT_PREMIUM], [], "does not correspond to a valid company License"),
    ("inactive", [catalog.VISIO_DEPARTMENTAL], [], "does not correspond to a valid company License"),
    ("self_service", [], [catalog.VISIO_DEPARTMENTAL], "does not correspond to a valid company License"),
    ("inactive", [catalog.E5], [], "does not have any available licenses"),
    ("inactive", [catalog.TEAMS_PHONE], [], "does not have any available licenses"),
    ("dependency", [], [catalog.E3], "depends on the service plan(s)"),
    ("inactive", [catalog.OFFICE_E1], [], "are mutually exclusive"),
    ("proxy_conflict", [catalog.E3], [], "proxyAddresses already exists"),
]


@pytest.mark.parametrize(("case", "add", "remove", "words"), REFUSALS)
def test_what_the_licensing_service_refuses_changes_nothing(
    simulator: RunningSimulator, caller: Caller, case: str, add: list[str], remove: list[str], words: str
) -> None:
    user = simulator.tenant.find(case).id
    before = caller.states(user)
    status, code, message = error_of(caller.assign(user, add=add, remove=remove))
    assert (status, code) == (400, "Request_BadRequest")
    assert words in message
    assert caller.states(user) == before
    assert writes(simulator) == []


def test_one_bad_removal_fails_the_whole_call(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("several_licenses_by_group").id
    answer = caller.assign(user, remove=[catalog.E3, catalog.VISIO])
    assert answer.status_code == 400
    assert catalog.E3 in caller.licenses(user)


def test_a_restricted_unit_is_closed_to_the_application(simulator: RunningSimulator, caller: Caller) -> None:
    answer = caller.assign(simulator.tenant.find("restricted_unit").id, remove=[catalog.E3])
    assert error_of(answer)[:2] == (403, "Authorization_RequestDenied")


def test_assigning_needs_its_permission(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - {"LicenseAssignment.ReadWrite.All"})
    answer = caller.assign(simulator.tenant.find("inactive").id, remove=[catalog.E3])
    assert error_of(answer)[:2] == (403, "Authorization_RequestDenied")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"addLicenses": []}, "The missing parameters are: removeLicenses."),
        ({"removeLicenses": []}, "The missing parameters are: addLicenses."),
        ({}, "The missing parameters are: addLicenses, removeLicenses."),
        ({"addLicenses": [], "removeLicenses": ["E3"]}, "'Edm.Guid'"),
    ],
)
def test_a_malformed_order_is_refused(
    simulator: RunningSimulator, caller: Caller, body: dict[str, object], words: str
) -> None:
    user = simulator.tenant.find("inactive").id
    answer = caller.call("POST", f"/users/{user}/assignLicense", body=body)
    assert answer.status_code == 400
    assert words in error_of(answer)[2]


def test_removing_the_direct_one_beside_a_group_frees_no_seat(
    simulator: RunningSimulator, caller: Caller
) -> None:
    user = simulator.tenant.find("direct_and_group").id
    consumed = license_type(caller, catalog.E3)["consumedUnits"]
    assert caller.assign(user, remove=[catalog.E3]).status_code == 200
    assert [state["assignedByGroup"] is None for state in caller.states(user)] == [False]
    assert license_type(caller, catalog.E3)["consumedUnits"] == consumed


def test_a_restored_license_carries_its_disabled_plans_and_a_new_date(
    simulator: RunningSimulator, caller: Caller
) -> None:
    user = simulator.tenant.find("disabled_plans").id
    old = caller.states(user)[0]
    caller.assign(user, remove=[catalog.E3])
    restored = {"skuId": catalog.E3, "disabledPlans": old["disabledPlans"]}
    assert caller.assign(user, add=[restored]).status_code == 200
    new = caller.states(user)[0]
    assert set(new["disabledPlans"]) == set(old["disabledPlans"])
    assert new["lastUpdatedDateTime"] > old["lastUpdatedDateTime"]


def test_assigning_what_is_held_already_changes_nothing(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("inactive").id
    before = caller.states(user)
    assert caller.assign(user, add=[catalog.E3]).status_code == 200
    assert caller.states(user) == before
    assert writes(simulator) == []


def test_assigning_what_is_held_replaces_its_disabled_plans(
    simulator: RunningSimulator, caller: Caller
) -> None:
    user = simulator.tenant.find("disabled_plans").id
    assert caller.assign(user, add=[catalog.E3]).status_code == 200
    assert caller.states(user)[0]["disabledPlans"] == []


def test_a_swap_goes_in_one_call(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("dependency").id
    caller.assign(simulator.tenant.find("downgrade").id, remove=[catalog.E5])
    assert caller.assign(user, remove=[catalog.E3, catalog.TEAMS_PHONE], add=[catalog.E5]).status_code == 200
    assert caller.licenses(user) == {catalog.E5}


def test_a_user_is_addressed_by_name_as_well(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("apostrophe")
    assert caller.assign(user.user_principal_name, remove=[catalog.E3]).status_code == 200
    assert caller.licenses(user.id) == set()


def test_reprocessing_gives_a_waiting_member_the_freed_seat(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS | {"User.ReadWrite.All"})
    waiting = simulator.tenant.find("count_violation").id
    assert caller.states(waiting)[0]["error"] == "CountViolation"
    assert catalog.E5 not in caller.licenses(waiting)
    caller.assign(simulator.tenant.find("downgrade").id, remove=[catalog.E5])
    assert caller.call("POST", f"/users/{waiting}/reprocessLicenseAssignment").status_code == 200
    assert catalog.E5 in caller.licenses(waiting)


def test_the_license_types_show_every_kind_of_trouble(caller: Caller) -> None:
    types = {one["skuPartNumber"]: one for one in caller.get("/subscribedSkus").json()["value"]}
    units = {name: (one["prepaidUnits"], one["consumedUnits"]) for name, one in types.items()}
    assert types["CDS_DB_CAPACITY"]["appliesTo"] == "Company"
    assert types["PROJECTPREMIUM"]["capabilityStatus"] == "Suspended"
    assert units["PROJECTPREMIUM"][0]["suspended"] > units["PROJECTPREMIUM"][0]["enabled"] == 0
    assert units["POWER_BI_PRO"][0]["warning"] > 0
    assert units["MCOEV"][1] > units["MCOEV"][0]["enabled"]
    assert types["SAFETY_TRAINING_PORTAL"]["skuId"] == catalog.UNKNOWN_TYPE
    assert "SAFETY_TRAINING_PORTAL" not in (catalog.DATA / "skus.csv").read_text(encoding="utf-8")


def test_an_audit_entry_appears_after_its_delay(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(audit_delay=0.3)
    user = simulator.tenant.find("inactive").id
    caller.assign(user, remove=[catalog.E3])
    path = "/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Change user license'"
    assert caller.get(path).json()["value"] == []
    time.sleep(0.4)
    entry = caller.get(path).json()["value"][0]
    assert entry["targetResources"][0]["id"] == user
    modified = entry["targetResources"][0]["modifiedProperties"][0]
    assert f"SkuId={catalog.E3}" in modified["oldValue"]
    assert modified["newValue"] == "[]"


def test_audit_entries_are_filtered_by_time_and_paged(simulator: RunningSimulator, caller: Caller) -> None:
    for case in ("inactive", "never_active", "disabled"):
        caller.assign(simulator.tenant.find(case).id, remove=[catalog.E3])
    path = "/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Change user license'"
    assert [
        len(page) for page in caller.pages(f"{path} and activityDateTime ge 2020-01-01T00:00:00Z&$top=2")
    ] == [
        2,
        1,
    ]
    assert caller.get(f"{path} and activityDateTime ge 2099-01-01T00:00:00Z").json()["value"] == []
    either = f"{path} or activityDisplayName eq 'Delete user'"
    assert caller.get(either).status_code == 400


def test_subscriptions_say_when_they_come_up_next(caller: Caller) -> None:
    subscriptions = caller.get("/directory/subscriptions").json()["value"]
    dated = [one for one in subscriptions if one["nextLifecycleDateTime"] is not None]
    assert dated
    assert all(one["nextLifecycleDateTime"] > one["createdDateTime"] for one in dated)
    assert catalog.FLOW_FREE not in {one["skuId"] for one in dated}
    assert [one["skuId"] for one in subscriptions if one["isTrial"]] == [catalog.ENTRA_P2]
    assert {one["skuId"] for one in subscriptions} == set(catalog.license_types())


def test_the_subscriptions_of_a_type_share_its_seats(caller: Caller) -> None:
    types = {one["skuId"]: one for one in caller.get("/subscribedSkus").json()["value"]}
    subscriptions = caller.get("/directory/subscriptions").json()["value"]
    two = [one for one in subscriptions if one["skuId"] == catalog.E3]
    units = types[catalog.E3]["prepaidUnits"]
    assert len(two) == 2
    assert sum(one["totalLicenses"] for one in two) == units["enabled"]
    assert {one["commerceSubscriptionId"] for one in two} == set(types[catalog.E3]["subscriptionIds"])


def test_the_organization_names_itself(simulator: RunningSimulator, caller: Caller) -> None:
    organization = caller.get("/organization?$select=id,displayName").json()["value"]
    assert organization == [{"id": simulator.tenant_id, "displayName": "Contoso"}]
