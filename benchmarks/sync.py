"""What a complete sync costs, beside the least that reading the same tenant can cost.

    python -m benchmarks.sync [--users 5000 20000] [--rounds 3] [--sdk PYTHON]

Three processes for each size: a simulated tenant (not measured), a bare loop of `requests` and `json` that
reads all that the sync reads and keeps nothing (`benchmarks.loop`), and the product, which syncs twice into a
new SQLite file (`benchmarks.product`). CPU is user and system time of the work itself, without imports; peak
memory is of the whole process. Of several rounds the best one counts: everything else on the machine can only
add. Growth is the exponent of CPU over users between two sizes: 1 where twice the users cost twice.

With `--sdk`, a Python that has `benchmarks/requirements.txt`, Microsoft's own SDK lists 2,000 users for
comparison (`benchmarks.sdk`); listing is all that it does.
"""

import argparse
import itertools
import json
import math
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.clock import Measured
from benchmarks.loop import USER_FIELDS
from benchmarks.tenant import Facts, measured_by, tenant
from core.integration.tracking import SYNC_TASKS

_SDK_USERS: Final = 2_000
_SDK: Final = Path(__file__).with_name("sdk.py")
_MICRO: Final = 1_000_000

Pair = tuple[Measured, Measured]
"""What the loop and the product measured."""


def measure(facts: Facts, rounds: int) -> Pair:
    """The best of several rounds, one and the other in turn, so that both meet the same machine."""
    loops: list[Measured] = []
    syncs: list[Measured] = []
    for _ in range(rounds):
        syncs.append(measured_by("benchmarks.product", facts))
        mailboxes = {"mailboxes": str(int(syncs[0]["mailboxes"]))}
        loops.append(measured_by("benchmarks.loop", facts | mailboxes))
    return _best(loops), _best(syncs)


def _best(found: Sequence[Measured]) -> Measured:
    return {name: min(each[name] for each in found) for name in found[0]}


def sdk_listing(python: str, facts: Facts) -> Measured:
    """What the SDK measured. Raises SystemExit where this Python does not have it."""
    given = json.dumps(facts | {"select": USER_FIELDS})
    ended = subprocess.run(  # noqa: S603 - our own script
        [python, str(_SDK), given], stdout=subprocess.PIPE, text=True, check=False
    )
    if ended.returncode != 0:
        raise SystemExit(f"{python} could not list users with msgraph-sdk: see benchmarks/requirements.txt")
    measured: Measured = json.loads(ended.stdout)
    return measured


def report(results: dict[int, Pair]) -> None:
    """Print the table, ratios first, and how they grow."""
    rows: list[tuple[str, ...]] = [
        (
            "users",
            "CPU ratio",
            "again",
            "wall ratio",
            "again",
            "CPU/user",
            "again",
            "loop",
            "wall",
            "again",
            "peak",
            "again",
        )
    ]
    for users, (loop, sync) in results.items():
        rows.append(
            (
                f"{users:,}",
                f"{sync['cpu'] / loop['cpu']:.2f}",
                f"{sync['cpu_again'] / loop['cpu_again']:.2f}",
                f"{sync['wall'] / loop['wall']:.2f}",
                f"{sync['wall_again'] / loop['wall_again']:.2f}",
                *(
                    f"{each / users * _MICRO:.0f} us"
                    for each in (sync["cpu"], sync["cpu_again"], loop["cpu"])
                ),
                f"{sync['wall']:.1f} s",
                f"{sync['wall_again']:.1f} s",
                f"{sync['peak_mb']:.0f} MB",
                f"{sync['peak_mb_again']:.0f} MB",
            )
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    for users, (_, sync) in results.items():
        first = ", ".join(f"{task} {sync[f'cpu_{task}']:.2f} s" for task in SYNC_TASKS)
        again = ", ".join(f"{task} {sync[f'cpu_{task}_again']:.2f} s" for task in SYNC_TASKS)
        print(f"{users:,} users, CPU by task: {first}; again: {again}")
    sizes = sorted(results)
    for small, large in itertools.pairwise(sizes):
        parts = (
            f"{name} {_exponent(small, large, results[small][side][key], results[large][side][key]):.2f}"
            for name, side, key in (("loop", 0, "cpu"), ("sync", 1, "cpu"), ("sync again", 1, "cpu_again"))
        )
        print(f"growth of CPU from {small:,} to {large:,} users, as an exponent: {', '.join(parts)}")


def _exponent(small: int, large: int, before: float, after: float) -> float:
    return math.log(after / before) / math.log(large / small)


def compare_with_sdk(python: str | None, rounds: int) -> None:
    """Print how the whole sync compares with the SDK's listing alone."""
    if python is None:
        print("msgraph-sdk was not measured: name a Python that has benchmarks/requirements.txt with --sdk")
        return
    with tenant(_SDK_USERS) as facts:
        _, sync = measure(facts, rounds)
        sdk = sdk_listing(python, facts)
    print(
        f"{_SDK_USERS:,} users: listing them with msgraph-sdk takes {sdk['cpu'] / sync['cpu']:.0f} x the CPU "
        f"of a whole first sync ({sdk['cpu'] / _SDK_USERS * _MICRO:.0f} us of CPU per user beside "
        f"{sync['cpu'] / _SDK_USERS * _MICRO:.0f}), {sdk['cpu'] / sync['cpu_again']:.0f} x that of a second "
        f"one, {sdk['cpu'] / sync['cpu_roster']:.0f} x that of its roster alone"
    )


def main() -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, nargs="*", default=[5_000, 20_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sdk", metavar="PYTHON", help="a Python that has benchmarks/requirements.txt")
    asked = parser.parse_args()
    results: dict[int, Pair] = {}
    for users in asked.users:
        with tenant(users) as facts:
            results[users] = measure(facts, asked.rounds)
    if results:
        report(results)
    compare_with_sdk(asked.sdk, asked.rounds)


if __name__ == "__main__":
    main()
