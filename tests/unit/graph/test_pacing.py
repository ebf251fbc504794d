import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.pacing import BLOCK, MOST, WriteGate


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


def test_conflicts_halve_what_is_allowed_and_stop_nobody() -> None:
    gate = WriteGate(start=8, clock=Clock())
    gate.conflicted(gate.halvings)
    assert gate.allowed == 4
    assert gate.enter(0)


class Moments(Clock):
    """A clock that passes only while somebody waits for a slot."""

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Slots:
    """Slots of one process, a tenth of a second apart."""

    spacing = 0.1

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.free_at = clock.now
        self.reserved: list[int] = []

    def reserve(self, count: int = 1) -> float:
        self.reserved.append(count)
        slot = max(self.free_at, self.clock.now)
        self.free_at = slot + count * self.spacing
        return slot - self.clock.now

    def push_back(self, seconds: float) -> None:
        self.free_at = max(self.free_at, self.clock.now + seconds)


def limited(**given: int) -> tuple[WriteGate, Moments, Slots]:
    clock = Moments()
    slots = Slots(clock)
    return WriteGate(limiter=slots, clock=clock, sleep=clock.sleep, **given), clock, slots


def test_several_places_are_given_at_once_and_no_more_than_there_are() -> None:
    gate = WriteGate(start=4, clock=Clock())
    assert gate.enter(0, 20) == 4
    assert not gate.enter(0, 20)
    gate.leave(3)
    assert gate.enter(0, 2) == 2


def test_few_free_places_are_not_worth_a_beginning_until_a_moment_has_passed() -> None:
    gate = WriteGate(start=8)
    assert gate.enter(0, 8) == 8
    gate.leave(1)
    assert gate.enter(0.01, 8) == 0
    assert gate.enter(1, 8) == 1


def test_a_single_place_is_given_as_soon_as_it_is_free() -> None:
    gate = WriteGate(start=8, clock=Clock())
    gate.enter(0, 8)
    gate.leave()
    assert gate.enter(0) == 1


def test_slots_are_taken_in_blocks() -> None:
    gate, _clock, slots = limited()
    for _ in range(2 * BLOCK):
        assert gate.enter(10)
        gate.leave()
    assert slots.reserved == [BLOCK, BLOCK]


@given(st.lists(st.integers(min_value=1, max_value=20), min_size=1, max_size=60))
def test_however_many_are_wanted_at_once_writes_keep_to_their_slots(wanted: list[int]) -> None:
    gate, clock, slots = limited(start=8)
    began, sent = clock.now, 0
    for each in wanted:
        places = gate.enter(60, each)
        assert 1 <= places <= min(each, MOST)
        elapsed = clock.now - began
        assert sent <= elapsed / slots.spacing + 1e-6, "not before the slot of the first"
        sent += places
        gate.leave(places)
    assert (sent - MOST) * slots.spacing - 1e-6 <= clock.now - began <= sent * slots.spacing + 1e-6


def test_a_slow_answer_wastes_no_slots() -> None:
    gate, clock, slots = limited()
    gate.enter(0)
    clock.now += 1.5
    began = clock.now
    gate.leave()
    for _ in range(10):
        assert gate.enter(0)
        gate.leave()
    assert clock.now == began
    assert slots.reserved == [BLOCK]


def test_slots_of_long_ago_are_used_no_more() -> None:
    gate, clock, slots = limited()
    gate.enter(0)
    gate.leave()
    clock.now += 60
    gate.enter(0)
    assert slots.reserved == [BLOCK, BLOCK]


def test_being_pushed_back_is_told_to_the_other_processes_and_ends_the_block() -> None:
    gate, clock, slots = limited()
    gate.enter(0)
    gate.leave()
    gate.pushed_back(30)
    assert slots.free_at == clock.now + 30
    assert not gate.enter(0)
    clock.now += 30
    assert gate.enter(0)
    assert slots.reserved == [BLOCK, BLOCK]


def test_whoever_meets_a_pause_of_another_process_waits_for_it_and_keeps_the_slots() -> None:
    gate, clock, slots = limited()
    slots.push_back(100)
    assert gate.enter(20) == 0
    assert gate.closed_for() == pytest.approx(100)
    clock.now += 100
    assert gate.enter(0) == 1
    assert slots.reserved == [BLOCK]
    assert gate.enter(1, 3) == 3, "the place that waited in vain is free again"


def test_two_stand_in_line_and_one_writes() -> None:
    gate = WriteGate()
    order: list[str] = []
    first_may_end, third_is_in = threading.Event(), threading.Event()

    def first() -> None:
        with gate.in_line() as place:
            place.step_up()
            order.append("first writes")
            first_may_end.wait(5)
            order.append("first has written")

    def second() -> None:
        with gate.in_line() as place:
            place.step_up()
            order.append("second writes")

    def third() -> None:
        with gate.in_line():
            third_is_in.set()

    threads = [threading.Thread(target=each) for each in (first, second, third)]
    threads[0].start()
    while not order:
        threads[0].join(0.01)
    threads[1].start()
    threads[2].start()
    assert third_is_in.wait(5)
    first_may_end.set()
    for each in threads:
        each.join()
    assert order == ["first writes", "first has written", "second writes"]
