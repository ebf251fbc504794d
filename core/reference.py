"""Reads the reference tables that ship in `data/`."""

import csv
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"


def read_table(name: str) -> tuple[dict[str, str], ...]:
    """All rows of `data/<name>.csv`, by column name.

    Callers keep what they make of them: the tables don't change while the product runs.
    """
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
