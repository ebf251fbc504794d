import time

import pytest

from core.simulator import catalog
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.records import group_id
from core.simulator.server import RunningSimulator
from tests.support.simulated import Caller, error_of


def group(simulator: RunningSimulator, key: str) -> str:
    return group_id(simulator.tenant.config.seed, key)


def leave(caller: Caller, key: str, user: str, tail: str = "/$ref") -> tuple[int, str]:
    answer = caller.call("DELETE", f"/groups/{group(caller.running, key)}/members/{user}{tail}")
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("key", "name", "value"),
    [
        ("f3-dynamic", "groupTypes", ["DynamicMembership"]),
        ("copilot-team", "groupTypes", ["Unified"]),
        ("e5-synced", "onPremisesSyncEnabled", True),
        ("e3", "onPremisesSyncEnabled", None),
        ("power-bi-mail", "mailEnabled", True),
        ("privileged", "isAssignableToRole", True),
        ("e3", "assignedLicenses", [{"disabledPlans": [], "skuId": catalog.E3}]),
    ],
)
def test_a_group_says_what_kind_it_is(
    simulator: RunningSimulator, caller: Caller, key: str, name: str, value: object
) -> None:
    found = caller.get(f"/groups/{group(simulator, key)}?$select=id,{name}").json()
    assert found[name] == value


def test_an_unknown_group_is_not_found(caller: Caller) -> None:
    assert error_of(caller.get("/groups/00000000-0000-0000-0000-000000000000"))[0] == 404


def test_members_are_listed_in_pages(simulator: RunningSimulator, caller: Caller) -> None:
    pages = caller.pages(f"/groups/{group(simulator, 'e3')}/members?$select=id&$top=10")
    ids = [member["id"] for page in pages for member in page]
    assert simulator.tenant.find("group_only").id in ids
    assert len(ids) == len(set(ids)) > 10


def test_leaving_a_group_takes_its_licenses_after_a_while(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.set_conditions(replica_lag=0.3)
    user = simulator.tenant.find("group_only").id
    assert leave(caller, "e3", user) == (204, "")
    assert caller.licenses(user) == {catalog.E3}
    time.sleep(0.4)
    assert caller.licenses(user) == set()
    assert leave(caller, "e3", user)[0] == 404


def test_leaving_one_of_two_groups_keeps_the_license(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("two_groups").id
    assert leave(caller, "e3", user)[0] == 204
    assert [state["assignedByGroup"] for state in caller.states(user)] == [group(simulator, "e3-projects")]
    assert caller.licenses(user) == {catalog.E3}


def test_leaving_a_group_of_several_types_drops_them_all(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("several_licenses_by_group").id
    assert leave(caller, "planning-tools", user)[0] == 204
    assert caller.licenses(user) == {catalog.E3}


@pytest.mark.parametrize(
    ("case", "key", "status", "words"),
    [
        ("dynamic_group", "f3-dynamic", 403, "Insufficient privileges"),
        ("synced_group", "e5-synced", 400, "on-premises mastered Directory Sync objects"),
        ("mail_enabled_group", "power-bi-mail", 400, "mail-enabled security groups"),
        ("administrator", "privileged", 403, "Insufficient privileges"),
        ("inactive", "e3", 404, "does not exist"),
    ],
)
def test_some_groups_cannot_be_left(
    simulator: RunningSimulator, caller: Caller, case: str, key: str, status: int, words: str
) -> None:
    user = simulator.tenant.find(case).id
    before = caller.states(user)
    code, text = leave(caller, key, user)
    assert code == status
    assert words in text
    assert caller.states(user) == before


def test_a_license_that_others_depend_on_stays_in_error(simulator: RunningSimulator, caller: Caller) -> None:
    user = simulator.tenant.find("group_only").id
    phone = simulator.tenant.find("dependency").id
    states = [
        *(state for state in simulator.tenant.record(simulator.tenant.find("group_only").index).states),
        next(state for state in caller.states(phone) if state["skuId"] == catalog.TEAMS_PHONE),
    ]
    simulator.tenant.change(user, {"states": states})
    assert leave(caller, "e3", user)[0] == 204
    left = next(state for state in caller.states(user) if state["skuId"] == catalog.E3)
    assert (left["state"], left["error"]) == ("Error", "DependencyViolation")


def test_without_ref_the_user_itself_is_deleted(simulator: RunningSimulator, caller: Caller) -> None:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS | {"User.ReadWrite.All"})
    user = simulator.tenant.find("group_only").id
    assert leave(caller, "e3", user, tail="")[0] == 204
    assert caller.get(f"/users/{user}").status_code == 404
    assert [one["kind"] for one in simulator.tenant.state.entries("write")] == ["user.delete"]


def test_without_ref_the_narrow_permission_does_not_suffice(
    simulator: RunningSimulator, caller: Caller
) -> None:
    user = simulator.tenant.find("group_only").id
    assert leave(caller, "e3", user, tail="")[0] == 403
    assert caller.get(f"/users/{user}").status_code == 200


def test_a_deleted_user_is_gone_from_listings_groups_and_seats(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS | {"User.ReadWrite.All"})
    user = simulator.tenant.find("group_only").id
    consumed = simulator.tenant.consumed()[catalog.E3]
    assert caller.call("DELETE", f"/users/{user}").status_code == 204
    listed = {one["id"] for page in caller.pages("/users?$select=id") for one in page}
    members = caller.pages(f"/groups/{group(simulator, 'e3')}/members?$select=id&$top=999")[0]
    assert user not in listed
    assert len(listed) == 399
    assert user not in {one["id"] for one in members}
    assert simulator.tenant.consumed()[catalog.E3] == consumed - 1


def test_a_group_license_reaches_every_member(simulator: RunningSimulator, caller: Caller) -> None:
    path = f"/groups/{group(simulator, 'copilot-team')}"
    body = {"addLicenses": [{"skuId": catalog.POWER_BI_FREE}], "removeLicenses": [catalog.COPILOT]}
    answer = caller.call("POST", f"{path}/assignLicense", body=body)
    assert answer.status_code == 202
    assert answer.headers["location"].endswith(path)
    user = simulator.tenant.find("copilot_group").id
    assert caller.licenses(user) == {catalog.E3, catalog.POWER_BI_FREE}
    given = caller.get(f"{path}?$select=assignedLicenses").json()["assignedLicenses"]
    assert [one["skuId"] for one in given] == [catalog.POWER_BI_FREE]


def test_members_with_errors_are_listed(simulator: RunningSimulator, caller: Caller) -> None:
    found = caller.get(f"/groups/{group(simulator, 'e5')}/membersWithLicenseErrors").json()["value"]
    assert [one["id"] for one in found] == [simulator.tenant.find("count_violation").id]
