"""Headings, empty states, errors, freshness and progress: what a page says besides its figures."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import streamlit as st
from sqlmodel import Session, col, select

from core.integration.coverage import alike, unseen
from core.integration.run_log import last_lines
from core.integration.sources import SourceName, read_sources
from core.integration.tracking import SYNC_TASKS, live_runs, queue_tasks, recent_runs
from core.rights import Role
from core.spend.formatting import format_count
from core.store.engine import reading
from core.store.tables import AssignmentRollup, IntegrationTask, TaskRun, TaskStatus
from core.ui import links, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.guard import current_actor

_POLL_SECONDS: Final = 1.0
_OPTIONAL: Final = frozenset({SourceName.SUBSCRIPTIONS, SourceName.ADMIN_ROLES})
"""Sources that no figure rests on: their absence is said where they would be shown."""


def page_title(title: str, application: ApplicationContext) -> None:
    """The page's heading, with the demo's badge beside it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(title, anchor=False, width="content")
        if application.is_demo:
            st.badge("Demo tenant", color="blue", help="A made-up organization: nothing here is real.")


@contextmanager
def page_head(title: str, application: ApplicationContext) -> Iterator[None]:
    """The heading and, close below it, what is drawn inside the block."""
    with st.container(gap="xxsmall"):
        page_title(title, application)
        yield


@contextmanager
def section(title: str, *, key: str) -> Iterator[None]:
    """A heading with controls to its right; what is drawn inside the block goes there."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key=f"section-{key}"
    ):
        st.subheader(title, anchor=False, width="content")
        with st.container(
            horizontal=True, horizontal_alignment="right", vertical_alignment="center", width="content"
        ):
            yield


def freshness_line(
    application: ApplicationContext, *, unpriced: Sequence[str] = (), counted_otherwise: Sequence[str] = ()
) -> None:
    """As of when the figures are, which sources of evidence are incomplete, and which types have no price.

    Args:
        application: the one that is shown.
        unpriced: names of the license types that no total covers.
        counted_otherwise: a line for each type of which Microsoft counts other seats in use than we do.
    """
    with reading(runtime().engine) as session:
        sources = read_sources(session, application.id)
    today = now().date()
    directory = sources.get(SourceName.DIRECTORY)
    parts = [words.plain(application.name)]
    if directory is not None and directory.read_at is not None:
        parts.append(f"as of {words.moment(directory.read_at)}")
    for name, word in ((SourceName.SIGN_INS, "sign-ins"), (SourceName.USAGE_REPORTS, "reports")):
        source = sources.get(name)
        if source is not None and source.as_of is not None:
            parts.append(f"{word}: {words.data_age(source.as_of.date(), today)}")
    troubled = [each for each in unseen(sources) if each.name.value in sources and each.name not in _OPTIONAL]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(" · ".join(parts), width="content")
        if troubled:
            label = f"{format_count(len(troubled), 'source')} incomplete"
            with st.popover(label, type="tertiary", icon=":material/info:"):
                for each in alike(troubled):
                    word = each.status.replace("_", " ")
                    st.markdown(f"**{each.names}**: {word}. {words.plain(each.sentence)}")
                links.link_to("applications.py", "What you are not seeing, and what helps")
        if unpriced:
            label = f"{format_count(len(unpriced), 'type')} without price"
            with st.popover(label, type="tertiary", icon=":material/sell:"):
                st.markdown("No total covers these license types:")
                st.text("\n".join(unpriced))
                links.link_to("license_details.py", "Enter prices in License Details")
        if counted_otherwise:
            label = f"{format_count(len(counted_otherwise), 'type')} counted otherwise by Microsoft"
            with st.popover(label, type="tertiary", icon=":material/difference:"):
                st.markdown("Seats in use by the assignments that were read, and by Microsoft's own count:")
                st.text("\n".join(counted_otherwise))
                st.caption("Microsoft's count lags, and may be of another hour than the assignments.")


def first_start(application: ApplicationContext, what_comes: str) -> None:
    """Before anything was read: the progress of the first sync, or how to begin it.

    Args:
        application: the one that has no data yet.
        what_comes: one sentence on what the page will show, in Markdown.
    """
    live = _live(application.id)
    if not live:
        failed_runs(application)
        missing_of_runs(application)
    with st.container(border=True):
        if live:
            sync_progress(application, title="Reading the tenant for the first time")
            st.caption(f"{what_comes} It takes seconds for the demo, some minutes for a large tenant.")
            return
        st.markdown("**Nothing has been read from this tenant yet**")
        st.markdown(what_comes)
        actor = current_actor()
        if not actor.may(Role.ADMINISTRATOR):
            st.caption("Somebody with the role administrator can begin it on the Applications page.")
        elif st.button("Read the tenant now", type="primary", icon=":material/sync:"):
            queue_tasks(runtime().engine, application.id, SYNC_TASKS, actor, now())
            st.rerun()


def assessed(session: Session, application_id: int) -> bool:
    """Whether activity was ever judged: before that nothing can be said of how seats are used."""
    judged = select(TaskRun.id).where(
        TaskRun.application_id == application_id,
        TaskRun.task == IntegrationTask.ACCESS,
        col(TaskRun.status).in_((TaskStatus.SUCCEEDED, TaskStatus.PARTIAL)),
    )
    counted = select(AssignmentRollup.sku_id).where(AssignmentRollup.application_id == application_id)
    return any(session.exec(query.limit(1)).first() is not None for query in (judged, counted))


def current_work(application: ApplicationContext) -> None:
    """Progress of what is being read from the tenant now; else what failed when it was read last."""
    if not sync_progress(application, title="Reading the tenant"):
        failed_runs(application)
        missing_of_runs(application)


def latest_ended(session: Session, application_id: int) -> list[TaskRun]:
    """The latest run of each task that reads the tenant, unless it is still going on."""
    live = {TaskStatus.QUEUED, TaskStatus.RUNNING}
    runs = recent_runs(session, application_id, per_task=1)
    return [run for run in runs if run.task in SYNC_TASKS and run.status not in live]


def empty_state(title: str, explanation: str) -> None:
    """What will be shown here and what to do for it; both are ours, in Markdown. A button may follow."""
    with st.container(border=True):
        st.markdown(f"**{title}**")
        st.markdown(explanation)


def error_box(what: str, what_to_do: str, details: str = "") -> None:
    """What happened, to what, and what to do next; raw messages and ids behind a click, to copy.

    Args:
        what: one sentence, any text.
        what_to_do: one sentence, any text.
        details: raw messages and ids.
    """
    st.error(f"{words.plain(what)} {words.plain(what_to_do)}", icon=":material/error:")
    if details:
        with st.expander("Details"):
            st.code(details, language=None, wrap_lines=True)


def failed_runs(application: ApplicationContext) -> None:
    """An error box for each reason for which tasks that read the tenant failed when they were run last."""
    with reading(runtime().engine) as session:
        failed = [run for run in latest_ended(session, application.id) if run.status == TaskStatus.FAILED]
        read_before = _ever_read(session, application.id)
    alike: dict[tuple[str, bool], list[TaskRun]] = {}
    for run in sorted(failed, key=lambda run: SYNC_TASKS.index(IntegrationTask(run.task))):
        alike.setdefault((run.error or "", run.task in read_before), []).append(run)
    for (error, read), runs in alike.items():
        tasks = words.listed([IntegrationTask(run.task).label for run in runs])
        when = words.moment(max(run.ended_at or run.queued_at for run in runs))
        shown = "what is shown is the last good state" if read else "there is no earlier state to show"
        again, logs = ("it", "its log is") if len(runs) == 1 else ("them", "their logs are")
        error_box(
            f"{tasks} failed on {when}; {shown}.",
            f"Mend the cause, then run {again} again; {logs} on the Applications page, under Task runs.",
            error,
        )


def missing_of_runs(application: ApplicationContext) -> None:
    """A warning for each task that ended with something missing when it was run last."""
    with reading(runtime().engine) as session:
        ended = latest_ended(session, application.id)
    for run in ended:
        if run.status == TaskStatus.PARTIAL:
            task, when = IntegrationTask(run.task).label, words.moment(run.ended_at or run.queued_at)
            st.warning(
                words.plain(f"{task} ended on {when} with something missing: {run.error or 'see its run'}")
            )


def _ever_read(session: Session, application_id: int) -> set[str]:
    """The tasks that once came to their end."""
    ended = select(TaskRun.task).where(
        TaskRun.application_id == application_id,
        col(TaskRun.status).in_((TaskStatus.SUCCEEDED, TaskStatus.PARTIAL)),
    )
    return set(session.exec(ended.distinct()).all())


def sync_progress(application: ApplicationContext, *, title: str) -> bool:
    """Progress of the tasks that read the tenant, while any is queued or running; whether one is.

    Polls as long as work is live, and runs the whole page once when it ends.
    """
    live = _live(application.id)
    if not live:
        return False
    st.markdown(f"**{title}**")
    _poller()(application.id)
    return True


def _poller() -> Callable[[int], None]:
    return st.fragment(_draw_progress, run_every=_POLL_SECONDS)


def _draw_progress(application_id: int) -> None:
    live = _live(application_id)
    if not live:
        st.rerun()
    with reading(runtime().engine) as session:
        latest = last_lines(session, [run.id for run in live if run.id is not None])
    for run in live:
        task = IntegrationTask(run.task).label
        done, expected = run.counts.get("done", 0), run.counts.get("expected", 0)
        if run.status == TaskStatus.QUEUED:
            st.progress(0.0, text=f"{task}: waits for its turn since {words.ago(run.queued_at, now())}")
        elif expected:
            st.progress(min(done / expected, 1.0), text=f"{task}: {done:,} of {expected:,}")
        else:
            st.progress(0.0, text=f"{task}: {done:,} so far" if done else f"{task}: begins")
        if run.id in latest:
            st.caption(words.plain(latest[run.id].message))


def _live(application_id: int) -> list[TaskRun]:
    with reading(runtime().engine) as session:
        return [run for run in live_runs(session, application_id) if run.task != IntegrationTask.RECLAMATION]
