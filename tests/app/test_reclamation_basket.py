"""Whom the Reclamation page keeps chosen, while other rows come under the same positions of its table."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import col
from streamlit.testing.v1 import AppTest

from core.reclamation.chosen import Seat
from core.reclamation.listing import PAGE_ROWS
from core.store.engine import writing
from core.store.tables import Assignment, Opportunity
from core.ui.tables import ids_key
from tests.support.holdings import E3, Holding, Person, keep_opportunities, keep_people, person_id
from tests.support.pages import buttons, click, open_page, run, shown

PAGE = "reclamation.py"


@pytest.fixture
def seats(engine: Engine) -> list[Seat]:
    """A page of opportunities and three more, in the order in which they are listed."""
    people = [
        Person(name=f"Person {number:03}", holds=(Holding(status="inactive"),))
        for number in range(PAGE_ROWS + 3)
    ]
    keep_people(engine, 1, people)
    return list(keep_opportunities(engine, 1, people).values())


def table_key(listed: Sequence[Seat]) -> str:
    """The key of the table that shows these seats, as long as nothing but it has changed the basket."""
    return ids_key("opportunities-0", (f"{user_id} {sku_id}" for user_id, sku_id in listed))


def check(app: AppTest, listed: Sequence[Seat], *positions: int) -> AppTest:
    """Check these rows of the table that lists the seats, as clicks would."""
    app.session_state[table_key(listed)] = {
        "selection": {"rows": list(positions), "columns": [], "cells": []}
    }
    return run(app)


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["name"])


def chosen_names(app: AppTest) -> list[str]:
    """Who the basket says is chosen."""
    return list(app.dataframe[1].value["name"])


def pick(app: AppTest, chosen: Sequence[Seat], position: int) -> AppTest:
    """Check a row of the list of these chosen seats, as a click would."""
    key = ids_key("chosen", (f"{user_id} {sku_id}" for user_id, sku_id in chosen))
    app.session_state[key] = {"selection": {"rows": [position], "columns": [], "cells": []}}
    return run(app)


def turn_to(app: AppTest, number: int) -> AppTest:
    """Turn to this page of the table."""
    app.pagination[0].set_value(number)
    return run(app)


def stop_being_offered(engine: Engine, seat: Seat, *, held: bool) -> None:
    """What a sync leaves of an opportunity: nothing, and of the license too where it is not held any more."""
    user_id, sku_id = seat
    with writing(engine) as session:
        for table in (Opportunity,) if held else (Opportunity, Assignment):
            mine = (
                col(table.application_id) == 1,
                col(table.user_id) == user_id,
                col(table.sku_id) == sku_id,
            )
            session.connection().execute(delete(table).where(*mine))


def test_the_choice_stays_while_pages_are_turned(app: AppTest, seats: list[Seat]) -> None:
    open_page(app, PAGE)
    check(app, seats[:PAGE_ROWS], 0, 2)
    turn_to(app, 2)
    assert names(app) == ["Person 200", "Person 201", "Person 202"]
    check(app, seats[PAGE_ROWS:], 2)
    assert "2 · See the effect of 3 chosen" in shown(app)
    assert chosen_names(app) == ["Person 000", "Person 002", "Person 202"]


def test_the_same_position_of_another_page_is_somebody_else(app: AppTest, seats: list[Seat]) -> None:
    """Position 0 is checked on the first page; on the second one it is another person, who was not chosen."""
    open_page(app, PAGE)
    check(app, seats[:PAGE_ROWS], 0)
    turn_to(app, 2)
    assert "2 · See the effect of 1 chosen" in shown(app)
    assert chosen_names(app) == ["Person 000"]


def test_whoever_was_chosen_stays_it_when_a_sync_changes_the_rows(
    app: AppTest, engine: Engine, seats: list[Seat]
) -> None:
    """Without the first row, everybody moves up by one: position 1 is then another person."""
    open_page(app, PAGE)
    check(app, seats[:PAGE_ROWS], 1)
    stop_being_offered(engine, seats[0], held=True)
    run(app)
    assert names(app)[:2] == ["Person 001", "Person 002"]
    assert chosen_names(app) == ["Person 001"]
    assert buttons(app)["Reclaim 1 license"]


@pytest.mark.parametrize("held", [True, False])
def test_whoever_is_no_longer_offered_is_left_out_and_can_be_taken_out(
    app: AppTest, engine: Engine, seats: list[Seat], held: bool
) -> None:
    open_page(app, PAGE)
    check(app, seats[:PAGE_ROWS], 0, 1)
    stop_being_offered(engine, seats[0], held=held)
    run(app)
    assert "**1 seat** would be freed" in shown(app)
    assert buttons(app)["Reclaim 1 license"]
    pick(app, [seats[1], seats[0]], 1)
    click(app, "Take out 1")
    assert "2 · See the effect of 1 chosen" in shown(app)
    assert chosen_names(app) == ["Person 001"]


def test_who_is_picked_to_leave_is_no_position_either(app: AppTest, seats: list[Seat]) -> None:
    """As many are chosen as before, but others: what was picked among those before means nobody now."""
    open_page(app, PAGE)
    check(app, seats[:PAGE_ROWS], 0, 1)
    pick(app, seats[:2], 0)
    assert buttons(app)["Take out 1"]
    check(app, seats[:PAGE_ROWS], 1, 2)
    assert not buttons(app)["Take out"]
    assert chosen_names(app) == ["Person 001", "Person 002"]


def test_of_two_people_of_one_name_the_one_that_was_picked_is_taken_out(app: AppTest, engine: Engine) -> None:
    people = [Person(name="Ana Souza", holds=(Holding(status="inactive"),)) for _ in range(2)]
    keep_people(engine, 1, people)
    keep_opportunities(engine, 1, people)
    listed = [(person_id(1), E3), (person_id(2), E3)]
    open_page(app, PAGE)
    check(app, listed, 0, 1)
    pick(app, listed, 1)
    click(app, "Take out 1")
    assert list(app.dataframe[1].value["user_principal_name"]) == ["person1@example.com"]
