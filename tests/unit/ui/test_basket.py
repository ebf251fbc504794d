"""The basket of the Reclamation page: identities, kept over whatever a table shows."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

ANNA, BEN, CLEO, DORA = (("anna", "e3"), ("ben", "e3"), ("cleo", "e3"), ("dora", "visio"))


def script() -> None:
    """Carries out the steps that stand in the session, as pages do over several runs."""
    import streamlit as st  # noqa: PLC0415 - AppTest takes the body alone

    from core.ui import basket  # noqa: PLC0415 - likewise

    for name, *arguments in st.session_state.pop("steps", []):
        getattr(basket, name)(*arguments)
    st.session_state["seats"] = basket.seats(1)
    st.session_state["key"] = basket.key_of(st.session_state["shown"])


class Page:
    """One person's session."""

    def __init__(self) -> None:
        self.app = AppTest.from_function(script)
        self.app.session_state["shown"] = [ANNA, BEN]

    def run(self, *steps: tuple[Any, ...]) -> list[tuple[str, str]]:
        """The basket after these steps."""
        self.app.session_state["steps"] = list(steps)
        self.app.run()
        assert not self.app.exception
        found: list[tuple[str, str]] = self.app.session_state["seats"]
        return found

    def key(self, *shown: tuple[str, str]) -> str:
        """The key of a table that shows these seats."""
        self.app.session_state["shown"] = list(shown)
        self.run()
        return str(self.app.session_state["key"])


@pytest.fixture
def page() -> Page:
    return Page()


def test_it_begins_empty(page: Page) -> None:
    assert page.run() == []


def test_chosen_seats_stay_over_other_rows_and_runs(page: Page) -> None:
    page.run(("choose", 1, [ANNA, BEN], [BEN]))
    assert page.run(("choose", 1, [CLEO, DORA], [DORA])) == [BEN, DORA]
    assert page.run() == [BEN, DORA]


def test_deselecting_takes_out_only_what_is_shown(page: Page) -> None:
    page.run(("add", 1, [ANNA, BEN, CLEO]))
    assert page.run(("choose", 1, [ANNA, BEN], [ANNA])) == [ANNA, CLEO]
    assert page.run(("choose", 1, [DORA], [])) == [ANNA, CLEO]


def test_a_seat_chosen_twice_is_there_once_and_in_its_place(page: Page) -> None:
    assert page.run(("add", 1, [ANNA, BEN]), ("add", 1, [BEN, ANNA, CLEO])) == [ANNA, BEN, CLEO]


def test_what_is_not_shown_cannot_be_chosen(page: Page) -> None:
    assert page.run(("choose", 1, [ANNA], [ANNA, DORA])) == [ANNA]


def test_seats_can_be_taken_out_also_those_that_are_not_in_it(page: Page) -> None:
    assert page.run(("add", 1, [ANNA, BEN]), ("remove", 1, [ANNA, DORA])) == [BEN]
    assert page.run(("clear", 1)) == []


def test_each_application_has_its_own(page: Page) -> None:
    assert page.run(("add", 1, [ANNA]), ("add", 2, [BEN]), ("clear", 2)) == [ANNA]


def test_the_table_is_another_one_with_other_rows_or_another_order(page: Page) -> None:
    keys = {page.key(ANNA, BEN), page.key(BEN, ANNA), page.key(ANNA), page.key(ANNA, DORA)}
    assert len(keys) == 4


def test_the_table_stays_the_same_while_its_own_rows_are_checked(page: Page) -> None:
    before = page.key(ANNA, BEN)
    page.run(("choose", 1, [ANNA, BEN], [ANNA]))
    assert page.key(ANNA, BEN) == before


@pytest.mark.parametrize("step", [("add", 1, [CLEO]), ("remove", 1, [ANNA]), ("clear", 1)])
def test_the_table_is_a_new_one_after_a_change_from_elsewhere(page: Page, step: tuple[Any, ...]) -> None:
    """Its checks would otherwise be those from before."""
    before = page.key(ANNA, BEN)
    page.run(step)
    assert page.key(ANNA, BEN) != before
