"""Exchange rates on the command line."""

from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.running_app import clean_environment


@pytest.fixture
def alone(tmp_path: Path) -> Commands:
    """The command line of a product that has read nothing yet."""
    return Commands(environment=clean_environment() | {"SEATWISE_DATA_DIR": str(tmp_path / "data")})


def test_a_rate_is_entered_listed_and_taken_back(alone: Commands) -> None:
    entered = alone.json("rates", "set", "eur", "USD", "1.0842", "--from", "2026-11-01")
    assert entered == [{"currency": "EUR", "into": "USD", "rate": "1.0842", "valid_from": "2026-11-01"}]
    assert alone.json("rates", "list") == entered
    assert alone.json("rates", "remove", "EUR", "USD", "--from", "2026-11-01") == []


def test_a_wrong_rate_exits_2_and_says_what_to_enter(alone: Commands) -> None:
    done = alone.run("rates", "set", "VND", "USD", "0.000039", "--from", "2026-11-01")
    assert (done.code, done.out) == (2, "")
    assert "the other way round, of USD in VND" in done.complaints[0]
