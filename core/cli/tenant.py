"""The commands that look after the connection: check, sync and runs."""

from argparse import Namespace
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import col, select

from core.activity.evidence import SourceStatus
from core.cli.invocation import Invocation, invocation, utc_now
from core.cli.output import complain, print_array, print_document, print_table, tell
from core.cli.waiting import workforce
from core.integration.check import ConnectionCheck, check_connection
from core.integration.tracking import SYNC_TASKS, list_runs, queue_tasks
from core.store.engine import reading
from core.store.tables import Application, IntegrationTask, TaskRun, TaskStatus

_ENDED = (TaskStatus.SUCCEEDED, TaskStatus.PARTIAL, TaskStatus.FAILED, TaskStatus.CANCELLED)


def check(options: Namespace) -> int:
    """`check`: exit code 1 where a sync could not do its work."""
    with invocation(options) as command:
        with reading(command.engine) as session:
            known = session.get_one(Application, command.application_id).tenant_id
        with command.runtime.fresh_client(command.application.key) as client:
            found = check_connection(client, application=command.application.key, fixed_tenant=known)
    if options.json:
        print_document(found.to_json())
    else:
        _print_check(found)
    for warning in found.warnings:
        complain(warning)
    if found.token_error is not None:
        complain(found.token_error)
    elif failed := [each.detail for each in found.sources if each.status is SourceStatus.FAILED]:
        complain(f"{len(failed)} of {len(found.sources)} sources failed, the first one: {failed[0]}")
    return int(not found.ok)


def _print_check(found: ConnectionCheck) -> None:
    tell(f"application {found.application}, tenant {found.tenant or 'not known'}")
    print_table(
        ("permission", "granted", "needed for"),
        [
            (each.name, "yes" if each.granted else "no, optional" if each.optional else "no", each.needed_for)
            for each in found.permissions
        ],
    )
    print_table(
        ("source", "status", "detail"),
        [(each.name.label, each.status.value, each.detail) for each in found.sources],
    )


def sync(options: Namespace) -> int:
    """`sync`: exit code 1 where a task failed; one that ends partial has done its work."""
    tasks = [IntegrationTask(word) for word in options.task or SYNC_TASKS]
    with invocation(options) as command:
        command.runtime.fill_demo()
        ids = queue_tasks(command.engine, command.application_id, tasks, command.actor, utc_now())
        with workforce(command.runtime) as workers:
            workers.wait(_Progress(command, ids).ended)
        runs = _runs(command, ids)
    _print_runs(runs, as_json=options.json)
    for status in (TaskStatus.PARTIAL, TaskStatus.FAILED, TaskStatus.CANCELLED):
        for message in _messages(runs, status):
            complain(message)
    return int(any(run.status in {TaskStatus.FAILED, TaskStatus.CANCELLED} for run in runs))


def runs(options: Namespace) -> int:
    """`runs`."""
    with invocation(options) as command, reading(command.engine) as session:
        found = list_runs(session, command.application_id)
    _print_runs(found, as_json=options.json)
    return 0


class _Progress:
    """Tells how far the task runs have come, where that has changed."""

    def __init__(self, command: Invocation, ids: Sequence[int]) -> None:
        self._command = command
        self._ids = ids
        self._told: dict[int, tuple[str, int]] = {}

    def ended(self) -> bool:
        """Whether all of them have ended."""
        runs = _runs(self._command, self._ids)
        for run in runs:
            self._tell(run)
        return all(run.status in _ENDED for run in runs)

    def _tell(self, run: TaskRun) -> None:
        done, expected = run.counts.get("done", 0), run.counts.get("expected", 0)
        tenths = 10 * done // expected if expected else 0
        now = (run.status, tenths)
        if run.id is None or self._told.get(run.id) == now:
            return
        self._told[run.id] = now
        share = f", {done:,} of {expected:,}" if expected and run.status == TaskStatus.RUNNING else ""
        tell(f"{IntegrationTask(run.task).label}: {run.status}{share}")


def _runs(command: Invocation, ids: Sequence[int]) -> list[TaskRun]:
    with reading(command.engine) as session:
        return list(session.exec(select(TaskRun).where(col(TaskRun.id).in_(ids)).order_by(col(TaskRun.id))))


def _messages(runs: Iterable[TaskRun], status: TaskStatus) -> list[str]:
    """One line for each thing that went wrong, however many tasks it struck."""
    struck: dict[str, list[str]] = {}
    for run in runs:
        if run.status == status:
            struck.setdefault(run.error or "no reason given", []).append(IntegrationTask(run.task).label)
    words = "ended with something missing" if status is TaskStatus.PARTIAL else str(status)
    return [f"{', '.join(labels)} {words}: {error}" for error, labels in struck.items()]


def _print_runs(runs: Iterable[TaskRun], *, as_json: bool) -> None:
    if as_json:
        print_array(_as_json(run) for run in runs)
        return
    print_table(
        ("task", "status", "started at", "ended at", "counts", "error"),
        [(run.task, run.status, run.started_at, run.ended_at, _counts(run), run.error) for run in runs],
    )


def _as_json(run: TaskRun) -> dict[str, Any]:
    return {
        "task": run.task,
        "status": run.status,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "counts": dict(run.counts),
        "error": run.error,
    }


def _counts(run: TaskRun) -> str:
    """What was dealt with; how far the run has come only where that is not all of it."""
    counts = dict(run.counts)
    done, expected = counts.pop("done", 0), counts.pop("expected", 0)
    parts = [f"{name.replace('_', ' ')} {number:,}" for name, number in counts.items() if number]
    return ", ".join(parts if done == expected else [f"done {done:,} of {expected:,}", *parts])
