from collections.abc import Iterator

import pytest

from tests.support.commands import Commands, SeparateSimulator, environment_of, separate_simulator


@pytest.fixture(scope="module")
def simulator() -> Iterator[SeparateSimulator]:
    """A tenant of 400 people in a process of its own."""
    with separate_simulator(users=400, seed=7) as running:
        yield running


@pytest.fixture(scope="module")
def commands(simulator: SeparateSimulator, tmp_path_factory: pytest.TempPathFactory) -> Commands:
    """The command line of a product that has synced with the tenant once."""
    made = Commands(environment=environment_of(simulator, tmp_path_factory.mktemp("data")))
    done = made.run_as_program("sync")
    assert done.code == 0, done.err
    return made
