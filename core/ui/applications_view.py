"""The parts of the Applications page: connection and test, tasks and their runs, the demo's reset."""

from collections.abc import Sequence
from datetime import time
from typing import Final

import pandas as pd
import streamlit as st

from core.demo import DemoBusyError
from core.integration.check import ConnectionCheck, check_connection
from core.integration.sources import SourceName, read_sources
from core.integration.tracking import SYNC_TASKS, cancel, live_runs, queue_tasks
from core.reclamation.states import RequestState
from core.rights import Actor, Role
from core.settings import ApplicationSettings
from core.spend.formatting import format_count
from core.store.engine import reading
from core.store.tables import Application, IntegrationTask, Source, TaskRun, TaskStatus
from core.ui import tables, theme, words
from core.ui.context import ApplicationContext, application_labels, now, runtime

_CHECKED: Final = "applications-checked"
_GRANTED: Final = {True: "✓ Granted", False: "✕ Missing"}
_OPTIONAL: Final = "– Not granted, optional"
_SOURCE_SIGNS: Final = {"available": "✓", "not_read": "–"}
_COUNT_WORDS: Final = {
    "users": "user",
    "assignments": "assignment",
    "groups": "group",
    "gone": "gone",
    "license_types": "license type",
    "service_plans": "service plan",
    "sign_ins": "sign-in record",
    "report_rows": "report row",
    "mailboxes": "mailbox",
    "opportunities": "opportunity",
    "findings_changed": "finding changed",
}
_PLURALS: Final = {
    "gone": "gone",
    "mailbox": "mailboxes",
    "opportunity": "opportunities",
    "finding changed": "findings changed",
}

CONNECTION_COLUMNS: Final = {
    "name": tables.text("Application", width=260),
    "tenant": tables.text("Tenant", width=285),
    "cloud": tables.text("Cloud", width=70),
    "credential": tables.text("Signs in with", width=130),
    "removal": tables.text("Licenses may be removed", width=170),
}
PERMISSION_COLUMNS: Final = {
    "name": tables.text("Permission", width=260),
    "granted": tables.text("Granted", width=170),
    "needed_for": tables.text("Needed for"),
}
SOURCE_COLUMNS: Final = {
    "name": tables.text("Source", width=130),
    "status": tables.text("Status", width=130),
    "as_of": tables.text("As of", width=160),
    "detail": tables.text("What is missing, and what that costs"),
}
RUN_COLUMNS: Final = {
    "task": tables.text("Task", width=170),
    "status": tables.text("Status", width=115),
    "started": tables.text("Started", width=165),
    "took": tables.text("Took", width=80),
    "by": tables.text("By", width=110),
    "counts": tables.text("Counts", width=330),
    "error": tables.text("What went wrong", width=420),
}


def connection_lines(application: ApplicationContext) -> None:
    """Where this connection leads and what it may do; the credential by its kind only."""
    facts = _facts(runtime().application(application.key))
    columns = st.columns([1, 1.9, 0.6, 1, 1.1])
    for column, (name, value) in zip(columns, facts.items(), strict=True):
        with column, st.container(gap=None):
            st.caption(str(CONNECTION_COLUMNS[name]["label"]))
            st.text(value)


def connections_table() -> None:
    """All configured connections, where there are several."""
    labels = application_labels()
    if len(labels) == 1:
        return
    rows = [_facts(settings) | {"name": label} for label, settings in labels.items()]
    with st.expander(f"All {len(rows)} configured applications"):
        tables.show_table(
            pd.DataFrame(rows), CONNECTION_COLUMNS, key="connections", alt="Connections", height="content"
        )
        st.caption(
            "Which one the pages show is chosen at the left; connections are edited where Seatwise runs."
        )


def _facts(settings: ApplicationSettings) -> dict[str, str]:
    with reading(runtime().engine) as session:
        known = session.get_one(Application, runtime().application_id(settings.key)).tenant_id
    credential = "certificate" if settings.certificate_path else "client secret"
    return {
        "name": settings.name,
        "tenant": known or settings.tenant_id,
        "cloud": settings.cloud.value,
        "credential": "bundled simulator" if settings.is_demo else credential,
        "removal": "yes" if settings.allow_reclaim else "no, dry runs only",
    }


def test_connection(application: ApplicationContext) -> None:
    """A button that tries everything that a sync reads, and what the last try found."""
    key = f"{_CHECKED}-{application.key}"
    if st.button("Test the connection", icon=":material/network_check:"):
        with reading(runtime().engine) as session:
            known = session.get_one(Application, application.id).tenant_id
        with (
            st.spinner("Asking Microsoft for a token and reading a page of each source …"),
            runtime().fresh_client(application.key) as client,
        ):
            found = check_connection(client, application=application.key, fixed_tenant=known)
        st.session_state[key] = (found, now())
    if key in st.session_state:
        found, at = st.session_state[key]
        _show_check(found, words.ago(at, now()))


def _show_check(found: ConnectionCheck, when: str) -> None:
    if found.token_error is not None:
        st.error(words.plain(found.token_error), icon=":material/error:")
        return
    missing = [each.name for each in found.permissions if not each.granted and not each.optional]
    if found.ok and not missing:
        st.success(f"Signed in, all needed permissions are granted ({when}).", icon=":material/check:")
    elif found.ok:
        names = words.plain(", ".join(missing))
        st.warning(f"Signed in, but something is missing ({when}): {names}.", icon=":material/warning:")
    else:
        st.error(f"Signed in, but a sync could not do its work ({when}); see below.", icon=":material/error:")
    for warning in found.warnings:
        st.warning(words.plain(warning), icon=":material/warning:")
    permissions = pd.DataFrame(
        {
            "name": [each.name for each in found.permissions],
            "granted": [
                _OPTIONAL if each.optional and not each.granted else _GRANTED[each.granted]
                for each in found.permissions
            ],
            "needed_for": [each.needed_for for each in found.permissions],
        }
    )
    tables.show_table(permissions, PERMISSION_COLUMNS, key="permissions", alt="Permissions", height="content")
    sources = pd.DataFrame(
        {
            "name": [each.name.label for each in found.sources],
            "status": [_source_status(each.status.value) for each in found.sources],
            "detail": [each.detail for each in found.sources],
        }
    )
    columns = {name: column for name, column in SOURCE_COLUMNS.items() if name != "as_of"}
    tables.show_table(sources, columns, key="check-sources", alt="Sources", height="content")


def sources_table(application: ApplicationContext) -> None:
    """How each source stood when it was read last."""
    with reading(runtime().engine) as session:
        known = read_sources(session, application.id)
    rows = [(name, known.get(name.value)) for name in SourceName]
    frame = pd.DataFrame(
        {
            "name": [name.label for name, _ in rows],
            "status": [_source_status(row.status if row else "not_read") for _, row in rows],
            "as_of": [_as_of(row) for _, row in rows],
            "detail": [(row.detail if row else "") or words.NONE_GIVEN for _, row in rows],
        }
    )
    tables.show_table(frame, SOURCE_COLUMNS, key="sources", alt="Sources of evidence", height="content")


def _as_of(source: Source | None) -> str:
    """A moment; of a report, which speaks of whole days, the day."""
    if source is None or source.as_of is None:
        return words.NONE_GIVEN
    is_day = source.as_of.time() == time.min
    return words.day(source.as_of.date()) if is_day else words.moment(source.as_of)


def _source_status(status: str) -> str:
    return f"{_SOURCE_SIGNS.get(status, '!')} {status.replace('_', ' ').capitalize()}"


def run_buttons(application: ApplicationContext, actor: Actor) -> None:
    """Run all tasks or one, and stop what runs; for administrators."""
    if not actor.may(Role.ADMINISTRATOR):
        st.caption("Running tasks needs the role administrator.")
        return
    engine = runtime().engine
    with st.container(horizontal=True):
        if st.button("Run all tasks", type="primary", icon=":material/sync:"):
            queue_tasks(engine, application.id, SYNC_TASKS, actor, now())
            st.rerun()
        for task in SYNC_TASKS:
            if st.button(f"Run {task.label}", key=f"run-{task}"):
                queue_tasks(engine, application.id, [task], actor, now())
                st.rerun()
        with reading(engine) as session:
            live = [run for run in live_runs(session, application.id) if run.task in SYNC_TASKS]
        if live and st.button("Stop", icon=":material/stop:"):
            for run in live:
                if run.id is not None:
                    cancel(engine, run.id, actor, now())
            st.rerun()


def runs_frame(runs: Sequence[TaskRun]) -> pd.DataFrame:
    """Task runs, the newest first."""
    return pd.DataFrame(
        {
            "task": [IntegrationTask(run.task).label for run in runs],
            "status": [theme.TASK_LOOKS[TaskStatus(run.status)].label for run in runs],
            "started": [words.moment(run.started_at or run.queued_at) for run in runs],
            "took": [_took(run) for run in runs],
            "by": [run.started_by for run in runs],
            "counts": [counts_line(run) for run in runs],
            "error": [run.error or words.NONE_GIVEN for run in runs],
        }
    )


def counts_line(run: TaskRun) -> str:
    """What a run dealt with: `2,500 users · 4,030 assignments`."""
    parts = []
    for name, word in _COUNT_WORDS.items():
        count = run.counts.get(name, 0)
        if count:
            shown = word if count == 1 or word not in _PLURALS else _PLURALS[word]
            parts.append(f"{count:,} {shown}" if word in _PLURALS else format_count(count, word))
    if run.task == IntegrationTask.RECLAMATION:
        parts = [
            f"{run.counts[state]:,} {state.replace('_', ' ')}"
            for state in RequestState
            if run.counts.get(state)
        ]
    return " · ".join(parts) or words.NONE_GIVEN


def _took(run: TaskRun) -> str:
    if run.started_at is None:
        return words.NONE_GIVEN
    return words.duration(run.started_at, run.ended_at or now())


@st.dialog("Reset the demo")
def reset_dialog(application: ApplicationContext, actor: Actor) -> None:
    """Ask once more, then make the demo tenant anew."""
    st.markdown(
        "The demo tenant is made anew, as on the first day. Everything that was entered or reclaimed is "
        "forgotten: purchases, requests and their history."
    )
    if st.button("Reset the demo", type="primary"):
        demo = runtime().demo
        if demo is None:
            st.error("The demo tenant is not running in this process. Restart the app and try again.")
            return
        try:
            with st.spinner("Making the tenant anew …"):
                demo.reset(
                    runtime().engine,
                    runtime().client(application.key),
                    application.id,
                    actor=actor,
                    now=now(),
                )
        except DemoBusyError as busy:
            st.error(words.plain(str(busy)))
        else:
            st.session_state.clear()
            st.rerun()
