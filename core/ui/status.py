"""Headings, empty states, errors, freshness and progress: what a page says besides its figures."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import streamlit as st

from core.integration.tracking import live_runs
from core.store.engine import reading
from core.store.tables import IntegrationTask, TaskRun, TaskStatus
from core.ui import words
from core.ui.context import ApplicationContext, now, runtime

_POLL_SECONDS: Final = 1.0


def page_title(title: str, application: ApplicationContext) -> None:
    """The page's heading, with the demo's badge beside it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(title, anchor=False, width="content")
        if application.is_demo:
            st.badge("Demo tenant", color="blue", help="A made-up organization: nothing here is real.")


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


def failed_runs(runs: Sequence[TaskRun]) -> None:
    """An error box for each run that failed or ended with something missing, the newest of each task."""
    for run in runs:
        task = IntegrationTask(run.task).label
        when = words.moment(run.ended_at or run.queued_at)
        if run.status == TaskStatus.FAILED:
            error_box(
                f"{task} failed on {when}; what is shown is the last good state.",
                "Look at the run on the Applications page, then run it again.",
                run.error or "",
            )
        elif run.status == TaskStatus.PARTIAL:
            st.warning(
                words.plain(f"{task} ended on {when} with something missing: {run.error or 'see its run'}")
            )


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
    for run in live:
        task = IntegrationTask(run.task).label
        done, expected = run.counts.get("done", 0), run.counts.get("expected", 0)
        if run.status == TaskStatus.QUEUED:
            st.progress(0.0, text=f"{task}: waits for its turn since {words.ago(run.queued_at, now())}")
        elif expected:
            st.progress(min(done / expected, 1.0), text=f"{task}: {done:,} of {expected:,}")
        else:
            st.progress(0.0, text=f"{task}: {done:,} so far" if done else f"{task}: begins")


def _live(application_id: int) -> list[TaskRun]:
    with reading(runtime().engine) as session:
        return [run for run in live_runs(session, application_id) if run.task != IntegrationTask.RECLAMATION]
