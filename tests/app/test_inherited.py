"""What the Reclamation page says of chosen licenses that groups give, in a session without a browser."""

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from core.reclamation.chosen import Seat
from core.store.engine import writing
from core.store.tables import Group
from core.ui.tables import ids_key
from tests.support.holdings import VISIO, Holding, Person, keep_opportunities, keep_people
from tests.support.pages import open_page, popovers, run, shown

PAGE = "reclamation.py"
TOOLS = "aaaaaaaa-0000-4000-8000-00000000000a"
OTHER = "bbbbbbbb-0000-4000-8000-00000000000b"
PEOPLE = (
    Person(
        name="Gina Group",
        holds=(
            Holding(status="inactive", direct=False, groups=(TOOLS,)),
            Holding(sku_id=VISIO, direct=False, groups=(TOOLS,)),
        ),
    ),
    Person(name="Bert Both", holds=(Holding(status="inactive", groups=(OTHER,)),)),
    Person(name="Ian Inactive", holds=(Holding(status="inactive"),)),
)


@pytest.fixture
def seats(engine: Engine) -> dict[str, Seat]:
    """Three opportunities; groups give two of them, one of which is assigned directly as well."""
    keep_people(engine, 1, PEOPLE)
    return keep_opportunities(engine, 1, PEOPLE)


def choose(app: AppTest, seats: dict[str, Seat], *names: str) -> AppTest:
    open_page(app, PAGE)
    listed = list(seats.values())
    key = ids_key("opportunities-0", (f"{user_id} {sku_id}" for user_id, sku_id in listed))
    rows = [list(seats).index(name) for name in names]
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return run(app)


def test_the_group_and_all_that_leaving_takes_away_are_named(app: AppTest, seats: dict[str, Seat]) -> None:
    text = shown(choose(app, seats, "Gina Group"))
    assert "**1 license** inherited from 1 group" in text
    assert "**Group a** · security group · Gina Group" in text
    assert "Leaving also takes away Visio Plan 2, and every other right that the group gives." in text
    assert "Removal frees no seat" not in text


def test_a_license_that_is_assigned_directly_too_frees_no_seat(app: AppTest, seats: dict[str, Seat]) -> None:
    text = shown(choose(app, seats, "Bert Both"))
    assert "Removal frees no seat: the license is assigned directly too." in text
    assert "Leaving also takes away every other right that the group gives." in text


def test_nothing_is_said_of_groups_where_none_is_concerned(app: AppTest, seats: dict[str, Seat]) -> None:
    assert "inherited from" not in shown(choose(app, seats, "Ian Inactive"))


@pytest.mark.parametrize(
    ("flag", "kind", "why"),
    [
        ("dynamic", "security group (dynamic)", "A rule decides who is a member"),
        ("synced", "security group (synced)", "synced from the local Active Directory"),
        ("mail_enabled", "mail-enabled group", "can't change who is in mail-enabled security groups"),
        ("role_assignable", "security group (role-assignable)", "Administrator roles can be assigned"),
    ],
)
def test_why_nobody_can_be_removed_from_a_group_is_said(
    app: AppTest, engine: Engine, seats: dict[str, Seat], flag: str, kind: str, why: str
) -> None:
    with writing(engine) as session:
        setattr(session.get_one(Group, (1, TOOLS)), flag, True)
    text = shown(choose(app, seats, "Gina Group")).replace("\\", "")
    assert f"**Group a** · {kind} · Gina Group" in text
    assert why in text


def test_the_work_list_is_offered_for_what_groups_give_alone(app: AppTest, seats: dict[str, Seat]) -> None:
    label = "Work list for group owners"
    choose(app, seats, "Ian Inactive")
    assert label not in popovers(app)
    assert label in popovers(choose(app, seats, "Gina Group", "Bert Both", "Ian Inactive"))
