"""Finds what is on record as due and has no live workflow, and enqueues it.

So to start anything only takes a row; whatever DBOS loses, forgets or never heard of is found again. Several
sweepers at once do no harm: the ids of workflows say what they do, and DBOS takes each id once.
"""

import logging
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, WorkflowStatus
from sqlalchemy import Engine

from core.integration import tracking
from core.jobs.heartbeat import live_slots
from core.jobs.workflows import (
    RECLAMATION_QUEUE,
    TASK_QUEUE,
    assess_application,
    audit_run,
    end_run,
    integration_task,
    prepare_run,
    send_report,
    work_chunk,
)
from core.policies.assessing import due_assessments
from core.reclamation.approving import cancel_unapproved
from core.reclamation.audit_evidence import runs_to_audit
from core.reclamation.due import due_chunks, raise_generation, runs_to_end, take_up_again, unprepared_runs
from core.reporting.mails import due_applications
from core.store.engine import reading
from core.store.tables import TaskRun

KEEP_FINISHED: Final = timedelta(hours=24)
"""Finished workflows are kept so long for whoever looks into DBOS's tables; the history is ours."""

_LIVE: Final = ["ENQUEUED", "DELAYED", "PENDING"]
_FINISHED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_PURGED_AT_ONCE: Final = 500
_CHUNK_ID: Final = re.compile(r"run(?P<run>\d+)-chunk(?P<chunk>\d+)-\d+")
_LOG: Final = logging.getLogger(__name__)

Known = Callable[[int], bool]
"""Whether an application, by its id, is configured here."""


def sweep(engine: Engine, known: Known, now: datetime) -> None:
    """Enqueue everything that is due. What belongs to an application that is not configured waits."""
    tracking.fail_stopped(engine, now)
    cancel_unapproved(engine, now)
    with reading(engine) as session:
        tasks = [run for run_id in tracking.due_runs(session) if (run := session.get(TaskRun, run_id))]
        unprepared = [each for each in unprepared_runs(session) if known(each[0])]
        assessments = [each for each in due_assessments(session, now) if known(each)]
        reports = [each for each in due_applications(session, now) if known(each)]
        over = [each for each in runs_to_end(session) if known(each[0])]
        audits = [each for each in runs_to_audit(session, now) if known(each[0])]
        chunks = [each for each in due_chunks(session, now) if known(each.application_id)]
    for task in tasks:
        if task.id is not None and known(task.application_id):
            _enqueue_anew(f"task{task.id}", TASK_QUEUE, task.application_id, integration_task, task.id)
    for application_id in assessments:
        _enqueue_anew(f"assess{application_id}", TASK_QUEUE, application_id, assess_application)
    for application_id in reports:
        _enqueue_anew(f"report{application_id}", TASK_QUEUE, application_id, send_report)
    for application_id, run_id in unprepared:
        _enqueue_anew(f"run{run_id}-prepare", TASK_QUEUE, application_id, prepare_run, run_id)
    for application_id, run_id in over:
        _enqueue_anew(f"run{run_id}-end", TASK_QUEUE, application_id, end_run, run_id)
    statuses = _statuses([_chunk_id(each.run_id, each.chunk, each.generation) for each in chunks])
    for application_id, run_id in audits:
        _enqueue_anew(f"run{run_id}-audit", TASK_QUEUE, application_id, audit_run, run_id)
    for chunk in chunks:
        status = statuses.get(_chunk_id(chunk.run_id, chunk.chunk, chunk.generation))
        if status in _LIVE:
            continue
        due = chunk if status is None else raise_generation(engine, chunk)
        workflow_id = _chunk_id(due.run_id, due.chunk, due.generation)
        _enqueue(workflow_id, RECLAMATION_QUEUE, due.application_id, work_chunk, due.run_id, due.chunk)


def take_over(engine: Engine, own_slot: str, now: datetime) -> None:
    """Resume the workflows of workers that are gone: open-source DBOS does not notice that by itself."""
    pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    if not pending:
        return
    alive = live_slots(engine, now) | {own_slot}
    for workflow in pending:
        if workflow.executor_id not in alive:
            _LOG.warning("worker %s is gone: resuming %s", workflow.executor_id, workflow.workflow_id)
            if named := _CHUNK_ID.fullmatch(workflow.workflow_id):
                take_up_again(engine, now, run_id=int(named["run"]), chunk=int(named["chunk"]))
            DBOS.resume_workflow(workflow.workflow_id, queue_name=_queue_of(workflow))


def purge(now: datetime) -> None:
    """Delete what DBOS keeps of workflows that finished long ago."""
    before = (now - KEEP_FINISHED).astimezone(UTC).isoformat()
    finished = DBOS.list_workflows(
        status=_FINISHED,
        completed_before=before,
        limit=_PURGED_AT_ONCE,
        load_input=False,
        load_output=False,
    )
    if finished:
        DBOS.delete_workflows([workflow.workflow_id for workflow in finished])


def _chunk_id(run_id: int, chunk: int, generation: int) -> str:
    return f"run{run_id}-chunk{chunk}-{generation}"


def _enqueue_anew(
    name: str, queue: str, application_id: int, workflow: Callable[..., None], *arguments: int
) -> None:
    """Enqueue under the next free number of this name, unless one of its workflows is alive."""
    past = DBOS.list_workflows(workflow_id_prefix=f"{name}-", load_input=False, load_output=False)
    if any(each.status in _LIVE for each in past):
        return
    _enqueue(f"{name}-{_next_number(past)}", queue, application_id, workflow, *arguments)


def _next_number(past: Iterable[WorkflowStatus]) -> int:
    return max((int(each.workflow_id.rpartition("-")[2]) + 1 for each in past), default=0)


def _enqueue(
    workflow_id: str, queue: str, application_id: int, workflow: Callable[..., None], *arguments: int
) -> None:
    with SetWorkflowID(workflow_id), SetEnqueueOptions(queue_partition_key=str(application_id)):
        DBOS.enqueue_workflow(queue, workflow, application_id, *arguments)


def _statuses(workflow_ids: list[str]) -> dict[str, str]:
    """The status of those workflows that DBOS knows."""
    if not workflow_ids:
        return {}
    found = DBOS.list_workflows(workflow_ids=workflow_ids, load_input=False, load_output=False)
    return {each.workflow_id: each.status for each in found}


def _queue_of(workflow: WorkflowStatus) -> str | None:
    return workflow.queue_name if workflow.queue_name in (RECLAMATION_QUEUE, TASK_QUEUE) else None
