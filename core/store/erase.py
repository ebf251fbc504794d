"""Forgetting everything about one application: what resetting the demo tenant does, and nothing else."""

from sqlalchemy import delete, select
from sqlmodel import Session, SQLModel

from core.store.bulk import table_of
from core.store.tables import Application, ReclamationEvent, ReclamationRequest, TaskRun, TaskRunLog


def erase_application(session: Session, application_id: int) -> None:
    """Delete all rows that belong to an application; the application itself stays, as if never synced."""
    connection = session.connection()
    requests, events = table_of(ReclamationRequest), table_of(ReclamationEvent)
    ours = select(requests.c.id).where(requests.c.application_id == application_id)
    connection.execute(delete(events).where(events.c.request_id.in_(ours)))
    runs, lines = table_of(TaskRun), table_of(TaskRunLog)
    our_runs = select(runs.c.id).where(runs.c.application_id == application_id)
    connection.execute(delete(lines).where(lines.c.task_run_id.in_(our_runs)))
    for table in reversed(SQLModel.metadata.sorted_tables):
        if "application_id" in table.c:
            connection.execute(delete(table).where(table.c.application_id == application_id))
    session.get_one(Application, application_id).tenant_id = None
