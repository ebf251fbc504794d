"""What is not seen of the tenant, and why: on Applications, first thing after the connection."""

from datetime import datetime, time
from typing import Final

import streamlit as st

from core.activity.evidence import SourceStatus
from core.integration.coverage import Alike, alike, unseen
from core.integration.sources import SourceName, read_sources
from core.spend.formatting import format_count
from core.store.engine import reading
from core.store.tables import Source
from core.ui import status, words
from core.ui.context import ApplicationContext, runtime

_SIGNS: Final = {
    SourceStatus.AVAILABLE: "✓",
    SourceStatus.NOT_READ: "–",
    SourceStatus.FAILED: "✕",
}
_TROUBLED: Final = "!"
_SINCE: Final = {SourceStatus.DEGRADED: "as of", SourceStatus.STALE: "as of"}
"""What the date of a source is called that was read all the same."""
_WIDTHS: Final = (1, 2.1, 1.6)


def status_label(value: SourceStatus) -> str:
    """Sign and word of how a source stands: `! Missing`."""
    return f"{_SIGNS.get(value, _TROUBLED)} {value.replace('_', ' ').capitalize()}"


def as_of(moment: datetime | None) -> str:
    """A moment; of a report, which speaks of whole days, the day."""
    if moment is None:
        return words.NONE_GIVEN
    return words.day(moment.date()) if moment.time() == time.min else words.moment(moment)


def coverage_section(application: ApplicationContext) -> None:
    """Each source that is missing, with what that costs and what helps; then the others, a line each."""
    with reading(runtime().engine) as session:
        sources = read_sources(session, application.id)
    st.subheader("What you are not seeing, and why", anchor=False)
    if not sources:
        status.empty_state(
            "Nothing has been read yet", "Run all tasks: here will stand what could not be read."
        )
        return
    missing = unseen(sources)
    if missing:
        with st.container(border=True, gap=None):
            for together in alike(missing):
                with st.container(key=f"unseen-{together.sources[0].name}"):
                    _unseen_row(together)
    troubled = {each.name.value for each in missing}
    _quiet_lines({name: source for name, source in sources.items() if name not in troubled})


def _unseen_row(together: Alike) -> None:
    """One row for sources that are missing for the same reason."""
    name, why, what_helps = st.columns(_WIDTHS, gap="medium")
    with name, st.container(gap=None):
        for each in together.sources:
            st.markdown(f"**{words.plain(each.name.label)}**")
        st.caption(status_label(together.status))
        good = [each.as_of for each in together.sources if each.as_of is not None]
        if good:
            st.caption(f"{_SINCE.get(together.status, 'last good')}: {as_of(min(good))}")
    with why, st.container(gap=None):
        st.text("\n".join([together.why, *together.each]))
        touches = dict.fromkeys(each.touches for each in together.sources)
        st.caption(f"Touches {words.plain('; '.join(touches))}.")
    with what_helps, st.container(gap=None):
        tasks: dict[str, dict[str, None]] = {}
        for each in together.sources:
            tasks.setdefault(each.advice, {})[each.task.label] = None
        for advice, labels in tasks.items():
            what = advice.replace("{task}", words.listed(list(labels)))
            st.caption(f":material/build: {words.plain(what)}")


def _quiet_lines(fine: dict[str, Source]) -> None:
    if not fine:
        return
    known = [name for name in SourceName if name.value in fine]
    count = format_count(len(known), "source")
    label = (
        f"All {count} as they should be" if len(known) == len(SourceName) else f"{count} as they should be"
    )
    with st.expander(label, icon=":material/check:"):
        for name in known:
            source = fine[name.value]
            parts = [name.label]
            if source.status == SourceStatus.AVAILABLE:
                parts.append(as_of(source.as_of))
            if source.detail:
                parts.append(words.plain(source.detail))
            st.caption(f"{_SIGNS[SourceStatus(source.status)]} {' · '.join(parts)}")
