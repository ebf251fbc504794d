"""Giving licenses back, against a tenant over HTTPS: the end state in the tenant and in the history."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from core.reclamation.patience import REPLICAS
from core.reclamation.requests import RunMode
from core.reclamation.restore_requests import RestoreRefused, restorable, restore
from core.reclamation.runs import RequestRow
from core.reclamation.states import RequestState
from core.rights import Actor, RightRefused, Role
from core.simulator.faults import FaultKind
from core.store.engine import reading, writing
from core.store.tables import Assignment, User
from tests.support.tenants import OPERATOR, Bench, Seat

GIVEN_BACK = [
    ("restore_asked", 2, "restoring"),
    ("restore_intent", 3, "restoring"),
    ("assignment", 3, "restoring"),
    ("read_back", 3, "restoring"),
    ("ended", 3, "restored"),
]


def reclaimed(bench: Bench, *seats: Seat) -> tuple[int, list[RequestRow]]:
    run_id = bench.start(*seats)
    rows = bench.carry_out(run_id)
    assert {row.state for row in rows} == {RequestState.RECLAIMED}
    return run_id, rows


def ask(bench: Bench, rows: list[RequestRow], *, actor: Actor = OPERATOR, allowed: bool = True) -> None:
    ids = [row.request_id for row in rows]
    restore(
        bench.engine, bench.application_id, ids, actor=actor, allow_reclaim=allowed, now=datetime.now(UTC)
    )


def assignments(bench: Bench) -> list[Seat]:
    return [
        (write["user"], write["sku"])
        for write in bench.simulator.tenant.state.entries("write")
        if write["kind"] == "license.add"
    ]


def test_a_license_comes_back_with_the_plans_off_that_were_off_before(bench: Bench) -> None:
    account = bench.simulator.tenant.find("disabled_plans")
    before = bench.all_states()
    states = bench.client.get_user(account.id).license_states
    sku_id, plans = next((state.sku_id, state.disabled_plans) for state in states if state.disabled_plans)
    run_id, rows = reclaimed(bench, (account.id, sku_id))

    ask(bench, rows)
    (request,) = bench.carry_out(run_id)

    assert (request.state, request.reason) == ("restored", "Restored: the license is assigned again.")
    assert bench.steps(run_id)[-len(GIVEN_BACK) :] == GIVEN_BACK
    after = bench.client.get_user(account.id).license_states
    assert [state.disabled_plans for state in after if state.sku_id == sku_id] == [plans]
    assert bench.all_states() == before
    assert assignments(bench) == [(account.id, sku_id)]
    with reading(bench.engine) as session:
        seat = session.get_one(Assignment, (bench.application_id, account.id, sku_id))
        assert seat.direct
        assert seat.disabled_plans == list(plans)
        assert seat.activity_status == "unknown"


def test_the_next_sync_writes_the_person_anew_whatever_it_finds(bench: Bench) -> None:
    user_id, sku_id = bench.case("inactive")

    def remember_and_see(digest: int | None) -> int | None:
        with writing(bench.engine) as session:
            user = session.get_one(User, (bench.application_id, user_id))
            found, user.digest = user.digest, digest
            return found

    remember_and_see(42)
    run_id, rows = reclaimed(bench, (user_id, sku_id))
    assert remember_and_see(43) is None
    ask(bench, rows)
    bench.carry_out(run_id)
    assert remember_and_see(44) is None


def test_the_event_of_the_assignment_carries_the_tenants_own_request_id(bench: Bench) -> None:
    run_id, rows = reclaimed(bench, bench.case("inactive"))
    ask(bench, rows)
    bench.carry_out(run_id)
    write = bench.simulator.tenant.state.entries("write")[-1]
    (event,) = (event for event in bench.events(run_id) if event.step == "assignment")
    assert event.graph_request_id == write["request_id"]
    (asked,) = (event for event in bench.events(run_id) if event.step == "restore_asked")
    assert asked.actor == OPERATOR.name


def test_a_license_that_was_assigned_anew_meanwhile_is_left_as_it_is(bench: Bench) -> None:
    user_id, sku_id = bench.case("inactive")
    run_id, rows = reclaimed(bench, (user_id, sku_id))
    bench.client.add_license(user_id, sku_id, [])
    bench.simulator.tenant.state.clear_entries("write")

    ask(bench, rows)
    (request,) = bench.carry_out(run_id)

    assert request.state == "restored"
    assert request.reason == "The license is assigned again already; nothing was changed."
    assert assignments(bench) == []


def _vanish(bench: Bench, user_id: str) -> None:
    bench.simulator.tenant.change(user_id, {"deleted": True})


def _lose_location(bench: Bench, user_id: str) -> None:
    bench.simulator.tenant.change(user_id, {"fields": {"usageLocation": None}})


@pytest.mark.parametrize(
    ("mishap", "why"), [(_vanish, "does not exist any more"), (_lose_location, "has no usage location")]
)
def test_where_it_cannot_be_given_back_it_stays_reclaimed_with_the_reason(
    bench: Bench, mishap: object, why: str
) -> None:
    user_id, sku_id = bench.case("inactive")
    run_id, rows = reclaimed(bench, (user_id, sku_id))
    mishap(bench, user_id)  # type: ignore[operator]

    ask(bench, rows)
    (request,) = bench.carry_out(run_id)

    assert request.state == "reclaimed"
    assert request.reason is not None
    assert request.reason.startswith("Not restored. ")
    assert why in request.reason
    assert assignments(bench) == []


def test_after_a_restore_that_failed_it_can_be_asked_for_again(bench: Bench) -> None:
    user_id, sku_id = bench.case("inactive")
    location = bench.client.get_user(user_id).usage_location
    run_id, rows = reclaimed(bench, (user_id, sku_id))
    _lose_location(bench, user_id)
    ask(bench, rows)
    bench.carry_out(run_id)
    bench.simulator.tenant.change(user_id, {"fields": {"usageLocation": location}})

    ask(bench, rows)
    (request,) = bench.carry_out(run_id)

    assert request.state == "restored"
    assert sku_id in bench.held(user_id)


def test_when_no_seat_is_free_nothing_is_sent(bench: Bench) -> None:
    (user_id, sku_id), *others = _holders_of_one_type(bench)
    run_id, rows = reclaimed(bench, (user_id, sku_id))
    free = next(
        sku.enabled + sku.warning - sku.consumed
        for sku in bench.client.list_subscribed_skus()
        if sku.sku_id == sku_id
    )
    without = [account for account in _people_without(bench, sku_id) if account != user_id][:free]
    assert len(without) == free
    assert others
    for account in without:
        bench.client.add_license(account, sku_id, [])
    bench.simulator.tenant.state.clear_entries("write")

    ask(bench, rows)
    (request,) = bench.carry_out(run_id)

    assert request.state == "reclaimed"
    assert request.reason == (
        "Not restored. No seat of this license type is free: buy one or free one, then restore again."
    )
    assert assignments(bench) == []


def _holders_of_one_type(bench: Bench) -> list[Seat]:
    seats = bench.removable_seats(40)
    free = {
        sku.sku_id: sku.enabled + sku.warning - sku.consumed for sku in bench.client.list_subscribed_skus()
    }
    by_type = Counter(sku_id for _, sku_id in seats)
    fewest = min((sku_id for sku_id in by_type if by_type[sku_id] > 1), key=lambda sku_id: free[sku_id])
    return [seat for seat in seats if seat[1] == fewest]


def _people_without(bench: Bench, sku_id: str) -> list[str]:
    return [
        user.id
        for page in bench.client.list_users()
        for user in page.users
        if user.usage_location
        and not user.management_restricted
        and not any(state.sku_id == sku_id for state in user.license_states)
    ]


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.HTML_GATEWAY])
def test_when_the_answer_is_lost_the_user_is_read_and_the_license_is_assigned_once(
    bench: Bench, kind: FaultKind
) -> None:
    seat = bench.case("inactive")
    run_id, rows = reclaimed(bench, seat)
    bench.simulator.tenant.state.clear_entries("write")
    bench.simulator.faults.add(kind, path="assignLicense", after=True)

    ask(bench, rows)
    (request,) = bench.carry_out(run_id)

    assert request.state == "restored"
    assert assignments(bench) == [seat]


def test_throttling_and_conflicts_are_waited_out(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id, rows = reclaimed(bench, seat)
    bench.simulator.faults.add(FaultKind.THROTTLED, path="assignLicense", times=2, retry_after="0")
    bench.simulator.faults.add(FaultKind.CONCURRENCY, path="assignLicense", times=1, retry_after="0")

    ask(bench, rows)
    (request,) = bench.carry_out(run_id)

    assert request.state == "restored"
    assert [step for step, _, _ in bench.steps(run_id)].count("restore_intent") == 4


def test_replicas_that_lag_are_waited_for(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id, rows = reclaimed(bench, seat)
    bench.simulator.set_conditions(replica_lag=1.0)

    ask(bench, rows)
    (request,) = bench.carry_out(run_id)

    assert request.state == "restored"
    assert len(assignments(bench)) == 1


def test_a_license_that_never_shows_ends_as_reclaimed_and_says_where_to_look(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id, rows = reclaimed(bench, seat)
    bench.simulator.set_conditions(replica_lag=3600.0)
    ask(bench, rows)
    bench.advance(run_id)
    later = datetime.now(UTC) + REPLICAS + timedelta(minutes=1)

    bench.advance(run_id, now_fn=lambda: later)

    (request,) = bench.requests(run_id)
    assert request.state == "reclaimed"
    assert "does not show the license" in (request.reason or "")


def test_a_worker_that_dies_after_the_call_repeats_nothing(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id, rows = reclaimed(bench, seat)
    bench.simulator.tenant.state.clear_entries("write")
    ask(bench, rows)
    asked: list[datetime] = []

    def dies_when_the_answer_is_to_be_written() -> datetime:
        if assignments(bench):
            raise KeyboardInterrupt
        asked.append(datetime.now(UTC))
        return asked[-1]

    with pytest.raises(KeyboardInterrupt):
        bench.advance(run_id, now_fn=dies_when_the_answer_is_to_be_written)
    after_the_lease = datetime.now(UTC) + timedelta(minutes=3)
    bench.advance(run_id, now_fn=lambda: after_the_lease)

    (request,) = bench.requests(run_id)
    assert request.state == "restored"
    assert assignments(bench) == [seat]


def test_a_whole_run_is_given_back(bench: Bench) -> None:
    before = bench.all_states()
    seats = bench.removable_seats(25)
    run_id, rows = reclaimed(bench, *seats)
    assert restorable(bench.engine, bench.application_id, run_id) == [row.request_id for row in rows]

    ask(bench, rows)
    again = bench.carry_out(run_id)

    assert Counter(row.state.value for row in again) == {"restored": 25}
    assert bench.all_states() == before
    assert Counter(assignments(bench)) == dict.fromkeys(seats, 1)
    assert restorable(bench.engine, bench.application_id, run_id) == []


def test_what_is_not_reclaimed_cannot_be_given_back_and_nothing_changes(bench: Bench) -> None:
    seats = bench.removable_seats(2)
    _, (one,) = reclaimed(bench, seats[0])
    (two,) = bench.carry_out(bench.start(seats[1], mode=RunMode.DRY_RUN))
    with pytest.raises(RestoreRefused, match="would reclaim"):
        ask(bench, [one, two])
    with pytest.raises(RestoreRefused, match="no request 999999"):
        restore(
            bench.engine,
            bench.application_id,
            [one.request_id, 999999],
            actor=OPERATOR,
            allow_reclaim=True,
            now=datetime.now(UTC),
        )
    assert [row.state.value for row in bench.requests(one.run_id)] == ["reclaimed"]


def test_nobody_below_operator_gives_back_and_never_where_changes_are_switched_off(bench: Bench) -> None:
    run_id, rows = reclaimed(bench, bench.case("inactive"))
    with pytest.raises(RightRefused):
        ask(bench, rows, actor=Actor(name="ann@example.com", role=Role.ANALYST))
    with pytest.raises(RestoreRefused, match="allow_reclaim"):
        ask(bench, rows, allowed=False)
    assert [row.state.value for row in bench.requests(run_id)] == ["reclaimed"]


def test_asking_twice_gives_back_once(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id, rows = reclaimed(bench, seat)
    bench.simulator.tenant.state.clear_entries("write")
    ask(bench, rows)
    with pytest.raises(RestoreRefused, match="restoring"):
        ask(bench, rows)
    bench.carry_out(run_id)
    assert assignments(bench) == [seat]
