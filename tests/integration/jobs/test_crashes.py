"""Workers that are killed, frozen or late: nothing is lost, nothing is done twice."""

import random
import signal
import time
from collections import Counter

from tests.support.job_runtime import worker_process
from tests.support.tenants import Bench

KILLS = 6


def ended(bench: Bench, run_id: int) -> bool:
    return not any(
        row.state in {"queued", "checking", "reclaiming", "verifying"} for row in bench.requests(run_id)
    )


def test_killed_at_any_moment_every_license_goes_exactly_once(bench: Bench) -> None:
    seats = bench.removable_seats(60)
    bench.simulator.set_conditions(replica_lag=0.2)
    bench.simulator.faults.add("slow", path="assignLicense", times=None, delay=0.15)
    run_id = bench.start(*seats)
    dice = random.Random(7)  # noqa: S311 - moments, no secrets
    deadline = time.monotonic() + 80
    kills = 0
    while not ended(bench, run_id):
        assert time.monotonic() < deadline, Counter(row.state for row in bench.requests(run_id))
        with worker_process(bench) as process:
            before = Counter(row.state for row in bench.requests(run_id))
            # Wait until it has begun to work, then a random moment more.
            while Counter(row.state for row in bench.requests(run_id)) == before and not ended(bench, run_id):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            if kills < KILLS:
                time.sleep(dice.uniform(0, 0.6))
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
            else:
                while not ended(bench, run_id) and time.monotonic() < deadline:
                    time.sleep(0.1)

    assert kills >= 3  # otherwise it ended before it could be killed often
    assert Counter(row.state.value for row in bench.requests(run_id)) == {"reclaimed": len(seats)}
    assert Counter(bench.removals()) == dict.fromkeys(seats, 1)
    for events in _by_request(bench, run_id).values():
        assert events[0][0] == "requested"
        assert events[-1][0] == "ended"
        assert len(events) == len(set(events))


def _by_request(bench: Bench, run_id: int) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = {}
    for event in bench.events(run_id):
        found.setdefault(event.request_id, []).append((event.step.value, event.attempt))
    return found


def test_a_worker_that_is_asked_to_end_leaves_everything_at_a_safe_point(bench: Bench) -> None:
    seats = bench.removable_seats(20)
    bench.simulator.faults.add("slow", path="assignLicense", times=None, delay=0.3)
    run_id = bench.start(*seats)
    with worker_process(bench) as process:
        while not bench.removals():
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    states = Counter(row.state.value for row in bench.requests(run_id))
    assert "reclaiming" not in states
    removed = {request for request in bench.requests(run_id) if request.state in {"verifying", "reclaimed"}}
    assert len(removed) == len(bench.removals()) < len(seats)
