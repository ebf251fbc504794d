"""CPU and wall time of a piece of work, and the peak memory of the process."""

import resource
import sys
import time

Measured = dict[str, float]


def clocks() -> tuple[float, float]:
    """Where the clocks stand: user and system time of this process, and the time of day."""
    return time.process_time(), time.perf_counter()


def since(start: tuple[float, float]) -> Measured:
    """Seconds of both since then."""
    cpu, wall = clocks()
    return {"cpu": cpu - start[0], "wall": wall - start[1]}


def peak_mb() -> float:
    """The most memory that this process ever had, in megabytes, imports and all."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
