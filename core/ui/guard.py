"""The question that every page asks first: who is this, and may they be here?"""

from typing import Any, Final

import streamlit as st

from core.exposure import refusal
from core.rights import Actor, Role
from core.ui.context import current_application, now, runtime
from core.ui.identity import (
    Refusal,
    Refused,
    actor_from_claims,
    actor_without_sign_in,
    signed_in_recently,
)
from core.ui.words import plain

_ADMITTED: Final = "seatwise-admitted"


def sign_in_configured() -> bool:
    """Whether there is an `[auth]` section for `st.login`."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def identify() -> Actor | Refused:
    """Who this is, from the sign-in of this session or the rules of doing without one."""
    if sign_in_configured():
        return actor_from_claims(_claims(), runtime().settings.roles, now())
    settings = runtime().settings
    return actor_without_sign_in(settings, settings.applications[current_application().key])


def admit() -> Actor:
    """Let somebody in, or show why not and stop. Only the shell calls this, before any page is run."""
    st.session_state[_ADMITTED] = False
    problem = refusal(
        runtime().settings,
        sign_in_configured=sign_in_configured(),
        address=st.get_option("server.address"),
    )
    if problem is not None:
        st.title("Not served here", anchor=False)
        st.text(problem)
        st.stop()
    found = identify()
    if isinstance(found, Refused):
        _show_refusal(found)
        st.stop()
    st.session_state[_ADMITTED] = True
    return found


def require_role(role: Role) -> Actor:
    """Who looks at this page; the first call of each page, which goes no further for a lower role.

    Nor does it where the page was started past the shell, which decides who may come in.
    """
    if st.session_state.get(_ADMITTED) is not True:
        st.title("This page was opened without the shell", anchor=False)
        st.text("Start Seatwise with app.py.")
        st.stop()
    actor = current_actor()
    if not actor.may(role):
        st.title("No access to this page", anchor=False)
        st.markdown(
            f"You are signed in as **{plain(actor.name)}** with the role *{actor.role}*. This page needs the "
            f"role *{role}* or a higher one; whoever administers sign-in can grant it."
        )
        st.stop()
    return actor


def current_actor() -> Actor:
    """Who this is at this moment, for fragments; stops where the sign-in has expired meanwhile."""
    found = identify()
    if isinstance(found, Refused):
        _show_refusal(found)
        st.stop()
    return found


def require_recent_sign_in() -> bool:
    """Whether destructive work may go on; where the sign-in is too old, says so and offers to sign in again.

    Where sign-in is not set up there is nothing to renew.
    """
    if not sign_in_configured() or signed_in_recently(_claims(), now()):
        return True
    st.warning("Reclaiming and restoring need a sign-in not older than an hour. Sign in again to go on.")
    st.button("Sign in again", on_click=st.login, key="sign-in-again")
    return False


def _claims() -> dict[str, Any]:
    return dict(st.user.to_dict())


def _show_refusal(refused: Refused) -> None:
    if refused.refusal is Refusal.NO_ROLE:
        st.title("No access", anchor=False)
        st.markdown(
            f"**{plain(refused.name)}** is signed in, but holds no role in Seatwise. Ask whoever administers "
            "the app registration to assign you one, then sign in again."
        )
        st.button("Sign out", on_click=st.logout)
        return
    st.title("Seatwise", anchor=False)
    if refused.refusal is Refusal.EXPIRED:
        st.markdown(f"The sign-in of **{plain(refused.name)}** has expired.")
    else:
        st.markdown("Who holds which Microsoft 365 license, what that costs, and which seats nobody uses.")
    st.button("Sign in", on_click=st.login, type="primary")
