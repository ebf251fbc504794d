"""What a complete sync makes of the tenant's awkward accounts."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from core.simulator import catalog
from core.simulator.server import RunningSimulator
from core.store.engine import reading
from core.store.tables import Opportunity, UserActivity
from tests.support.applications import database_of_two_applications
from tests.support.syncing import Syncing
from tests.support.tenants import as_on_its_first_day


@pytest.fixture(scope="module")
def synced(
    running_simulator: RunningSimulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Syncing]:
    as_on_its_first_day(running_simulator)
    with database_of_two_applications("sqlite", tmp_path_factory.mktemp("synced")) as engine:
        tenant = Syncing(engine=engine, simulator=running_simulator)
        assert {run.status for run in tenant.run()} == {"succeeded"}
        yield tenant


@pytest.mark.parametrize(
    ("case", "status", "confidence"),
    [
        ("active", "active", "high"),
        ("inactive", "inactive", "high"),
        ("never_active", "never_active", "high"),
        ("non_interactive_only", "active", "high"),
        ("before_success_was_recorded", "inactive", None),
        ("year_one_dates", "never_active", "high"),
        ("unknown", "unknown", "review"),
        ("reports_only", "active", "high"),
        ("attacked_disabled", "inactive", "high"),
        ("new_starter", "unknown", "review"),
        ("service_account", "active", "high"),
    ],
)
def test_the_status_of_a_case(synced: Syncing, case: str, status: str, confidence: str | None) -> None:
    (seat,) = synced.seats_of(case)
    assert seat.activity_status == status, seat.reasons
    assert confidence in (None, seat.confidence), seat.reasons


@pytest.mark.parametrize(
    ("case", "sku_id", "status", "confidence"),
    [
        ("copilot_active", catalog.COPILOT, "active", "high"),
        ("copilot_never", catalog.COPILOT, "never_active", "high"),
        ("copilot_inactive", catalog.COPILOT, "inactive", "high"),
        ("visio", catalog.VISIO, "never_active", "probable"),
        ("visio_activated", catalog.VISIO, "active", "high"),
        ("visio_long_ago", catalog.VISIO, "unknown", "review"),
        ("visio_without_report", catalog.VISIO, "unknown", "review"),
        ("project", catalog.PROJECT, "never_active", "probable"),
        ("project_activated", catalog.PROJECT, "active", "high"),
        ("power_bi", catalog.POWER_BI_PRO, "unknown", "review"),
        ("apps_never_used", catalog.E3, "active", "high"),
        ("mailbox_only", catalog.EXCHANGE_1, "active", "high"),
    ],
)
def test_a_seat_is_judged_by_the_report_that_speaks_of_it(
    synced: Syncing, case: str, sku_id: str, status: str, confidence: str
) -> None:
    (seat,) = [seat for seat in synced.seats_of(case) if seat.sku_id == sku_id]
    assert (seat.activity_status, seat.confidence) == (status, confidence), seat.reasons


def test_an_old_activation_is_shown_with_its_day(synced: Syncing) -> None:
    (seat,) = [seat for seat in synced.seats_of("visio_long_ago") if seat.sku_id == catalog.VISIO]
    assert seat.last_activity_at is not None
    assert (seat.last_activity_source, seat.reasons) == ("visio", ["last_activation", "nothing_since"])


def test_what_the_reports_tell_of_a_person_is_kept(synced: Syncing) -> None:
    account = synced.simulator.tenant.find("apps_never_used")
    with reading(synced.engine) as session:
        activity = session.get_one(UserActivity, (1, account.id))
    assert activity.apps_refreshed_on is not None
    assert (activity.apps_on, activity.apps_activated_on) == (None, None)
    assert activity.mailbox_on == activity.exchange_on is not None
    assert (activity.mailbox_bytes or 0) > 0
    assert activity.has_archive is not None
    assert activity.activations_refreshed_on is not None
    assert activity.copilot_refreshed_on is None  # holds no Copilot, so has no row


@pytest.mark.parametrize(
    ("case", "direct", "groups"),
    [("direct_and_group", True, 1), ("two_groups", False, 2), ("group_only", False, 1), ("active", True, 0)],
)
def test_direct_and_inherited_are_one_seat(synced: Syncing, case: str, *, direct: bool, groups: int) -> None:
    (seat,) = synced.seats_of(case)
    assert (seat.direct, seat.group_count) == (direct, groups)


def test_an_error_is_kept_with_the_seat_and_none_means_none(synced: Syncing) -> None:
    (seat,) = synced.seats_of("count_violation")
    assert (seat.state, seat.error) == ("Error", "CountViolation")
    assert [each.error for each in synced.seats_of("null_error") + synced.seats_of("active")] == [None, None]


def test_plans_that_are_switched_off_are_kept(synced: Syncing) -> None:
    (seat,) = synced.seats_of("disabled_plans")
    assert len(seat.disabled_plans) == 2


@pytest.mark.parametrize(
    ("case", "blocker"),
    [
        ("shared_mailbox", "mailbox"),
        ("room_mailbox", "mailbox"),
        ("equipment_mailbox", "mailbox"),
        ("group_only", "inherited"),
        ("direct_and_group", "also_inherited"),
        ("recently_assigned", "young_assignment"),
        ("restricted_unit", "management_restricted"),
        ("free_only", "free_type"),
    ],
)
def test_what_stands_against_reclaiming_is_found(synced: Syncing, case: str, blocker: str) -> None:
    account = synced.simulator.tenant.find(case)
    with reading(synced.engine) as session:
        found = session.exec(select(Opportunity).where(Opportunity.user_id == account.id)).all()
    assert found
    assert not any(each.reclaimable for each in found)
    assert all(blocker in [note["code"] for note in each.blockers] for each in found)


@pytest.mark.parametrize("case", ["inactive", "never_active", "disabled"])
def test_a_plain_case_can_be_reclaimed(synced: Syncing, case: str) -> None:
    account = synced.simulator.tenant.find(case)
    with reading(synced.engine) as session:
        (found,) = session.exec(select(Opportunity).where(Opportunity.user_id == account.id)).all()
    assert (found.reclaimable, found.confidence) == (True, "high")


@pytest.mark.parametrize(
    ("case", "covered", "covering"),
    [
        ("duplicate_e3_e5", catalog.E3, "Microsoft 365 E5"),
        ("duplicate_e1_e3", catalog.OFFICE_E1, "Microsoft 365 E3"),
        ("duplicate_office_e3", catalog.OFFICE_E3, "Microsoft 365 E3"),
        ("duplicate_with_group", catalog.E3, "Microsoft 365 E5"),
        ("duplicate_mobility", catalog.EMS_E3, "Microsoft 365 E3"),
        ("duplicate_exchange", catalog.EXCHANGE_2, "Microsoft 365 E3"),
    ],
)
def test_a_license_beside_a_larger_one_is_a_duplicate(
    synced: Syncing, case: str, covered: str, covering: str
) -> None:
    account = synced.simulator.tenant.find(case)
    with reading(synced.engine) as session:
        found = session.exec(select(Opportunity).where(Opportunity.user_id == account.id)).all()
    (duplicate,) = [each for each in found if "duplicate" in each.scenarios]
    assert (duplicate.sku_id, duplicate.confidence, duplicate.reclaimable) == (covered, "high", True)
    assert duplicate.reasons[0].startswith(covering)
    assert all(each.cheaper_sku_id is None for each in found)


def test_a_cheaper_type_is_advised_where_it_covers_what_is_in_use(synced: Syncing) -> None:
    account = synced.simulator.tenant.find("downgrade")
    with reading(synced.engine) as session:
        (found,) = session.exec(select(Opportunity).where(Opportunity.user_id == account.id)).all()
    assert (found.scenarios, found.confidence, found.reclaimable) == (["downgrade"], "review", False)
    assert (found.sku_id, found.cheaper_sku_id) == (catalog.E5, catalog.E3)


@pytest.mark.parametrize("case", ["active", "visio", "project", "power_bi", "copilot_active"])
def test_who_uses_one_suite_and_what_it_lacks_is_no_opportunity_for_the_suite(
    synced: Syncing, case: str
) -> None:
    account = synced.simulator.tenant.find(case)
    with reading(synced.engine) as session:
        assert session.get(Opportunity, (synced.application_id, account.id, catalog.E3)) is None
