"""What a complete sync costs, beside a bare loop that lists and decodes the same pages.

    python -m benchmarks.sync [--users 5000 20000] [--rounds 3]

Three processes for each size: the simulator (not measured), the loop (`requests` and `json`, nothing kept),
and the product (all three integration tasks, twice, into a new SQLite file). CPU is user and system time of
the work itself, without imports; peak memory is of the whole process. Of several rounds the best one counts:
everything else on the machine can only add.
"""

import argparse
import csv
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import requests
from pydantic import SecretStr
from sqlalchemy import Engine

from core.graph import Connection, GraphClient
from core.integration.applications import register_applications
from core.integration.sync import run_task
from core.integration.tracking import SYNC_TASKS, queue_tasks
from core.rights import cli_actor
from core.settings import ApplicationSettings
from core.store.engine import make_engine, reading
from core.store.migrate import migrate
from core.store.tables import TaskRun

_ROSTER: Final = (
    "id,userPrincipalName,displayName,mail,accountEnabled,userType,employeeId,employeeType,createdDateTime,"
    "usageLocation,department,jobTitle,country,officeLocation,companyName,onPremisesSyncEnabled,"
    "isManagementRestricted,employeeLeaveDateTime,licenseAssignmentStates"
)
_TIMEOUT: Final = 60
Facts = dict[str, str]
Measured = dict[str, float]


@contextmanager
def simulator(users: int) -> Iterator[Facts]:
    """A tenant of this size, served by a process of its own."""
    with _child("simulator", {"users": str(users)}) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def serve(given: Facts) -> None:
    """Be the simulator."""
    from core.simulator.config import TenantConfig  # noqa: PLC0415 - must not weigh on what is measured
    from core.simulator.server import serve_forever  # noqa: PLC0415

    serve_forever(TenantConfig(users=int(given["users"])), output=sys.stdout)


def bare_loop(facts: Facts) -> Measured:
    """List and decode what a sync reads, the plain way, and keep nothing of it."""
    with requests.Session() as session:
        session.trust_env, session.verify = False, facts["ca_bundle"]
        start = _clocks()
        answer = session.post(
            f"{facts['authority_url']}/{facts['tenant_id']}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": facts["client_id"],
                "client_secret": facts["client_secret"],
                "scope": f"{facts['graph_url']}/.default",
            },
            timeout=_TIMEOUT,
        )
        token = answer.json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        root = f"{facts['graph_url']}/v1.0"
        manager = "$expand=manager($select=id,displayName)"
        pages = [
            f"{root}/subscribedSkus",
            f"{root}/users?$select={_ROSTER}&{manager}&$top=999",
            f"{root}/users?$select=id,signInActivity&$top=500",
        ]
        count = sum(_list(session, url) for url in pages)
        redirect = session.get(
            f"{root}/reports/getOffice365ActiveUserDetail(period='D180')",
            allow_redirects=False,
            timeout=_TIMEOUT,
        )
        report = requests.get(redirect.headers["Location"], verify=facts["ca_bundle"], timeout=_TIMEOUT)
        count += sum(1 for _ in csv.DictReader(io.StringIO(report.content.decode("utf-8-sig"))))
        return _since(start) | {"objects": count}


def _list(session: requests.Session, url: str | None) -> int:
    count = 0
    while url:
        page = session.get(url, timeout=_TIMEOUT).json()
        count += len(page["value"])
        url = page.get("@odata.nextLink")
    return count


def product(facts: Facts) -> Measured:
    """Sync a new database twice: everything is new at first, and then nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/seatwise.db")
        migrate(engine)
        application = ApplicationSettings(
            key="benchmark",
            name="Benchmark",
            tenant_id=facts["tenant_id"],
            client_id=facts["client_id"],
            client_secret=SecretStr(facts["client_secret"]),
        )
        application_id = register_applications(engine, [application], datetime.now(UTC))["benchmark"]
        client = GraphClient(
            Connection(
                application_key="benchmark",
                tenant_id=facts["tenant_id"],
                client_id=facts["client_id"],
                client_secret=facts["client_secret"],
                authority_url=facts["authority_url"],
                graph_url=facts["graph_url"],
            )
        )
        first = _sync(engine, client, application_id)
        again = _sync(engine, client, application_id)
        return first | {f"{name}_again": number for name, number in again.items()}


def _sync(engine: Engine, client: GraphClient, application_id: int) -> Measured:
    start = _clocks()
    measured: Measured = {}
    for run_id in queue_tasks(engine, application_id, SYNC_TASKS, cli_actor(), datetime.now(UTC)):
        before = _clocks()
        status = run_task(engine, client, run_id)
        with reading(engine) as session:
            run = session.get_one(TaskRun, run_id)
        if status != "succeeded":
            raise SystemExit(f"{run.task} ended as {status}: {run.error}")
        measured[f"cpu_{run.task}"] = _since(before)["cpu"]
    return _since(start) | measured


def _clocks() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def _since(start: tuple[float, float]) -> Measured:
    cpu, wall = _clocks()
    return {"cpu": cpu - start[0], "wall": wall - start[1]}


def measure(role: str, facts: Facts, rounds: int) -> Measured:
    """The best round of a role, each in a process of its own."""
    found: list[Measured] = []
    for _ in range(rounds):
        with _child(role, facts) as process:
            output, _ = process.communicate()
        if process.returncode != 0:
            raise SystemExit(f"the {role} failed with exit code {process.returncode}")
        found.append(json.loads(output))
    return {name: min(each[name] for each in found) for name in found[0]}


@contextmanager
def _child(role: str, given: Facts) -> Iterator[subprocess.Popen[str]]:
    ca = {"REQUESTS_CA_BUNDLE": given["ca_bundle"]} if "ca_bundle" in given else {}
    command = [sys.executable, "-m", "benchmarks.sync", "--role", role, "--given", json.dumps(given)]
    with subprocess.Popen(  # noqa: S603 - this very file
        command, stdout=subprocess.PIPE, text=True, env=os.environ | ca
    ) as process:
        yield process


def report(results: dict[int, tuple[Measured, Measured]]) -> None:
    """Print the table, ratios first."""
    heads = (
        "users",
        "CPU ratio",
        "CPU ratio again",
        "wall ratio",
        "CPU loop",
        "CPU sync",
        "wall sync",
        "peak MB",
    )
    rows = [
        (
            f"{users:,}",
            f"{sync['cpu'] / loop['cpu']:.2f}",
            f"{sync['cpu_again'] / loop['cpu']:.2f}",
            f"{sync['wall'] / loop['wall']:.2f}",
            f"{loop['cpu']:.2f} s",
            f"{sync['cpu']:.2f} s",
            f"{sync['wall']:.2f} s",
            f"{sync['peak_mb']:.0f}",
        )
        for users, (loop, sync) in results.items()
    ]
    widths = [max(len(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    for row in [heads, *rows]:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    for users, (_, sync) in results.items():
        parts = ", ".join(f"{task} {sync[f'cpu_{task}']:.2f} s" for task in SYNC_TASKS)
        print(f"{users:,} users, CPU by task: {parts}")
    small, large = min(results), max(results)
    least, most = results[small][1], results[large][1]
    if small != large:
        print(
            f"growth from {small:,} to {large:,} users (x {large / small:.1f}): "
            f"CPU x {most['cpu'] / least['cpu']:.2f}, peak memory x {most['peak_mb'] / least['peak_mb']:.2f}"
        )


def main() -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--role", choices=("simulator", "loop", "product"), help=argparse.SUPPRESS)
    parser.add_argument("--given", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.role == "simulator":
        serve(given.given)
    elif given.role:
        measured = {"loop": bare_loop, "product": product}[given.role](given.given)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(measured | {"peak_mb": peak}))
    else:
        results: dict[int, tuple[Measured, Measured]] = {}
        for users in given.users:
            with simulator(users) as facts:
                measure("loop", facts, 1)  # so that the simulator has made its pages
                results[users] = measure("loop", facts, given.rounds), measure("product", facts, given.rounds)
        report(results)


if __name__ == "__main__":
    main()
