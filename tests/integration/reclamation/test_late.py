"""Callers that come late, or at the same time: only one of them can move a request on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from core.graph import GraphClient
from core.graph.credentials import Credentials
from core.reclamation.check import Ready, check, take_in_hand
from core.reclamation.due import take_up_again
from core.reclamation.facts import Seen
from core.reclamation.ledger import Request, live_requests
from core.reclamation.patience import LEASE
from core.reclamation.removal import remove
from core.reclamation.states import RequestState
from core.reclamation.tenant import read_seats
from core.reclamation.verification import verify
from core.reclamation.work import Work
from core.simulator.faults import FaultKind
from core.store.engine import reading
from tests.support.tenants import Bench, connection_to

HOUR = timedelta(hours=1)


def means(bench: Bench) -> Work:
    return Work(
        engine=bench.engine,
        client=bench.client,
        gate=bench.gate,
        now_fn=bench.now_fn,
        allow_reclaim=True,
        should_stop=lambda: False,
    )


def only_request(bench: Bench, run_id: int) -> Request:
    with reading(bench.engine) as session:
        (request,) = live_requests(session, run_id)
    return request


def ready(bench: Bench, request: Request) -> Ready:
    seen = read_seats(bench.client, [request], mailboxes=True)[request.id]
    assert isinstance(seen, Seen)
    return Ready(request=request, seen=seen, until=bench.now_fn() + HOUR)


@pytest.mark.parametrize(("state", "attempt"), [(RequestState.CHECKING, 0), (RequestState.RECLAIMING, 1)])
def test_a_worker_with_an_old_view_of_an_ended_request_removes_nothing(
    bench: Bench, state: RequestState, attempt: int
) -> None:
    run_id = bench.start(bench.case("inactive"))
    old = replace(only_request(bench, run_id), state=state, attempt=attempt)
    late = ready(bench, old)
    bench.carry_out(run_id)
    before = bench.events(run_id)

    assert check(means(bench), [old], HOUR) == []
    remove(means(bench), [late])

    assert bench.events(run_id) == before
    assert len(bench.removals()) == 1


def test_a_worker_with_an_old_view_of_a_verified_request_writes_nothing(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    old = replace(only_request(bench, run_id), state=RequestState.VERIFYING, attempt=1)
    bench.carry_out(run_id)
    before = bench.events(run_id)
    verify(means(bench), [old])
    assert bench.events(run_id) == before


def test_a_worker_that_wakes_after_its_license_was_granted_anew_does_not_remove_it(bench: Bench) -> None:
    user_id, sku_id = bench.case("inactive")
    run_id = bench.start((user_id, sku_id))
    frozen = ready(bench, replace(only_request(bench, run_id), state=RequestState.CHECKING))
    bench.carry_out(run_id)
    bench.client.add_license(user_id, sku_id, [])

    remove(means(bench), [frozen])

    assert sku_id in bench.held(user_id)
    assert len(bench.removals()) == 1


def test_a_worker_that_was_frozen_between_intent_and_call_does_not_send_it_any_more(bench: Bench) -> None:
    user_id, sku_id = bench.case("inactive")
    run_id = bench.start((user_id, sku_id))
    frozen = ready(bench, only_request(bench, run_id))
    (checking,) = take_in_hand(means(bench), [frozen.request], bench.now_fn())
    woken_at = bench.now_fn() + LEASE

    def now() -> datetime:
        """Meanwhile, once the intent is on record, another worker does it, and an administrator undoes it."""
        intended = [row.state for row in bench.requests(run_id)] == [RequestState.RECLAIMING]
        if intended:
            take_up_again(bench.engine, bench.now_fn())
            bench.carry_out(run_id)
            bench.client.add_license(user_id, sku_id, [])
        return woken_at if bench.removals() else bench.now_fn()

    remove(replace(means(bench), now_fn=now), [replace(frozen, request=checking)])

    assert len(bench.removals()) == 1
    assert sku_id in bench.held(user_id)
    assert [row.state for row in bench.requests(run_id)] == [RequestState.RECLAIMED]


@dataclass(frozen=True, kw_only=True)
class SlowTokens:
    """Tokens of a tenant, for which `waited` is called first, with what is asked for."""

    real: Credentials
    waited: Callable[[str], None]

    def token(self) -> str:
        """The one in use."""
        self.waited("token")
        return self.real.token()

    def replace(self, rejected: str) -> str:
        """Another one."""
        self.waited("replace")
        return self.real.replace(rejected)


@pytest.mark.parametrize("waited_for", ["token", "replace"])
def test_a_worker_that_waited_long_for_a_token_since_its_intent_does_not_send_the_call(
    bench: Bench, waited_for: str
) -> None:
    user_id, sku_id = bench.case("inactive")
    run_id = bench.start((user_id, sku_id))
    checked = ready(bench, only_request(bench, run_id))
    (checking,) = take_in_hand(means(bench), [checked.request], bench.now_fn())
    waits: list[str] = []

    def wait(what: str) -> None:
        """Meanwhile another worker does it, and an administrator undoes it."""
        intended = [row.state for row in bench.requests(run_id)] == [RequestState.RECLAIMING]
        if what == waited_for and intended and not waits:
            waits.append(what)
            take_up_again(bench.engine, bench.now_fn())
            bench.carry_out(run_id)
            bench.client.add_license(user_id, sku_id, [])

    if waited_for == "replace":
        bench.simulator.faults.add(FaultKind.EXPIRED_TOKEN, method="POST", path="assignLicense")
    connection = connection_to(bench.simulator)
    tokens = SlowTokens(real=Credentials(connection), waited=wait)
    with GraphClient(connection, tokens=tokens) as client:
        late = replace(
            means(bench),
            client=client,
            now_fn=lambda: bench.now_fn() + (LEASE if waits else timedelta(0)),
        )
        remove(late, [replace(checked, request=checking)])

    assert waits == [waited_for]
    assert len(bench.removals()) == 1
    assert sku_id in bench.held(user_id)


def test_what_was_not_sent_in_time_is_tried_again_after_another_check(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))

    def now() -> datetime:
        """It stands still as soon as the intent is on record."""
        intended = "intent" in {event.step for event in bench.events(run_id)}
        return bench.now_fn() + (LEASE if intended else timedelta(0))

    bench.advance(run_id, now_fn=now)
    assert bench.removals() == []

    late = replace(bench, now_fn=lambda: datetime.now(UTC) + 2 * LEASE)
    (request,) = late.carry_out(run_id)
    assert (request.state, request.attempt) == (RequestState.RECLAIMED, 2)
    assert [(step, attempt) for step, attempt, _ in bench.steps(run_id) if step in {"intent", "removal"}] == [
        ("intent", 1),
        ("removal", 1),
        ("intent", 2),
        ("removal", 2),
    ]


def test_an_old_check_is_not_acted_on(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    (checked,) = check(means(bench), [only_request(bench, run_id)], timedelta(0))
    remove(means(bench), [checked])
    (request,) = bench.requests(run_id)
    assert request.state is RequestState.CHECKING
    assert bench.removals() == []
    bench.carry_out(run_id)
    assert len(bench.removals()) == 1


def test_callers_at_the_same_time_remove_each_license_once(bench: Bench) -> None:
    seats = bench.removable_seats(20)
    run_id = bench.start(*seats)
    with ThreadPoolExecutor(4) as callers:
        list(callers.map(lambda _: bench.advance(run_id), range(4)))
    bench.carry_out(run_id)
    assert sorted(bench.removals()) == sorted(seats)
    events = [(event.request_id, event.step, event.attempt) for event in bench.events(run_id)]
    assert len(events) == len(set(events))
