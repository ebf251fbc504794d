"""The parts of the Reclamation History page: filters, one line a request, the steps of the chosen one."""

from collections.abc import Sequence
from typing import Final

import orjson
import pandas as pd
import streamlit as st

from core.activity.listing import Choices
from core.reclamation import history, runs
from core.reclamation.history import EventRow, HistoryFilter, events
from core.reclamation.runs import RequestRow
from core.reclamation.states import Step
from core.rights import Actor
from core.store.engine import reading
from core.ui import downloads, restore_view, tables, words
from core.ui.context import ApplicationContext, runtime
from core.ui.evidence_words import evidence_lines
from core.ui.filters import several
from core.ui.request_looks import REQUEST_LOOKS

_MOST_EVENTS: Final = 500
_ROWS_IN_VIEW: Final = 14
_BOTH_ENDS: Final = 2
"""Of a range of days, of which only the first may be chosen yet."""
_STEP_WORDS: Final = {
    Step.REQUESTED: "Requested",
    Step.APPROVED: "Approved",
    Step.REJECTED: "Rejected",
    Step.NOTIFIED: "Notified",
    Step.REMINDED: "Reminded",
    Step.KEPT: "Kept",
    Step.BEGUN: "Taken in hand",
    Step.CHECKED: "User read again",
    Step.INTENT: "Intent on record",
    Step.REMOVAL: "Removal sent",
    Step.READ_BACK: "User read back",
    Step.RESTORE_ASKED: "Restore requested",
    Step.RESTORE_INTENT: "Intent on record",
    Step.ASSIGNMENT: "Assignment sent",
    Step.AUDITED: "Audit log",
    Step.ENDED: "Ended",
}

COLUMNS: Final = {
    "name": tables.text("Name", width=140),
    "license_type": tables.text("License type", width=140),
    "state": tables.text("State", width=115),
    "reason": tables.text("Reason", width=196),
    "changed": tables.text("Last step", width=145),
    "by": tables.text("Requested by", width=95),
    "run": tables.text("Run", width=88),
    "user_principal_name": tables.text("User principal name", width=230),
}


def offer_steps(
    application: ApplicationContext,
    label: str,
    chosen: HistoryFilter,
    *,
    file_stem: str,
    key: str,
    disabled: bool = False,
) -> None:
    """Offer every step of these requests as a file."""
    engine = runtime().engine
    downloads.offer(
        label,
        history.EXPORT_COLUMNS,
        lambda: downloads.cells(
            lambda: history.stream_events(engine, application.id, chosen), history.export_cells
        ),
        file_stem=file_stem,
        key=key,
        disabled=disabled,
    )


def filters(application: ApplicationContext, offered: Choices) -> HistoryFilter:
    """Draw the filters; what is chosen."""
    with reading(runtime().engine) as session:
        known = runs.runs(session, application.id)
    labels = {run_label(run.run_id, dry_run=run.mode == "dry_run"): run.run_id for run in known}
    types = {each.label: each.sku_id for each in offered.license_types}
    states = {look.word: state for state, look in REQUEST_LOOKS.items()}
    first, second, third, fourth, fifth = st.columns([1, 1.1, 1, 0.8, 1.45])
    with first:
        text = st.text_input(
            "Search",
            placeholder="Name or address",
            icon=":material/search:",
            max_chars=200,
            key="history-text",
            label_visibility="collapsed",
        )
    with second:
        chosen_states = _several("State", list(states), "Any state")
    with third:
        chosen_types = _several("License type", list(types), "All license types")
    with fourth:
        run = st.selectbox(
            "Run",
            list(labels),
            index=None,
            placeholder="Any run",
            key="history-run",
            label_visibility="collapsed",
        )
    with fifth:
        days = st.date_input(
            "Requested between",
            value=[],
            max_value="today",
            format="YYYY-MM-DD",
            key="history-days",
            label_visibility="collapsed",
        )
    return HistoryFilter(
        run_id=labels.get(run) if run else None,
        states=tuple(states[word] for word in chosen_states),
        sku_ids=tuple(types[label] for label in chosen_types),
        text=text or "",
        first_day=days[0] if days else None,
        last_day=days[-1] if len(days) == _BOTH_ENDS else None,
    )


def _several(label: str, options: Sequence[str], none: str) -> list[str]:
    return several(label, options, key=f"history-{label}", none=none, in_address=False)


def run_label(run_id: int, *, dry_run: bool) -> str:
    """A run by its number."""
    return f"Dry run {run_id}" if dry_run else f"Run {run_id}"


def requests_table(rows: Sequence[RequestRow]) -> None:
    """One page of requests, of which one can be chosen."""
    frame = pd.DataFrame([_cells(row) for row in rows], columns=list(COLUMNS))
    looks = {"state": tables.looks_by_label(REQUEST_LOOKS.values())}
    tables.choose_row(
        tables.color_looks(frame, looks),
        COLUMNS,
        key=_key(rows),
        alt="Reclamation requests, the latest run first",
        height=tables.height_of(len(rows), most=_ROWS_IN_VIEW),
    )


def picked(rows: Sequence[RequestRow]) -> RequestRow | None:
    """The request that is chosen in the table of these rows, which may not be drawn yet."""
    position = tables.chosen_position(_key(rows), len(rows))
    return None if position is None else rows[position]


def _key(rows: Sequence[RequestRow]) -> str:
    return tables.ids_key("requests", (row.request_id for row in rows))


def _cells(row: RequestRow) -> dict[str, object]:
    return {
        "name": row.display_name,
        "license_type": row.license_type,
        "state": REQUEST_LOOKS[row.state].label,
        "changed": words.moment(row.changed_at),
        "by": row.created_by,
        "run": run_label(row.run_id, dry_run=row.dry_run),
        "reason": row.reason,
        "user_principal_name": row.user_principal_name,
    }


def timeline(application: ApplicationContext, actor: Actor, row: RequestRow) -> None:
    """All steps of a request, as they happened, and the way back from a reclaimed one."""
    with reading(runtime().engine) as session:
        chosen = HistoryFilter(request_id=row.request_id)
        steps = events(session, application.id, chosen, rows=_MOST_EVENTS)[::-1]
    look = REQUEST_LOOKS[row.state]
    with st.container(border=True):
        st.subheader(words.plain(row.display_name), anchor=False)
        st.text(f"{row.user_principal_name}\n{row.license_type}")
        reason = f" · {words.plain(row.reason)}" if row.reason else ""
        st.markdown(f"{look.sign} **{look.word}**{reason}")
        restore_view.offer(application, actor, row)
        with st.container(gap=None):
            for number, step in enumerate(steps):
                with st.container(gap="xxsmall", key=f"step-{number}"):
                    _step(step)
        with st.expander("Details to copy"):
            st.code(_details(row, steps), language=None, wrap_lines=True)


def _step(step: EventRow) -> None:
    attempt = f" · attempt {step.attempt}" if step.attempt > 1 else ""
    when = f"{words.moment(step.at)[:-4]}:{step.at:%S} UTC"
    st.markdown(f"**{_STEP_WORDS[step.step]}**{attempt}  \n:small[{when} · {words.plain(step.actor)}]")
    if step.detail:
        st.text(step.detail)
    if step.step is Step.REQUESTED and step.evidence:
        with st.expander("Evidence then"):
            lines = evidence_lines(step.evidence)
            st.markdown("  \n".join(f":small[{words.plain(line)}]" for line in lines))


def _details(row: RequestRow, steps: Sequence[EventRow]) -> str:
    lines = [f"request {row.request_id}", f"user id {row.user_id}", f"SKU id {row.sku_id}"]
    for step in steps:
        graph = f" graph-request-id {step.graph_request_id}" if step.graph_request_id else ""
        evidence = f" {orjson.dumps(step.evidence).decode()}" if step.evidence else ""
        lines.append(f"{step.at.isoformat()} {step.step} {step.attempt} → {step.state}{graph}{evidence}")
    return "\n".join(lines)
