import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.reclamation.outcomes import Outcome, why_left_alone
from core.reclamation.requests import RunMode, start_run
from core.reclamation.states import RequestState
from core.store.engine import reading, writing
from core.store.tables import ReclamationRequest
from tests.support.seats import NOW, OPERATOR, add_seat

GONE = "The user does not exist any more."
ENDS = (
    ("skipped", GONE),
    ("skipped", "The user has been active."),
    ("skipped", GONE),
    ("failed", "Microsoft answered 403."),
    ("failed", None),
    ("reclaimed", "never shown"),
    ("queued", None),
)


@pytest.fixture
def run_id(engine: Engine, application_id: int) -> int:
    """A run whose requests have ended in these ways."""
    run_id = start_run(
        engine,
        application_id,
        chosen=[add_seat(engine, application_id, number) for number in range(len(ENDS))],
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="",
        confirm_count=len(ENDS),
        actor=OPERATOR,
        allow_reclaim=True,
        now=NOW,
    )
    with writing(engine) as session:
        found = session.exec(select(ReclamationRequest).order_by(ReclamationRequest.id)).all()  # type: ignore[arg-type]
        for request, (state, reason) in zip(found, ENDS, strict=True):
            request.state, request.reason = state, reason
    return run_id


def test_a_reason_is_counted_once_failures_first(engine: Engine, run_id: int) -> None:
    with reading(engine) as session:
        found = why_left_alone(session, run_id)
    assert [(outcome.state.value, outcome.reason, outcome.requests) for outcome in found] == [
        ("failed", "Microsoft answered 403.", 1),
        ("failed", "No reason is on record.", 1),
        ("skipped", GONE, 2),
        ("skipped", "The user has been active.", 1),
    ]


def test_no_more_than_asked_for_are_given(engine: Engine, run_id: int) -> None:
    with reading(engine) as session:
        (only,) = why_left_alone(session, run_id, most=1)
        assert why_left_alone(session, run_id + 1) == []
    assert only == Outcome(state=RequestState.FAILED, reason="Microsoft answered 403.", requests=1)
