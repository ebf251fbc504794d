"""Commands and the simulator, each in a process of its own: only the environment connects them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.cli import main
from tests.support.forks import FORKS
from tests.support.running_app import PROJECT, clean_environment
from tests.support.simulated import Reachable

KEY = "SEATWISE_APPLICATIONS__CONTOSO__"
_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class SeparateSimulator:
    """What the command `simulator` has printed."""

    authority_url: str
    graph_url: str
    ca_bundle: Path
    tenant_id: str
    client_id: str
    client_secret: str


@contextmanager
def separate_simulator(*, users: int, seed: int) -> Iterator[SeparateSimulator]:
    """Start `python -m core simulator` and stop it afterwards."""
    command = [sys.executable, "-m", "core", "simulator", "--users", str(users), "--seed", str(seed)]
    with subprocess.Popen(command, cwd=PROJECT, env=clean_environment(), stdout=subprocess.PIPE) as process:
        try:
            line = process.stdout.readline() if process.stdout else b""
            facts = json.loads(line)
            yield SeparateSimulator(**facts | {"ca_bundle": Path(facts["ca_bundle"])})
        finally:
            process.terminate()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """The lines that say what went wrong."""
        return [line for line in self.err.splitlines() if line.startswith("seatwise: ")]


@dataclass(frozen=True, kw_only=True)
class Commands:
    """Runs commands in an environment."""

    environment: Mapping[str, str]

    def run(self, *arguments: str, **changes: str) -> Outcome:
        """Run a command to its end, in a fork of a process that has imported everything.

        Args:
            arguments: of the command.
            changes: variables that are changed.
        """
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            process = FORKS.Process(
                target=_run, args=(arguments, {**self.environment, **changes}, out, err), daemon=True
            )
            process.start()
            process.join(_SECONDS)
            if process.exitcode is None:
                process.kill()
                process.join()
            assert process.exitcode is not None
            return Outcome(code=process.exitcode, out=out.read_text("utf-8"), err=err.read_text("utf-8"))

    def run_as_program(self, *arguments: str, **changes: str) -> Outcome:
        """The same as a scheduler does it: `python -m core …`."""
        done = subprocess.run(
            [sys.executable, "-m", "core", *arguments],
            cwd=PROJECT,
            env={**self.environment, **changes},
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        return Outcome(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 - whatever the command prints
        """The one document that a command prints, which has to succeed."""
        done = self.run(*arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)


def _run(arguments: tuple[str, ...], environment: dict[str, str], out: Path, err: Path) -> None:
    """Be a command, in a process of its own."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT)
    for path, descriptor in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    sys.exit(main(arguments))


def environment_of(simulator: Reachable, data_dir: Path) -> dict[str, str]:
    """The variables that connect the product with the simulator, and nothing else."""
    return clean_environment() | {"SEATWISE_DATA_DIR": str(data_dir)} | settings_of(simulator)


def settings_of(simulator: Reachable) -> dict[str, str]:
    """The variables that configure an application whose tenant is the simulator's."""
    return {
        "REQUESTS_CA_BUNDLE": str(simulator.ca_bundle),
        f"{KEY}TENANT_ID": simulator.tenant_id,
        f"{KEY}CLIENT_ID": simulator.client_id,
        f"{KEY}CLIENT_SECRET": simulator.client_secret,
        f"{KEY}AUTHORITY_URL": simulator.authority_url,
        f"{KEY}GRAPH_URL": simulator.graph_url,
        f"{KEY}ALLOW_RECLAIM": "true",
    }
