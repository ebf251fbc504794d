"""Removing somebody from a group on the Reclamation page, in a session without a browser."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from core.bootstrap import runtime
from core.policies.policies import change_policies
from core.policies.settings import Setting
from core.reclamation.chosen import Seat
from core.rights import Actor, Role
from core.simulator.config import DEFAULT_PERMISSIONS
from core.store.engine import reading, writing
from core.store.tables import Group, Opportunity, ReclamationRequest, RoleHolder, User
from core.ui.tables import ids_key
from tests.support.holdings import E3, READ_AT, VISIO, Holding, Person, keep_opportunities, keep_people
from tests.support.pages import buttons, click, open_page, run, shown

TOOLS = "aaaaaaaa-0000-4000-8000-00000000000a"
PLAIN = "bbbbbbbb-0000-4000-8000-00000000000b"
PEOPLE = (
    Person(
        name="Gina Group",
        holds=(
            Holding(status="inactive", direct=False, groups=(TOOLS,)),
            Holding(sku_id=VISIO, direct=False, groups=(TOOLS,)),
        ),
    ),
    Person(name="Olga Only", holds=(Holding(status="inactive", direct=False, groups=(PLAIN,)),)),
    Person(name="Bert Both", holds=(Holding(status="inactive", groups=(PLAIN,)),)),
)
OPEN = "Remove from a group …"
DO = "Remove from the group"
ADMINISTRATOR = Actor(name="ada", role=Role.ADMINISTRATOR)


@pytest.fixture
def seats(engine: Engine) -> dict[str, Seat]:
    """Three opportunities that groups give, one of which is assigned directly as well."""
    keep_people(engine, 1, PEOPLE)
    seats = keep_opportunities(engine, 1, PEOPLE)
    with writing(engine) as session:
        for row in session.exec(select(Opportunity)):
            row.blockers = [{"code": "inherited", "text": "Inherited from a group."}]
    return seats


def choose(app: AppTest, seats: dict[str, Seat], *names: str) -> AppTest:
    open_page(app, "reclamation.py")
    key = ids_key("opportunities-0", (f"{user_id} {sku_id}" for user_id, sku_id in seats.values()))
    rows = [list(seats).index(name) for name in names]
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return run(app)


def script() -> None:
    """The dialog alone, open: AppTest does not keep a dialog open from run to run."""
    import streamlit as st  # noqa: PLC0415 - AppTest takes the body alone

    from core.reclamation.inherited import inherited_seats  # noqa: PLC0415 - likewise
    from core.store.engine import reading  # noqa: PLC0415 - likewise
    from core.ui import leaving_form  # noqa: PLC0415 - likewise
    from core.ui.context import current_application, runtime  # noqa: PLC0415 - likewise

    application = current_application()
    with reading(runtime().engine) as session:
        found = inherited_seats(session, application.id, st.session_state["seats"])
    leaving_form.ask(application, found)


def dialog(seats: Sequence[Seat]) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    app.session_state["seats"] = list(seats)
    return run(app)


def kept(engine: Engine) -> list[tuple[str, str, str | None]]:
    """Person, license type and group of each request on record."""
    with reading(engine) as session:
        rows = session.exec(select(ReclamationRequest)).all()
        return [(row.user_id, row.sku_id, row.via_group_id) for row in rows]


def test_it_is_offered_where_leaving_frees_a_seat(app: AppTest, seats: dict[str, Seat]) -> None:
    assert OPEN not in buttons(choose(app, seats, "Bert Both"))
    assert buttons(choose(app, seats, "Olga Only", "Bert Both"))[OPEN]


@pytest.mark.parametrize("flag", ["dynamic", "synced", "mail_enabled", "role_assignable"])
def test_it_is_not_offered_for_groups_that_cannot_be_left(
    app: AppTest, engine: Engine, seats: dict[str, Seat], flag: str
) -> None:
    with writing(engine) as session:
        setattr(session.get_one(Group, (1, PLAIN)), flag, True)
    assert OPEN not in buttons(choose(app, seats, "Olga Only"))


def test_all_that_goes_is_listed_and_the_groups_name_is_owed(engine: Engine, seats: dict[str, Seat]) -> None:
    app = dialog([seats["Gina Group"]])
    assert "Microsoft 365 E3\nVisio Plan 2\nevery other right that the group gives" in shown(app)
    assert "There is no restore" in shown(app)
    assert not buttons(app)[DO]
    app.text_input(key="leaving-typed").set_value("Group b")
    assert not buttons(run(app))[DO]
    app.text_input(key="leaving-typed").set_value("Group a")
    assert buttons(run(app))[DO]
    click(app, DO)
    assert kept(engine) == [(*seats["Gina Group"], TOOLS)]


def test_a_single_type_goes_without_typing(engine: Engine, seats: dict[str, Seat]) -> None:
    app = dialog([seats["Olga Only"]])
    assert not [each for each in app.text_input if each.key == "leaving-typed"]
    click(app, DO)
    assert kept(engine) == [(seats["Olga Only"][0], E3, PLAIN)]


def test_above_the_limits_the_number_is_owed_too(engine: Engine, seats: dict[str, Seat]) -> None:
    values = {Setting.LIMIT_REQUESTS: 1, Setting.LIMIT_SMALLEST: 1}
    change_policies(engine, 1, values=values, actor=ADMINISTRATOR, now=READ_AT)
    click(dialog([seats["Olga Only"]]), DO)
    app = dialog([seats["Gina Group"]])
    app.text_input(key="leaving-typed").set_value("Group a")
    assert not buttons(run(app))[DO]
    assert "after 1 in the last 24 hours: the limit is 1 a day" in shown(app).replace("\\", "")
    app.number_input(key="leaving-count").set_value(1)
    assert buttons(run(app))[DO]
    click(app, DO)
    assert kept(engine) == [(seats["Olga Only"][0], E3, PLAIN), (*seats["Gina Group"], TOOLS)]


def test_an_administrators_own_name_is_owed_too(engine: Engine, seats: dict[str, Seat]) -> None:
    user_id, _ = seats["Olga Only"]
    with writing(engine) as session:
        session.add(RoleHolder(application_id=1, user_id=user_id, roles=["Global Reader"], read_at=READ_AT))
        name = session.get_one(User, (1, user_id)).user_principal_name
    app = dialog([seats["Olga Only"]])
    assert "The account holds an admin role: Global Reader." in shown(app).replace("\\", "")
    assert not buttons(app)[DO]
    app.text_input(key="leaving-name").set_value(name)
    assert buttons(run(app))[DO]
    click(app, DO)
    assert kept(engine) == [(user_id, E3, PLAIN)]


def test_where_users_could_be_deleted_by_mistake_it_is_switched_off_with_the_reason(
    engine: Engine, seats: dict[str, Seat]
) -> None:
    runtime().client("demo")
    demo = runtime().demo
    assert demo is not None
    permissions = DEFAULT_PERMISSIONS | {"User.ReadWrite.All"}
    demo._simulator.set_conditions(permissions=permissions)
    app = dialog([seats["Olga Only"]])
    assert "off while User.ReadWrite.All is granted" in shown(app).replace("\\", "")
    assert DO not in buttons(app)
    assert kept(engine) == []
