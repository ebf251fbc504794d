"""Two hundred reclamations against a tenant that misbehaves in every way at once."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.simulator.config import TenantConfig
from core.simulator.faults import FaultKind
from core.simulator.server import RunningSimulator, start_simulator
from tests.support.tenants import Bench, bench_on

REQUESTS = 200


@pytest.fixture(scope="module")
def large_tenant() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=1500)) as running:
        yield running


@pytest.fixture
def bench(large_tenant: RunningSimulator, tmp_path: Path) -> Iterator[Bench]:
    """A tenant large enough for two hundred reclamations."""
    with bench_on(large_tenant, tmp_path) as made:
        yield made


def test_under_faults_every_license_goes_exactly_once_and_the_history_is_complete(bench: Bench) -> None:
    seats = bench.removable_seats(REQUESTS)
    assert len(seats) == REQUESTS
    untouched = {seat: entries for seat, entries in bench.all_states().items() if seat not in set(seats)}
    run_id = bench.start(*seats)
    faults, simulator = bench.simulator.faults, bench.simulator
    simulator.set_conditions(replica_lag=0.3)
    rules = [
        faults.add(FaultKind.THROTTLED, times=None, probability=0.1, retry_after="0", where="batch"),
        faults.add(FaultKind.THROTTLED, times=None, probability=0.1, retry_after="0", where="direct"),
        faults.add(FaultKind.RESET, path="assignLicense", times=None, probability=0.05, after=True),
        faults.add(FaultKind.RESET, path="assignLicense", times=None, probability=0.03),
        faults.add(
            FaultKind.CONCURRENCY, path="assignLicense", times=None, probability=0.05, retry_after="0"
        ),
        faults.add(FaultKind.HTML_GATEWAY, path="assignLicense", times=None, probability=0.05, after=True),
    ]

    with ThreadPoolExecutor(4) as workers:  # as the job engine does: several chunks of one tenant at once
        list(workers.map(lambda chunk: _carry_out(bench, run_id, chunk), range(REQUESTS // 20)))

    assert all(faults.struck(rule) > 0 for rule in rules)
    faults.clear()
    requests = bench.requests(run_id)
    assert Counter(request.state.value for request in requests) == {"reclaimed": len(seats)}
    assert Counter(bench.removals()) == dict.fromkeys(seats, 1)
    assert bench.all_states() == untouched
    _check_history(bench, run_id)


def _carry_out(bench: Bench, run_id: int, chunk: int) -> None:
    while (due_at := bench.advance(run_id, chunk)) is not None:
        time.sleep(max(0.0, (due_at - bench.now_fn()).total_seconds()))


def _check_history(bench: Bench, run_id: int) -> None:
    by_request: dict[int, list[tuple[str, int, str]]] = {}
    for event in bench.events(run_id):
        by_request.setdefault(event.request_id, []).append((event.step, event.attempt, event.state))
    assert len(by_request) == REQUESTS
    for events in by_request.values():
        attempts = events[-1][1]
        assert events[0] == ("requested", 0, "queued")
        assert events[-1] == ("ended", attempts, "reclaimed")
        assert [attempt for step, attempt, _ in events if step == "intent"] == list(range(1, attempts + 1))
        for attempt in range(1, attempts + 1):
            steps = [step for step, number, _ in events if number == attempt]
            assert steps.index("intent") < steps.index("removal")
