"""Roles of the directory, as the simulated Graph tells them."""

import pytest

from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.organization import ROLES
from core.simulator.server import RunningSimulator
from tests.support.simulated import Caller, error_of

BASE = "/roleManagement/directory"
READ = "RoleManagement.Read.Directory"


def principals(caller: Caller, path: str) -> set[str]:
    return {grant["principalId"] for page in caller.pages(f"{BASE}{path}") for grant in page}


def test_an_assignment_names_the_role_and_on_demand_the_principal(
    simulator: RunningSimulator, caller: Caller
) -> None:
    account = simulator.tenant.find("direct_administrator")
    path = f"{BASE}/roleAssignments?$filter=principalId eq '{account.id}'&$expand=principal"
    (grant,) = caller.get(path).json()["value"]
    assert grant["roleDefinitionId"] == ROLES["exchange-administrator"].id
    assert grant["principal"]["@odata.type"] == "#microsoft.graph.user"
    assert grant["principal"]["userPrincipalName"] == account.user_principal_name
    assert "principal" not in caller.get(path.partition("&")[0]).json()["value"][0]


def test_a_group_holds_its_role_itself_and_its_members_are_not_listed(
    simulator: RunningSimulator, caller: Caller
) -> None:
    held = principals(caller, "/roleAssignments")
    (privileged,) = (each for each, group in simulator.tenant.groups.items() if group.roles)
    assert privileged in held
    assert simulator.tenant.find("administrator").id not in held


def test_eligible_roles_are_listed_apart(simulator: RunningSimulator, caller: Caller) -> None:
    eligible = simulator.tenant.find("eligible_administrator").id
    assert principals(caller, "/roleEligibilityScheduleInstances") == {eligible}
    assert eligible not in principals(caller, "/roleAssignments")


def test_without_a_premium_license_there_is_no_eligibility(
    simulator: RunningSimulator, caller: Caller
) -> None:
    simulator.set_conditions(premium=False)
    refused = error_of(caller.get(f"{BASE}/roleEligibilityScheduleInstances"))
    assert refused[:2] == (400, "AadPremiumLicenseRequired")
    assert caller.get(f"{BASE}/roleAssignments").status_code == 200


@pytest.mark.parametrize(
    ("granted", "path", "status"),
    [
        (set(), "/roleAssignments", 403),
        (set(), "/roleDefinitions", 403),
        (set(), "/roleEligibilityScheduleInstances", 403),
        ({"Directory.Read.All"}, "/roleAssignments", 200),
        ({"Directory.Read.All"}, "/roleEligibilityScheduleInstances", 403),
        ({"RoleManagement.Read.All"}, "/roleEligibilityScheduleInstances", 200),
    ],
)
def test_each_list_needs_its_permission(
    simulator: RunningSimulator, granted: set[str], path: str, status: int
) -> None:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - {READ} | granted)
    caller = Caller(simulator)
    assert caller.get(f"{BASE}{path}").status_code == status
    caller.session.close()


def test_whoever_is_deleted_holds_no_role(simulator: RunningSimulator, caller: Caller) -> None:
    account = simulator.tenant.find("direct_administrator")
    simulator.tenant.change(account.id, {"deleted": True})
    assert account.id not in principals(caller, "/roleAssignments")


@pytest.mark.parametrize("query", ["$top=5", "$count=true", "$filter=roleDefinitionId ne 'x'"])
def test_what_the_list_does_not_support_is_refused(caller: Caller, query: str) -> None:
    assert error_of(caller.get(f"{BASE}/roleAssignments?{query}"))[0] == 400
