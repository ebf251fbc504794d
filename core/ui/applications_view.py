"""The parts of the Applications page: all applications, connection and test, the demo's reset."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import pandas as pd
import streamlit as st

from core.demo import DemoBusyError
from core.integration.check import ConnectionCheck, check_connection
from core.integration.portfolio import ApplicationTotals, Trouble, read_portfolio
from core.integration.schedule import Next
from core.jobs.heartbeat import working_since
from core.rights import Actor
from core.settings import ApplicationSettings
from core.spend.formatting import format_money
from core.store.engine import reading
from core.store.tables import Application
from core.ui import downloads, status, tables, words
from core.ui.context import ApplicationContext, application_labels, now, runtime
from core.ui.coverage_view import status_label

_CHECKED: Final = "applications-checked"
_GRANTED: Final = {True: "✓ Granted", False: "✕ Missing"}
_OPTIONAL: Final = "– Not granted, optional"
CONNECTION_COLUMNS: Final = {
    "name": tables.text("Application", width=260),
    "tenant": tables.text("Tenant", width=285),
    "cloud": tables.text("Cloud", width=70),
    "credential": tables.text("Signs in with", width=130),
    "removal": tables.text("Licenses may be removed", width=170),
}
PERMISSION_COLUMNS: Final = {
    "name": tables.text("Permission", width=260),
    "granted": tables.text("Granted", width=170),
    "needed_for": tables.text("Needed for"),
}
CHECK_COLUMNS: Final = {
    "name": tables.text("Source", width=190),
    "status": tables.text("Status", width=120),
    "detail": tables.text("What is missing, and what that costs"),
}
PORTFOLIO_COLUMNS: Final = {
    "state": tables.text("State", width=105),
    "name": tables.text("Application", width=120),
    "monthly": tables.amount("Spend / month", width=118, note="In each currency"),
    "people": tables.count("People", width=64),
    "types": tables.count("Types", width=54, note="License types that people can hold"),
    "seats": tables.amount("Seats in use", width=112, note="Of those the tenant has, without free types"),
    "complete": tables.text("Last complete", width=105, note="How old the oldest of the data is"),
    "next": tables.text("Next run", width=98),
    "trouble": tables.text("What is the matter", width=340),
}
_STATES: Final = {
    Trouble.FAILED: "✕ Failed",
    Trouble.NEVER_READ: "– Not read",
    Trouble.OLD: "! Out of date",
    Trouble.INCOMPLETE: "! Incomplete",
    Trouble.NONE: "✓ Complete",
}


def connection_lines(application: ApplicationContext) -> None:
    """Where this connection leads and what it may do; the credential by its kind only."""
    facts = _facts(runtime().application(application.key))
    columns = st.columns([1, 1.9, 0.6, 1, 1.1])
    for column, (name, value) in zip(columns, facts.items(), strict=True):
        with column, st.container(gap=None):
            st.caption(str(CONNECTION_COLUMNS[name]["label"]))
            st.text(value)


def portfolio_table() -> None:
    """All configured applications with their totals, where there are several; those in trouble first."""
    labels = {runtime().application_id(each.key): label for label, each in application_labels().items()}
    if len(labels) == 1:
        return
    keys = {runtime().application_id(each.key): each.key for each in application_labels().values()}
    moment = now()
    since = working_since(runtime().engine, moment)
    found = read_portfolio(runtime().engine, keys, awake_since=since or moment, now=moment)
    frame = portfolio_frame(found, labels, moment)
    with status.section(f"All {len(labels)} applications", key="portfolio"):
        downloads.offer_frame(
            "Download",
            frame,
            PORTFOLIO_COLUMNS,
            file_stem=f"applications-{moment.date()}",
            key="portfolio-file",
        )
    tables.show_table(
        frame, PORTFOLIO_COLUMNS, key="portfolio", alt="All applications with their totals", height="content"
    )
    st.caption(
        "Which one the pages show is chosen at the left. Connections are configured where Seatwise runs."
    )


def portfolio_frame(
    found: Sequence[ApplicationTotals], labels: Mapping[int, str], moment: datetime
) -> pd.DataFrame:
    """A row for each application, in the order given."""
    return pd.DataFrame(
        {
            "state": [_STATES[each.trouble] for each in found],
            "name": [labels[each.application_id] for each in found],
            "people": pd.array([each.people for each in found], dtype="Int64"),
            "types": [each.license_types for each in found],
            "seats": [f"{each.assigned:,} of {each.purchased:,}" for each in found],
            "monthly": [" + ".join(map(format_money, each.monthly)) or words.NONE_GIVEN for each in found],
            "complete": [
                words.NONE_GIVEN if each.complete_at is None else words.ago(each.complete_at, moment)
                for each in found
            ],
            "next": [_next_run(each.next, moment) for each in found],
            "trouble": [_matter(each) for each in found],
        }
    )


def _next_run(found: Next | None, moment: datetime) -> str:
    if found is None:
        return "off"
    return "within minutes" if found.at <= moment else words.ahead(found.at, moment)


def _matter(each: ApplicationTotals) -> str:
    parts = [f"{task.label} failed" for task in each.failed]
    if each.complete_at is None:
        parts.append("not read completely yet")
    elif each.incomplete:
        parts.append(f"incomplete: {', '.join(name.label for name in each.incomplete)}")
    return "; ".join(parts) or words.NONE_GIVEN


def _facts(settings: ApplicationSettings) -> dict[str, str]:
    with reading(runtime().engine) as session:
        known = session.get_one(Application, runtime().application_id(settings.key)).tenant_id
    credential = "certificate" if settings.certificate_path else "client secret"
    return {
        "name": settings.name,
        "tenant": known or settings.tenant_id,
        "cloud": settings.cloud.value,
        "credential": "bundled simulator" if settings.is_demo else credential,
        "removal": "yes" if settings.allow_reclaim else "no, dry runs only",
    }


def test_connection(application: ApplicationContext) -> None:
    """A button that tries everything that a sync reads, and what the last try found."""
    key = f"{_CHECKED}-{application.key}"
    if st.button("Test the connection", icon=":material/network_check:"):
        with reading(runtime().engine) as session:
            known = session.get_one(Application, application.id).tenant_id
        with (
            st.spinner("Asking Microsoft for a token and reading a page of each source …"),
            runtime().fresh_client(application.key) as client,
        ):
            found = check_connection(client, application=application.key, fixed_tenant=known)
        st.session_state[key] = (found, now())
    if key in st.session_state:
        found, at = st.session_state[key]
        _show_check(found, words.ago(at, now()))


def _show_check(found: ConnectionCheck, when: str) -> None:
    if found.token_error is not None:
        st.error(words.plain(found.token_error), icon=":material/error:")
        return
    missing = [each.name for each in found.permissions if not each.granted and not each.optional]
    if found.ok and not missing:
        st.success(f"Signed in, all needed permissions are granted ({when}).", icon=":material/check:")
    elif found.ok:
        names = words.plain(", ".join(missing))
        st.warning(f"Signed in, but something is missing ({when}): {names}.", icon=":material/warning:")
    else:
        st.error(f"Signed in, but a sync could not do its work ({when}); see below.", icon=":material/error:")
    for warning in found.warnings:
        st.warning(words.plain(warning), icon=":material/warning:")
    permissions = pd.DataFrame(
        {
            "name": [each.name for each in found.permissions],
            "granted": [
                _OPTIONAL if each.optional and not each.granted else _GRANTED[each.granted]
                for each in found.permissions
            ],
            "needed_for": [each.needed_for for each in found.permissions],
        }
    )
    tables.show_table(permissions, PERMISSION_COLUMNS, key="permissions", alt="Permissions", height="content")
    sources = pd.DataFrame(
        {
            "name": [each.name.label for each in found.sources],
            "status": [status_label(each.status) for each in found.sources],
            "detail": [each.detail for each in found.sources],
        }
    )
    tables.show_table(sources, CHECK_COLUMNS, key="check-sources", alt="Sources", height="content")


@st.dialog("Reset the demo")
def reset_dialog(application: ApplicationContext, actor: Actor) -> None:
    """Ask once more, then make the demo tenant anew."""
    st.markdown(
        "The demo tenant is made anew, as on the first day. Everything that was entered or reclaimed is "
        "forgotten: purchases, requests and their history."
    )
    if st.button("Reset the demo", type="primary"):
        demo = runtime().demo
        if demo is None:
            st.error("The demo tenant is not running in this process. Restart the app and try again.")
            return
        try:
            with st.spinner("Making the tenant anew …"):
                demo.reset(
                    runtime().engine,
                    runtime().client(application.key),
                    application.id,
                    actor=actor,
                    now=now(),
                )
        except DemoBusyError as busy:
            st.error(words.plain(str(busy)))
        else:
            st.session_state.clear()
            st.rerun()
