"""Asking for an application to be judged anew."""

from datetime import timedelta

from sqlalchemy import Engine

from core.policies.assessing import (
    ask_assessment,
    assessment_asked,
    due_assessments,
    mark_assessed,
    put_off_assessment,
)
from core.store.engine import reading, writing
from tests.support.seats import NOW

LATER = NOW + timedelta(seconds=30)


def ask(engine: Engine, application_id: int) -> None:
    with writing(engine) as session:
        ask_assessment(session, application_id, NOW)


def test_what_was_asked_for_is_due_until_it_is_done(engine: Engine, application_id: int) -> None:
    ask(engine, application_id)
    with reading(engine) as session:
        assert due_assessments(session, NOW) == [application_id]
        assert assessment_asked(session, application_id) == NOW
    mark_assessed(engine, application_id, NOW)
    with reading(engine) as session:
        assert due_assessments(session, LATER) == []
        assert assessment_asked(session, application_id) is None


def test_a_change_while_judging_is_still_to_do(engine: Engine, application_id: int) -> None:
    ask(engine, application_id)
    with writing(engine) as session:
        ask_assessment(session, application_id, LATER)
    mark_assessed(engine, application_id, NOW)
    with reading(engine) as session:
        assert due_assessments(session, LATER) == [application_id]


def test_after_a_fault_it_is_tried_again_a_minute_later(engine: Engine, application_id: int) -> None:
    ask(engine, application_id)
    put_off_assessment(engine, application_id, NOW, NOW)
    with reading(engine) as session:
        assert due_assessments(session, LATER) == []
        assert due_assessments(session, NOW + timedelta(minutes=1)) == [application_id]
        assert assessment_asked(session, application_id) == NOW
