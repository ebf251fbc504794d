"""Writes a new run with its requests: rows that workers find."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import insert
from sqlmodel import Session

from core.reclamation.modes import RunMode
from core.reclamation.states import RequestState, Step
from core.reclamation.typed_names import said_of
from core.store.bulk import table_of
from core.store.tables import (
    IntegrationTask,
    ReclamationEvent,
    ReclamationRequest,
    ReclamationRun,
    TaskRun,
    TaskStatus,
)

CHUNK: Final = 20
"""Requests that one workflow moves on together: as many as fit into one batch of reads (contract §7.3).

Only a person with still more licenses makes a chunk larger."""

_REQUESTS: Final = table_of(ReclamationRequest)
_EVENTS: Final = table_of(ReclamationEvent)
_TASK_RUNS: Final = table_of(TaskRun)


def write_run(session: Session, run: ReclamationRun, rows: Sequence[dict[str, Any]]) -> int:
    """Write a run, its requests, the first event of each and the task run; the id of the run.

    Args:
        session: the transaction.
        run: the run, which is not written yet.
        rows: columns of the requests that are not the same for all, `evidence` and `user_id` among them.
    """
    session.add(run)
    session.flush()
    if run.id is None:
        raise RuntimeError("the database gave the run no id")
    common = {
        "run_id": run.id,
        "application_id": run.application_id,
        "dry_run": run.mode == RunMode.DRY_RUN,
        "manual": run.manual,
        "state": RequestState.QUEUED.value,
        "attempt": 0,
        "restore_attempts": 0,
        "generation": 0,
        "due_at": run.created_at,
        "created_at": run.created_at,
        "changed_at": run.created_at,
    }
    places = _chunks(rows)
    requests = [row | common | {"chunk": places[row["user_id"]]} for row in rows]
    connection = session.connection()
    ids = connection.execute(
        insert(_REQUESTS).returning(_REQUESTS.c.id, sort_by_parameter_order=True), requests
    )
    event = {
        "step": Step.REQUESTED.value,
        "attempt": 0,
        "state": RequestState.QUEUED.value,
        "at": run.created_at,
        "actor": run.created_by,
    }
    connection.execute(
        insert(_EVENTS),
        [
            event
            | {
                "request_id": request_id,
                "detail": said_of(run.note, row["evidence"]),
                "evidence": row["evidence"],
            }
            for request_id, row in zip(ids.scalars(), requests, strict=True)
        ],
    )
    connection.execute(
        insert(_TASK_RUNS).values(
            application_id=run.application_id,
            task=IntegrationTask.RECLAMATION.value,
            status=TaskStatus.QUEUED.value,
            queued_at=run.created_at,
            counts={RequestState.QUEUED.value: len(requests), "expected": len(requests), "done": 0},
            started_by=run.created_by,
            reclamation_run_id=run.id,
        )
    )
    return run.id


def _chunks(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The chunk of each person: all licenses of one are in the same, so that one mail can list them."""
    seats = Counter(row["user_id"] for row in rows)
    chunks: dict[str, int] = {}
    chunk = size = 0
    for user_id, count in seats.items():
        if size and size + count > CHUNK:
            chunk, size = chunk + 1, 0
        chunks[user_id] = chunk
        size += count
    return chunks
