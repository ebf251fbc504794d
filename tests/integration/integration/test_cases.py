"""What a complete sync makes of the tenant's awkward accounts."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from core.simulator.server import RunningSimulator
from core.store.engine import reading
from core.store.tables import Opportunity
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


@pytest.mark.parametrize("case", ["visio", "copilot_never", "project", "power_bi"])
def test_a_seat_that_no_sign_in_proves_used_is_unknown(synced: Syncing, case: str) -> None:
    assert "unknown" in {seat.activity_status for seat in synced.seats_of(case)}


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
