"""Accounts whose name has to be typed, against a tenant over HTTPS: what the check finds just before."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.graph import GraphClient
from core.reclamation.requests import NamesRefused, RunMode
from core.reclamation.role_watch import HOLD_FOR, RoleWatch
from core.reclamation.states import RequestState
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.faults import FaultKind
from core.simulator.records import group_id
from core.store.engine import writing
from core.store.tables import RoleHolder
from tests.support.tenants import Bench, Seat, connection_to

GLOBAL = "The account holds an admin role: Global Administrator."
LEFT_ALONE = f"{GLOBAL} Its name was not typed for this run, so it is left alone."


def become_administrator(bench: Bench, seat: Seat) -> None:
    bench.simulator.tenant.change(seat[0], {"roles": ["global-administrator"]})


def join_administrators(bench: Bench, seat: Seat) -> None:
    bench.simulator.tenant.change(seat[0], {"groups": ["everyone", "privileged"]})


def on_record(bench: Bench, seat: Seat) -> None:
    """The last sync has found the person to be an administrator."""
    with writing(bench.engine) as session:
        session.add(
            RoleHolder(
                application_id=bench.application_id,
                user_id=seat[0],
                roles=["Global Administrator"],
                read_at=bench.now_fn(),
            )
        )


def outcome(bench: Bench, run_id: int) -> tuple[RequestState, str | None]:
    (request,) = bench.carry_out(run_id)
    return request.state, request.reason


@pytest.mark.parametrize("happens", [become_administrator, join_administrators])
def test_whoever_became_an_administrator_since_is_left_alone(
    bench: Bench, happens: Callable[[Bench, Seat], None]
) -> None:
    seat = bench.case("inactive")
    run_id = bench.start(seat, confirm_names=[])
    happens(bench, seat)
    assert outcome(bench, run_id) == (RequestState.SKIPPED, LEFT_ALONE)
    assert bench.removals() == []


def test_whose_name_was_typed_loses_the_license_also_as_a_new_administrator(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id = bench.start(seat)
    become_administrator(bench, seat)
    assert outcome(bench, run_id)[0] is RequestState.RECLAIMED
    (checked,) = (event for event in bench.events(run_id) if event.step == "checked")
    assert checked.evidence["admin_roles"] == ["Global Administrator"]


def test_an_administrator_by_the_last_sync_is_refused_until_the_name_is_typed(bench: Bench) -> None:
    seat = bench.case("administrator")
    on_record(bench, seat)
    (name,) = bench.names([seat])
    with pytest.raises(NamesRefused, match=f"typed for {name}"):
        bench.start(seat, confirm_names=[])
    run_id = bench.start(seat, confirm_names=[name.upper()])
    (requested,) = bench.events(run_id)
    assert requested.detail == f"The name {name} was typed. {GLOBAL}"
    assert requested.evidence["typed_name"] == name
    assert outcome(bench, run_id)[0] is RequestState.RECLAIMED


def test_a_dry_run_tells_whose_name_would_have_to_be_typed(bench: Bench) -> None:
    seat = bench.case("administrator")
    on_record(bench, seat)
    run_id = bench.start(seat, mode=RunMode.DRY_RUN, confirm_names=[])
    assert outcome(bench, run_id) == (RequestState.SKIPPED, LEFT_ALONE)
    with_name = bench.start(seat, mode=RunMode.DRY_RUN)
    assert outcome(bench, with_name)[0] is RequestState.WOULD_RECLAIM


def test_by_hand_a_service_account_is_refused_too(bench: Bench) -> None:
    seat = bench.case("service_account")
    with pytest.raises(NamesRefused, match="belongs to a service or program"):
        bench.start(seat, manual=True, note="Replaced", confirm_names=[])
    assert outcome(bench, bench.start(seat, manual=True, note="Replaced"))[0] is RequestState.RECLAIMED


def _without_permission(bench: Bench) -> None:
    bench.simulator.set_conditions(permissions=DEFAULT_PERMISSIONS - {"RoleManagement.Read.Directory"})
    bench.client = GraphClient(connection_to(bench.simulator))


def test_without_the_permission_what_is_on_record_decides(bench: Bench) -> None:
    unknown, known = bench.case("inactive"), bench.case("never_active")
    _without_permission(bench)
    become_administrator(bench, unknown)
    assert outcome(bench, bench.start(unknown, confirm_names=[]))[0] is RequestState.RECLAIMED
    run_id = bench.start(known, confirm_names=[])
    on_record(bench, known)
    assert outcome(bench, run_id) == (RequestState.SKIPPED, LEFT_ALONE)


def test_while_the_roles_can_not_be_read_nothing_is_removed(bench: Bench) -> None:
    seat = bench.case("inactive")
    bench.client = GraphClient(connection_to(bench.simulator), sleep=lambda _: None)
    run_id = bench.start(seat, confirm_names=[])
    bench.simulator.faults.add(FaultKind.UNAVAILABLE, path="/roleAssignments", times=None)
    assert bench.advance(run_id) is not None
    assert bench.steps(run_id)[-1] == ("begun", 0, "checking")
    assert bench.removals() == []
    bench.simulator.faults.clear()
    assert outcome(bench, run_id)[0] is RequestState.RECLAIMED


def test_a_role_that_was_taken_away_since_the_sync_needs_no_name_any_more(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id = bench.start(seat, confirm_names=[])
    on_record(bench, seat)
    assert outcome(bench, run_id)[0] is RequestState.RECLAIMED


def test_where_members_could_not_be_read_a_role_on_record_still_counts(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id = bench.start(seat, confirm_names=[])
    on_record(bench, seat)
    privileged = group_id(bench.simulator.tenant.config.seed, "privileged")
    bench.simulator.faults.add(
        FaultKind.ERROR,
        path=f"{privileged}/members",
        times=None,
        status=403,
        code="Authorization_RequestDenied",
    )
    assert outcome(bench, run_id) == (RequestState.SKIPPED, LEFT_ALONE)


def test_one_listing_serves_all_checks_of_half_a_minute(bench: Bench) -> None:
    watch, now = RoleWatch(), bench.now_fn()
    calls = bench.simulator.service.calls
    calls.clear()
    found = watch.read(bench.client, now)
    asked = sum(calls.values())
    assert watch.read(bench.client, now + HOLD_FOR / 2) is found
    assert sum(calls.values()) == asked
    assert watch.read(bench.client, now + HOLD_FOR) is not found
    assert watch.read(bench.client, now - timedelta(seconds=1)) is not found
