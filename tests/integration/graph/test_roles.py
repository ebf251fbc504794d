"""Admin roles over a real connection: held directly, through a group, eligible, and what is not permitted."""

from collections.abc import Iterator

import pytest

from core.graph import GraphClient, PermissionDenied
from core.graph.roles import ELIGIBLE
from core.simulator.config import DEFAULT_PERMISSIONS, TenantConfig
from core.simulator.faults import FaultKind
from core.simulator.server import RunningSimulator, start_simulator
from tests.support.tenants import as_on_its_first_day, connection_to


@pytest.fixture(scope="module")
def running_simulator() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig()) as running:
        yield running


@pytest.fixture
def simulator(running_simulator: RunningSimulator) -> RunningSimulator:
    return as_on_its_first_day(running_simulator)


def client(simulator: RunningSimulator, *without: str) -> GraphClient:
    simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - set(without))
    return GraphClient(connection_to(simulator), sleep=lambda _: None)


@pytest.mark.parametrize(
    ("case", "roles"),
    [
        ("direct_administrator", ("Exchange Administrator",)),
        ("administrator", ("Global Administrator",)),
        ("break_glass", ("Global Administrator",)),
        ("eligible_administrator", (f"User Administrator{ELIGIBLE}",)),
        ("active", None),
    ],
)
def test_whoever_holds_a_role_is_found_however_it_is_held(
    simulator: RunningSimulator, case: str, roles: tuple[str, ...] | None
) -> None:
    with client(simulator) as connected:
        found = connected.read_admin_roles()
    assert found.gaps == ()
    assert found.holders.get(simulator.tenant.find(case).id) == roles


def test_the_applications_own_role_makes_nobody_an_administrator(simulator: RunningSimulator) -> None:
    with client(simulator) as connected:
        holders = connected.read_admin_roles().holders
    assert simulator.tenant.config.service_principal_id not in holders


def test_a_listing_of_several_pages_is_read_to_its_end(simulator: RunningSimulator) -> None:
    everybody = [simulator.tenant.account(index).id for index in range(150)]
    for user_id in everybody:
        simulator.tenant.change(user_id, {"roles": ["user-administrator"]})
    with client(simulator) as connected:
        holders = connected.read_admin_roles().holders
    assert set(everybody) <= set(holders)


def test_without_the_permission_the_roles_are_refused(simulator: RunningSimulator) -> None:
    with client(simulator, "RoleManagement.Read.Directory") as connected:
        with pytest.raises(PermissionDenied):
            connected.read_admin_roles()
        with pytest.raises(PermissionDenied):
            connected.can_read_admin_roles()


def test_a_tenant_without_privileged_identity_management_has_nobody_eligible_and_no_gap(
    simulator: RunningSimulator,
) -> None:
    simulator.set_conditions(premium=False)
    with GraphClient(connection_to(simulator)) as connected:
        found = connected.read_admin_roles()
    assert found.gaps == ()
    assert simulator.tenant.find("direct_administrator").id in found.holders
    assert simulator.tenant.find("eligible_administrator").id not in found.holders


@pytest.mark.parametrize(
    ("path", "gap", "still"),
    [
        ("/roleEligibilityScheduleInstances", "may activate could not be read", "administrator"),
        ("/members", "members of a group", "direct_administrator"),
    ],
)
def test_what_could_not_be_read_is_a_gap_and_the_rest_is_told(
    simulator: RunningSimulator, path: str, gap: str, still: str
) -> None:
    simulator.faults.add(path=path, kind=FaultKind.ERROR, status=403, code="Authorization_RequestDenied")
    with client(simulator) as connected:
        found = connected.read_admin_roles()
    assert [gap in each for each in found.gaps] == [True]
    assert simulator.tenant.find(still).id in found.holders
