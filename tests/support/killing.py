"""A simulated tenant that kills its caller at a chosen moment of its work: it ends as by `kill -9`."""

import contextlib
import os
import random
import signal
import threading
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.context import ForkServerProcess

from core.simulator.faults import Fault, FaultKind, Faults
from core.simulator.wire import Call


class When(StrEnum):
    """What a kill comes before or after."""

    BEFORE_CALL = "before the call took effect"
    BEFORE_ANSWER = "after the call took effect, before its answer"
    AFTER_ANSWER = "after the answer of the call"
    AFTER_START = "after the start"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The `call`-th call of a process, of tokens and inside batches too, and perhaps some seconds more."""

    when: When
    call: int
    seconds: float

    def __str__(self) -> str:
        place = self.when if self.when is When.AFTER_START else f"{self.when}, call {self.call}"
        late = self.when in {When.AFTER_ANSWER, When.AFTER_START}
        return f"{place}, {self.seconds * 1000:.0f} ms" if late else place


def any_moment(dice: random.Random, *, calls: int) -> Moment:
    """A moment within the first so many calls."""
    when = dice.choice(list(When))
    longest = 0.9 if when is When.AFTER_START else 0.06
    return Moment(when=when, call=dice.randint(1, calls), seconds=dice.uniform(0, longest))


class KillingFaults(Faults):
    """Rules like those of every simulator, and one moment at which a process is killed."""

    def __init__(self) -> None:
        super().__init__()
        self._moment: Moment | None = None
        self._pid = 0
        self._calls = 0
        self._timer: threading.Timer | None = None

    def arm(self, process: ForkServerProcess, moment: Moment) -> None:
        """Kill this process at that moment, counted from now; `disarm` before the process is waited for."""
        assert process.pid is not None
        self._pid, self._calls, self._moment = process.pid, 0, moment
        if moment.when is When.AFTER_START:
            self._kill_later(moment.seconds)

    def disarm(self) -> None:
        """Kill nobody any more."""
        self._moment = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
            self._timer = None

    def next_for(self, call: Call) -> Fault | None:
        """As for every simulator, but for the call with which the caller is to die."""
        self._calls += 1
        moment = self._moment
        if moment is None or self._calls != moment.call or moment.when is When.AFTER_START:
            return super().next_for(call)
        match moment.when:
            case When.BEFORE_CALL:
                self._kill()
                return Fault(kind=FaultKind.RESET)
            case When.BEFORE_ANSWER:
                self._kill()
            case When.AFTER_ANSWER:
                self._kill_later(moment.seconds)
        return super().next_for(call)

    def _kill_later(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._kill)
        self._timer.start()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has come to its end already
            os.kill(self._pid, signal.SIGKILL)
