"""What a sync makes of admin roles and of accounts that are no person's own."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from core.reclamation.protecting import protected_accounts
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.faults import FaultKind
from core.simulator.server import RunningSimulator
from core.store.engine import reading
from core.store.tables import IntegrationTask, Opportunity, RoleHolder
from tests.support.applications import database_of_two_applications
from tests.support.syncing import Syncing
from tests.support.tenants import as_on_its_first_day

ROSTER, ACCESS = IntegrationTask.ROSTER, IntegrationTask.ACCESS


@pytest.fixture(scope="module")
def synced(
    running_simulator: RunningSimulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Syncing]:
    as_on_its_first_day(running_simulator)
    with database_of_two_applications("sqlite", tmp_path_factory.mktemp("roles")) as engine:
        tenant = Syncing(engine=engine, simulator=running_simulator)
        tenant.run()
        yield tenant


def opportunities(tenant: Syncing, case: str) -> list[Opportunity]:
    account = tenant.simulator.tenant.find(case)
    with reading(tenant.engine) as session:
        return list(session.exec(select(Opportunity).where(Opportunity.user_id == account.id)))


def cautions(tenant: Syncing, case: str) -> set[str]:
    """Of the only seat of the person; nobody here has entered a price."""
    (found,) = opportunities(tenant, case)
    return {note["code"] for note in found.cautions} - {"no_price"}


def confidence(tenant: Syncing, case: str) -> str:
    (found,) = opportunities(tenant, case)
    return found.confidence


def holders(tenant: Syncing) -> set[str]:
    return {row.user_id for row in tenant.rows(RoleHolder)}


def without_permission(tenant: Syncing) -> None:
    tenant.simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - {"RoleManagement.Read.Directory"})


@pytest.mark.parametrize(
    ("case", "code", "text"),
    [
        ("direct_administrator", "admin_role", "Exchange Administrator."),
        ("eligible_administrator", "admin_role", "User Administrator (eligible)."),
        ("resource_account", "resource_account", "it holds Microsoft Teams Rooms Pro."),
    ],
)
def test_an_inactive_account_that_is_protected_is_offered_below_high_with_the_reason(
    synced: Syncing, case: str, code: str, text: str
) -> None:
    (found,) = opportunities(synced, case)
    assert found.confidence == "probable"
    assert [note["text"].endswith(text) for note in found.cautions if note["code"] == code] == [True]


def test_a_role_through_a_group_counts_for_every_seat_of_the_person(synced: Syncing) -> None:
    found = opportunities(synced, "administrator")
    assert len(found) > 1
    for each in found:
        assert each.confidence != "high"
        assert "The account holds an admin role: Global Administrator." in [
            note["text"] for note in each.cautions
        ]


def test_the_break_glass_account_is_both_an_administrator_and_for_emergencies(synced: Syncing) -> None:
    assert {"admin_role", "break_glass_account"} <= cautions(synced, "break_glass")


def test_an_ordinary_inactive_person_is_as_sure_as_before(synced: Syncing) -> None:
    assert (confidence(synced, "inactive"), cautions(synced, "inactive")) == ("high", set())


def test_accounts_in_use_are_known_as_protected_too(synced: Syncing) -> None:
    service = synced.simulator.tenant.find("service_account").id
    active = synced.simulator.tenant.find("active").id
    with reading(synced.engine) as session:
        found = protected_accounts(session, synced.application_id, [service, active])
    assert [note.code for note in found[service]] == ["service_account"]
    assert active not in found


def test_the_day_from_which_the_seat_is_free_is_told(synced: Syncing) -> None:
    assert cautions(synced, "assigned_within_90_days") == {"reassignment"}


def test_a_restricted_administrative_unit_blocks(synced: Syncing) -> None:
    (found,) = opportunities(synced, "restricted_unit")
    assert [note["code"] for note in found.blockers] == ["management_restricted"]
    assert not found.reclaimable


def test_without_the_permission_it_is_not_known_and_lowers_nothing(tenant: Syncing) -> None:
    without_permission(tenant)
    assert {run.status for run in tenant.run()} == {"succeeded"}
    assert tenant.source("admin_roles").status == "missing"
    assert confidence(tenant, "direct_administrator") == "high"
    assert cautions(tenant, "direct_administrator") == {"admin_roles_unknown"}


def test_a_permission_that_was_taken_away_leaves_administrators_on_record(tenant: Syncing) -> None:
    tenant.run()
    before = holders(tenant)
    without_permission(tenant)
    tenant.run(ROSTER, ACCESS)
    assert holders(tenant) == before
    assert "admin_role" in cautions(tenant, "direct_administrator")
    assert cautions(tenant, "inactive") == {"admin_roles_unknown"}


def test_whoever_holds_a_role_no_longer_is_as_everybody_else(tenant: Syncing) -> None:
    tenant.run()
    account = tenant.simulator.tenant.find("direct_administrator")
    tenant.simulator.tenant.change(account.id, {"roles": []})
    tenant.run(ROSTER, ACCESS)
    assert account.id not in holders(tenant)
    assert confidence(tenant, "direct_administrator") == "high"
    assert cautions(tenant, "direct_administrator") == set()


@pytest.mark.parametrize(
    ("path", "status"), [("/roleAssignments", "failed"), ("/roleEligibilityScheduleInstances", "degraded")]
)
def test_what_fails_is_said_and_nobody_on_record_is_forgotten(
    tenant: Syncing, path: str, status: str
) -> None:
    tenant.run(ROSTER)
    before = holders(tenant)
    tenant.simulator.faults.add(FaultKind.ERROR, path=path, times=None, status=500)
    (run,) = tenant.run(ROSTER)
    assert run.status == "partial"
    assert run.error is not None
    assert "could not be read" in run.error
    assert tenant.source("admin_roles").status == status
    assert holders(tenant) == before
