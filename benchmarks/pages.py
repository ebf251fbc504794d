"""What pages and files cost beside the least that the same rows and figures can cost, and how it grows.

    python -m benchmarks.pages [--assignments 10000 100000] [--rounds 1] [--excel-up-to 100000]

For each size an SQLite database is filled directly (`benchmarks.seats`), and three things are measured there:

- the counts that the Overview page reads from rollups, beside a GROUP BY over all assignments;
- the first page of the Activity page and the totals of its filter, for several filters, beside bare SQL for
  the same 200 rows and the same totals (`benchmarks.bare`);
- all assignments as CSV and Excel, beside pandas, each in a process of its own (`benchmarks.files`).

CPU is user and system time of the work, without imports; peak memory is of the whole process. The best of
several rounds counts.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.clock import Measured
from benchmarks.lists import FILTERS
from benchmarks.tenant import measured_by

_MICRO: Final = 1_000_000

Found = tuple[Measured, dict[str, Measured]]
"""What was measured of the queries, and of each file."""


def measure(
    folder: Path, assignments: int, *, rounds: int, excel: bool
) -> tuple[Measured, dict[str, Measured]]:
    """The queries of one size, and its files by who made them and their ending."""
    database = folder / f"{assignments}.db"
    # In a process of its own: whoever starts another passes its own peak of memory on to it.
    measured_by("benchmarks.seats", {"database": str(database), "assignments": str(assignments)})
    queries = measured_by("benchmarks.lists", {"database": str(database)})
    files: dict[str, Measured] = {}
    for _ in range(rounds):
        for ending in ("csv", "xlsx") if excel else ("csv",):
            for by in ("product", "pandas"):
                given = {"database": str(database), "by": by, "file": str(folder / f"{by}.{ending}")}
                found = measured_by("benchmarks.files", given)
                known = files.setdefault(f"{by} {ending}", found)
                files[f"{by} {ending}"] = {name: min(known[name], number) for name, number in found.items()}
    database.unlink()
    return queries, files


def report(results: dict[int, Found]) -> None:
    """Print the tables, ratios first."""
    sizes = list(results)
    queries = {size: found for size, (found, _) in results.items()}
    print("Overview: counts from rollups / GROUP BY over assignments, the counts, the summary with its money")
    for size in sizes:
        of = queries[size]
        print(
            f"{size:>11,}  {of['rollups'] / of['rollups bare']:.3f}  {of['rollups']:.1f} ms of "
            f"{of['rollups bare']:.1f} ms  {of['summary']:.1f} ms"
        )
    print("Activity, first page with totals / bare SQL for both; in brackets the page alone / its rows alone")
    width = max(map(len, FILTERS))
    print(" " * width, *(f"{size:>24,}" for size in sizes))
    for name in FILTERS:
        print(name.ljust(width), *(f"{_of_page(queries[size], name):>24}" for size in sizes))
    print("Files: product / pandas, CPU per row, peak memory")
    for size in sizes:
        files = results[size][1]
        for ending in ("csv", "xlsx"):
            if f"product {ending}" in files:
                own, peer = files[f"product {ending}"], files[f"pandas {ending}"]
                of_row = [f"{each['cpu'] / size * _MICRO:.1f} us" for each in (own, peer)]
                peak = [f"{each['peak_mb']:.0f} MB" for each in (own, peer)]
                ratio = f"{own['cpu'] / peer['cpu']:.2f}"
                print(f"{size:>11,} {ending:>4}  {ratio}  {' beside '.join(of_row)}  {' beside '.join(peak)}")


def _of_page(found: Measured, name: str) -> str:
    page, bare = found[f"page: {name}"], found[f"page: {name} bare"]
    counts, bare_counts = found[f"totals: {name}"], found[f"totals: {name} bare"]
    ratio = (page + counts) / (bare + bare_counts)
    return f"{ratio:.2f} ({page / bare:.2f}) {page + counts:.1f} ms"


def main() -> None:
    """Measure every size and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--assignments", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--excel-up-to", type=int, default=100_000, metavar="ROWS", help="write no Excel files of more rows"
    )
    asked = parser.parse_args()
    results: dict[int, Found] = {}
    with tempfile.TemporaryDirectory() as folder:
        for assignments in asked.assignments:
            excel = assignments <= asked.excel_up_to
            results[assignments] = measure(Path(folder), assignments, rounds=asked.rounds, excel=excel)
    report(results)


if __name__ == "__main__":
    main()
