from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from core.reclamation.ledger import Event, Request, claiming, ending, live_requests, moving, write
from core.reclamation.states import ForbiddenTransition, RequestState, Step
from core.store.engine import reading, writing
from core.store.tables import ReclamationEvent, ReclamationRequest
from tests.support.seats import NOW, add_seat, immediate_run

LATER = NOW + timedelta(minutes=5)
BEGUN = Event(step=Step.BEGUN, at=NOW)


@pytest.fixture
def chunk(engine: Engine, application_id: int) -> list[Request]:
    seats = [add_seat(engine, application_id, number) for number in range(4)]
    run_id = immediate_run(engine, application_id, seats)
    with reading(engine) as session:
        return live_requests(session, run_id)


def rows(engine: Engine) -> list[ReclamationRequest]:
    with reading(engine) as session:
        return list(session.exec(select(ReclamationRequest).order_by(col(ReclamationRequest.id))))


def steps(engine: Engine, request: Request) -> list[tuple[str, int, str]]:
    with reading(engine) as session:
        query = select(ReclamationEvent).where(col(ReclamationEvent.request_id) == request.id)
        events = session.exec(query.order_by(col(ReclamationEvent.id)))
        return [(event.step, event.attempt, event.state) for event in events]


def test_changes_of_every_kind_are_written_together_each_with_its_own_events(
    engine: Engine, chunk: list[Request]
) -> None:
    begun, intended, ended, claimed = chunk
    checked = Event(step=Step.CHECKED, at=NOW)
    with writing(engine) as session:
        in_hand = write(session, [moving(each, RequestState.CHECKING, BEGUN, due_at=LATER) for each in chunk])
        removing = moving(
            in_hand[intended.id],
            RequestState.RECLAIMING,
            Event(step=Step.INTENT, at=LATER),
            due_at=LATER,
            after=checked,
            attempt=1,
            disabled_plans=["one"],
        )
        changed = write(
            session,
            [
                removing,
                ending(in_hand[ended.id], RequestState.SKIPPED, "Exempt.", LATER, after=checked),
                claiming(in_hand[claimed.id], NOW),
            ],
        )
    assert [(row.state, row.attempt, row.reason, row.due_at) for row in rows(engine)] == [
        ("checking", 0, None, LATER),
        ("reclaiming", 1, None, LATER),
        ("skipped", 0, "Exempt.", LATER),
        ("checking", 0, None, NOW),
    ]
    assert [row.disabled_plans for row in rows(engine)] == [None, ["one"], None, None]
    assert {each.state for each in in_hand.values()} == {RequestState.CHECKING}
    assert set(changed) == {intended.id, ended.id, claimed.id}
    began = [("requested", 0, "queued"), ("begun", 0, "checking")]
    assert steps(engine, begun) == steps(engine, claimed) == began
    assert steps(engine, intended) == [*began, ("checked", 0, "checking"), ("intent", 1, "reclaiming")]
    assert steps(engine, ended) == [*began, ("checked", 0, "checking"), ("ended", 0, "skipped")]


@pytest.mark.parametrize(
    "old",
    [{"state": RequestState.CHECKING}, {"attempt": 7}, {"due_at": LATER}, {"id": 999}],
    ids=["state", "attempt", "due time", "no such request"],
)
def test_of_several_only_those_that_are_as_they_were_seen_are_changed(
    engine: Engine, chunk: list[Request], old: dict[str, Any]
) -> None:
    stale, *fresh = chunk
    with writing(engine) as session:
        changed = write(
            session,
            [
                moving(each, RequestState.CHECKING, BEGUN, due_at=LATER)
                for each in (replace(stale, **old), *fresh)
            ],
        )
    assert set(changed) == {each.id for each in fresh}
    assert [row.state for row in rows(engine)] == ["queued", "checking", "checking", "checking"]
    assert steps(engine, stale) == [("requested", 0, "queued")]


def test_what_comes_back_is_what_the_next_change_starts_from(engine: Engine, chunk: list[Request]) -> None:
    with writing(engine) as session:
        claimed = write(session, [claiming(each, LATER) for each in chunk])
        assert write(session, [claiming(each, NOW) for each in chunk]) == {}
        again = write(session, [claiming(each, NOW) for each in claimed.values()])
    assert again == {each.id: each for each in chunk}


def test_a_forbidden_change_is_refused_before_anything_is_written(
    engine: Engine, chunk: list[Request]
) -> None:
    with writing(engine) as session, pytest.raises(ForbiddenTransition):
        write(session, [moving(each, RequestState.RECLAIMED, BEGUN, due_at=LATER) for each in chunk])
    assert {row.state for row in rows(engine)} == {"queued"}


def test_nothing_to_write_is_nothing_written(engine: Engine) -> None:
    with writing(engine) as session:
        assert write(session, []) == {}
