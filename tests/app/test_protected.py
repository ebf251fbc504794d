"""Accounts whose name has to be typed: asked for on the page Reclamation, and when a group is left."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from core.reclamation.requests import RunMode
from core.store.engine import reading, writing
from core.store.tables import ReclamationEvent, RoleHolder, User
from core.ui.tables import ids_key
from tests.support.holdings import READ_AT, Holding, Person, keep_opportunities, keep_people
from tests.support.pages import buttons, click, open_page, run, shown

PEOPLE = tuple(
    Person(name=name, holds=(Holding(status="inactive"),))
    for name in ("Ada Admin", "Ian Inactive", "Sue Service")
)
Seats = dict[str, tuple[str, str]]
ONE, SEVERAL = "Type this name", "Type these names, one a line"


@pytest.fixture
def seats(engine: Engine) -> Seats:
    """Three inactive people, one an administrator, one called as a service is."""
    keep_people(engine, 1, PEOPLE)
    seats = keep_opportunities(engine, 1, PEOPLE)
    with writing(engine) as session:
        user_id, _ = seats["Ada Admin"]
        roles = ["Global Administrator"]
        session.add(RoleHolder(application_id=1, user_id=user_id, roles=roles, read_at=READ_AT))
        user_id, _ = seats["Sue Service"]
        session.get_one(User, (1, user_id)).user_principal_name = "svc-sue@contoso.com"
    return seats


def choose(app: AppTest, seats: Seats, *names: str) -> AppTest:
    open_page(app, "reclamation.py")
    key = ids_key("opportunities-0", (f"{user_id} {sku_id}" for user_id, sku_id in seats.values()))
    rows = [list(seats).index(name) for name in names]
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return run(app)


def name_of(engine: Engine, seats: Seats, person: str) -> str:
    with reading(engine) as session:
        return session.get_one(User, (1, seats[person][0])).user_principal_name


def fields(app: AppTest) -> Sequence[str]:
    return [each.label for each in (*app.text_input, *app.text_area) if each.key == "run-names"]


def test_an_ordinary_person_is_reclaimed_without_typing(app: AppTest, seats: Seats) -> None:
    choose(app, seats, "Ian Inactive")
    assert fields(app) == []
    assert buttons(app)["Reclaim 1 license"]


def test_an_administrators_name_is_owed_with_the_reason(app: AppTest, engine: Engine, seats: Seats) -> None:
    choose(app, seats, "Ada Admin", "Ian Inactive")
    name = name_of(engine, seats, "Ada Admin")
    said = shown(app).replace("\\", "")
    assert "**1 account** to be confirmed by name" in said
    assert f"{name}\n" in said
    assert "Ada Admin. The account holds an admin role: Global Administrator." in said
    assert fields(app) == [ONE]
    for typed, allowed in (("", False), ("Ada", False), (f" {name.upper()} ", True)):
        app.text_input(key="run-names").set_value(typed)
        run(app)
        assert buttons(app)["Reclaim 2 licenses"] is allowed


def test_the_names_of_several_are_typed_one_a_line(app: AppTest, engine: Engine, seats: Seats) -> None:
    choose(app, seats, "Ada Admin", "Sue Service")
    assert fields(app) == [SEVERAL]
    name = name_of(engine, seats, "Ada Admin")
    app.text_area(key="run-names").set_value(name)
    assert not buttons(run(app))["Reclaim 2 licenses"]
    app.text_area(key="run-names").set_value(f"{name}\nsvc-sue@contoso.com")
    assert buttons(run(app))["Reclaim 2 licenses"]


def test_those_who_need_a_name_can_be_left_out_at_once(app: AppTest, seats: Seats) -> None:
    choose(app, seats, "Ada Admin", "Ian Inactive", "Sue Service")
    click(app, "Leave them out")
    assert fields(app) == []
    assert "2 · See the effect of 1 chosen" in shown(app)
    assert buttons(app)["Reclaim 1 license"]


def test_a_dry_run_goes_without_a_name(app: AppTest, seats: Seats) -> None:
    choose(app, seats, "Ada Admin")
    app.radio(key="run-mode").set_value(RunMode.DRY_RUN)
    run(app)
    assert fields(app) == [f"{ONE} (a dry run skips whose name is missing)"]
    assert buttons(app)["Dry run for 1 license"]


def _dialog() -> None:
    """The dialog alone, open: AppTest does not keep a dialog open from run to run."""
    import streamlit as st  # noqa: PLC0415 - AppTest takes the body alone

    from core.reclamation.effect import effect  # noqa: PLC0415 - likewise
    from core.reclamation.modes import RunMode  # noqa: PLC0415 - likewise
    from core.store.engine import reading  # noqa: PLC0415 - likewise
    from core.ui import reclamation_run  # noqa: PLC0415 - likewise
    from core.ui.context import current_application, now, runtime  # noqa: PLC0415 - likewise

    application = current_application()
    with reading(runtime().engine) as session:
        outcome = effect(session, application.id, st.session_state["seats"], manual=False, now=now())
    decision = reclamation_run.Decision(
        requests=outcome.requests,
        mode=RunMode.IMMEDIATE,
        note="Moved on",
        typed=None,
        names=st.session_state["names"],
        terms=None,
    )
    reclamation_run._confirm(application, outcome, decision)


def confirmed(engine: Engine, seats: Seats, *names: str) -> tuple[AppTest, list[str]]:
    """The dialog after its button was clicked, and what the history then says of each request."""
    app = AppTest.from_function(_dialog, default_timeout=60)
    app.session_state["seats"] = [seats["Ada Admin"]]
    app.session_state["names"] = list(names)
    click(run(app), "Reclaim 1 license")
    with reading(engine) as session:
        return app, [
            event.detail for event in session.exec(select(ReclamationEvent)) if event.step == "requested"
        ]


def test_the_typed_name_is_on_record(engine: Engine, seats: Seats) -> None:
    name = name_of(engine, seats, "Ada Admin")
    _, details = confirmed(engine, seats, name)
    assert details == [
        f"Moved on · The name {name} was typed. The account holds an admin role: Global Administrator."
    ]


def test_without_the_name_the_service_refuses_what_the_page_would_not_offer(
    engine: Engine, seats: Seats
) -> None:
    app, details = confirmed(engine, seats)
    assert details == []
    assert "the user principal name has to be typed" in app.error[0].value
