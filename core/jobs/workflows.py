"""The workflows that DBOS runs. Each is one step that reads from our rows what is to do, and does it.

They are short and may run again at any time, so that no definition of theirs stands in the way of an upgrade.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from dbos import DBOS

from core.graph import GraphClient
from core.integration.assessment import assess, refresh_rollups
from core.integration.sync import run_task
from core.jobs.house import House, house
from core.jobs.preparation import make_ready
from core.policies.assessing import assessment_asked, mark_assessed, put_off_assessment
from core.reclamation.audit_evidence import record_audit
from core.reclamation.due import put_off_chunk, update_progress
from core.reclamation.workflow import advance_chunk
from core.reporting.delivering import deliver
from core.store.engine import reading

RECLAMATION_QUEUE: Final = "reclamation"
"""Chunks of requests; several at once per application."""

TASK_QUEUE: Final = "tasks"
"""Integration tasks, assessments and the preparation of runs; one at a time per application."""

_STAY: Final = timedelta(seconds=5)
"""Requests that are due within this time are waited for; later ones are left to the sweeper."""

_SHOW_EVERY: Final = timedelta(seconds=1)

_AFTER_FAULT: Final = timedelta(minutes=1)


@DBOS.workflow(name="integration_task")
def integration_task(application_id: int, task_run_id: int) -> None:
    """Carry out an integration task that is on record."""
    DBOS.run_step({"name": "run"}, _run_task, application_id, task_run_id)


@DBOS.workflow(name="assess_application")
def assess_application(application_id: int) -> None:
    """Judge an application anew, because something that it is judged by has changed."""
    DBOS.run_step({"name": "assess"}, _assess, application_id)


@DBOS.workflow(name="send_report")
def send_report(application_id: int) -> None:
    """Send the report of an application, and mails of it that are to be offered again."""
    DBOS.run_step({"name": "send"}, _send_report, application_id)


@DBOS.workflow(name="prepare_run")
def prepare_run(application_id: int, run_id: int) -> None:
    """Make a reclamation run ready."""
    DBOS.run_step({"name": "prepare"}, _prepare_run, application_id, run_id)


@DBOS.workflow(name="end_run")
def end_run(application_id: int, run_id: int) -> None:
    """End a run whose requests have all come to an end."""
    DBOS.run_step({"name": "end"}, _end_run, application_id, run_id)


@DBOS.workflow(name="audit_run")
def audit_run(application_id: int, run_id: int) -> None:
    """Look for the removals of a run in the directory's audit log."""
    DBOS.run_step({"name": "audit"}, _audit_run, application_id, run_id)


@DBOS.workflow(name="advance_chunk")
def work_chunk(application_id: int, run_id: int, chunk: int) -> None:
    """Move a chunk of requests on for as long as something is due soon."""
    DBOS.run_step({"name": "advance"}, _work_chunk, application_id, run_id, chunk)


def _run_task(application_id: int, task_run_id: int) -> None:
    with house().job() as here:
        client = _client(here, application_id)
        run_task(here.runtime.engine, client, task_run_id, should_stop=here.stopping.is_set)


def _assess(application_id: int) -> None:
    with house().job() as here:
        engine = here.runtime.engine
        with reading(engine) as session:
            asked_at = assessment_asked(session, application_id)
        if asked_at is None:
            return
        try:
            assess(engine, application_id, _now())
        except Exception:
            put_off_assessment(engine, application_id, asked_at, _now())
            raise
        mark_assessed(engine, application_id, asked_at)


def _send_report(application_id: int) -> None:
    with house().job() as here:
        application = here.application(application_id)
        deliver(
            here.runtime.engine,
            application_id,
            name=application.name,
            post=here.runtime.post(application.key),
            now_fn=_now,
            should_stop=here.stopping.is_set,
        )


def _prepare_run(application_id: int, run_id: int) -> None:
    with house().job() as here:
        engine = here.runtime.engine
        make_ready(
            engine,
            _client(here, application_id),
            application_id,
            run_id,
            now_fn=_now,
            should_stop=here.stopping.is_set,
        )
        _show_progress(here, application_id, run_id)


def _end_run(application_id: int, run_id: int) -> None:
    with house().job() as here:
        _show_progress(here, application_id, run_id)


def _audit_run(application_id: int, run_id: int) -> None:
    with house().job() as here:
        record_audit(
            here.runtime.engine,
            _client(here, application_id).in_background(),
            run_id,
            now_fn=_now,
            should_stop=here.stopping.is_set,
        )


def _work_chunk(application_id: int, run_id: int, chunk: int) -> None:
    with house().job() as here:
        try:
            _advance(here, application_id, run_id, chunk)
        except Exception:
            # A fault of ours must not be repeated every second. The rows stand where they stood.
            put_off_chunk(here.runtime.engine, run_id, chunk, _now() + _AFTER_FAULT)
            raise


def _advance(here: House, application_id: int, run_id: int, chunk: int) -> None:
    client = _client(here, application_id)
    application = here.application(application_id)
    while not here.stopping.is_set():
        due_at = advance_chunk(
            here.runtime.engine,
            client,
            run_id,
            chunk,
            gate=here.gate(application_id),
            now_fn=_now,
            allow_reclaim=application.allow_reclaim,
            notices=here.runtime.notices(application.key),
            roles=here.roles(application_id),
            should_stop=here.stopping.is_set,
        )
        _show_progress(here, application_id, run_id)
        if due_at is None or (wait := due_at - _now()) > _STAY:
            return
        here.stopping.wait(max(0.0, wait.total_seconds()))


def _show_progress(here: House, application_id: int, run_id: int) -> None:
    if update_progress(here.runtime.engine, run_id, _now(), at_most_every=_SHOW_EVERY):
        refresh_rollups(here.runtime.engine, application_id, _now())


def _client(here: House, application_id: int) -> GraphClient:
    """The tenant, whose waits end when the worker is to stop."""
    return here.runtime.client(here.application(application_id).key).until(here.stopping.is_set)


def _now() -> datetime:
    return datetime.now(UTC)
