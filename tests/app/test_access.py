import time
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from tests.support.holdings import Person, keep_people
from tests.support.pages import open_page, shown

AUTH = {"auth": {"client_id": "x"}}


def claims(**changes: object) -> dict[str, Any]:
    now = time.time()
    return {
        "is_logged_in": True,
        "preferred_username": "vera@example.com",
        "roles": ["Seatwise.Viewer"],
        "iat": now - 60,
        "exp": now + 3600,
    } | changes


@pytest.fixture
def signed_in(
    live_tenant: None,  # noqa: ARG001 - is configured first
    environment: pytest.MonkeyPatch,
    app: AppTest,
) -> AppTest:
    """The app with sign-in set up, and somebody who holds a role."""
    environment.setenv("SEATWISE_ROLES", '{"Seatwise.Viewer": "viewer"}')
    app.secrets = dict(AUTH)
    app.user = claims()
    return app


def test_the_demo_is_served_without_sign_in_and_says_that_it_is_one(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Overview"]
    assert "Demo tenant" in shown(app)


def test_somebody_with_a_role_sees_the_pages(signed_in: AppTest) -> None:
    signed_in.run()
    assert [title.value for title in signed_in.title] == ["Overview"]
    assert "vera@example.com · viewer" in shown(signed_in)


def test_whoever_has_not_signed_in_sees_nothing_but_the_way_in(signed_in: AppTest, engine: Engine) -> None:
    keep_people(engine, 1, [Person(name="Somebody")])
    signed_in.user = {"is_logged_in": False}
    signed_in.run()
    assert [button.label for button in signed_in.button] == ["Sign in"]
    assert not signed_in.metric
    assert not signed_in.dataframe


def test_an_expired_sign_in_ends_what_a_session_may_do(signed_in: AppTest, engine: Engine) -> None:
    """Streamlit's own cookie lives for 30 days, whatever the token says."""
    keep_people(engine, 1, [Person(name="Somebody")])
    open_page(signed_in, "activity.py")
    assert signed_in.dataframe
    signed_in.user = claims(exp=time.time() - 1)
    signed_in.run()
    assert "has expired" in shown(signed_in)
    assert not signed_in.dataframe


@pytest.mark.parametrize("roles", [[], ["Another.App"], None, "Seatwise", [7]])
def test_whoever_holds_no_role_is_told_so_and_sees_nothing(signed_in: AppTest, roles: object) -> None:
    signed_in.user = claims(roles=roles)
    signed_in.run()
    assert [title.value for title in signed_in.title] == ["No access"]
    assert [button.label for button in signed_in.button] == ["Sign out"]


@pytest.mark.usefixtures("engine")
def test_a_page_cannot_be_run_past_the_shell() -> None:
    alone = AppTest.from_file("../../pages/activity.py", default_timeout=30).run()
    assert "without the shell" in shown(alone)
    assert not alone.dataframe


def test_a_page_that_needs_more_is_refused(signed_in: AppTest) -> None:
    """The navigation leaves such pages out; the guard refuses on its own."""
    script = """
import streamlit as st
from core.rights import Role
from core.ui.guard import admit, require_role
admit()
require_role(Role.OPERATOR)
st.text("inside")
"""
    page = AppTest.from_string(script, default_timeout=30)
    page.secrets, page.user = signed_in.secrets, signed_in.user
    page.run()
    assert [title.value for title in page.title] == ["No access to this page"]
    assert "operator" in shown(page)
    assert "inside" not in shown(page)


@pytest.mark.usefixtures("live_tenant")
def test_a_live_tenant_without_sign_in_is_for_reading_only(app: AppTest) -> None:
    """So nobody can start the first sync from the page."""
    app.run()
    assert not app.exception
    assert "Nothing has been read" in shown(app)
    assert not app.button


@pytest.mark.usefixtures("live_tenant")
def test_changes_without_sign_in_can_be_allowed(environment: pytest.MonkeyPatch, app: AppTest) -> None:
    environment.setenv("SEATWISE_ALLOW_UNAUTHENTICATED_CHANGES", "true")
    app.run()
    assert [button.label for button in app.button] == ["Read the tenant now"]


@pytest.mark.usefixtures("live_tenant")
def test_two_tenants_can_be_told_apart_and_changed_between(
    environment: pytest.MonkeyPatch, app: AppTest
) -> None:
    for name, value in {
        "NAME": "Fabrikam",
        "TENANT_ID": "f.example",
        "CLIENT_ID": "x",
        "CLIENT_SECRET": "y",
    }.items():
        environment.setenv(f"SEATWISE_APPLICATIONS__FABRIKAM__{name}", value)
    app.run()
    assert app.selectbox(key="application").options == ["Contoso", "Fabrikam"]
    assert app.selectbox(key="application").value == "Contoso"
    app.selectbox(key="application").set_value("Fabrikam").run()
    assert any("Fabrikam" in caption.value for caption in app.caption)
    open_page(app, "activity.py")
    assert app.selectbox(key="application").value == "Fabrikam"
