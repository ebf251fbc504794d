"""The main script, started by `app.py`: settings of the page, who comes in, which pages they may open."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.rights import Actor, Role
from core.settings import PROJECT
from core.ui import theme
from core.ui.context import APPLICATION_KEY, application_labels, current_application
from core.ui.guard import admit, sign_in_configured


@dataclass(frozen=True, kw_only=True)
class _Page:
    file: str
    title: str
    icon: str
    role: Role = Role.VIEWER


_SECTIONS: Final = {
    "Spend": (
        _Page(file="overview.py", title="Overview", icon=":material/dashboard:"),
        _Page(file="activity.py", title="Activity", icon=":material/group:"),
        _Page(file="license_details.py", title="License Details", icon=":material/sell:"),
    ),
    "Reclaim": (
        _Page(file="reclamation.py", title="Reclamation", icon=":material/undo:"),
        _Page(file="reclamation_history.py", title="Reclamation History", icon=":material/history:"),
    ),
    "Setup": (
        _Page(file="hr_roster.py", title="HR Roster", icon=":material/badge:"),
        _Page(file="policies.py", title="Exemptions & policies", icon=":material/shield_person:"),
        _Page(file="applications.py", title="Applications", icon=":material/hub:"),
    ),
}


def _navigation(actor: Actor) -> dict[str, list[st.Page]]:
    """The pages that exist and that the person may open, by section."""
    first = next(iter(_SECTIONS.values()))[0]
    found = {
        section: [
            st.Page(
                PROJECT / "pages" / page.file,
                title=page.title,
                icon=page.icon,
                default=page is first,
            )
            for page in pages
            if actor.may(page.role) and (PROJECT / "pages" / page.file).is_file()
        ]
        for section, pages in _SECTIONS.items()
    }
    return {section: pages for section, pages in found.items() if pages}


def _sidebar(actor: Actor) -> None:
    """Which application is shown, and who is signed in."""
    with st.sidebar:
        labels = list(application_labels())
        if len(labels) > 1:
            st.selectbox("Application", labels, key=APPLICATION_KEY, bind="query-params")
        application = current_application()
        with st.container(border=True, gap="xxsmall"):
            st.caption("Office 365 Client Credentials")
            st.text(application.name)
            if application.is_demo:
                st.badge("Made-up data", color="blue")
        if sign_in_configured():
            st.caption("Signed in as")
            st.text(f"{actor.name} · {actor.role}")
            st.button("Sign out", on_click=st.logout, type="tertiary")


st.set_page_config(page_title="Seatwise", page_icon="🪑", layout="wide", initial_sidebar_state=240)
st.html(theme.STYLE)
_actor = admit()
_page = st.navigation(_navigation(_actor))
_sidebar(_actor)
_page.run()
