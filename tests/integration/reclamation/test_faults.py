"""A thousand reclamations against a tenant that misbehaves in every way at once."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from core.reclamation.due import update_progress
from core.reclamation.outcomes import why_left_alone
from core.reclamation.runs import run
from core.simulator.config import TenantConfig
from core.simulator.faults import FaultKind, Faults
from core.simulator.server import RunningSimulator, start_simulator
from core.store.engine import reading
from core.store.tables import TaskRun
from tests.support.tenants import Bench, Seat, bench_on

REQUESTS = 1000
CHUNKS = REQUESTS // 20
ELSEWHERE = 40
"""Licenses that somebody else takes away before the run comes to them; as many mailboxes become shared."""


@pytest.fixture(scope="module")
def large_tenant() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=5000)) as running:
        yield running


@pytest.fixture
def bench(large_tenant: RunningSimulator, tmp_path: Path) -> Iterator[Bench]:
    """A tenant large enough for a thousand reclamations."""
    with bench_on(large_tenant, tmp_path) as made:
        yield made


def test_under_faults_every_license_goes_exactly_once_and_is_reported_as_it_is(bench: Bench) -> None:
    seats = bench.removable_seats(REQUESTS)
    before = bench.all_states()
    run_id = bench.start(*seats)
    taken, shared = set(seats[::25]), set(seats[1::25])
    assert len(taken) == len(shared) == ELSEWHERE
    for user_id, _ in taken:
        bench.simulator.tenant.change(user_id, {"states": []})
    for user_id, _ in shared:
        bench.simulator.tenant.change(user_id, {"purpose": "shared"})
    faults = bench.simulator.faults
    bench.simulator.set_conditions(replica_lag=1.2)  # longer than a lost answer is left alone
    rules = _misbehave(faults)

    with ThreadPoolExecutor(4) as workers:  # as the job engine does: several chunks of one tenant at once
        list(workers.map(lambda chunk: _carry_out(bench, run_id, chunk), range(CHUNKS)))

    assert all(faults.struck(rule) > 0 for rule in rules)
    faults.clear()
    wanted = set(seats) - taken - shared
    assert Counter(bench.removals()) == dict.fromkeys(wanted, 1)
    left = {seat: entries for seat, entries in before.items() if seat not in wanted | taken}
    assert bench.all_states() == left
    _check_report(bench, run_id, reclaimed=wanted, skipped=taken | shared)
    _check_history(bench, run_id, wanted)


def _misbehave(faults: Faults) -> list[int]:
    """Rules that strike again and again: throttling, in batches too, lost answers, calls that collide."""
    write = "assignLicense"
    return [
        faults.add(FaultKind.THROTTLED, times=None, probability=0.1, retry_after="0", where="batch"),
        faults.add(FaultKind.THROTTLED, times=None, probability=0.1, retry_after="0", where="direct"),
        faults.add(FaultKind.RESET, path=write, times=None, probability=0.05, after=True),
        faults.add(FaultKind.RESET, path=write, times=None, probability=0.03),
        faults.add(FaultKind.CONCURRENCY, path=write, times=None, probability=0.05, retry_after="0"),
        faults.add(FaultKind.HTML_GATEWAY, path=write, times=None, probability=0.05, after=True),
    ]


def _carry_out(bench: Bench, run_id: int, chunk: int) -> None:
    while (due_at := bench.advance(run_id, chunk)) is not None:
        time.sleep(max(0.0, (due_at - bench.now_fn()).total_seconds()))


def _check_report(bench: Bench, run_id: int, *, reclaimed: set[Seat], skipped: set[Seat]) -> None:
    """Each request, the run and its task run say what has become of the tenant."""
    requests = bench.requests(run_id)
    assert {(row.user_id, row.sku_id) for row in requests if row.state == "reclaimed"} == reclaimed
    assert {(row.user_id, row.sku_id) for row in requests if row.state == "skipped"} == skipped
    assert update_progress(bench.engine, run_id, bench.now_fn())
    counts = {"reclaimed": len(reclaimed), "skipped": len(skipped)}
    with reading(bench.engine) as session:
        found = run(session, run_id)
        task = session.exec(select(TaskRun).where(TaskRun.reclamation_run_id == run_id)).one()
        reasons = why_left_alone(session, run_id)
    assert found is not None
    assert (found.by_state, found.ended_at is not None) == (counts, True)
    assert (task.status, task.counts) == ("succeeded", counts | {"expected": REQUESTS, "done": REQUESTS})
    assert [each.requests for each in reasons] == [ELSEWHERE, ELSEWHERE]


def _check_history(bench: Bench, run_id: int, reclaimed: set[Seat]) -> None:
    by_request: dict[int, list[tuple[str, int, str]]] = {}
    for event in bench.events(run_id):
        by_request.setdefault(event.request_id, []).append((event.step, event.attempt, event.state))
    assert len(by_request) == REQUESTS
    for row in bench.requests(run_id):
        events = by_request[row.request_id]
        attempts = events[-1][1]
        assert events[0] == ("requested", 0, "queued")
        assert events[-1] == ("ended", attempts, row.state)
        assert (attempts > 0) is ((row.user_id, row.sku_id) in reclaimed)
        assert [attempt for step, attempt, _ in events if step == "intent"] == list(range(1, attempts + 1))
        for attempt in range(1, attempts + 1):
            steps = [step for step, number, _ in events if number == attempt]
            assert steps.index("intent") < steps.index("removal")
