"""What reclaiming costs and how fast it is, beside a plain loop and Microsoft's own SDK.

    python -m benchmarks.reclaim [--licenses 100 1000 10000] [--time-scale 1] [--latency 0.2] [--lag 3]
                                 [--sdk PYTHON]

For each number of licenses a simulated tenant of its own, with Microsoft's limit on writes in force (3,000 in
150 seconds, time runs `--time-scale` times as fast for limit and limiter alike), every answer late by
`--latency` seconds, and removals that show after `--lag` seconds. The product reclaims with its worker,
queue and ledger on SQLite (`benchmarks.reclaim_product`); a loop of `requests` (`benchmarks.reclaim_loop`)
and, with `--sdk`, Microsoft's SDK (`benchmarks.reclaim_sdk`) reclaim a few one at a time, without the lag:
read, remove, read again.

The rate is that of the removals, from the first intent to the last answer: the share of twenty a second. CPU
is user and system time, without imports and without the sync before it. Ratios are of one run.
"""

import argparse
import itertools
import json
import math
import subprocess
from typing import Any, Final

from benchmarks.clock import Measured
from benchmarks.reclaim_loop import choose
from benchmarks.tenant import measured_by, misbehave, tenant
from core.graph.limits import WRITE_SECONDS, WRITES

_ONE_BY_ONE: Final = 100
"""Licenses that the loop and the SDK reclaim: each costs what the last one did."""

_PEOPLE: Final = 6
"""People of the tenant for each license: enough hold one alone, and directly."""

_FEWEST: Final = 1_000
_MILLI: Final = 1_000


def product(licenses: int, manners: dict[str, float]) -> Measured:
    """What the product measured."""
    with tenant(max(_FEWEST, _PEOPLE * licenses)) as facts:
        given = {"licenses": str(licenses), **{name: str(value) for name, value in manners.items()}}
        return measured_by("benchmarks.reclaim_product", facts | given)


def loop(manners: dict[str, float]) -> Measured:
    """What the loop measured."""
    with tenant(_FEWEST) as facts:
        misbehave(facts, **manners)
        return measured_by("benchmarks.reclaim_loop", facts | {"licenses": str(_ONE_BY_ONE)})


def sdk(python: str, manners: dict[str, float]) -> Measured:
    """What the SDK measured. Raises SystemExit where this Python does not have it."""
    with tenant(_FEWEST) as facts:
        given: dict[str, Any] = {"facts": facts, "seats": choose(facts, _ONE_BY_ONE + 1)}
        misbehave(facts, **manners)
        ended = subprocess.run(  # noqa: S603 - our own script
            [python, "-m", "benchmarks.reclaim_sdk", json.dumps(given)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if ended.returncode != 0:
        raise SystemExit(f"{python} could not reclaim with msgraph-sdk: see benchmarks/requirements.txt")
    measured: Measured = json.loads(ended.stdout)
    return measured


def report(results: dict[int, Measured], plain: Measured, peer: Measured | None, time_scale: float) -> None:
    """Print the table, ratios first, and how it grows."""
    rows: list[tuple[str, ...]] = [
        (
            "licenses",
            "of the limit",
            "HTTP/license",
            "CPU ratio",
            "to the SDK",
            "CPU/license",
            "rate",
            "loop's",
            "refused",
            "peak",
        )
    ]
    for licenses, found in results.items():
        cpu, rate = _cpu(found), found["reclaimed"] / found["removing"]
        rows.append(
            (
                f"{licenses:,}",
                f"{rate / (WRITES / WRITE_SECONDS * time_scale):.0%}",
                f"{found['requests'] / found['reclaimed']:.2f}",
                f"{cpu / _cpu(plain):.2f}",
                f"{cpu / _cpu(peer):.2f}" if peer else "-",
                f"{cpu * _MILLI:.1f} ms",
                f"{rate:.1f}/s",
                f"{plain['reclaimed'] / plain['wall']:.1f}/s",
                f"{found['refused']:.0f}",
                f"{found['peak_before_mb']:.0f} to {found['peak_mb']:.0f} MB",
            )
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    print(
        f"the loop: {plain['requests'] / plain['reclaimed']:.2f} HTTP requests and "
        f"{_cpu(plain) * _MILLI:.1f} ms of CPU per license"
        + (f"; msgraph-sdk: {_cpu(peer) * _MILLI:.1f} ms of CPU per license" if peer else "")
    )
    for small, large in itertools.pairwise(sorted(results)):
        exponent = math.log(results[large]["cpu"] / results[small]["cpu"]) / math.log(large / small)
        print(f"growth of CPU from {small:,} to {large:,} licenses, as an exponent: {exponent:.2f}")


def _cpu(found: Measured) -> float:
    """Seconds per license."""
    return found["cpu"] / found["reclaimed"]


def main() -> None:
    """Measure every number of licenses and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--licenses", type=int, nargs="*", default=[100, 1_000])
    parser.add_argument("--time-scale", type=float, default=1)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--lag", type=float, default=3)
    parser.add_argument("--sdk", metavar="PYTHON", help="a Python that has benchmarks/requirements.txt")
    asked = parser.parse_args()
    manners = {"time_scale": asked.time_scale, "latency": asked.latency, "lag": asked.lag}
    alone = manners | {"lag": 0.0}  # the loop would do nothing but wait, and so would the SDK
    plain = loop(alone)
    peer = sdk(asked.sdk, alone) if asked.sdk else None
    results = {licenses: product(licenses, manners) for licenses in asked.licenses}
    report(results, plain, peer, asked.time_scale)


if __name__ == "__main__":
    main()
