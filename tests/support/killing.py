"""A simulated tenant that kills or stops its callers, by signal, at chosen moments of their work."""

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.process import BaseProcess

from core.simulator.faults import Fault, FaultKind, Faults
from core.simulator.server import RunningSimulator
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


class WatchedFaults(Faults):
    """Rules like those of every simulator, and a watcher who hears of each call before it takes effect.

    It runs in the simulator's own thread, and may name the fault that is to strike the call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.watcher: Callable[[Call], Fault | None] | None = None

    def next_for(self, call: Call) -> Fault | None:
        """As for every simulator, unless the watcher says otherwise."""
        watcher = self.watcher
        return (watcher and watcher(call)) or super().next_for(call)


def watched(simulator: RunningSimulator) -> WatchedFaults:
    """Give a running simulator rules that can be watched, without any in force."""
    faults = WatchedFaults()
    simulator.faults = simulator.service.faults = faults
    return faults


class Killer:
    """A watcher that kills one process at one moment of its work."""

    def __init__(self, process: BaseProcess, moment: Moment) -> None:
        assert process.pid is not None
        self._pid, self._moment = process.pid, moment
        self._calls = 0
        self._timer: threading.Timer | None = None
        if moment.when is When.AFTER_START:
            self._kill_later()

    def __call__(self, _call: Call) -> Fault | None:
        """Hear of a call, and let the process die with the one that is its last."""
        self._calls += 1
        if self._calls != self._moment.call:
            return None
        match self._moment.when:
            case When.BEFORE_CALL:
                signal_to(self._pid, signal.SIGKILL)
                return Fault(kind=FaultKind.RESET)
            case When.BEFORE_ANSWER:
                signal_to(self._pid, signal.SIGKILL)
            case When.AFTER_ANSWER:
                self._kill_later()
        return None

    def stand_down(self) -> None:
        """Kill nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()

    def _kill_later(self) -> None:
        self._timer = threading.Timer(self._moment.seconds, signal_to, (self._pid, signal.SIGKILL))
        self._timer.start()


def signal_to(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have come to its end already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
