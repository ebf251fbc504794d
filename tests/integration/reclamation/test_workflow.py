"""One request at a time, against a tenant over HTTPS: what is removed, what is left alone, and why."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import delete, select

from core.graph import GraphClient
from core.reclamation.requests import RunMode, cancel_run
from core.reclamation.states import RequestState
from core.simulator.faults import FaultKind
from core.store.engine import reading, writing
from core.store.tables import Assignment, Opportunity, ReclamationRun, TaskRun
from tests.support.tenants import OPERATOR, Bench, connection_to

HAPPY = [
    ("requested", 0, "queued"),
    ("begun", 0, "checking"),
    ("checked", 0, "checking"),
    ("intent", 1, "reclaiming"),
    ("removal", 1, "verifying"),
    ("read_back", 1, "verifying"),
    ("ended", 1, "reclaimed"),
]


def test_exactly_the_chosen_license_goes_and_every_step_is_on_record(bench: Bench) -> None:
    seat = bench.case("cloud_pc")
    before = bench.all_states()
    run_id = bench.start(seat)

    (request,) = bench.carry_out(run_id)

    assert (request.state, request.reason) == ("reclaimed", "Removed: the license is gone from the user.")
    assert bench.steps(run_id) == HAPPY
    before.pop(seat)
    assert bench.all_states() == before
    assert bench.removals() == [seat]


def test_the_event_of_the_removal_carries_the_tenants_own_request_id(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    bench.carry_out(run_id)
    (write,) = bench.simulator.tenant.state.entries("write")
    (removal,) = (event for event in bench.events(run_id) if event.step == "removal")
    assert removal.graph_request_id == write["request_id"]


def test_our_own_rows_say_at_once_what_the_next_sync_would_say(bench: Bench) -> None:
    user_id, sku_id = bench.case("inactive")
    bench.carry_out(bench.start((user_id, sku_id)))
    with reading(bench.engine) as session:
        assert session.get(Assignment, (bench.application_id, user_id, sku_id)) is None
        assert session.get(Opportunity, (bench.application_id, user_id, sku_id)) is None


def test_plans_that_were_switched_off_are_kept_for_a_restore(bench: Bench) -> None:
    account = bench.simulator.tenant.find("disabled_plans")
    states = bench.client.get_user(account.id).license_states
    sku_id, plans = next((state.sku_id, state.disabled_plans) for state in states if state.disabled_plans)
    run_id = bench.start((account.id, sku_id))
    bench.carry_out(run_id)
    (intent,) = (event for event in bench.events(run_id) if event.step == "intent")
    assert intent.evidence["disabled_plans"] == list(plans)


def test_a_dry_run_reads_everything_and_writes_nothing_to_the_tenant(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id = bench.start(seat, mode=RunMode.DRY_RUN)
    bench.allow_reclaim = False
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.WOULD_RECLAIM
    assert bench.steps(run_id) == [*HAPPY[:3], ("ended", 0, "would_reclaim")]
    assert bench.simulator.tenant.state.entries("write") == []
    with reading(bench.engine) as session:
        assert session.get(Assignment, (bench.application_id, *seat)) is not None


def _lose(bench: Bench, user_id: str, sku_id: str) -> None:
    bench.client.remove_license(user_id, sku_id)
    bench.simulator.tenant.state.clear_entries("write")


def _vanish(bench: Bench, user_id: str, _sku_id: str) -> None:
    bench.simulator.tenant.change(user_id, {"deleted": True})


def _grant_anew(bench: Bench, user_id: str, sku_id: str) -> None:
    bench.client.remove_license(user_id, sku_id)
    bench.client.add_license(user_id, sku_id, [])
    bench.simulator.tenant.state.clear_entries("write")


def _become_shared(bench: Bench, user_id: str, _sku_id: str) -> None:
    bench.simulator.tenant.change(user_id, {"purpose": "shared"})


def _be_active_again(bench: Bench, user_id: str, sku_id: str) -> None:
    with writing(bench.engine) as session:
        assignment = session.get(Assignment, (bench.application_id, user_id, sku_id))
        assert assignment is not None
        assignment.last_activity_at = datetime.now(UTC)


def _stop_being_an_opportunity(bench: Bench, user_id: str, _sku_id: str) -> None:
    with writing(bench.engine) as session:
        session.exec(delete(Opportunity).where(Opportunity.user_id == user_id))  # type: ignore[arg-type]


def _be_blocked(bench: Bench, user_id: str, sku_id: str) -> None:
    with writing(bench.engine) as session:
        opportunity = session.get(Opportunity, (bench.application_id, user_id, sku_id))
        assert opportunity is not None
        opportunity.blockers = [{"code": "young_account", "text": "The account was created yesterday."}]
        opportunity.reclaimable = False


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_lose, "does not hold the license any more"),
        (_vanish, "does not exist any more"),
        (_grant_anew, "granted anew or changed"),
        (_become_shared, "of the kind shared"),
        (_be_active_again, "was active again"),
        (_stop_being_an_opportunity, "no reason any more"),
        (_be_blocked, "was created yesterday"),
    ],
)
def test_what_changed_since_it_was_decided_is_skipped_with_the_reason(
    bench: Bench, happens: Callable[[Bench, str, str], None], reason: str
) -> None:
    seat = bench.case("inactive")
    run_id = bench.start(seat)
    happens(bench, *seat)
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.SKIPPED
    assert request.reason is not None
    assert reason in request.reason
    assert bench.removals() == []


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("group_only", "now inherited from"),
        ("direct_and_group", "no seat would be freed"),
        ("shared_mailbox", "of the kind shared"),
        ("room_mailbox", "of the kind room"),
        ("restricted_unit", "restricted administrative unit"),
    ],
)
def test_what_must_never_be_taken_is_skipped_also_by_hand(bench: Bench, case: str, reason: str) -> None:
    run_id = bench.start(bench.case(case), manual=True, note="Told so by the lead")
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.SKIPPED
    assert request.reason is not None
    assert reason in request.reason
    assert bench.simulator.tenant.state.entries("write") == []


def test_by_hand_somebody_without_an_opportunity_can_be_chosen(bench: Bench) -> None:
    seat = bench.case("active")
    _stop_being_an_opportunity(bench, *seat)
    (request,) = bench.carry_out(bench.start(seat, manual=True, note="Leaves on Friday"))
    assert request.state is RequestState.RECLAIMED


def test_a_license_on_which_another_depends_fails_with_what_to_do(bench: Bench) -> None:
    account = bench.simulator.tenant.find("dependency")
    e3 = next(sku for sku in bench.held(account.id) if sku.startswith("05e9a617"))
    (request,) = bench.carry_out(bench.start((account.id, e3)))
    assert request.state is RequestState.FAILED
    assert request.reason is not None
    assert "depends on a service of this one" in request.reason


def test_a_missing_permission_fails_with_what_to_grant(bench: Bench) -> None:
    conditions = bench.simulator.conditions
    bench.simulator.set_conditions(permissions=conditions.permissions - {"LicenseAssignment.ReadWrite.All"})
    bench.client = GraphClient(
        connection_to(bench.simulator)
    )  # a token keeps the roles that it was issued with
    (request,) = bench.carry_out(bench.start(bench.case("inactive")))
    assert request.state is RequestState.FAILED
    assert request.reason is not None
    assert "grant LicenseAssignment.ReadWrite.All" in request.reason


def test_where_reclaiming_was_switched_off_meanwhile_nothing_is_removed(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    bench.allow_reclaim = False
    (request,) = bench.carry_out(run_id)
    assert (request.state, request.reason) == (
        "skipped",
        "Reclaiming is switched off for this application (allow_reclaim).",
    )
    assert bench.removals() == []


def test_before_the_run_is_made_ready_nothing_is_read(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    with writing(bench.engine) as session:
        run = session.get(ReclamationRun, run_id)
        assert run is not None
        run.prepared_at = None
    assert bench.advance(run_id) is not None
    assert bench.steps(run_id) == HAPPY[:1]


def test_a_cancelled_run_removes_nothing_more(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    cancel_run(bench.engine, run_id, actor=OPERATOR, now=bench.now_fn())
    assert bench.advance(run_id) is None
    (request,) = bench.requests(run_id)
    assert request.state is RequestState.CANCELLED
    assert bench.removals() == []
    with reading(bench.engine) as session:
        task = session.exec(select(TaskRun).where(TaskRun.reclamation_run_id == run_id)).one()
    assert task.status == "cancelled"


def test_a_run_that_ends_says_so_in_its_task_run(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"), bench.case("shared_mailbox"))
    bench.carry_out(run_id)
    with reading(bench.engine) as session:
        task = session.exec(select(TaskRun).where(TaskRun.reclamation_run_id == run_id)).one()
    assert (task.status, task.counts) == (
        "succeeded",
        {"reclaimed": 1, "skipped": 1, "expected": 2, "done": 2},
    )


def test_replicas_that_lag_are_waited_for(bench: Bench) -> None:
    bench.simulator.set_conditions(replica_lag=1.5)
    run_id = bench.start(bench.case("inactive"))
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.RECLAIMED
    assert bench.steps(run_id) == HAPPY
    assert len(bench.removals()) == 1


def test_a_license_that_never_goes_fails_after_patience(bench: Bench) -> None:
    bench.simulator.set_conditions(replica_lag=3600)
    run_id = bench.start(bench.case("inactive"))
    bench.advance(run_id)
    later = datetime.now(UTC) + timedelta(minutes=11)
    bench.now_fn = lambda: later
    bench.advance(run_id)
    (request,) = bench.requests(run_id)
    assert request.state is RequestState.FAILED
    assert request.reason is not None
    assert request.reason.startswith("Microsoft still shows the license")


def test_a_license_granted_anew_after_the_removal_is_left_alone(bench: Bench) -> None:
    bench.simulator.set_conditions(replica_lag=3600)
    user_id, sku_id = bench.case("inactive")
    run_id = bench.start((user_id, sku_id))
    bench.advance(run_id)
    bench.simulator.set_conditions(replica_lag=0)
    bench.client.add_license(user_id, sku_id, [])
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.FAILED
    assert request.reason is not None
    assert "was removed, but granted anew" in request.reason
    assert sku_id in bench.held(user_id)
    assert len(bench.removals()) == 1


def test_after_a_lost_answer_the_user_is_read_before_anything_else(bench: Bench) -> None:
    bench.simulator.faults.add(FaultKind.RESET, path="assignLicense", after=True)
    run_id = bench.start(bench.case("inactive"))
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.RECLAIMED
    assert bench.steps(run_id) == [
        *HAPPY[:4],
        ("removal", 1, "reclaiming"),
        ("checked", 1, "verifying"),
        ("read_back", 1, "verifying"),
        ("ended", 1, "reclaimed"),
    ]
    assert len(bench.removals()) == 1


def test_a_lost_answer_behind_a_lagging_replica_is_tried_again_and_succeeds(bench: Bench) -> None:
    bench.simulator.set_conditions(replica_lag=3.0)
    bench.simulator.faults.add(FaultKind.RESET, path="assignLicense", after=True)
    run_id = bench.start(bench.case("inactive"))
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.RECLAIMED
    assert ("intent", 2, "reclaiming") in bench.steps(run_id)
    assert len(bench.removals()) == 1


def test_a_call_that_was_not_carried_out_is_repeated_after_another_look(bench: Bench) -> None:
    bench.simulator.faults.add(FaultKind.CONCURRENCY, path="assignLicense", retry_after="0")
    run_id = bench.start(bench.case("inactive"))
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.RECLAIMED
    assert bench.steps(run_id)[4:7] == [
        ("removal", 1, "reclaiming"),
        ("checked", 1, "reclaiming"),
        ("intent", 2, "reclaiming"),
    ]
    assert len(bench.removals()) == 1


def test_a_call_that_is_never_carried_out_fails_and_says_so(bench: Bench) -> None:
    bench.simulator.faults.add(FaultKind.THROTTLED, path="assignLicense", times=None, retry_after="0")
    run_id = bench.start(bench.case("inactive"))
    (request,) = bench.carry_out(run_id)
    assert (request.state, request.attempt) == (RequestState.FAILED, 12)
    assert request.reason is not None
    assert "in 12 attempts" in request.reason
    assert bench.removals() == []


def test_a_license_granted_anew_between_intent_and_another_attempt_is_left_alone(bench: Bench) -> None:
    bench.simulator.faults.add(FaultKind.THROTTLED, path="assignLicense", retry_after="1")
    user_id, sku_id = bench.case("inactive")
    run_id = bench.start((user_id, sku_id))
    bench.advance(run_id)
    _grant_anew(bench, user_id, sku_id)
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.SKIPPED
    assert request.reason is not None
    assert "granted anew" in request.reason
    assert bench.removals() == []
    assert sku_id in bench.held(user_id)
