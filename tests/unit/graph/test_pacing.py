import threading

from hypothesis import given
from hypothesis import strategies as st

from core.graph.pacing import MOST, WriteGate


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_no_more_than_allowed_are_let_in() -> None:
    gate = WriteGate(start=2, clock=Clock())
    assert gate.enter(0)
    assert gate.enter(0)
    assert not gate.enter(0)
    gate.leave()
    assert gate.enter(0)


def test_answers_without_complaint_let_more_in_up_to_the_most() -> None:
    gate = WriteGate(start=1, clock=Clock())
    for _ in range(100):
        gate.went_well()
    assert gate.allowed == MOST


def test_being_pushed_back_halves_what_is_allowed_and_lets_nobody_in_for_as_long_as_asked() -> None:
    clock = Clock()
    gate = WriteGate(start=8, clock=clock)
    assert gate.pushed_back(10) == 10
    assert gate.allowed == 4
    assert not gate.enter(0)
    clock.now += 10
    assert gate.enter(0)


def test_several_answers_to_the_same_burst_count_once() -> None:
    gate = WriteGate(start=8, clock=Clock())
    sent_after = gate.halvings
    for _ in range(5):
        gate.pushed_back(10, sent_after)
    assert gate.allowed == 4


def test_a_word_without_a_time_is_a_pause_too() -> None:
    clock = Clock()
    gate = WriteGate(clock=clock)
    pause = gate.pushed_back()
    assert pause > 0
    assert not gate.enter(0)


def test_whoever_waits_is_let_in_when_a_place_comes_free() -> None:
    gate = WriteGate(start=1)
    assert gate.enter(0)
    let_in = threading.Event()

    def wait() -> None:
        if gate.enter(10):
            let_in.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not let_in.wait(0.05)
    gate.leave()
    assert let_in.wait(5)
    thread.join()


@given(st.lists(st.sampled_from(["well", "pushed"])))
def test_there_is_always_a_place_for_one_and_never_for_more_than_the_most(answers: list[str]) -> None:
    clock = Clock()
    gate = WriteGate(clock=clock)
    for answer in answers:
        if answer == "well":
            gate.went_well()
        else:
            gate.pushed_back(1)
            clock.now += 1
        assert 1 <= gate.allowed <= MOST
