"""Carries out one integration task that is on record, from queued to its end."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine

from core.graph import GraphClient, GraphError, Statistics, Stopped
from core.integration import access, differentiation, roster, tracking
from core.integration.applications import TenantChangedError
from core.integration.garbage import rarely_collected
from core.integration.outcome import NothingUsableError
from core.integration.progress import ProcessStopping, Progress, RunLost, TaskCancelled
from core.store.tables import IntegrationTask, LogLevel, TaskStatus

_LOG: Final = logging.getLogger(__name__)

Task = Callable[[GraphClient, Progress], list[str]]
"""Does the work and returns what is missing, a sentence each; nothing where all of it is there."""

_TASKS: Final[Mapping[str, Task]] = {
    IntegrationTask.DIFFERENTIATION: differentiation.run,
    IntegrationTask.ROSTER: roster.run,
    IntegrationTask.ACCESS: access.run,
}

_LEVELS: Final[Mapping[TaskStatus, LogLevel]] = {
    TaskStatus.PARTIAL: LogLevel.WARNING,
    TaskStatus.CANCELLED: LogLevel.WARNING,
    TaskStatus.FAILED: LogLevel.ERROR,
}


def run_task(
    engine: Engine,
    client: GraphClient,
    task_run_id: int,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> TaskStatus | None:
    """Carry out a queued run; how it ended, or nothing where it was not there to take, or given back.

    What goes wrong with the tenant ends up in the run's `error`, not in an exception. A failure leaves what
    was stored before usable. When `should_stop` says so, the run goes back to the queue at the next step.
    """
    run = tracking.begin(engine, task_run_id, clock())
    if run is None:
        return None
    progress = Progress(engine, task_run_id, run.application_id, should_stop=should_stop, clock=clock)
    scan = client.until(progress.stop_asked).in_background()
    error: str | None
    try:
        with progress.alive(), rarely_collected():
            progress.log(f"{IntegrationTask(run.task).label} began, started by {run.started_by}.")
            missing = _carry_out(_TASKS[run.task], scan, progress)
        status = TaskStatus.PARTIAL if missing else TaskStatus.SUCCEEDED
        error = " ".join(missing) or None
    except ProcessStopping:
        progress.log("The process shuts down: the run waits for the next one.", level=LogLevel.WARNING)
        tracking.requeue(engine, task_run_id)
        return None
    except RunLost:
        _LOG.warning("task run %s was taken away after a long silence; nothing more is written", task_run_id)
        return None
    except TaskCancelled as cancelled:
        status, error = TaskStatus.CANCELLED, str(cancelled)
    except (GraphError, TenantChangedError, NothingUsableError) as failure:
        status, error = TaskStatus.FAILED, str(failure)
    except Exception as fault:  # noqa: BLE001 - whatever it was, the run must not stay running
        _LOG.exception("task run %s failed unexpectedly", task_run_id)
        status = TaskStatus.FAILED
        error = f"unexpected error ({type(fault).__name__}): the log has the details"
    except BaseException:
        tracking.finish(engine, task_run_id, TaskStatus.FAILED, clock(), error=tracking.STOPPED)
        raise
    _tell_end(progress, scan.statistics, status, error)
    ended = tracking.finish(engine, task_run_id, status, clock(), error=error, counts=progress.counts)
    return status if ended else None


def _carry_out(task: Task, client: GraphClient, progress: Progress) -> list[str]:
    try:
        return task(client, progress)
    except Stopped:
        progress.check()  # says who wanted it
        raise


def _tell_end(progress: Progress, statistics: Statistics, status: TaskStatus, error: str | None) -> None:
    """The last words of a run: what it asked of Microsoft, and how it ended."""
    progress.counts |= {
        "requests": statistics.requests,
        "retries": statistics.retries,
        "throttled": statistics.throttled,
        "bytes": statistics.received,
    }
    progress.log(
        f"{statistics.requests:,} requests, {statistics.received / 1_000_000:,.1f} MB received; "
        f"{statistics.retries:,} tried again, {statistics.throttled:,} refused for being too many.",
        level=LogLevel.WARNING if statistics.throttled else LogLevel.INFO,
    )
    reason = f": {error}" if error else "."
    progress.log(f"Ended as {status}{reason}", level=_LEVELS.get(status, LogLevel.INFO))
