"""The one way to start, on every system: `python -m core.start`, or `python -m core.start --test`.

Makes `.venv` in the project's folder, installs what is pinned when the pins changed, and runs the app or
the tests with it. Uses the standard library only and keeps to a syntax that old Pythons read, since it must
still be able to say which Python is needed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("3.14", "3.13", "3.12", "3.11")
FIRST_PORT = 8501
PORTS_TO_TRY = 20
LAST_PORT = 65535
ALL_TESTS = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
"""All of them, a file at a time on each core, those that take long first; some are run in one process."""
SECONDS_TO_BECOME_HEALTHY = 120
RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
MEMORY_SETTINGS = {  # measured: without them the server keeps the memory of its largest sessions
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "100000",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}


class StartError(Exception):
    """What keeps the product from starting, and what to do about it."""


def main(arguments: list[str]) -> int:
    """Do what the command line asks; returns the exit code of what was run, 2 where nothing could be."""
    options, rest = _parse(arguments)
    try:
        if sys.version_info[:2] < OLDEST_PYTHON:
            return _run([*_find_newer_python(), "-m", "core.start", *arguments])
        python = _prepare(DEVELOPMENT if options.test else RUNTIME)
        if options.install_only:
            return 0
        if options.test:
            return _run([str(python), "-m", "pytest", *(rest or ALL_TESTS)])
        return _serve(python, options.port, open_browser=not options.no_browser)
    except StartError as error:
        print(f"seatwise: {error}", file=sys.stderr)
        return 2


def _parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="python -m core.start",
        description="Install what Seatwise needs into .venv and start it in the browser.",
    )
    parser.add_argument("--test", action="store_true", help="run the tests; further arguments go to pytest")
    parser.add_argument(
        "--port", type=int, metavar="N", help=f"listen here; default: a free one from {FIRST_PORT}"
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--install-only", action="store_true", help="install, then stop")
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.test:
        parser.error("unknown: {}".format(" ".join(rest)))
    return options, rest


# ---------------------------------------------------------------- Python and its libraries


def _find_newer_python() -> list[str]:
    """The command of a Python that is new enough, where the one that runs this is not."""
    for version in NEWER_PYTHONS:
        launcher = ["py", f"-{version}"] if os.name == "nt" else [f"python{version}"]
        if shutil.which(launcher[0]) and _output([*launcher, "-c", "print('ok')"]) == "ok":
            return launcher
    raise StartError(
        "needs Python {}.{} or newer; this is {}. ".format(*OLDEST_PYTHON, sys.version.split()[0])
        + "Install one from python.org or with the system's package manager, and run this command with it."
    )


def _prepare(requirements: str) -> Path:
    """Make `.venv` where it is missing or broken, install where the pins changed; returns its Python."""
    folder = PROJECT / ".venv"
    python = venv_python(folder, windows=os.name == "nt")
    if _output([str(python), "-c", "print('ok')"]) != "ok":
        _make_venv(folder)
    stamp = folder / "seatwise-installed.json"
    wanted = fingerprint(PROJECT / requirements)
    if wanted not in _installed(stamp):
        _install(python, requirements)
        # the development file includes the other one, so that both are installed then
        stamp.write_text(json.dumps([wanted, fingerprint(PROJECT / RUNTIME)]), encoding="utf-8")
    return python


def venv_python(folder: Path, *, windows: bool) -> Path:
    """Where a virtual environment keeps its interpreter."""
    return folder / "Scripts" / "python.exe" if windows else folder / "bin" / "python"


def fingerprint(requirements: Path) -> str:
    """A digest of the pins in a requirements file and in those that it includes with `-r`."""
    text = requirements.read_text(encoding="utf-8")
    digest = hashlib.sha256()
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["-r"]:
            digest.update(fingerprint(requirements.parent / words[1]).encode())
        elif words and not words[0].startswith("#"):
            digest.update(" ".join(words).encode() + b"\n")
    return digest.hexdigest()


def _installed(stamp: Path) -> list[str]:
    try:
        return list(json.loads(stamp.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return []


def _make_venv(folder: Path) -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise StartError(
            "this Python cannot make virtual environments. On Debian and Ubuntu: "
            f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv, then run this again."
        )
    print(f"seatwise: making {folder} with Python {sys.version.split()[0]} …", flush=True)
    if _run([sys.executable, "-m", "venv", "--clear", str(folder)]) != 0:
        raise StartError(f"could not make {folder}; the lines above say why. Is the folder writable?")


def _install(python: Path, requirements: str) -> None:
    print(f"seatwise: installing {requirements} (once; about a minute) …", flush=True)
    pip = [str(python), "-m", "pip"]
    if _output([*pip, "--version"]) is None and _run([str(python), "-m", "ensurepip"]) != 0:
        raise StartError("pip is missing from .venv; remove the folder .venv and run this again.")
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements]
    if _run(command, {"PIP_USER": "0"}) != 0:  # a user's own `user = true` would be refused in here
        raise StartError(
            f"could not install {requirements}; the lines above say why. It needs the Python package index: "
            "check the connection (HTTPS_PROXY for a proxy, PIP_INDEX_URL for a mirror) and run this again."
        )


# ---------------------------------------------------------------- serving


def _serve(python: Path, port: int | None, *, open_browser: bool) -> int:
    address = os.environ.get("STREAMLIT_SERVER_ADDRESS", "127.0.0.1")
    if port is None and os.environ.get("STREAMLIT_SERVER_PORT", "").isdigit():
        port = int(os.environ["STREAMLIT_SERVER_PORT"])
    chosen = choose_port(port, lambda number: is_free(address, number))
    shown = "127.0.0.1" if address in {"0.0.0.0", "::", ""} else address  # noqa: S104 - compared, not bound
    url = f"http://{shown}:{chosen}"
    command = [str(python), "-m", "streamlit", "run", "app.py", "--server.port", str(chosen)]
    command += ["--server.headless", "true"]  # a browser is opened here, once there is something to see
    environment = {name: os.environ.get(name, value) for name, value in MEMORY_SETTINGS.items()}
    return _run(
        command, environment, stop_softly=True, when_started=lambda: _announce(url, open_browser=open_browser)
    )


def choose_port(wanted: int | None, free: Callable[[int], bool]) -> int:
    """The port to listen on: the wanted one or, without a wish, the first free one.

    Raises:
        StartError: the wanted one is taken or impossible, or none of those tried is free.
    """
    if wanted is None:
        for port in range(FIRST_PORT, FIRST_PORT + PORTS_TO_TRY):
            if free(port):
                return port
        raise StartError(
            f"ports {FIRST_PORT} to {FIRST_PORT + PORTS_TO_TRY - 1} are taken; name a free one with --port."
        )
    if not 0 < wanted <= LAST_PORT:
        raise StartError(f"port {wanted} does not exist; name one from 1 to {LAST_PORT} with --port.")
    if not free(wanted):
        raise StartError(
            f"port {wanted} is taken or not allowed; stop what uses it, or name another with --port."
        )
    return wanted


def is_free(address: str, port: int) -> bool:
    """Whether a server could listen there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # there it would allow what is refused here: a port that somebody listens on
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _announce(url: str, *, open_browser: bool) -> None:
    """Wait until the app answers, say where, and show it."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + SECONDS_TO_BECOME_HEALTHY
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), direct.open(f"{url}/_stcore/health", timeout=2) as answer:
            if answer.read(10) == b"ok":
                print(f"seatwise: ready at {url} (stop with Ctrl+C)", flush=True)
                if open_browser and has_screen(sys.platform, os.environ):
                    webbrowser.open(url)
                return
        time.sleep(0.2)


def has_screen(platform: str, environ: Mapping[str, str]) -> bool:
    """Whether a browser would have a screen to appear on, and somebody before it."""
    if environ.get("CI"):
        return False
    return not platform.startswith("linux") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


# ---------------------------------------------------------------- child processes


def _output(command: list[str]) -> str | None:
    """What a short command prints, or nothing where it cannot be run or fails."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def _run(
    command: list[str],
    environment: Mapping[str, str] | None = None,
    *,
    stop_softly: bool = False,
    when_started: Callable[[], None] | None = None,
) -> int:
    """Run a command in the project's folder and return its exit code, as a shell would give it.

    Ctrl+C in a terminal reaches the child by itself. A request to terminate is handed on; with `stop_softly`
    so is an interrupt, which may have come to this process alone: as a request to terminate, since a second
    interrupt would cut the app's own way of ending short.
    """
    child = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **(environment or {})})

    def hand_on(number: int, _frame: object) -> None:
        if os.name != "nt" and (stop_softly or number != signal.SIGINT):
            child.terminate()

    numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, hand_on) for number in numbers}
    try:
        if when_started is not None:
            threading.Thread(target=when_started, daemon=True).start()
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
