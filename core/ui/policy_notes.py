"""What pages say of policies: that reclamation is paused, and that activity is being judged anew."""

from typing import Final

import streamlit as st

from core.integration.tracking import SYNC_TASKS, live_runs
from core.policies.assessing import assessment_asked
from core.policies.policies import read_pause
from core.policies.settings import Pause
from core.store.engine import reading
from core.ui import words
from core.ui.context import ApplicationContext, now, runtime

_POLL_SECONDS: Final = 1.0


def paused(application: ApplicationContext) -> Pause | None:
    """The pause of reclamation; None while there is none."""
    with reading(runtime().engine) as session:
        return read_pause(session, application.id)


def pause_banner(application: ApplicationContext) -> None:
    """While reclamation is paused: since when, by whom, why."""
    found = paused(application)
    if found is None:
        return
    st.warning(
        f"**{words.plain(found.sentence)}** Nothing new begins; what was removed already is verified, and "
        "restores and dry runs work.",
        icon=":material/pause_circle:",
    )


def being_judged(application: ApplicationContext) -> None:
    """While a change is not yet seen in statuses and opportunities: says so, and then draws the page anew."""
    with reading(runtime().engine) as session:
        asked = assessment_asked(session, application.id)
    if asked is not None:
        st.fragment(_watch, run_every=_POLL_SECONDS)(application)


def _watch(application: ApplicationContext) -> None:
    with reading(runtime().engine) as session:
        asked = assessment_asked(session, application.id)
        waits = any(run.task in SYNC_TASKS for run in live_runs(session, application.id))
    if asked is None:
        st.rerun()
    behind = ", as soon as the tasks that run now have ended" if waits else ""
    st.info(
        f"Statuses and opportunities are being judged anew{behind}: changed {words.ago(asked, now())}.",
        icon=":material/hourglass_top:",
    )
