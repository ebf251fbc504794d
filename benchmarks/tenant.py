"""A simulated tenant in a process of its own, which is not measured."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import requests

Facts = dict[str, str]
"""What a client needs to reach the tenant, as the simulator prints it."""

_TIMEOUT: Final = 60
_SIMULATOR: Final = """
import sys
from core.simulator.config import TenantConfig
from core.simulator.server import serve_forever
serve_forever(TenantConfig(users=int(sys.argv[1])), output=sys.stdout)
"""


@contextmanager
def tenant(users: int) -> Iterator[Facts]:
    """A tenant of this size while the block runs. Ready in a second, whatever the size."""
    with subprocess.Popen(  # noqa: S603 - our own simulator
        [sys.executable, "-c", _SIMULATOR, str(users)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def command(facts: Facts, method: str, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the simulator's control endpoint `what`, such as `conditions` or `faults`; its answer."""
    answer = requests.request(
        method,
        f"{facts['graph_url']}/_simulator/{what}",
        json=body,
        headers={"X-Simulator-Secret": facts["client_secret"]},
        verify=facts["ca_bundle"],
        timeout=_TIMEOUT,
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def misbehave(facts: Facts, *, time_scale: float, latency: float, lag: float) -> None:
    """Put limit, late answers and replicas that lag in force."""
    conditions = {"write_limit": True, "limit_time_scale": time_scale, "replica_lag": lag}
    command(facts, "PATCH", "conditions", conditions)
    if latency:
        command(facts, "POST", "faults", {"kind": "slow", "path": "", "delay": latency, "times": None})


def measured_by(module: str, given: dict[str, str]) -> dict[str, float]:
    """What a module of the benchmark measures, in a process of its own. Raises SystemExit where it fails."""
    ca = {"REQUESTS_CA_BUNDLE": given["ca_bundle"]} if "ca_bundle" in given else {}
    ended = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", module, json.dumps(given)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env=os.environ | ca,
    )
    if ended.returncode != 0:
        raise SystemExit(f"{module} failed with exit code {ended.returncode}")
    measured: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return measured
