"""`roster import`: the file, the counts as JSON, and the exit codes."""

import json
from pathlib import Path

import pytest

from tests.support.commands import Commands, SeparateSimulator, environment_of
from tests.support.rosters import roster_csv

PEOPLE = [{"email": f"p{number}@contoso.com", "employee_id": str(number)} for number in range(1, 21)]


@pytest.fixture(scope="module")
def fresh(simulator: SeparateSimulator, tmp_path_factory: pytest.TempPathFactory) -> Commands:
    """A product that has read nothing yet; 20 people were imported into it."""
    folder = tmp_path_factory.mktemp("roster")
    made = Commands(environment=environment_of(simulator, folder))
    file = folder / "people.csv"
    file.write_bytes(roster_csv(PEOPLE))
    counts = {"imported": 20, "updated": 0, "unchanged": 0, "departed": 0, "errors": []}
    assert made.json("roster", "import", str(file)) == counts
    return made


def test_a_partial_import_departs_nobody_and_counts_what_changes(fresh: Commands, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_bytes(roster_csv([PEOPLE[0] | {"status": "leave"}, PEOPLE[1]]))
    assert fresh.json("roster", "import", str(file)) == {
        "imported": 0,
        "updated": 1,
        "unchanged": 1,
        "departed": 0,
        "errors": [],
    }


def test_errors_are_listed_by_line_and_nothing_is_imported(fresh: Commands, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_bytes(roster_csv([PEOPLE[0], {"email": "new@contoso.com", "status": "gone"}]))
    done = fresh.run("roster", "import", str(file), "--json")
    assert done.code == 1
    reason = "found 'gone', expected one of active, inactive, on_leave (or terminated, left, leave)"
    assert json.loads(done.out) == {
        "imported": 0,
        "updated": 0,
        "unchanged": 0,
        "departed": 0,
        "errors": [{"line": 3, "reason": f"status: {reason}"}],
    }
    assert done.complaints == [
        f"seatwise: {file}: 1 error, nothing was imported: line 3, status: {reason}",
    ]


def test_a_full_import_that_loses_many_needs_their_number(fresh: Commands, tmp_path: Path) -> None:
    file = tmp_path / "fewer.csv"
    file.write_bytes(roster_csv(PEOPLE[:18]))
    refused = fresh.run("roster", "import", str(file), "--full", "--json")
    assert (refused.code, refused.out) == (2, "")
    assert "2 of 20 who are employed (10.0 %)" in refused.err
    assert "--confirm-departed 2" in refused.err
    assert fresh.run("roster", "import", str(file), "--full", "--confirm-departed", "3").code == 2

    done = fresh.run("roster", "import", str(file), "--full", "--confirm-departed", "2")
    assert done.code == 0, done.err
    assert done.out.splitlines()[0].split() == ["imported", "updated", "unchanged", "departed"]
    assert done.out.splitlines()[1].split()[-1] == "2"


def test_wrong_usage_is_refused(fresh: Commands, tmp_path: Path) -> None:
    missing = fresh.run("roster", "import", str(tmp_path / "none.csv"))
    assert missing.code == 2
    assert "cannot be read: No such file" in missing.err
    file = tmp_path / "people.csv"
    file.write_bytes(roster_csv(PEOPLE))
    doubtful = fresh.run("roster", "import", str(file), "--confirm-departed", "1")
    assert doubtful.code == 2
    assert "--confirm-departed goes with --full" in doubtful.err


def test_imports_stand_among_the_task_runs(fresh: Commands) -> None:
    first = fresh.json("runs")[-1]
    assert (first["task"], first["status"], first["counts"]["added"]) == ("hr_roster", "succeeded", 20)
    assert "rows 20, added 20" in fresh.run("runs").out
