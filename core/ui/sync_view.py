"""Reading the tenant: the schedule, running tasks by hand, the runs so far and the log of one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import pandas as pd
import streamlit as st

from core.integration.run_log import LogLine, read_log
from core.integration.schedule import HOURS, Next, Plan, minute_of
from core.integration.scheduling import change_schedule, next_sync, read_plan
from core.integration.tracking import SYNC_TASKS, cancel, live_runs, queue_tasks
from core.jobs.heartbeat import working_since
from core.reclamation.states import RequestState
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.store.engine import reading
from core.store.tables import IntegrationTask, LogLevel, TaskRun, TaskStatus
from core.ui import downloads, status, tables, theme, words
from core.ui.context import ApplicationContext, now, runtime

_COUNT_WORDS: Final = {
    "rows": "row",
    "users": "user",
    "assignments": "assignment",
    "groups": "group",
    "admin_roles": "administrator",
    "gone": "gone",
    "license_types": "license type",
    "service_plans": "service plan",
    "subscriptions": "subscription",
    "sign_ins": "sign-in record",
    "report_rows": "report row",
    "mailboxes": "mailbox",
    "opportunities": "opportunity",
    "findings_changed": "finding changed",
    "added": "added",  # this and the next: of the employees in a roster file
    "updated": "updated",
    "unchanged": "unchanged",
    "departed": "departed",
    "errors": "error",
}
_PLURALS: Final = {
    "gone": "gone",
    **{word: word for word in ("added", "updated", "unchanged", "departed")},
    "mailbox": "mailboxes",
    "opportunity": "opportunities",
    "finding changed": "findings changed",
}
_LEVELS: Final = {
    LogLevel.INFO: "· Info",
    LogLevel.WARNING: "! Warning",
    LogLevel.ERROR: "✕ Error",
}
_MOST_LINES_SHOWN: Final = 14

RUN_COLUMNS: Final = {
    "task": tables.text("Task", width=165),
    "status": tables.text("Status", width=110),
    "started": tables.text("Started", width=160),
    "took": tables.text("Took", width=85),
    "by": tables.text("By", width=95),
    "counts": tables.text("Counts", width=330),
    "error": tables.text("What went wrong", width=420),
}
LOG_COLUMNS: Final = {
    "at": tables.text("Time", width=175),
    "level": tables.text("Level", width=95),
    "message": tables.text("What happened", width=760),
}


def schedule_lines(application: ApplicationContext, actor: Actor) -> None:
    """When the tenant is read by itself, when next, and for administrators how to change it."""
    engine, moment = runtime().engine, now()
    since = working_since(engine, moment)
    with reading(engine) as session:
        plan = read_plan(session, application.id)
        found = next_sync(session, application.id, key=application.key, awake_since=since or moment)
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f":material/schedule: {_plan_words(plan, application.key)}", width="content")
            if actor.may(Role.ADMINISTRATOR):
                with st.popover("Change", type="tertiary", icon=":material/edit:"):
                    _schedule_form(application, actor, plan)
        st.caption(_next_words(found, moment, working=since is not None))


def _plan_words(plan: Plan, key: str) -> str:
    if not plan.enabled:
        return "Not read by itself"
    return f"Read daily at {plan.hour:02}:{minute_of(key):02} UTC"


def _next_words(found: Next | None, moment: datetime, *, working: bool) -> str:
    """In Markdown."""
    if found is None:
        return "The schedule is off."
    if not working:
        return "No worker is running, so nothing is read until the app or a worker is started."
    what = "What failed is tried again" if found.retry else "Next run"
    if found.at <= moment:
        return f"{what} within minutes"
    return f"{what} {words.plain(words.moment(found.at))}, {words.ahead(found.at, moment)}"


def _schedule_form(application: ApplicationContext, actor: Actor, plan: Plan) -> None:
    minute = minute_of(application.key)
    with st.form("schedule", border=False):
        enabled = st.toggle("Read the tenant daily", plan.enabled, key="schedule-enabled")
        hour = st.selectbox(
            "At, in UTC",
            list(HOURS),
            index=plan.hour,
            format_func=lambda each: f"{each:02}:{minute:02}",
            help="The minute is the application's own, so that several don't begin at once.",
            key="schedule-hour",
        )
        if st.form_submit_button("Save the schedule", type="primary"):
            change_schedule(
                runtime().engine, application.id, enabled=enabled, hour=hour, actor=actor, now=now()
            )
            st.rerun()
    if plan.changed_at is not None and plan.changed_by is not None:
        st.caption(f"Changed {words.plain(words.moment(plan.changed_at))} by {words.plain(plan.changed_by)}")


def run_buttons(application: ApplicationContext, actor: Actor) -> None:
    """Run all tasks or one, and stop what runs; for administrators."""
    if not actor.may(Role.ADMINISTRATOR):
        st.caption("Running tasks and changing the schedule needs the role administrator.")
        return
    engine = runtime().engine
    with reading(engine) as session:
        live = [run for run in live_runs(session, application.id) if run.task in SYNC_TASKS]
    with st.container(horizontal=True):
        if st.button("Run all tasks", type="primary", icon=":material/sync:"):
            queue_tasks(engine, application.id, SYNC_TASKS, actor, now())
            st.rerun()
        if live and st.button("Stop", icon=":material/stop:"):
            for run in live:
                if run.id is not None:
                    cancel(engine, run.id, actor, now())
            st.rerun()
    with st.container(gap=None):
        for task in SYNC_TASKS:
            label = f"Run {task.label}"
            if st.button(label, key=f"run-{task}", type="tertiary", icon=":material/play_arrow:"):
                queue_tasks(engine, application.id, [task], actor, now())
                st.rerun()


def work_or_failures(application: ApplicationContext) -> None:
    """Progress of what is being read now; else what failed when it was read last, each reason once.

    What is missing of a run that ended partial stands under what is not seen.
    """
    if not status.sync_progress(application, title="Reading the tenant"):
        status.failed_runs(application)


def runs_section(application: ApplicationContext, runs: Sequence[TaskRun]) -> None:
    """All runs, the newest first; choosing one opens its log."""
    frame = runs_frame(runs)
    with status.section("Task runs", key="runs"):
        if runs:
            downloads.offer_frame(
                "Download",
                frame,
                RUN_COLUMNS,
                file_stem=f"task-runs-{application.key}-{now().date()}",
                key="runs-file",
            )
    if not runs:
        status.empty_state("No task has run yet", "Run all tasks to read the tenant for the first time.")
        return
    position = tables.choose_row(
        frame,
        RUN_COLUMNS,
        key=tables.ids_key("runs", (run.id for run in runs)),
        alt="Task runs, the newest first",
        height=tables.height_of(len(runs), most=8),
    )
    if position is None:
        st.caption("Choose a run to read its log.")
    else:
        _show_log(application, runs[position])


def _show_log(application: ApplicationContext, run: TaskRun) -> None:
    with reading(runtime().engine) as session:
        lines = [] if run.id is None else read_log(session, run.id)
    when = run.started_at or run.queued_at
    frame = log_frame(lines)
    with status.section(f"Log of {IntegrationTask(run.task).label}, {words.moment(when)}", key="log"):
        if lines:
            downloads.offer_frame(
                "Download the log",
                frame,
                LOG_COLUMNS,
                file_stem=f"log-{application.key}-{run.id}",
                key="log-file",
            )
    if lines:
        tables.show_table(
            frame,
            LOG_COLUMNS,
            key=f"log-{run.id}",
            alt="What the run did, line by line",
            height=tables.height_of(len(lines), most=_MOST_LINES_SHOWN),
        )
    else:
        status.empty_state("No line", "This run has written none, or they are older than 90 days.")
    if run.error:
        st.caption("How it ended")
        st.code(run.error, language=None, wrap_lines=True)


def log_frame(lines: Sequence[LogLine]) -> pd.DataFrame:
    """The lines of a log in their order."""
    return pd.DataFrame(
        {
            "at": [f"{line.at:%Y-%m-%d %H:%M:%S} UTC" for line in lines],
            "level": [_LEVELS[line.level] for line in lines],
            "message": [line.message for line in lines],
        }
    )


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
