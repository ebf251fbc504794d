import ast
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import start
from core.start import StartError, choose_port, fingerprint, has_screen, is_free, main, venv_python

SOURCE = Path(start.__file__)


# ---------------------------------------------------------------- what is needed


def test_the_starter_imports_nothing_but_the_standard_library() -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(SOURCE.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names | {"__future__"}


def test_the_package_around_the_starter_imports_nothing() -> None:
    tree = ast.parse((SOURCE.parent / "__init__.py").read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def test_a_python_that_is_too_old_can_still_read_the_starter_and_say_so() -> None:
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize(
    ("windows", "parts"), [(True, ("Scripts", "python.exe")), (False, ("bin", "python"))]
)
def test_the_interpreter_of_an_environment_lies_where_the_system_puts_it(
    windows: bool, parts: tuple[str, str]
) -> None:
    assert venv_python(Path("x"), windows=windows) == Path("x", *parts)


# ---------------------------------------------------------------- pins


def pins(folder: Path, runtime: str, development: str) -> tuple[str, str]:
    (folder / "requirements.txt").write_text(runtime, encoding="utf-8")
    (folder / "requirements-dev.txt").write_text(development, encoding="utf-8")
    return fingerprint(folder / "requirements.txt"), fingerprint(folder / "requirements-dev.txt")


def test_a_changed_pin_changes_the_fingerprint_also_of_a_file_that_includes_it(tmp_path: Path) -> None:
    before = pins(tmp_path, "a==1\n", "-r requirements.txt\nb==1\n")
    after = pins(tmp_path, "a==2\n", "-r requirements.txt\nb==1\n")
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_comments_blank_lines_and_line_ends_leave_the_fingerprint_alone(tmp_path: Path) -> None:
    before = pins(tmp_path, "a==1\nb==2\n", "")
    after = pins(tmp_path, "# why\r\na==1\r\n\r\nb==2", "")
    assert before == after


def test_the_development_file_includes_the_other_one() -> None:
    included = (start.PROJECT / start.DEVELOPMENT).read_text(encoding="utf-8").splitlines()
    assert f"-r {start.RUNTIME}" in included


@pytest.mark.parametrize("content", [None, "", "5", "{"])
def test_a_missing_or_damaged_note_of_what_is_installed_counts_as_nothing(
    tmp_path: Path, content: str | None
) -> None:
    note = tmp_path / "note.json"
    if content is not None:
        note.write_text(content, encoding="utf-8")
    assert start._installed(note) == []


def test_what_is_installed_is_read_back(tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    note.write_text(json.dumps(["x", "y"]), encoding="utf-8")
    assert start._installed(note) == ["x", "y"]


# ---------------------------------------------------------------- ports


def test_without_a_wish_the_first_free_port_is_chosen() -> None:
    assert choose_port(None, lambda port: port >= 8503) == 8503


def test_a_wanted_port_is_taken_when_it_is_free() -> None:
    assert choose_port(9000, lambda port: port == 9000) == 9000


@pytest.mark.parametrize(
    ("wanted", "wrong"),
    [(9000, "9000 is taken"), (0, "0 does not exist"), (70000, "does not exist"), (None, "--port")],
)
def test_a_port_that_cannot_be_had_is_named(wanted: int | None, wrong: str) -> None:
    with pytest.raises(StartError, match=wrong):
        choose_port(wanted, lambda _port: False)


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not is_free("127.0.0.1", port)
    assert is_free("127.0.0.1", port)


# ---------------------------------------------------------------- the browser


@pytest.mark.parametrize(
    ("platform", "environ", "shown"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("win32", {}, True),
        ("darwin", {}, True),
        ("darwin", {"CI": "true"}, False),
    ],
)
def test_a_browser_opens_only_where_somebody_can_see_it(
    platform: str, environ: dict[str, str], shown: bool
) -> None:
    assert has_screen(platform, environ) is shown


# ---------------------------------------------------------------- the command line


def test_an_unknown_argument_is_refused_with_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--prot", "1"])
    assert caught.value.code == 2
    assert "--prot" in capsys.readouterr().err


def test_arguments_after_test_go_to_pytest() -> None:
    options, rest = start._parse(["--test", "tests/unit", "-q"])
    assert options.test
    assert rest == ["tests/unit", "-q"]


# ---------------------------------------------------------------- child processes


def test_the_exit_code_of_the_child_is_passed_on() -> None:
    assert start._run([sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_the_child_gets_the_environment_and_what_is_added_to_it() -> None:
    code = "import os; raise SystemExit(0 if os.environ['ADDED'] == 'x' and 'PATH' in os.environ else 1)"
    assert start._run([sys.executable, "-c", code], {"ADDED": "x"}) == 0


def test_a_command_that_does_not_exist_prints_nothing() -> None:
    assert start._output(["no-such-command-anywhere"]) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to hand on")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_stop_the_starter_ends_the_app_in_its_own_way(
    number: signal.Signals, tmp_path: Path
) -> None:
    ready, ended = tmp_path / "ready", tmp_path / "ended"
    app = (
        "import pathlib, signal, sys\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path({str(ended)!r}).touch(), sys.exit(5)))\n"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        "while True: signal.pause()\n"
    )
    command = f"[sys.executable, '-c', {app!r}]"
    outer = f"import sys; from core import start; sys.exit(start._run({command}, stop_softly=True))"
    with subprocess.Popen([sys.executable, "-c", outer], cwd=start.PROJECT) as process:
        deadline = time.monotonic() + 20
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(20) == 5
    assert ended.exists()
