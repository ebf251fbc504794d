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
from core.store.tables import ReclamationRequest, ReclamationRun, ServicePlan
from core.ui.tables import ids_key
from tests.support.holdings import E3, READ_AT, Holding, Person, keep_opportunities, keep_people
from tests.support.pages import choose_row, open_page, shown

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
    assert f"The mailbox comes back until {until.isoformat()}: 20 days left." in shown(app)


def test_one_license_is_given_back_after_a_question(reclaimed: AppTest, engine: Engine) -> None:
    first, second = rows(engine)
    app = chosen(reclaimed, [first.request_id, second.request_id], 0)
    app.button(key=f"restore-{first.request_id}").click().run()
    assert [row.state.value for row in rows(engine)] == ["reclaimed", "reclaimed"]
    next(button for button in app.button if button.label == "Give back 1 license").click().run()
    assert [row.state.value for row in rows(engine)] == ["restoring", "reclaimed"]


def test_a_whole_run_is_given_back_where_it_is_chosen(reclaimed: AppTest, engine: Engine) -> None:
    app = open_page(reclaimed, PAGE) or reclaimed
    app.selectbox(key="history-run").set_value("Run 1").run()
    app.button(key="restore-run-1").click().run()
    next(button for button in app.button if button.label == "Give back 2 licenses").click().run()
    assert [row.state.value for row in rows(engine)] == ["restoring", "restoring"]
    assert "2 licenses being given back …" in shown(app)
