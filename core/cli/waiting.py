"""Waits for what is on record as queued, and works itself where nobody else does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from core.bootstrap import Runtime
from core.cli.invocation import utc_now
from core.jobs.worker import Worker, launch, live_worker

_LOOK_EVERY: Final = 0.25
_WITHOUT_WORKER: Final = 20.0
"""Seconds without a live worker after which this process works itself: it was stopped or has died."""


class Workforce:
    """Sees to it that somebody works the queues while a command waits."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._own: Worker | None = None
        self._seen_at = time.monotonic()
        if not live_worker(runtime.engine, utc_now()):
            self._own = launch(runtime)

    def wait(self, finished: Callable[[], bool]) -> None:
        """Wait until `finished` says so; it is asked a few times a second."""
        while not finished():
            time.sleep(_LOOK_EVERY)
            self._stand_in()

    def _stand_in(self) -> None:
        if self._own is not None:
            return
        if live_worker(self._runtime.engine, utc_now()):
            self._seen_at = time.monotonic()
        elif time.monotonic() - self._seen_at > _WITHOUT_WORKER:
            self._own = launch(self._runtime)

    def stop(self) -> None:
        """Stop working, if this process does."""
        if self._own is not None:
            self._own.stop()


@contextmanager
def workforce(runtime: Runtime) -> Iterator[Workforce]:
    """A worker for the time of the block: the one that lives, else one in this process."""
    workers = Workforce(runtime)
    try:
        yield workers
    finally:
        workers.stop()
