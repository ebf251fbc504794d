"""All assignments of one database as a file, by the product or by pandas, in a process of its own.

    python -m benchmarks.files '{"database": "…", "by": "pandas", "file": "….csv"}'

pandas reads the columns of the file with one statement through the driver of the standard library, which is
the cheapest way it has, and writes them as they are: codes instead of sentences, nothing defused.
"""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pandas as pd

from benchmarks import bare
from benchmarks.clock import Measured, clocks, peak_mb, since
from core.activity.listing import EXPORT_COLUMNS, ActivityFilter, stream_cells
from core.exports import export
from core.store.engine import make_engine


def by_product(database: str, target: Path) -> None:
    """As the Activity page and the command `activity` do."""
    engine = make_engine(f"sqlite:///{database}")
    export(stream_cells(engine, bare.APPLICATION, ActivityFilter()), EXPORT_COLUMNS, target)
    engine.dispose()


def by_pandas(database: str, target: Path) -> None:
    """`read_sql`, and `to_csv` or `to_excel` with XlsxWriter."""
    with closing(sqlite3.connect(database)) as connection:
        frame = pd.read_sql(bare.FILE, connection)
    if target.suffix == ".csv":
        frame.to_csv(target, index=False)
    else:
        frame.to_excel(target, index=False, engine="xlsxwriter")


def measure(given: dict[str, str]) -> Measured:
    """CPU, wall and the peak of the process's memory."""
    start = clocks()
    work = by_pandas if given["by"] == "pandas" else by_product
    work(given["database"], Path(given["file"]))
    return since(start) | {"peak_mb": peak_mb()}


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
