"""Workers that are killed or asked to end: nothing is lost, nothing is done twice."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from core.reclamation.restore_requests import restore
from core.reclamation.states import LIVE
from core.simulator.config import TenantConfig
from core.simulator.server import RunningSimulator, start_simulator
from core.store.engine import reading
from core.store.tables import Assignment, ReclamationRequest, ReclamationRun, TaskRun
from tests.support.job_runtime import unprepare, worker_process
from tests.support.killing import Killer, any_moment, watched
from tests.support.tenants import OPERATOR, Bench, Seat, bench_on

KILLS = 52
SEED = 7
AT_ONCE = 3
"""Seats of a run: so few that most kills strike while little is left to do."""
CALLS = 16
"""What a worker asks of the tenant for so many seats, from its token on, and a little more."""
SECONDS = 240


@pytest.fixture(scope="module")
def killing_simulator() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=1200)) as running:
        yield running


@pytest.fixture
def killing_bench(killing_simulator: RunningSimulator, tmp_path: Path) -> Iterator[Bench]:
    """A tenant that can kill whoever asks it, large enough for all the runs."""
    with bench_on(killing_simulator, tmp_path) as made:
        yield made


def test_killed_at_many_moments_every_license_goes_exactly_once_and_all_comes_to_its_end(
    killing_bench: Bench,
) -> None:
    bench, dice = killing_bench, random.Random(SEED)  # noqa: S311 - moments, no secrets
    faults = watched(bench.simulator)
    bench.simulator.set_conditions(replica_lag=0.1)
    before, seats = bench.all_states(), bench.removable_seats(KILLS * AT_ONCE)
    deadline = time.monotonic() + SECONDS
    runs: list[int] = []
    chosen: list[Seat] = []
    back: set[Seat] = set()
    kills = Counter[str]()
    while kills.total() < KILLS:
        if _left(bench) == 0:
            if runs and len(runs) % 3 == 0:
                back |= _ask_back(bench, runs[-1])
            runs.append(bench.start(*seats[len(chosen) :][:AT_ONCE]))
            if len(runs) % 4 == 0:
                unprepare(bench, runs[-1])
            chosen += seats[len(chosen) :][:AT_ONCE]
        with worker_process(bench) as process:
            moment = any_moment(dice, calls=CALLS)
            faults.watcher = killer = Killer(process, moment)
            while process.is_alive() and _left(bench):
                assert time.monotonic() < deadline, _states(bench)
                process.join(0.05)
            if not process.is_alive():
                kills[moment.when] += 1
                print(f"kill {kills.total()}, seed {SEED}: {moment}")  # noqa: T201 - which one it was
            faults.watcher = None
            killer.stand_down()
    with worker_process(bench):
        while _left(bench):
            assert time.monotonic() < deadline, _states(bench)
            time.sleep(0.05)

    assert len(kills) == 4
    assert Counter(bench.removals()) == dict.fromkeys(chosen, 1)
    assert Counter(_given(bench)) == dict.fromkeys(back, 1)
    gone = set(chosen) - set(back)
    assert bench.all_states() == {seat: entries for seat, entries in before.items() if seat not in gone}
    _check_rows(bench, gone, back)
    _check_history(bench, runs, back)


def _ask_back(bench: Bench, run_id: int) -> set[Seat]:
    """Have all licenses of a run given back."""
    requests = bench.requests(run_id)
    restore(
        bench.engine,
        bench.application_id,
        [request.request_id for request in requests],
        actor=OPERATOR,
        allow_reclaim=True,
        now=bench.now_fn(),
    )
    return {(request.user_id, request.sku_id) for request in requests}


def _left(bench: Bench) -> int:
    """Requests and runs that have not come to their end."""
    live = select(func.count()).where(col(ReclamationRequest.state).in_([state.value for state in LIVE]))
    running = select(func.count()).where(col(ReclamationRun.ended_at).is_(None))
    with reading(bench.engine) as session:
        return session.exec(live).one() + session.exec(running).one()


def _states(bench: Bench) -> Counter[str]:
    with reading(bench.engine) as session:
        return Counter(session.exec(select(ReclamationRequest.state)).all())


def _given(bench: Bench) -> list[Seat]:
    """Licenses that were really assigned in the tenant."""
    writes = bench.simulator.tenant.state.entries("write")
    return [(write["user"], write["sku"]) for write in writes if write["kind"] == "license.add"]


def _check_rows(bench: Bench, gone: set[Seat], back: set[Seat]) -> None:
    """Our own rows say what the tenant says, and every run is shown as ended, with its counts."""
    with reading(bench.engine) as session:
        held = set(session.exec(select(Assignment.user_id, Assignment.sku_id)).all())
        tasks = session.exec(select(TaskRun).where(TaskRun.task == "reclamation")).all()
        ends = session.exec(select(ReclamationRun.ended_at)).all()
    assert not gone & held
    assert back <= held
    assert all(ends)
    assert {(task.status, task.counts["done"], task.counts["expected"]) for task in tasks} == {
        ("succeeded", AT_ONCE, AT_ONCE)
    }


def _check_history(bench: Bench, runs: list[int], back: set[Seat]) -> None:
    for run_id in runs:
        steps: dict[int, list[tuple[str, int]]] = {}
        for event in bench.events(run_id):
            steps.setdefault(event.request_id, []).append((event.step.value, event.attempt))
        for request in bench.requests(run_id):
            returned = (request.user_id, request.sku_id) in back
            assert request.state == ("restored" if returned else "reclaimed")
            said = steps[request.request_id]
            assert said[0] == ("requested", 0)
            assert said[-1][0] == "ended"
            assert len(said) == len(set(said))
            removals = {attempt for step, attempt in said if step == "removal"}
            intents = [attempt for step, attempt in said if step == "intent"]
            assert removals <= set(intents)
            assert intents


def test_a_worker_that_is_asked_to_end_leaves_everything_at_a_safe_point(bench: Bench) -> None:
    seats = bench.removable_seats(20)
    bench.simulator.faults.add("slow", path="assignLicense", times=None, delay=0.3)
    run_id = bench.start(*seats)
    with worker_process(bench) as process:
        while not bench.removals():
            time.sleep(0.02)
        process.terminate()
        process.join(20)
        assert process.exitcode == 0
    states = Counter(row.state.value for row in bench.requests(run_id))
    assert "reclaiming" not in states
    removed = {request for request in bench.requests(run_id) if request.state in {"verifying", "reclaimed"}}
    assert len(removed) == len(bench.removals()) < len(seats)
