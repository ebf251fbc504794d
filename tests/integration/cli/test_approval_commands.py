"""`reclaim` above the number of the policies, then `approve` and `reject`."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.commands import Commands

SOMEBODY_ELSE = {"LOGNAME": "ben", "USER": "ben", "LNAME": "ben", "USERNAME": "ben"}


@pytest.fixture
def strict(commands: Commands) -> Iterator[Commands]:
    """More than one request needs a second person."""
    assert commands.json("policies", "set", "--approval-above", "1")["approval_above"] == 1
    yield commands
    commands.json("policies", "set", "--approval-above", "0")


def ask(commands: Commands) -> str:
    """A run of two people that waits; its id."""
    offered = [
        each
        for each in commands.json("opportunities", "--scenario", "inactive")
        if not each["blockers"] and each["scenarios"] == ["inactive"]
    ]
    ((license_type, _),) = Counter(each["part_number"] for each in offered).most_common(1)
    people = [each["user_principal_name"] for each in offered if each["part_number"] == license_type][:2]
    who = [option for person in people for option in ("--user", person)]
    done = commands.run("reclaim", "--license-type", license_type, *who, "--confirm-count", "2", "--yes")
    assert done.code == 0, done.err
    (told,) = [line for line in done.err.splitlines() if "until another operator approves" in line]
    return told.partition("--run ")[2].split()[0]


def test_a_large_run_waits_and_goes_on_when_somebody_else_approves(strict: Commands) -> None:
    run_id = ask(strict)
    assert {each["state"] for each in strict.json("history", "--run", run_id)} == {"queued"}

    own = strict.run("approve", "--run", run_id, "--yes")
    assert own.code == 2
    assert "Whoever asked for a run can't decide on it" in own.complaints[0]
    assert strict.run("approve", "--run", run_id, **SOMEBODY_ELSE).code == 2  # without --yes

    done = strict.run("approve", "--run", run_id, "--yes", **SOMEBODY_ELSE)
    assert done.code == 0, done.err
    assert done.out.count("reclaimed") >= 2
    steps = {(each["step"], each["actor"]) for each in strict.json("history", "--run", run_id)}
    assert ("approved", "cli:ben") in steps
    again = strict.run("approve", "--run", run_id, "--yes", **SOMEBODY_ELSE)
    assert (again.code, "does not wait for approval" in again.err) == (2, True)


def test_a_rejected_run_ends_as_cancelled(strict: Commands) -> None:
    run_id = ask(strict)
    done = strict.run("reject", "--run", run_id, "--reason", "Wait", "--yes", **SOMEBODY_ELSE)
    assert done.code == 0, done.err
    assert done.out.count("rejected by cli:ben: Wait") == 2
