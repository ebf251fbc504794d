"""The steps of the Reclamation page: choose, see the effect, do it; and the run that follows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import pandas as pd
import streamlit as st

from core.activity.evidence import Confidence
from core.activity.listing import Choices
from core.reclamation import listing, runs
from core.reclamation.chosen import Seat
from core.reclamation.effect import Effect
from core.reclamation.limits import LimitRefused
from core.reclamation.listing import OpportunityFilter, OpportunityRow
from core.reclamation.opportunities import Scenario
from core.reclamation.requests import RunMode, RunRefused, cancel_run, start_run
from core.reclamation.runs import RunRow
from core.reclamation.states import FINAL, RequestState
from core.rights import Actor, Role
from core.spend.formatting import format_count, format_money
from core.store.engine import reading
from core.ui import basket, guard, links, tables, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.request_looks import REQUEST_LOOKS

MODES: Final = {RunMode.IMMEDIATE: "Reclaim immediately", RunMode.DRY_RUN: "Dry run"}
OFFERED: Final = (Scenario.NEVER_ACTIVE, Scenario.DISABLED_ACCOUNT, Scenario.INACTIVE)
_ROWS_IN_VIEW: Final = 11
_POLL_SECONDS: Final = 1.0

COLUMNS: Final = {
    "name": tables.text("Name", width=130),
    "license_type": tables.text("License type", width=125),
    "scenario": tables.text("Scenario", width=106),
    "confidence": tables.text("Confidence", width=80),
    "cost": tables.amount("A year", width=58),
    "last_activity": tables.day("Last active", width=86),
    "department": tables.text("Department", width=120),
    "why": tables.text("Why", width=420),
    "blockers": tables.text("Why not", width=420),
}


def filters(offered: Choices) -> OpportunityFilter:
    """Draw the filters; what is chosen."""
    types = {each.label: each.sku_id for each in offered.license_types}
    confidences = {word: confidence for confidence, word in words.CONFIDENCE_WORDS.items()}
    labels = {scenario.label: scenario for scenario in OFFERED}
    departments = [each.value for each in offered.departments if each.value]
    first, second, third = st.columns([1.3, 1, 1])
    with first:
        chosen_types = _several("License type", list(types), "All license types")
    with second:
        chosen_scenarios = _several("Scenario", list(labels), "Any scenario")
    with third:
        chosen_confidences = _several("Confidence", list(confidences), "Any confidence")
    first, second, third = st.columns([1.3, 1, 1], vertical_alignment="center")
    with first:
        text = st.text_input(
            "Search",
            placeholder="Name or address",
            icon=":material/search:",
            max_chars=200,
            key="offers-text",
            label_visibility="collapsed",
        )
    with second:
        chosen_departments = _several("Department", departments, "Any department")
    with third:
        blocked = st.toggle("Show blocked ones", key="offers-blocked")
    return OpportunityFilter(
        scenarios=tuple(labels[label] for label in chosen_scenarios),
        sku_ids=tuple(types[label] for label in chosen_types),
        confidences=tuple(confidences[word] for word in chosen_confidences),
        departments=tuple(chosen_departments),
        reclaimable=None if blocked else True,
        text=text or "",
    )


def _several(label: str, options: Sequence[str], none: str) -> list[str]:
    return st.multiselect(
        label,
        options,
        key=f"offers-{label}",
        placeholder=none,
        label_visibility="collapsed",
        select_all=False,
    )


def opportunities_table(application: ApplicationContext, rows: Sequence[OpportunityRow]) -> None:
    """One page of opportunities; what is checked goes into the basket, by identity."""
    shown = [(row.user_id, row.sku_id) for row in rows]
    frame = pd.DataFrame([_cells(row) for row in rows], columns=list(COLUMNS))
    order = [name for name in COLUMNS if name != "blockers"]
    if not all(row.reclaimable and not row.requested for row in rows):
        order.insert(order.index("scenario") + 1, "blockers")
    in_basket = set(basket.seats(application.id))
    state = st.dataframe(
        frame,
        hide_index=True,
        column_config=COLUMNS,
        column_order=order,
        key=basket.key_of(shown),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [place for place, seat in enumerate(shown) if seat in in_basket]}
        },
        height=tables.height_of(len(rows), most=_ROWS_IN_VIEW),
        placeholder="—",
        alt="Opportunities, the strongest first",
    )
    chosen = [shown[place] for place in state["selection"]["rows"] if place < len(shown)]
    basket.choose(application.id, shown, chosen)


def add_sure_ones(application: ApplicationContext, chosen: OpportunityFilter) -> None:
    """A button that adds all filtered opportunities of High confidence, on every page of the table."""
    sure = OpportunityFilter(
        scenarios=chosen.scenarios,
        sku_ids=chosen.sku_ids,
        confidences=(Confidence.HIGH,),
        departments=chosen.departments,
        reclaimable=True,
        text=chosen.text,
    )
    with reading(runtime().engine) as session:
        count = listing.count(session, application.id, sure)
    if st.button(f"Choose all {count:,} of High confidence", disabled=not count):
        batches = listing.stream_batches(runtime().engine, application.id, sure, on=now().date())
        basket.add(
            application.id,
            [(row.user_id, row.sku_id) for batch in batches for row in batch if not row.requested],
        )
        st.rerun()


def _cells(row: OpportunityRow) -> dict[str, object]:
    return {
        "name": row.display_name,
        "license_type": row.license_type,
        "scenario": ", ".join(scenario.label for scenario in row.scenarios),
        "confidence": words.CONFIDENCE_WORDS[row.confidence],
        "last_activity": row.last_activity.date() if row.last_activity else None,
        "cost": format_money(row.cost) if row.cost else None,
        "department": row.department,
        "why": " ".join([*row.reasons, *row.cautions]),
        "blockers": "A request is under way." if row.requested else " ".join(row.blockers),
    }


def show_effect(application: ApplicationContext, effect: Effect) -> None:
    """What would happen: seats, money, cautions, who is left out."""
    st.markdown(f"**{format_count(effect.seats, 'seat')}** would be freed")
    lines = [
        f"{format_money(each.annual, 'year')} · {format_money(each.monthly, 'month')} "
        f"for {format_count(each.seats, 'seat')}"
        for each in effect.by_currency
    ]
    if effect.unpriced_seats:
        lines.append(
            f"{format_count(effect.unpriced_seats, 'seat')} with no price, or prices in several currencies"
        )
    for line in lines:
        st.text(line)
    until = [each for each in effect.by_type if each.paid_until]
    if until:
        dates = "; ".join(f"{each.paid_until} ({each.license_type})" for each in until)
        st.caption(words.plain(f"Freed, still paid until {dates}"))
    for caution in effect.cautions:
        st.markdown(f"⚠ **{caution.seats:,}** · {words.plain(caution.text)}")
    if effect.excluded:
        reasons = ", ".join(
            f"{count:,} {why.label.lower()}" for why, count in effect.excluded_by_reason.items()
        )
        with st.expander(f"{format_count(len(effect.excluded), 'seat')} left out: {words.plain(reasons)}"):
            st.text(
                "\n".join(
                    f"{each.user_principal_name} · {each.license_type}: {each.text}"
                    for each in effect.excluded
                )
            )
    _show_basket(application)


def _show_basket(application: ApplicationContext) -> None:
    chosen = basket.seats(application.id)
    with st.expander(f"Who is chosen ({len(chosen):,})"):
        with reading(runtime().engine) as session:
            rows = listing.rows_of(session, application.id, chosen, on=now().date())
        names = {(row.user_id, row.sku_id): f"{row.display_name} · {row.license_type}" for row in rows}
        leaving = st.multiselect(
            "Take out",
            list(names),
            format_func=names.__getitem__,
            key=f"basket-out-{len(chosen)}",
            placeholder="Take somebody out …",
            label_visibility="collapsed",
            select_all=False,
        )
        left, right = st.columns(2)
        if left.button("Take out", disabled=not leaving, width="stretch"):
            basket.remove(application.id, leaving)
            st.rerun()
        if right.button("Take out all", width="stretch"):
            basket.clear(application.id)
            st.rerun()
        st.text("\n".join(names.values()))


def do_it(application: ApplicationContext, actor: Actor, effect: Effect) -> None:
    """Mode, note, the number above the limits, and the button."""
    modes = list(MODES) if application.allow_reclaim else [RunMode.DRY_RUN]
    mode = st.segmented_control(
        "Mode",
        modes,
        format_func=MODES.__getitem__,
        default=modes[0],
        required=True,
        key="run-mode",
        label_visibility="collapsed",
    )
    if not application.allow_reclaim:
        st.caption(
            "Only dry runs: licenses can be removed once allow\\_reclaim = true is set in the configuration."
        )
    note = st.text_input("Note", key="run-note", placeholder="Why, for the history (optional)", max_chars=500)
    typed: int | None = None
    if effect.exceeded and mode is RunMode.IMMEDIATE:
        first = effect.exceeded[0]
        typed = st.number_input(
            f"Above the limit of {first.limit} a day (asked for: {first.requested}, before: {first.recent}). "
            f"Type {len(effect.requests)} to confirm",
            min_value=0,
            value=None,
            step=1,
            key="run-typed",
        )
    count = len(effect.requests)
    label = (
        f"Reclaim {format_count(count, 'license')}"
        if mode is RunMode.IMMEDIATE
        else (f"Dry run for {format_count(count, 'license')}")
    )
    may = actor.may(Role.OPERATOR)
    unconfirmed = bool(effect.exceeded) and mode is RunMode.IMMEDIATE and typed != count
    if not may:
        st.caption("Reclaiming needs the role operator.")
    if st.button(label, type="primary", disabled=not (may and count) or unconfirmed, width="stretch"):
        _confirm(application, effect, mode, note, typed)


@st.dialog("Are you sure?")
def _confirm(
    application: ApplicationContext, effect: Effect, mode: RunMode, note: str, typed: int | None
) -> None:
    count = format_count(len(effect.requests), "license")
    for each in effect.by_type:
        st.text(f"{each.seats:,} × {each.license_type}")
    if mode is RunMode.IMMEDIATE:
        st.markdown(
            f"**{count}** will be removed from these people, each checked again just before. "
            "A mailbox without a license is deleted after 30 days."
        )
    else:
        st.markdown(f"**{count}** will be checked as if they were to be removed. Nothing is changed.")
    if not guard.require_recent_sign_in():
        return
    if st.button(f"Reclaim {count}" if mode is RunMode.IMMEDIATE else "Start the dry run", type="primary"):
        _start(application, effect.requests, mode, note, typed)


def _start(
    application: ApplicationContext, requests: Sequence[Seat], mode: RunMode, note: str, typed: int | None
) -> None:
    try:
        start_run(
            runtime().engine,
            application.id,
            chosen=requests,
            mode=mode,
            manual=False,
            note=note,
            confirm_count=typed,
            actor=guard.current_actor(),
            allow_reclaim=application.allow_reclaim,
            now=now(),
        )
    except (RunRefused, LimitRefused) as refused:
        st.error(words.plain(str(refused)))
        return
    basket.clear(application.id)
    st.rerun()


def latest_run(application: ApplicationContext, actor: Actor) -> None:
    """The run that is under way, with its progress; else how the latest one ended."""
    with reading(runtime().engine) as session:
        found = runs.runs(session, application.id, limit=1)
    if not found:
        return
    run = found[0]
    if run.ended_at is None:
        st.fragment(_live_run, run_every=_POLL_SECONDS)(run.run_id, actor)
    else:
        _run_lines(run)


def _live_run(run_id: int, actor: Actor) -> None:
    with reading(runtime().engine) as session:
        run = runs.run(session, run_id)
    if run is None or run.ended_at is not None:
        st.rerun()
    with st.container(border=True):
        _run_lines(run)
        if run.cancelled_at is None and actor.may(Role.OPERATOR):
            if st.button("Cancel what has not begun", icon=":material/stop:", key=f"cancel-{run_id}"):
                try:
                    stopped = cancel_run(runtime().engine, run_id, actor=guard.current_actor(), now=now())
                except RunRefused as refused:
                    st.warning(words.plain(str(refused)))
                else:
                    st.caption(f"{format_count(stopped, 'request')} cancelled.")
        elif run.cancelled_at is not None:
            st.caption("Cancelled; what had begun is carried through.")


def _run_lines(run: RunRow) -> None:
    done = sum(count for state, count in run.by_state.items() if state in FINAL)
    kind = "Dry run" if run.mode is RunMode.DRY_RUN else "Reclamation"
    states = " · ".join(
        f"{REQUEST_LOOKS[state].label} **{run.by_state[state]:,}**"
        for state in REQUEST_LOOKS
        if run.by_state.get(state)
    )
    head = f"**{kind} {run.run_id}** · {words.plain(run.created_by)} · {_times(run, now())}"
    if run.ended_at is None:
        st.markdown(f"{head} · {format_count(run.requests, 'request')}")
        waits = "" if run.prepared_at else " · sign-ins are being read again first"
        st.progress(done / max(run.requests, 1), text=f"{done:,} of {run.requests:,} done{waits}")
        st.markdown(states)
        return
    st.markdown(f"{head} · {states}")
    if run.by_state.get(RequestState.SKIPPED) or run.by_state.get(RequestState.FAILED):
        links.link_to("reclamation_history.py", "The reasons stand in the Reclamation History")


def _times(run: RunRow, moment: datetime) -> str:
    if run.ended_at is None:
        return f"begun {words.ago(run.created_at, moment)}"
    return f"{words.moment(run.created_at)}, took {words.duration(run.created_at, run.ended_at)}"
