"""The runs of the Reclamation page that wait for a second person: what they ask for, approving, rejecting."""

from typing import Final

import streamlit as st

from core.policies.policies import read_policies
from core.policies.settings import Setting
from core.reclamation.approval import APPROVED_WITHIN, hindrance, needs_approval
from core.reclamation.approving import LONGEST_REASON, ApprovalRefused, approve_run, asker, reject_run
from core.reclamation.asked import AskedType, asked_types
from core.reclamation.requests import RunMode
from core.reclamation.runs import RunRow, waiting_for_approval
from core.rights import Actor, Role
from core.spend.formatting import format_count, format_money
from core.store.engine import reading
from core.ui import guard, words
from core.ui.context import ApplicationContext, now, runtime
from core.ui.saved import saved

_TYPES_NAMED: Final = 4
_MODE_WORDS: Final = {
    RunMode.IMMEDIATE: "to be reclaimed immediately",
    RunMode.NOTIFY: "to be reclaimed after their holders were notified",
}


def waiting_runs(application: ApplicationContext, actor: Actor) -> None:
    """A banner for each run that waits for approval, with what can be done about it."""
    with reading(runtime().engine) as session:
        found = waiting_for_approval(session, application.id)
        asked = {run.run_id: asked_types(session, application.id, run.run_id, now().date()) for run in found}
    for run in found:
        with st.container(border=True, key=f"approval-{run.run_id}"):
            _banner(application, actor, run, asked[run.run_id])


def approval_note(application: ApplicationContext, requests: int, *, dry_run: bool) -> None:
    """Before the click: that so many requests wait for a second person."""
    with reading(runtime().engine) as session:
        above = read_policies(session, application.id)[Setting.APPROVAL_ABOVE]
    if needs_approval(requests, above=above, dry_run=dry_run):
        st.caption(
            f":material/supervisor_account: More than {format_count(above, 'request')}: nothing begins until "
            f"another operator approves, within {APPROVED_WITHIN.days} days."
        )


def _banner(application: ApplicationContext, actor: Actor, run: RunRow, types: list[AskedType]) -> None:
    licenses = format_count(run.requests, "license")
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left, st.container(gap="xxsmall"):
        st.markdown(
            f":material/supervisor_account: **1 run waits for approval: {licenses}**, asked by "
            f"{words.plain(run.created_by)} {words.ago(run.created_at, now())}"
        )
        listed = " · ".join(_type_words(each) for each in types[:_TYPES_NAMED])
        if len(types) > _TYPES_NAMED:
            listed += f" · {format_count(len(types) - _TYPES_NAMED, 'more type')}"
        until = words.moment(run.created_at + APPROVED_WITHIN)
        note = f" Note: {run.note.rstrip('.')}." if run.note else ""
        st.caption(
            words.plain(
                f"Run {run.run_id}, {_MODE_WORDS[run.mode]}: {listed}.{note} Nothing has begun; without an "
                f"approval until {until} it is cancelled."
            )
        )
    with right:
        _decide(application, actor, run)


def _type_words(asked: AskedType) -> str:
    costs = " or ".join(format_money(each, "year") for each in asked.costs)
    cost = f" ({costs})" if costs else ""
    return f"{asked.seats:,} × {asked.license_type}{cost}"


def _decide(application: ApplicationContext, actor: Actor, run: RunRow) -> None:
    why = None
    if not actor.may(Role.OPERATOR):
        why = f"Approving needs the role operator; yours is {actor.role}."
    elif run.rejected_by is None:
        with reading(runtime().engine) as session:
            asked_by = asker(session, run.run_id, run.created_by)
        why = hindrance(asked_by=asked_by, asked_at=run.created_at, who=actor.name, now=now())
    if why is not None:
        st.caption(words.plain(why))
        return
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Approve", type="primary", key=f"approve-{run.run_id}"):
            title = f"Approve run {run.run_id}?"
            st.dialog(title)(approve_form)(application, run)
        if st.button("Reject", key=f"reject-{run.run_id}"):
            st.dialog(f"Reject run {run.run_id}?")(reject_form)(application, run)


def approve_form(application: ApplicationContext, run: RunRow) -> None:
    """The content of the dialog that approves."""
    licenses = format_count(run.requests, "license")
    st.markdown(
        f"**{licenses}** {_MODE_WORDS[run.mode]}. Each person is read again just before; whoever has become "
        "active is left alone. Your name stands in the history beside that of "
        f"{words.plain(run.created_by)}."
    )
    if not guard.require_recent_sign_in():
        return
    if st.button(f"Approve {licenses}", type="primary", key="approve-now"):
        try:
            approve_run(runtime().engine, application.id, run.run_id, actor=guard.current_actor(), now=now())
        except ApprovalRefused as refused:
            st.error(words.plain(str(refused)))
        else:
            saved(f"Run {run.run_id} is approved: it begins")


def reject_form(application: ApplicationContext, run: RunRow) -> None:
    """The content of the dialog that rejects."""
    st.markdown(f"All **{format_count(run.requests, 'request')}** end as cancelled. Nothing was removed.")
    reason = st.text_input("Reason", key="reject-reason", max_chars=LONGEST_REASON)
    if st.button("Reject the run", type="primary", key="reject-now"):
        try:
            reject_run(
                runtime().engine,
                application.id,
                run.run_id,
                reason or "",
                actor=guard.current_actor(),
                now=now(),
            )
        except ApprovalRefused as refused:
            st.error(words.plain(str(refused)))
        else:
            saved(f"Run {run.run_id} is rejected")
