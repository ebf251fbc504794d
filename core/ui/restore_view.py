"""Giving licenses back from the Reclamation History page: the offer, the question, and how it goes on."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.reclamation.restore_outlook import Outlook, days_left, outlook, restoring
from core.reclamation.restore_requests import OUT_OF_GROUP, RestoreRefused, restorable, restore
from core.reclamation.restoring import Deadline
from core.reclamation.runs import RequestRow
from core.reclamation.states import RequestState
from core.rights import Actor, Role
from core.spend.formatting import format_count
from core.store.engine import reading
from core.ui import guard, words
from core.ui.context import ApplicationContext, now, runtime

_POLL_SECONDS: Final = 1.0
_SWITCHED_OFF: Final = (
    "Restoring is switched off for this application: set allow_reclaim = true in its configuration."
)


def offer(application: ApplicationContext, actor: Actor, row: RequestRow) -> None:
    """Below a reclaimed request: until when its data can be saved, and the button that gives it back."""
    if row.state is not RequestState.RECLAIMED:
        return
    with reading(runtime().engine) as session:
        found = days_left(session, application.id, row.request_id, now())
    if found:
        st.caption("  \n".join(map(_deadline, found)))
    if row.via_group_id is not None:
        st.caption(OUT_OF_GROUP)
        return
    _button(application, actor, "Restore the license", [row.request_id], key=f"restore-{row.request_id}")


def offer_run(application: ApplicationContext, actor: Actor, run_id: int | None) -> None:
    """Where one run is shown: the button that gives back everything that it has reclaimed."""
    if run_id is None:
        return
    ids = restorable(runtime().engine, application.id, run_id)
    if ids:
        label = f"Restore {format_count(len(ids), 'license')} of run {run_id}"
        _button(application, actor, label, ids, key=f"restore-run-{run_id}")


def under_way(application: ApplicationContext) -> None:
    """How many licenses are being given back, for as long as there are any."""
    with reading(runtime().engine) as session:
        count = restoring(session, application.id)
    if count:
        st.fragment(_watch, run_every=_POLL_SECONDS)(application, count)


def _watch(application: ApplicationContext, shown: int) -> None:
    with reading(runtime().engine) as session:
        count = restoring(session, application.id)
    if count != shown:
        st.rerun()
    st.info(f"{format_count(count, 'license')} being restored …", icon=":material/undo:")


def _deadline(deadline: Deadline) -> str:
    if deadline.days_left < 0:
        return f":material/warning: The {deadline.what} could be saved until {words.day(deadline.until)}."
    left = format_count(deadline.days_left, "day")
    return f"{left} left to save the {deadline.what}, until {words.day(deadline.until)}."


def _button(
    application: ApplicationContext, actor: Actor, label: str, ids: Sequence[int], *, key: str
) -> None:
    if not actor.may(Role.OPERATOR):
        return
    allowed = application.allow_reclaim
    help_text = None if allowed else _SWITCHED_OFF
    if st.button(label, icon=":material/undo:", key=key, disabled=not allowed, help=help_text):
        st.dialog(f"Restore {format_count(len(ids), 'license')}?")(_confirm)(application, ids)


def _confirm(application: ApplicationContext, ids: Sequence[int]) -> None:
    with reading(runtime().engine) as session:
        found = outlook(session, application.id, ids, now())
    st.text("\n".join(f"{each.seats:,} × {each.license_type}" for each in found.by_type))
    st.markdown(
        "Each person is read again first, and gets the license with the service plans that were on before."
    )
    for line in _cautions(found):
        st.caption(f":material/warning: {words.plain(line)}")
    if not guard.require_recent_sign_in():
        return
    if st.button(f"Restore {format_count(len(ids), 'license')}", type="primary"):
        _start(application, ids)


def _cautions(found: Outlook) -> list[str]:
    lines = [
        f"{each.license_type}: {format_count(max(each.free, 0), 'seat')} free by the last sync. Whoever "
        "finds none stays without the license."
        for each in found.by_type
        if each.free < each.seats
    ]
    lines += [
        f"Of {number:,} the {what} may be gone for good: the time to save it is over."
        for what, number in found.too_late.items()
    ]
    return lines


def _start(application: ApplicationContext, ids: Sequence[int]) -> None:
    try:
        restore(
            runtime().engine,
            application.id,
            ids,
            actor=guard.current_actor(),
            allow_reclaim=application.allow_reclaim,
            now=now(),
        )
    except RestoreRefused as refused:
        st.error(words.plain(str(refused)))
        return
    st.rerun()
