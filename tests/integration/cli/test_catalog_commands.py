"""Product names on the command line; no tenant is needed for them."""

from pathlib import Path

import pytest

from tests.support.catalogs import ROW, catalog_file, shipped_rows
from tests.support.commands import Commands
from tests.support.running_app import clean_environment


@pytest.fixture
def alone(tmp_path: Path) -> Commands:
    """The command line of a product that has read nothing yet."""
    return Commands(environment=clean_environment() | {"SEATWISE_DATA_DIR": str(tmp_path / "data")})


def written(folder: Path, content: bytes) -> str:
    file = folder / "names.csv"
    file.write_bytes(content)
    return str(file)


def test_a_newer_file_is_loaded_shown_and_forgotten_again(alone: Commands, tmp_path: Path) -> None:
    shipped = alone.json("catalog", "show")
    assert (shipped["catalog"], shipped["as_of"], shipped["types"]) == ("shipped", "2026-07", 619)
    loaded = alone.json("catalog", "load", written(tmp_path, catalog_file(shipped_rows(without=3))))
    assert (loaded["catalog"], loaded["file"], loaded["types"], loaded["plans"]) == (
        "loaded",
        "names.csv",
        616,
        1,
    )
    assert loaded["loaded_by"].startswith("cli:")
    assert alone.json("catalog", "show") == loaded
    assert alone.json("catalog", "shipped") == shipped


def test_a_file_with_errors_exits_1_and_names_line_and_column(alone: Commands, tmp_path: Path) -> None:
    done = alone.run("catalog", "load", written(tmp_path, catalog_file([("E3", "SPE_E3", "x", *ROW[3:])])))
    assert (done.code, done.out) == (1, "")
    (complaint,) = done.complaints
    assert "names.csv: line 2, GUID: found 'x', expected a GUID" in complaint


def test_a_file_that_is_cut_off_needs_the_number(alone: Commands, tmp_path: Path) -> None:
    file = written(tmp_path, catalog_file(shipped_rows(without=400)))
    done = alone.run("catalog", "load", file)
    assert done.code == 1
    assert "confirm the number 400" in done.complaints[0]
    assert alone.json("catalog", "load", file, "--confirm-lost", "400")["types"] == 219


def test_a_file_that_is_not_there_exits_2(alone: Commands, tmp_path: Path) -> None:
    done = alone.run("catalog", "load", str(tmp_path / "missing.csv"))
    assert done.code == 2
    assert "cannot be read" in done.complaints[0]
