"""Licenses are removed as fast as Microsoft permits, never faster, and pushing back loses none of them."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.graph.pacing import WriteGate
from core.reclamation.write_limit import SPACING, WriteLimiter
from core.simulator.config import TenantConfig
from core.simulator.faults import FaultKind
from core.simulator.limits import WRITES, Limit, Limiter
from tests.support.tenants import Bench, Seat

LICENSES = 40


class Watched(Limiter):
    """The simulator's own limiter, made narrower, with a record of what it was asked for and refused."""

    def __init__(self) -> None:
        super().__init__(TenantConfig())
        self.arrived: list[float] = []
        self.refused = 0
        self.writes = replace(WRITES, requests=20, seconds=1.0)

    def use(self, limit: Limit, key: str, now: float, time_scale: float, *, cost: int = 1) -> float:
        if limit is not WRITES:
            return super().use(limit, key, now, time_scale, cost=cost)
        self.arrived.append(now)
        self.refused += 1
        share = super().use(self.writes, key, now, time_scale, cost=cost)
        self.refused -= 1
        return share


@pytest.fixture
def watched(bench: Bench) -> Iterator[Watched]:
    """Twenty writes in a second are carried out, and no more: the limit of Microsoft's in small."""
    bench.simulator.set_conditions(write_limit=True)
    before, bench.simulator.service.limiter = bench.simulator.service.limiter, Watched()
    yield bench.simulator.service.limiter
    bench.simulator.service.limiter = before


def carry_out(bench: Bench, run_id: int, chunk: int, gate: WriteGate) -> None:
    while (due_at := bench.advance(run_id, chunk, gate=gate)) is not None:
        time.sleep(max(0.0, (due_at - bench.now_fn()).total_seconds()))


def check_tenant_and_history(bench: Bench, run_id: int, seats: list[Seat]) -> None:
    requests = bench.requests(run_id)
    assert Counter(request.state.value for request in requests) == {"reclaimed": len(seats)}
    assert Counter(bench.removals()) == dict.fromkeys(seats, 1)
    steps = Counter((event.request_id, event.step.value) for event in bench.events(run_id))
    for request in requests:
        intents, answers = steps[request.request_id, "intent"], steps[request.request_id, "removal"]
        assert intents == answers >= 1
        assert steps[request.request_id, "ended"] == 1


def test_processes_that_share_a_database_are_never_refused_and_waste_no_slots(
    bench: Bench, watched: Watched
) -> None:
    seats = bench.removable_seats(LICENSES)
    run_id = bench.start(*seats)
    spacing = 1.5 * SPACING  # room for a busy machine, scaled down as far as the limit is
    gates = [WriteGate(limiter=WriteLimiter(bench.engine, 1, spacing=spacing)) for _ in range(2)]
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(lambda chunk: carry_out(bench, run_id, chunk, gates[chunk]), range(2)))
    assert len(watched.arrived) == LICENSES
    assert watched.refused == 0
    assert max(watched.arrived) - min(watched.arrived) >= (LICENSES - 2 * 8) * spacing.total_seconds()
    check_tenant_and_history(bench, run_id, seats)


def test_writers_who_know_of_no_limit_are_refused_wait_as_long_as_asked_and_lose_nothing(
    bench: Bench, watched: Watched
) -> None:
    seats = bench.removable_seats(LICENSES)
    run_id = bench.start(*seats)
    gate = WriteGate(start=8)
    for chunk in range(2):
        carry_out(bench, run_id, chunk, gate)
    assert watched.refused > 0
    gaps = [later - earlier for earlier, later in zip(watched.arrived, watched.arrived[1:], strict=False)]
    assert max(gaps) >= 1.0 - 0.25  # Retry-After is a second; what was refused last came a little later
    assert gate.allowed < 8
    check_tenant_and_history(bench, run_id, seats)


@pytest.mark.parametrize(("retry_after", "seconds"), [("1", 1.0), ("1.5", 1.5), ("date:2", 1.0), (None, 2.0)])
def test_while_microsoft_asks_to_wait_nothing_at_all_is_written(
    bench: Bench, watched: Watched, retry_after: str | None, seconds: float
) -> None:
    watched.writes = WRITES
    seats = bench.removable_seats(6)
    run_id = bench.start(*seats)
    bench.simulator.faults.add(FaultKind.THROTTLED, path="assignLicense", retry_after=retry_after)
    began = time.time()
    carry_out(bench, run_id, 0, WriteGate(start=1))
    assert len(watched.arrived) == len(seats), "the one that was refused came no farther than that"
    assert min(watched.arrived) - began >= seconds
    check_tenant_and_history(bench, run_id, seats)


def test_conflicts_slow_the_writes_down_and_stop_nobody(bench: Bench) -> None:
    seats = bench.removable_seats(20)
    run_id = bench.start(*seats)
    fault = bench.simulator.faults.add(FaultKind.CONCURRENCY, path="assignLicense", times=4)
    gate = WriteGate(start=8)
    bench.advance(run_id, gate=gate)
    assert bench.simulator.faults.struck(fault) == 4
    assert gate.halvings >= 1
    assert gate.closed_for() == 0
    assert len(bench.removals()) == 16
    carry_out(bench, run_id, 0, gate)
    check_tenant_and_history(bench, run_id, seats)


def test_reads_that_are_refused_inside_of_a_batch_are_asked_again_and_only_they(bench: Bench) -> None:
    seats = bench.removable_seats(20)
    run_id = bench.start(*seats)
    fault = bench.simulator.faults.add(FaultKind.THROTTLED, where="batch", times=7, retry_after="1")
    before = bench.client.statistics.requests
    carry_out(bench, run_id, 0, WriteGate())
    assert bench.simulator.faults.struck(fault) == 7
    sent = bench.client.statistics.requests - before
    assert bench.client.statistics.throttled == 7
    assert sent <= 20 + 3 + 2 + 10, "a batch for each kind of read, one more for what was refused, and roles"
    check_tenant_and_history(bench, run_id, seats)


def test_a_chunk_costs_a_batch_for_users_mailboxes_and_looking_back_each_however_late_it_shows(
    bench: Bench,
) -> None:
    seats = bench.removable_seats(LICENSES)
    run_id = bench.start(*seats)
    bench.simulator.set_conditions(replica_lag=1.0)
    gate = WriteGate()
    carry_out(bench, run_id, 0, gate)
    assert 0.6 <= gate.replicas.delay <= 2.0
    before = bench.simulator.service.calls["POST /v1.0/$batch"]
    carry_out(bench, run_id, 1, gate)
    assert bench.simulator.service.calls["POST /v1.0/$batch"] - before <= 4
    check_tenant_and_history(bench, run_id, seats)
