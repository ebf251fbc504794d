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


def by_product(database: str, target: Path, text: str = "") -> None:
    """As the Activity page and the command `activity` do, for whom the text is found."""
    engine = make_engine(f"sqlite:///{database}")
    export(stream_cells(engine, bare.APPLICATION, ActivityFilter(text=text)), EXPORT_COLUMNS, target)
    engine.dispose()


def by_pandas(database: str, target: Path, limit: int = -1) -> None:
    """`read_sql`, and `to_csv` or `to_excel` with XlsxWriter."""
    with closing(sqlite3.connect(database)) as connection:
        frame = pd.read_sql(f"{bare.FILE} LIMIT {limit}", connection)
    if target.suffix == ".csv":
        frame.to_csv(target, index=False)
    else:
        frame.to_excel(target, index=False, engine="xlsxwriter")


def measure(given: dict[str, str]) -> Measured:
    """CPU, wall and the peak of the process's memory, after a file of hardly any row has been written.

    So what a process does once is not measured, such as imports at first use: the app has long done it.
    """
    database, target = given["database"], Path(given["file"])
    if given["by"] == "pandas":
        by_pandas(database, target, limit=1)
        start = clocks()
        by_pandas(database, target)
    else:
        by_product(database, target, text="person4711@")
        start = clocks()
        by_product(database, target)
    return since(start) | {"peak_mb": peak_mb()}


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
