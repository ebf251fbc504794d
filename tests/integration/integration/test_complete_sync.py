from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.integration.sources import SourceName
from core.simulator.catalog import UNKNOWN_TYPE
from core.simulator.server import RunningSimulator
from core.spend.grouping import WHOLE
from core.spend.license_types import read_license_types
from core.store.engine import reading
from core.store.tables import (
    Application,
    Assignment,
    AssignmentGroup,
    AssignmentRollup,
    DailySnapshot,
    Group,
    IntegrationTask,
    LicenseType,
    Opportunity,
    ServicePlan,
    Source,
    User,
    UserActivity,
)
from tests.integration.integration.conftest import PEOPLE
from tests.support.applications import database_of_two_applications
from tests.support.syncing import Syncing


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def synced(request: pytest.FixtureRequest, simulator: RunningSimulator, tmp_path: Path) -> Iterator[Syncing]:
    with database_of_two_applications(request.param, tmp_path) as engine:
        tenant = Syncing(engine=engine, simulator=simulator)
        assert [(run.status, run.error) for run in tenant.run()] == [("succeeded", None)] * 3
        yield tenant


def held_in_tenant(simulator: RunningSimulator) -> dict[tuple[str, str], list[str | None]]:
    """By user and license type: the groups that give it, None for a direct assignment."""
    found: dict[tuple[str, str], list[str | None]] = {}
    for index in range(PEOPLE):
        record = simulator.tenant.record(index)
        for state in record.states:
            key = (record.properties["id"], state["skuId"])
            found.setdefault(key, []).append(state["assignedByGroup"])
    return found


def test_everything_that_the_tenant_has_is_stored_and_a_second_sync_changes_nothing(synced: Syncing) -> None:
    truth = held_in_tenant(synced.simulator)
    for _ in range(2):
        seats = {(seat.user_id, seat.sku_id): seat for seat in synced.rows(Assignment)}
        assert seats.keys() == truth.keys()
        for key, given_by in truth.items():
            assert seats[key].direct == (None in given_by)
            assert seats[key].group_count == len([group for group in given_by if group is not None])
        by_group = {(row.user_id, row.sku_id, row.group_id) for row in synced.rows(AssignmentGroup)}
        assert by_group == {
            (*key, group) for key, given_by in truth.items() for group in given_by if group is not None
        }
        assert len(synced.rows(User)) == PEOPLE
        assert len(synced.rows(UserActivity)) == PEOPLE
        opportunities = Counter(each.scenario for each in synced.rows(Opportunity))
        assert {run.status for run in synced.run()} == {"succeeded"}
        assert Counter(each.scenario for each in synced.rows(Opportunity)) == opportunities


def test_sources_totals_and_snapshots_agree_with_the_rows(synced: Syncing) -> None:
    assert {source.name: source.status for source in synced.rows(Source)} == dict.fromkeys(
        SourceName, "available"
    )
    assert sum(row.seats for row in synced.rows(AssignmentRollup) if row.dimension == WHOLE) == len(
        synced.rows(Assignment)
    )
    held = [seat for seat in synced.rows(Assignment) if seat.activity_status != "failed"]
    assert sum(row.assigned for row in synced.rows(DailySnapshot)) == len(held)
    assert all(seat.assessed_at is not None for seat in synced.rows(Assignment))
    (application,) = [row for row in synced.rows(Application) if row.id == 1]
    assert application.tenant_id == synced.simulator.tenant_id


def test_license_types_have_names_seats_and_plans(synced: Syncing) -> None:
    types = {known.sku_id: known for known in synced.rows(LicenseType)}
    e3 = types["05e9a617-0261-4cee-bb44-138d3ef5d965"]
    assert (e3.part_number, e3.product_name, e3.free) == ("SPE_E3", "Microsoft 365 E3", False)
    assert (e3.enabled, e3.warning, e3.suspended) == synced.simulator.tenant.seats(e3.sku_id)
    assert e3.consumed == synced.simulator.tenant.consumed()[e3.sku_id]
    assert types["f30db892-07e9-47e9-837c-80727f46fd3d"].free
    assert types[UNKNOWN_TYPE].product_name == types[UNKNOWN_TYPE].part_number
    assert e3.sku_id in {plan.sku_id for plan in synced.rows(ServicePlan)}
    groups = synced.rows(Group)
    assert {group.group_id for group in groups} == {row.group_id for row in synced.rows(AssignmentGroup)}
    assert any(group.dynamic for group in groups)
    assert any(group.synced for group in groups)


def test_seats_are_as_many_as_the_tenant_itself_counts_and_what_failed_is_none(synced: Syncing) -> None:
    with reading(synced.engine) as session:
        types = [each for each in read_license_types(session, 1) if each.consumed is not None]
    counted = synced.simulator.tenant.consumed()
    assert {each.use.sku_id: each.use.assigned for each in types} == {
        each.use.sku_id: counted[each.use.sku_id] for each in types
    }
    assert {each.use.assigned for each in types} == {each.consumed for each in types}
    failed = [seat for seat in synced.rows(Assignment) if seat.state == "Error"]
    assert sum(each.failed for each in types) == len(failed) > 0
    assert {seat.activity_status for seat in failed} == {"failed"}
    offered = {(each.user_id, each.sku_id) for each in synced.rows(Opportunity)}
    assert offered.isdisjoint((seat.user_id, seat.sku_id) for seat in failed)
    (in_error,) = [seat for seat in synced.rows(Assignment) if seat.state == "ActiveWithError"]
    assert in_error.activity_status != "failed"


def test_a_roster_that_runs_alone_counts_the_seats_that_it_found(tenant: Syncing) -> None:
    tenant.run(IntegrationTask.ROSTER)
    counted = [row for row in tenant.rows(AssignmentRollup) if row.dimension == WHOLE]
    assert sum(row.seats for row in counted) == len(tenant.rows(Assignment))
    assert sum(row.seats for row in counted if row.activity_status == "failed") == len(
        [seat for seat in tenant.rows(Assignment) if seat.state == "Error"]
    )


def test_a_run_tells_how_far_it_has_come(tenant: Syncing) -> None:
    _, roster, access = tenant.run()
    assert roster.counts["done"] == roster.counts["expected"] == PEOPLE
    assert PEOPLE < access.counts["done"] == access.counts["expected"] <= 2 * PEOPLE
    assert access.counts["sign_ins"] == PEOPLE
