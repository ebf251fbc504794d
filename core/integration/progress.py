"""A task run in the hands of this process: its counts, its signs of life, and whether it should stop."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from core.integration import tracking
from core.integration.garbage import give_back_memory
from core.store.engine import reading, writing
from core.store.tables import LogLevel, TaskRunLog

_LOG: Final = logging.getLogger(__name__)

_BEAT_SECONDS: Final = 10.0
"""Well below `tracking.STOPPED_AFTER`, also while a long wait for Microsoft keeps the task itself silent."""

_LOOK_SECONDS: Final = 1.0
"""How soon a person's wish to cancel is seen, also during a long wait."""

LONGEST_LINE: Final = 500
"""Characters; a longer message is cut."""

MOST_LINES: Final = 300
"""Of one run. What would come after them is left out, and the last one says so."""

_LEFT_OUT: Final = "There was more to tell than fits: further lines are left out."


class TaskInterrupted(Exception):  # noqa: N818 - the three below say how the task ended; none is a fault
    """The task must end here; what it has stored so far stays."""


class TaskCancelled(TaskInterrupted):
    """A person asked the run to stop."""


class ProcessStopping(TaskInterrupted):
    """The process shuts down in good order; the run goes back to the queue."""


class RunLost(TaskInterrupted):
    """The run was taken from this process, which gave no sign of life for too long; nothing is written."""


class Progress:
    """What a task tells about itself while it runs. Steps call `note` inside their own transaction.

    `counts["done"]` of `counts["expected"]` is how far the run has come; the others count what was found.
    """

    def __init__(
        self,
        engine: Engine,
        run_id: int,
        application_id: int,
        *,
        should_stop: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self.engine = engine
        self.run_id = run_id
        self.application_id = application_id
        self.counts: dict[str, int] = {}
        self.clock = clock
        self._should_stop = should_stop
        self._cancelled = threading.Event()
        self._beaten = time.monotonic()

    def count(self, **added: int) -> None:
        """Add to counts."""
        for name, number in added.items():
            self.counts[name] = self.counts.get(name, 0) + number

    def log(self, message: str, *, level: LogLevel = LogLevel.INFO) -> None:
        """Add a line to the run's log, for people, in a transaction of its own.

        So it must not be called within the transaction of a step: on SQLite the two would block each other.
        """
        line = message if len(message) <= LONGEST_LINE else message[: LONGEST_LINE - 1] + "…"
        with writing(self.engine) as session:
            written = session.exec(
                select(func.count()).select_from(TaskRunLog).where(col(TaskRunLog.task_run_id) == self.run_id)
            ).one()
            if written >= MOST_LINES:
                return
            if written == MOST_LINES - 1:
                line, level = _LEFT_OUT, LogLevel.WARNING
            session.add(TaskRunLog(task_run_id=self.run_id, at=self.clock(), level=level.value, message=line))

    def stop_asked(self) -> bool:
        """Whether the task should end soon, for loops and waits that have no step to `note`."""
        return self._cancelled.is_set() or self._should_stop()

    def note(self, session: Session) -> None:
        """Write the counts and a sign of life, in the transaction of the step that they speak of.

        Raises:
            TaskInterrupted: the transaction must not be committed.
        """
        if self._should_stop():
            raise ProcessStopping
        if not tracking.beat(session, self.run_id, self.clock(), self.counts):
            raise RunLost
        self._beaten = time.monotonic()
        if (actor := tracking.cancel_asked_by(session, self.run_id)) is not None:
            raise TaskCancelled(f"cancelled by {actor}")

    def check(self) -> None:
        """Write the counts and a sign of life in a transaction of their own.

        Raises:
            TaskInterrupted: the run must end.
        """
        with writing(self.engine) as session:
            self.note(session)

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Give signs of life from a thread while the block runs, however long one of its steps takes.

        As often, memory that was freed is given back, so that it does not grow with the tenant.
        """
        ended = threading.Event()

        def beat() -> None:
            given_back = time.monotonic()
            while not ended.wait(_LOOK_SECONDS):
                try:
                    self._look_for_cancellation()
                    # Steps that are short give signs of life themselves. Another connection that writes would
                    # cost theirs the whole of its cache.
                    if time.monotonic() - self._beaten >= _BEAT_SECONDS:
                        with writing(self.engine) as session:
                            tracking.beat(session, self.run_id, self.clock())
                        self._beaten = time.monotonic()
                    if time.monotonic() - given_back >= _BEAT_SECONDS:
                        give_back_memory()
                        given_back = time.monotonic()
                except SQLAlchemyError:
                    _LOG.warning("a sign of life of task run %s could not be written", self.run_id)

        thread = threading.Thread(target=beat, name=f"task-run-{self.run_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _look_for_cancellation(self) -> None:
        with reading(self.engine) as session:
            if tracking.cancel_asked_by(session, self.run_id) is not None:
                self._cancelled.set()
