"""How much a sync adds to what the tenant itself makes it wait.

    python -m benchmarks.pace [--users 20000] [--latency 0.25] [--time-scale 4]

- With Microsoft's limit on sign-ins in force: the wall time of the sign-in pass, divided by the time that the
  limiter's slots for its pages take. Time passes `--time-scale` times as fast for limit and limiter alike.
- With every answer late by `--latency` seconds, as over a network: the wall time until the roster can be
  used, and from then until the usage reports can, each divided by what a bare loop of `requests` takes for
  the same answers: so the time that the simulator itself needs for them counts on both sides. The pages of
  the roster come one after the other, the reports side by side. How long the latencies alone make one wait,
  and what CPU the product adds, are told beside it.
"""

import argparse
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final

import requests

from benchmarks.clock import Measured, clocks, since
from benchmarks.loop import REPORTS, USERS, download, list_all, signed_in
from benchmarks.product import connection_to, new_database, sync
from benchmarks.tenant import Facts, command, measured_by, tenant
from core.graph import GraphClient
from core.integration.limiter import SPACING, SignInLimiter
from core.integration.progress import Progress
from core.integration.reports import read_usage_reports
from core.integration.sign_ins import refresh_sign_ins
from core.integration.sync import run_task
from core.integration.tracking import begin, queue_tasks
from core.rights import cli_actor
from core.store.tables import IntegrationTask

_IN_A_ROW: Final = 2
"""Answers of a report that have to come one after the other: the redirect, and the file."""


def limited_pass(facts: Facts) -> Measured:
    """The sign-in pass under the limit, in a database that knows the tenant already."""
    time_scale = float(facts["time_scale"])
    with new_database(facts) as (engine, application_id):
        with GraphClient(connection_to(facts)) as client:
            sync(engine, client, application_id)
        command(facts, "PATCH", "conditions", {"sign_in_limit": True, "limit_time_scale": time_scale})
        limiter = SignInLimiter(engine, application_id, spacing=SPACING / time_scale)
        with GraphClient(connection_to(facts), limiter=limiter) as client:
            client.sign_in()
            start = clocks()
            missing = refresh_sign_ins(engine, client, application_id, clock=lambda: datetime.now(UTC))
            measured = since(start)
            statistics = client.statistics
        command(facts, "PATCH", "conditions", {"sign_in_limit": False})
        if missing:
            raise SystemExit(missing)
        bound = (statistics.requests - 1) * SPACING.total_seconds() / time_scale
        return measured | {
            "pages": statistics.requests,
            "refused": statistics.throttled,
            "bound": bound,
            "ratio": measured["wall"] / bound,
        }


def late_answers(facts: Facts) -> Measured:
    """Roster and usage reports where every answer takes its time, downloads too; beside a bare loop."""
    latency = float(facts["latency"])
    measured: Measured = {}
    with (
        new_database(facts) as (engine, application_id),
        GraphClient(connection_to(facts)) as client,
        signed_in(facts) as session,
    ):
        client.sign_in()
        tasks = (IntegrationTask.DIFFERENTIATION, IntegrationTask.ROSTER, IntegrationTask.ACCESS)
        types, roster, access = queue_tasks(engine, application_id, tasks, cli_actor(), datetime.now(UTC))
        _succeed(run_task(engine, client, types))
        command(facts, "POST", "faults", {"kind": "slow", "path": "", "delay": latency, "times": None})

        def timed(name: str, bare: Callable[[], object], work: Callable[[], object]) -> None:
            start = clocks()
            bare()
            alone, answers, start = since(start), _late(facts), clocks()
            work()
            ours = since(start)
            measured.update({f"{name}_wall": ours["wall"], f"{name}_bare": alone["wall"]})
            measured[f"{name}_cpu"] = ours["cpu"] - alone["cpu"]
            measured[f"{name}_late"] = (_late(facts) - answers) * latency

        root = f"{facts['graph_url']}/v1.0"
        timed(
            "roster",
            lambda: list_all(session, f"{root}/{USERS}"),
            lambda: _succeed(run_task(engine, client, roster)),
        )
        begin(engine, access, datetime.now(UTC))
        progress = Progress(
            engine, access, application_id, should_stop=lambda: False, clock=lambda: datetime.now(UTC)
        )
        timed(
            "reports",
            lambda: _download_at_once(session, facts),
            lambda: read_usage_reports(client, progress),
        )
        measured["reports_late"] = _IN_A_ROW * latency
    return measured


def _download_at_once(session: requests.Session, facts: Facts) -> None:
    with ThreadPoolExecutor(max_workers=len(REPORTS)) as pool:
        addresses = [f"{facts['graph_url']}/v1.0/{path}" for path in REPORTS]
        list(pool.map(lambda address: download(session, facts, address), addresses))


def _late(facts: Facts) -> int:
    """How many answers were late so far."""
    return sum(fault["struck"] for fault in command(facts, "GET", "faults")["faults"])


def _succeed(status: str | None) -> None:
    if status != "succeeded":
        raise SystemExit(f"the task ended as {status}")


def main() -> None:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--latency", type=float, default=0.25)
    parser.add_argument("--time-scale", type=float, default=4)
    asked = parser.parse_args()
    given = {"latency": str(asked.latency), "time_scale": str(asked.time_scale)}
    with tenant(asked.users) as facts:
        limited = measured_by("benchmarks.pace", facts | given | {"role": "limited"})
    with tenant(asked.users) as facts:
        late = measured_by("benchmarks.pace", facts | given | {"role": "late"})
    print(
        f"{asked.users:,} users, sign-ins under the limit, time x {asked.time_scale:g}: "
        f"{limited['ratio']:.2f} of the limiter's own {limited['bound']:.1f} s "
        f"({limited['pages']:.0f} requests, {limited['refused']:.0f} refused)"
    )
    for name in ("roster", "reports"):
        wall, bare = late[f"{name}_wall"], late[f"{name}_bare"]
        print(
            f"{asked.users:,} users, answers late by {asked.latency:g} s: {name} usable after {wall:.2f} s, "
            f"{wall / bare:.2f} of what a bare loop takes ({bare:.2f} s; their latencies alone are "
            f"{late[f'{name}_late']:.2f} s), with {late[f'{name}_cpu']:.2f} s more of CPU"
        )


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].startswith("{"):  # noqa: PLR2004 - one argument: what is given
        given = json.loads(sys.argv[1])
        print(json.dumps({"limited": limited_pass, "late": late_answers}[given["role"]](given)))
    else:
        main()
