import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import PROJECT

TESTS = """
import pytest

@pytest.mark.browser
def test_in_a_browser(): pass

@pytest.mark.postgresql
class TestServer:
    def test_one(self): pass
    def test_two(self): pass

def test_of_no_program(): pass
"""


def run_pytest(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on a small suite under the project's conftest, without the settings of this machine."""
    shutil.copy(PROJECT / "tests" / "conftest.py", folder)
    (folder / "test_x.py").write_text(TESTS, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEATWISE_")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(PROJECT / "pyproject.toml"),
        "--rootdir",
        str(folder),
    ]
    command += ["-p", "no:cacheprovider", *arguments, "test_x.py"]
    return subprocess.run(
        command, cwd=folder, env=inherited | environ, text=True, capture_output=True, check=False, timeout=60
    )


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["in one process", "on two cores"])
def test_tests_without_their_program_are_left_out_with_a_line_each(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    run = run_pytest(tmp_path, *arguments, PATH=str(tmp_path))
    assert run.returncode == 0, run.stdout
    assert "2 postgresql tests left out: set SEATWISE_TEST_POSTGRES_URL" in run.stdout
    assert "skipped" not in run.stdout


def test_tests_with_their_program_are_run(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, SEATWISE_TEST_POSTGRES_URL="postgresql://somewhere")
    assert run.returncode == 0, run.stdout
    assert "postgresql tests left out" not in run.stdout


@pytest.mark.parametrize(
    ("required", "wrong"),
    [
        ("postgresql", "SEATWISE_REQUIRE wants the postgresql tests"),
        ("brwoser", "brwoser is none of browser, postgresql"),
    ],
)
def test_where_a_program_is_required_its_absence_is_a_failure(
    tmp_path: Path, required: str, wrong: str
) -> None:
    run = run_pytest(tmp_path, SEATWISE_REQUIRE=required)
    assert run.returncode != 0
    assert wrong in run.stdout + run.stderr
