"""The spend report on the Overview page: downloaded now, or sent by itself, and what became of it."""

import calendar
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.documents.formats import DocumentFormat, write_document
from core.notification.mailer import Outcome
from core.notification.setup import sender_of
from core.reporting.mails import Told, read_mails
from core.reporting.plan import Every, Plan, PlanRefused, check_plan, upcoming
from core.reporting.plans import end_plan, read_plan, set_plan
from core.rights import Actor, Role
from core.spend.report import spend_report
from core.spend.summary import read_summary
from core.store.engine import reading
from core.ui import tables, words
from core.ui.chargeback_view import chargeback_dialog
from core.ui.context import ApplicationContext, now, runtime
from core.ui.saved import saved

_OUTCOMES: Final = {
    Outcome.SENT: "✓ Sent",
    Outcome.REFUSED: "✕ Not sent",
    Outcome.UNKNOWN: "? Uncertain",
    Outcome.SENDING: "… On its way",
    Outcome.NOT_NOW: "… To be sent",
}
_MOST_SHOWN: Final = 40
_MENU: Final = "report"
_GIVEN_UP: Final = "✕ Given up"


def offer_report(application: ApplicationContext, actor: Actor, today: date) -> None:
    """A button that opens the choice: a file now, or mails from now on."""
    with st.popover("Report", icon=":material/summarize:", key=_MENU, on_change="rerun"):
        for made_as in DocumentFormat:
            st.download_button(
                f"Download as {made_as.label}",
                data=_maker(application, made_as, today),
                file_name=f"spend-{application.key}-{today}.{made_as}",
                mime=made_as.media_type,
                key=f"report-{made_as}",
                on_click="ignore",
                width="stretch",
            )
        if st.button(
            "Charge back a month",
            icon=":material/account_tree:",
            key="chargeback",
            on_click=_close_menu,
            width="stretch",
        ):
            chargeback_dialog(application)
        if st.button(
            "Send regularly",
            icon=":material/schedule_send:",
            key="report-plan",
            on_click=_close_menu,
            width="stretch",
        ):
            plan_dialog(application, actor)


def _close_menu() -> None:
    """It would stay open above the dialog."""
    st.session_state[_MENU] = False


def _maker(application: ApplicationContext, made_as: DocumentFormat, today: date) -> Callable[[], bytes]:
    """Makes the file when it is asked for, outside the page."""
    engine = runtime().engine

    def make() -> bytes:
        moment = now()
        summary = read_summary(engine, application.id, on=today)
        return write_document(
            spend_report(summary, name=application.name, made_at=moment), made_as, made_at=moment
        )

    return make


@st.dialog("Send the spend report regularly", width="medium")
def plan_dialog(application: ApplicationContext, actor: Actor) -> None:
    """When it goes out and to whom; what became of the latest mails."""
    engine = runtime().engine
    with reading(engine) as session:
        found = read_plan(session, application.id)
        mails = read_mails(session, application.id, limit=_MOST_SHOWN)
    if found is None:
        st.caption("No report goes out by itself yet.")
    else:
        plan, row = found
        following = words.moment(upcoming(plan, now=now()))
        st.caption(words.plain(f"Goes out {plan.words}, next {following}. Set by {row.changed_by}."))
    if sender_of(runtime().settings) is None:
        st.warning(
            "No address is configured that mails come from: nothing is sent until `mail_sender` is set.",
            icon=":material/warning:",
        )
    if actor.may(Role.ADMINISTRATOR):
        _form(application, actor, found[0] if found else None)
    else:
        st.caption("Changing this needs the role administrator.")
    if mails:
        st.markdown("**Latest mails**")
        frame, columns = mails_frame(mails)
        tables.show_table(
            frame,
            columns,
            key="report-mails",
            alt="What became of the latest report mails",
            height=tables.height_of(len(frame), most=6),
        )


def _form(application: ApplicationContext, actor: Actor, plan: Plan | None) -> None:
    """The schedule, with what is wrong beside each field."""
    every = st.segmented_control(
        "How often",
        list(Every),
        default=plan.every if plan else Every.MONTHLY,
        format_func=lambda each: each.value.capitalize(),
        required=True,
        key="report-every",
    )
    weekly = every is Every.WEEKLY
    kept = plan.day if plan and plan.every is every else None
    slots = {}
    with st.form("report-form", border=False, enter_to_submit=False):
        left, right = st.columns(2)
        with left:
            day = st.selectbox(
                "Weekday" if weekly else "Day of the month",
                range(7) if weekly else range(1, 29),
                index=(kept if weekly else kept - 1) if kept is not None else 0,
                format_func=lambda each: calendar.day_name[each] if weekly else str(each),
                key=f"report-day-{every}",
            )
            slots["day"] = st.empty()
        with right:
            hour = st.selectbox(
                "Hour, UTC",
                range(24),
                index=plan.hour if plan else 6,
                format_func=lambda each: f"{each:02}:00",
                key="report-hour",
            )
            slots["hour"] = st.empty()
        recipients = st.text_area(
            "To, one address a line",
            "\n".join(plan.recipients) if plan else "",
            placeholder="cfo@example.com",
            height=92,
            key="report-to",
        )
        slots["recipients"] = st.empty()
        formats = st.pills(
            "Files",
            list(DocumentFormat),
            selection_mode="multi",
            default=list(plan.formats) if plan else list(DocumentFormat),
            format_func=lambda each: each.label,
            key="report-formats",
        )
        slots["formats"] = st.empty()
        with st.container(horizontal=True):
            submitted = st.form_submit_button("Save the schedule", type="primary")
            ended = st.form_submit_button("Stop sending", disabled=plan is None)
    if ended:
        end_plan(runtime().engine, application.id, actor=actor)
        saved("No report goes out by itself any more")
    if submitted:
        try:
            entered = check_plan(
                every=every, day=day, hour=hour, recipients=recipients.splitlines(), formats=formats
            )
        except PlanRefused as refused:
            for field, problem in refused.problems.items():
                slots[field].markdown(f":red[{words.plain(f'{problem[0].upper()}{problem[1:]}.')}]")
            return
        set_plan(runtime().engine, application.id, entered, actor=actor, now=now())
        saved(f"The spend report goes out {entered.words}")


def mails_frame(mails: Sequence[Told]) -> tuple[pd.DataFrame, dict[str, ColumnConfig]]:
    """The latest mails: what became of each."""
    frame = pd.DataFrame(
        {
            "due": [words.moment(each.due_at) for each in mails],
            "recipient": [each.recipient for each in mails],
            "outcome": [_outcome(each) for each in mails],
            "detail": [each.detail or words.NONE_GIVEN for each in mails],
        }
    )
    columns = {
        "due": tables.text("Report of", width=140),
        "recipient": tables.text("To", width=190),
        "outcome": tables.text("Outcome", width=100),
        "detail": tables.text("Why", width=220),
    }
    return frame, columns


def _outcome(mail: Told) -> str:
    given_up = mail.outcome is Outcome.NOT_NOW and mail.at is not None
    return _GIVEN_UP if given_up else _OUTCOMES[mail.outcome]
