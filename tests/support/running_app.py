"""The real app in a process of its own, on a free loopback port with a data folder of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
_START_SECONDS = 90


@dataclass(frozen=True, kw_only=True)
class RunningApp:
    """Where the app answers, where it keeps its data, and the environment that commands need to meet it."""

    url: str
    data_dir: Path
    environment: dict[str, str]


@contextmanager
def running_app(
    data_dir: Path, extra: dict[str, str] | None = None, *, port: int | None = None
) -> Iterator[RunningApp]:
    """Start the app and wait until it is healthy; stop it as Ctrl+C would."""
    port = free_port() if port is None else port
    environment = clean_environment() | {"SEATWISE_DATA_DIR": str(data_dir)} | (extra or {})
    log_path = data_dir.parent / "app.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log_path.open("w") as log:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(url, process, log_path)
            yield RunningApp(url=url, data_dir=data_dir, environment=environment)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of the product that a developer may have."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SEATWISE_")}


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log_path: Path) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with {process.returncode}:\n{log_path.read_text()}")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.read() == b"ok":  # any unknown path answers 200 with the app's page
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the app was not healthy after {_START_SECONDS} s:\n{log_path.read_text()}")
