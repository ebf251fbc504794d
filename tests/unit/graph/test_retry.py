from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.graph.answer import parse_retry_after
from core.graph.retry import ONCE, PATIENT, GiveUp, Outcome, Wait, decide_retry

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("10", 10.0),
        ("2.128", 2.128),
        ("0", 0.0),
        ("Tue, 24 Nov 2026 06:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 05:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, None])
def test_what_may_pass_is_tried_again(status: int | None) -> None:
    assert isinstance(decide_retry(Outcome(status=status), 1, PATIENT, jitter=0.5), Wait)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 410, 501])
def test_what_stays_as_it_is_is_not_tried_again(status: int) -> None:
    assert decide_retry(Outcome(status=status), 1, PATIENT, jitter=0.5) == GiveUp()


def test_once_means_once() -> None:
    assert decide_retry(Outcome(status=429, retry_after=1), 1, ONCE, jitter=0) == GiveUp()


def test_a_wait_beyond_reason_is_the_callers_to_decide() -> None:
    outcome = Outcome(status=429, retry_after=PATIENT.longest_asked + 1)
    assert decide_retry(outcome, 1, PATIENT, jitter=0) == GiveUp()


def test_a_host_that_cannot_be_reached_is_told_sooner_than_one_that_throttles() -> None:
    silent = decide_retry(Outcome(status=None), PATIENT.attempts_unheard, PATIENT, jitter=0)
    throttled = decide_retry(Outcome(status=429), PATIENT.attempts_unheard, PATIENT, jitter=0)
    assert silent == GiveUp()
    assert isinstance(throttled, Wait)


@given(
    asked=st.floats(0, PATIENT.longest_asked - 1),
    attempt=st.integers(1, PATIENT.attempts - 1),
    jitter=st.floats(0, 1),
)
def test_the_wait_is_never_shorter_than_asked(asked: float, attempt: int, jitter: float) -> None:
    decision = decide_retry(Outcome(status=429, retry_after=asked), attempt, PATIENT, jitter=jitter)
    assert isinstance(decision, Wait)
    assert asked <= decision.seconds <= asked + 2


@given(attempt=st.integers(1, PATIENT.attempts - 2), jitter=st.floats(0, 1))
def test_the_wait_never_becomes_shorter_from_one_attempt_to_the_next(attempt: int, jitter: float) -> None:
    now, later = (
        decide_retry(Outcome(status=503), number, PATIENT, jitter=jitter) for number in (attempt, attempt + 1)
    )
    assert isinstance(now, Wait)
    assert isinstance(later, Wait)
    assert now.seconds <= later.seconds


@given(header=st.text(max_size=40) | st.from_regex(r"\w{3}, \d+ \w{3} \d{1,5} [\d:]{1,8} [+-]\d{1,6}"))
def test_any_retry_after_is_a_bounded_wait_or_nothing(header: str) -> None:
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or 0 <= seconds < float("inf")


@given(attempt=st.integers(1, 1000), jitter=st.floats(0, 1))
def test_without_a_word_from_microsoft_the_wait_is_bounded_and_ends(attempt: int, jitter: float) -> None:
    decision = decide_retry(Outcome(status=503), attempt, PATIENT, jitter=jitter)
    if attempt >= PATIENT.attempts:
        assert decision == GiveUp()
    else:
        assert isinstance(decision, Wait)
        assert 0 < decision.seconds <= PATIENT.longest_wait
