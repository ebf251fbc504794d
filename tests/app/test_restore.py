"""Giving licenses back from Reclamation History, in a session without a browser."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update
from streamlit.testing.v1 import AppTest

from core.reclamation.history import HistoryFilter
from core.reclamation.requests import RunMode, start_run
from core.reclamation.runs import RequestRow, requests
from core.rights import Actor, Role
from core.store.bulk import table_of
from core.store.engine import reading, writing
from core.store.tables import LicenseType, ReclamationRequest, ReclamationRun, ServicePlan
from core.ui.tables import ids_key
from tests.support.holdings import E3, READ_AT, Holding, Person, keep_opportunities, keep_people
from tests.support.pages import buttons, choose_row, click, open_page, run, shown

PAGE = "reclamation_history.py"
EXCHANGE_PLAN = "efb87545-963c-4e0d-99df-69c6916d9eb0"
PEOPLE = (
    Person(name="Ian Inactive", holds=(Holding(status="inactive"),)),
    Person(name="Nia Never", holds=(Holding(status="never_active"),)),
)


@pytest.fixture
def reclaimed(app: AppTest, engine: Engine) -> AppTest:
    """A run that has reclaimed the licenses of both, ten days ago."""
    keep_people(engine, 1, PEOPLE)
    seats = keep_opportunities(engine, 1, PEOPLE)
    run_id = start_run(
        engine,
        1,
        chosen=list(seats.values()),
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="",
        confirm_count=None,
        actor=Actor(name="olivia", role=Role.OPERATOR),
        allow_reclaim=True,
        now=READ_AT,
    )
    with writing(engine) as session:
        session.add(
            ServicePlan(
                application_id=1,
                sku_id=E3,
                service_plan_id=EXCHANGE_PLAN,
                name="EXCHANGE_S_ENTERPRISE",
                applies_to="User",
                provisioning_status="Success",
            )
        )
        session.connection().execute(
            update(table_of(ReclamationRequest)).values(
                state="reclaimed",
                reason="Removed: the license is gone from the user.",
                reclaimed_at=datetime.now(UTC) - timedelta(days=10),
                disabled_plans=[],
            )
        )
        session.connection().execute(
            update(table_of(ReclamationRun)).values(prepared_at=READ_AT, ended_at=READ_AT)
        )
    assert run_id == 1
    return app


def rows(engine: Engine) -> list[RequestRow]:
    with reading(engine) as session:
        return requests(session, 1, HistoryFilter())


def chosen(app: AppTest, ids: list[int], position: int) -> AppTest:
    open_page(app, PAGE)
    return choose_row(app, ids_key("requests", ids), position)


def test_a_reclaimed_request_says_until_when_its_mailbox_comes_back(
    reclaimed: AppTest, engine: Engine
) -> None:
    ids = [row.request_id for row in rows(engine)]
    app = chosen(reclaimed, ids, 0)
    until = (datetime.now(UTC) + timedelta(days=20)).date()
    assert f"20 days left to save the mailbox, until {until.isoformat()}." in shown(app)


def confirmation() -> None:
    """The dialog alone, open: AppTest does not keep a dialog open from run to run."""
    import streamlit as st  # noqa: PLC0415 - AppTest runs this function by itself

    from core.ui.context import current_application  # noqa: PLC0415
    from core.ui.restore_view import _confirm  # noqa: PLC0415

    _confirm(current_application(), st.session_state.ids)


def opened(ids: list[int]) -> AppTest:
    dialog = AppTest.from_function(confirmation, default_timeout=30)
    dialog.session_state["ids"] = ids
    return run(dialog)


def test_the_button_asks_first(reclaimed: AppTest, engine: Engine) -> None:
    first, second = rows(engine)
    app = chosen(reclaimed, [first.request_id, second.request_id], 0)
    click(app, "Restore the license")
    assert "1 × Microsoft 365 E3" in shown(app)
    assert [row.state.value for row in rows(engine)] == ["reclaimed", "reclaimed"]


def test_one_license_is_given_back_once_confirmed(reclaimed: AppTest, engine: Engine) -> None:
    first, _ = rows(engine)
    reclaimed.run()
    click(opened([first.request_id]), "Restore 1 license")
    assert [row.state.value for row in rows(engine)] == ["restoring", "reclaimed"]


def test_a_restore_that_is_asked_for_twice_says_so(reclaimed: AppTest, engine: Engine) -> None:
    first, _ = rows(engine)
    reclaimed.run()
    dialog = opened([first.request_id])
    click(opened([first.request_id]), "Restore 1 license")
    click(dialog, "Restore 1 license")
    assert "only a reclaimed license can be given back" in dialog.error[0].value


def test_a_whole_run_is_offered_where_it_is_chosen_and_shown_while_it_comes_back(
    reclaimed: AppTest, engine: Engine
) -> None:
    open_page(reclaimed, PAGE)
    reclaimed.selectbox(key="history-run").set_value("Run 1")
    run(reclaimed)
    assert buttons(reclaimed)["Restore 2 licenses of run 1"]
    click(opened([row.request_id for row in rows(engine)]), "Restore 2 licenses")
    assert [row.state.value for row in rows(engine)] == ["restoring", "restoring"]
    run(reclaimed)
    assert "Restore 2 licenses of run 1" not in buttons(reclaimed)
    assert "2 licenses being restored …" in reclaimed.info[0].value


def test_a_license_without_a_free_seat_is_told_before(reclaimed: AppTest, engine: Engine) -> None:
    with writing(engine) as session:
        session.connection().execute(update(table_of(LicenseType)).values(enabled=0, warning=0))
    reclaimed.run()
    dialog = opened([row.request_id for row in rows(engine)])
    assert "Whoever finds none stays without the license" in shown(dialog)


def test_a_viewer_sees_the_days_left_and_no_button(
    reclaimed: AppTest, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = Actor(name="vera", role=Role.VIEWER)
    monkeypatch.setattr("core.ui.guard.identify", lambda: viewer)
    app = chosen(reclaimed, [row.request_id for row in rows(engine)], 0)
    assert "days left" in shown(app)
    assert "Restore the license" not in buttons(app)
