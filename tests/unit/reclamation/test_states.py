"""The states of a request: a table, and what follows from it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reclamation.states import (
    CANCELLABLE,
    FINAL,
    LIVE,
    TRANSITIONS,
    Cause,
    ForbiddenTransition,
    RequestState,
    Step,
    check_transition,
)
from core.store.tables import LIVE_STATES

S = RequestState
REMOVED_OR_ABOUT_TO_BE = {S.RECLAIMING, S.VERIFYING, S.RECLAIMED, S.RESTORING, S.RESTORED}


@pytest.mark.parametrize(
    "path",
    [
        "queued checking reclaiming verifying reclaimed restoring restored",
        "queued notified checking reclaiming verifying reclaimed",
        "queued notified kept",
        "queued skipped",
        "queued notified active_again",
        "queued checking skipped",
        "queued checking would_reclaim",
        "queued checking reclaiming skipped",
        "queued checking reclaiming verifying reclaimed restoring reclaimed restoring restored",
        "queued failed",
        "queued checking reclaiming verifying failed",
        "queued cancelled",
        "queued notified checking cancelled",
    ],
)
def test_a_documented_path_is_allowed(path: str) -> None:
    states = [RequestState(word) for word in path.split()]
    for before, after in pairwise(states):
        for cause in TRANSITIONS[before][after]:
            check_transition(before, after, cause)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (S.QUEUED, S.RECLAIMING),  # without a check
        (S.CHECKING, S.VERIFYING),  # without an intent
        (S.RECLAIMING, S.RECLAIMED),  # without being read back
        (S.RECLAIMING, S.CANCELLED),  # a removal cut in two
        (S.VERIFYING, S.CANCELLED),
        (S.RESTORING, S.FAILED),  # the license stays reclaimed
        (S.KEPT, S.CHECKING),
        (S.CANCELLED, S.QUEUED),
        (S.WOULD_RECLAIM, S.RECLAIMING),
    ],
)
@pytest.mark.parametrize("cause", Cause)
def test_a_shortcut_is_refused_whoever_asks(before: RequestState, after: RequestState, cause: Cause) -> None:
    with pytest.raises(ForbiddenTransition, match=f"{before} can't become {after}"):
        check_transition(before, after, cause)


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        (S.NOTIFIED, S.KEPT, Cause.OPERATOR),
        (S.NOTIFIED, S.CANCELLED, Cause.HOLDER),
        (S.QUEUED, S.CHECKING, Cause.OPERATOR),
        (S.RECLAIMED, S.RESTORING, Cause.ENGINE),
        (S.QUEUED, S.CANCELLED, Cause.ENGINE),
    ],
)
def test_only_the_right_one_may_cause_a_transition(
    before: RequestState, after: RequestState, cause: Cause
) -> None:
    with pytest.raises(ForbiddenTransition, match=f"the {cause} can't"):
        check_transition(before, after, cause)


@pytest.mark.parametrize("state", RequestState)
def test_only_the_engine_begins_a_live_state_anew(state: RequestState) -> None:
    for cause in Cause:
        if state in LIVE and cause is Cause.ENGINE:
            check_transition(state, state, cause)
        else:
            with pytest.raises(ForbiddenTransition):
                check_transition(state, state, cause)


def test_every_state_is_in_the_table_and_either_live_or_an_end() -> None:
    assert set(TRANSITIONS) == set(RequestState)
    assert set(RequestState) == LIVE | FINAL
    assert not LIVE & FINAL


def test_an_end_is_final_except_that_a_reclaimed_license_can_be_restored() -> None:
    assert {state for state in FINAL if TRANSITIONS[state]} == {S.RECLAIMED}


def test_cancelling_is_possible_only_before_the_intent() -> None:
    assert set(CANCELLABLE) == {S.QUEUED, S.NOTIFIED, S.CHECKING}


def test_the_database_enforces_one_request_for_the_same_live_states() -> None:
    assert set(LIVE_STATES) == LIVE


def test_steps_and_states_fit_their_columns() -> None:
    assert all(len(state) <= 16 for state in RequestState)
    assert all(len(step) <= 20 for step in Step)


@given(st.data())
def test_any_walk_passes_the_intent_before_anything_is_removed(data: st.DataObject) -> None:
    state, seen = S.QUEUED, [S.QUEUED]
    while TRANSITIONS[state] and len(seen) < 30:
        state = data.draw(st.sampled_from(sorted(TRANSITIONS[state])))
        seen.append(state)
    if S.RECLAIMED in seen:
        before = seen[: seen.index(S.RECLAIMED)]
        assert before[-3:] == [S.CHECKING, S.RECLAIMING, S.VERIFYING]
    if S.CANCELLED in seen:
        assert not REMOVED_OR_ABOUT_TO_BE & set(seen)
