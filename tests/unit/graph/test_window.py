import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.window import BEGINNING, MOST, Window

answers = st.lists(st.sampled_from(["well", "pushed", "pushed late"]))


def after(answers: list[str]) -> Window:
    window = Window()
    for answer in answers:
        match answer:
            case "well":
                window = window.widened()
            case "pushed":
                window = window.pushed_back(window.halvings)
            case _:
                window = window.pushed_back(window.halvings - 1)
    return window


@pytest.mark.parametrize(
    ("answers", "places"),
    [
        ([], BEGINNING),
        (["well"] * 3, 4),
        (["well"] * 5, 5),
        (["well"] * 100, MOST),
        (["pushed"], 2),
        (["pushed", "pushed"], 1),
        (["pushed"] * 10, 1),
        (["pushed", "pushed late", "pushed late"], 2),
        (["pushed"] * 3 + ["well"], 2),
        (["well"] * 100 + ["pushed"], 4),
    ],
)
def test_the_window_widens_by_one_a_round_and_halves_when_pushed_back(
    answers: list[str], places: int
) -> None:
    assert after(answers).places == places


@given(answers)
def test_there_is_a_place_for_one_always_and_never_for_more_than_the_most(answers: list[str]) -> None:
    assert 1 <= after(answers).places <= MOST


@given(answers)
def test_it_never_widens_when_pushed_back_nor_narrows_when_all_goes_well(answers: list[str]) -> None:
    window = after(answers)
    assert window.pushed_back(window.halvings).width <= window.width <= window.widened().width


@given(answers, st.integers(min_value=1, max_value=MOST))
def test_of_calls_that_were_sent_together_any_number_pushed_back_halves_once(
    answers: list[str], sent: int
) -> None:
    window = pushed = after(answers)
    for _ in range(sent):
        pushed = pushed.pushed_back(window.halvings)
    assert pushed == window.pushed_back(window.halvings)


@given(answers)
def test_where_all_goes_well_from_now_on_the_window_is_as_wide_as_it_may_be_in_time(
    answers: list[str],
) -> None:
    window = after(answers)
    for _ in range(MOST * MOST):
        window = window.widened()
    assert window.places == MOST
