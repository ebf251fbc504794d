"""A worker that is frozen on SQLite, and the command line on the same database."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from core.simulator.faults import Fault
from core.simulator.wire import Call
from core.store.engine import reading
from core.store.tables import ReclamationRun
from tests.support.commands import environment_of
from tests.support.job_runtime import keep_silent, wait_until, worker_process
from tests.support.killing import signal_to, watched
from tests.support.running_app import PROJECT
from tests.support.tenants import Bench, Seat

LOOKS = timedelta(seconds=2.5)
"""Time in which one that stands by asks for the slot a few times."""


@pytest.mark.parametrize("fate", [signal.SIGCONT, signal.SIGKILL], ids=["wakes", "dies"])
def test_beside_a_frozen_worker_a_command_stands_by_and_each_license_goes_once(
    bench: Bench, tmp_path: Path, fate: signal.Signals
) -> None:
    first, second = bench.removable_seats(2)
    faults = watched(bench.simulator)
    frozen: list[str] = []
    with worker_process(bench) as process:

        def freeze(call: Call) -> Fault | None:
            """The write with which it is frozen is carried out: its answer waits."""
            if "assignLicense" in call.path and not frozen:
                signal_to(process.pid or 0, signal.SIGSTOP)
                frozen.append(call.path)
            return None

        faults.watcher = freeze
        frozen_run = bench.start(first)
        wait_until(lambda: bool(frozen))
        keep_silent(bench)
        with _reclaiming(bench, tmp_path, second) as command:
            wait_until(lambda: len(_runs(bench)) == 2)
            time.sleep(LOOKS.total_seconds())
            assert bench.removals() == [first]
            assert command.poll() is None
            signal_to(process.pid or 0, fate)
            out, err = command.communicate(timeout=60)
        wait_until(lambda: all(run.ended_at for run in _runs(bench)))
    faults.watcher = None

    assert command.returncode == 0, err
    assert [request["state"] for request in json.loads(out)["requests"]] == ["reclaimed"]
    assert [request.state for request in bench.requests(frozen_run)] == ["reclaimed"]
    assert Counter(bench.removals()) == {first: 1, second: 1}


@contextmanager
def _reclaiming(bench: Bench, folder: Path, seat: Seat) -> Iterator[subprocess.Popen[bytes]]:
    """The command that reclaims a seat and waits for it."""
    user_id, sku_id = seat
    command = ["reclaim", "--license-type", sku_id, "--user", user_id, "--yes", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "core", *command],
        cwd=PROJECT,
        env=environment_of(bench.simulator, folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _runs(bench: Bench) -> list[ReclamationRun]:
    with reading(bench.engine) as session:
        return list(session.exec(select(ReclamationRun).order_by(col(ReclamationRun.id))))
