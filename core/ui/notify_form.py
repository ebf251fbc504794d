"""The part of the Reclamation page that belongs to *Notify first*: the period, the copy, and a preview."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.notification.deadlines import deadline, last_day
from core.notification.setup import envelope_of, why_off
from core.policies.policies import read_policies
from core.policies.settings import SPECS, Setting
from core.reclamation.chosen import Seat
from core.reclamation.notice_preview import people_of, preview, unreachable
from core.reclamation.requests import NotifyTerms
from core.store.engine import reading
from core.ui.context import ApplicationContext, now, runtime


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """How the mails are to be: what the form says."""

    waiting_days: int
    copy_manager: bool


def terms(application: ApplicationContext, seats: Sequence[Seat]) -> NotifyTerms:
    """Draw the form; how the run is to notify, or why it can't."""
    off = why_off(runtime().settings)
    if off is not None:
        return NotifyTerms(off=off)
    spec = SPECS[Setting.WAITING_DAYS]
    with reading(runtime().engine) as session:
        usual = read_policies(session, application.id).values[Setting.WAITING_DAYS]
        missing = unreachable(session, application.id, seats)
    days = int(
        st.number_input(
            "Working days to answer",
            min_value=spec.lowest,
            max_value=spec.highest,
            value=usual,
            key="run-waiting-days",
        )
    )
    copy_manager = st.checkbox("Copy to the manager", key="run-copy-manager")
    until = last_day(deadline(now(), days)).isoformat()
    st.caption(f"Answers until {until}. Without one, the license is taken back after that day.")
    if missing:
        st.caption(f":material/warning: {missing:,} without an e-mail address: left alone.")
    asked = _Asked(waiting_days=days, copy_manager=copy_manager)
    if st.button("Preview the mail", icon=":material/mail:", width="stretch", disabled=not seats):
        st.dialog("Preview of the mail")(_preview)(application, seats, asked)
    return NotifyTerms(waiting_days=days, copy_manager=copy_manager)


def _preview(application: ApplicationContext, seats: Sequence[Seat], asked: _Asked) -> None:
    envelope = envelope_of(runtime().settings, application.name)
    if envelope is None:
        return
    with reading(runtime().engine) as session:
        people = people_of(session, application.id, seats)
        user_id = st.selectbox("To", list(people), format_func=people.__getitem__, key="preview-person")
        mail = preview(
            session,
            application.id,
            seats,
            user_id,
            envelope=envelope,
            waiting_days=asked.waiting_days,
            copy_manager=asked.copy_manager,
            now=now(),
        )
    if mail is None:
        st.warning("There is no e-mail address for this person: the license is left alone.")
        return
    copied = f"\nCopy: {mail.copy_to}" if mail.copy_to else ""
    st.text(
        f"From: {mail.sender}\nTo: {mail.to}{copied}\nAnswers to: {mail.reply_to}\nSubject: {mail.subject}"
    )
    st.html(mail.html)
