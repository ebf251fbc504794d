"""What is said before licenses are given back: how many seats are free for them."""

import pytest
from sqlalchemy import Engine

from core.integration.rollups import write_rollups
from core.reclamation.history import HistoryFilter
from core.reclamation.requests import RunMode, start_run
from core.reclamation.restore_outlook import outlook
from core.reclamation.runs import requests
from core.store.engine import reading, writing
from core.store.tables import Assignment, LicenseType
from tests.support.seats import E5, NOW, OPERATOR, add_seat


@pytest.fixture
def request_id(engine: Engine, application_id: int) -> int:
    """Of four assignments of Microsoft 365 E5 one failed, and one of the others was asked back."""
    seats = [add_seat(engine, application_id, number) for number in range(4)]
    with writing(engine) as session:
        session.get_one(LicenseType, (application_id, E5)).enabled = 10
        session.get_one(Assignment, (application_id, *seats[3])).activity_status = "failed"
        session.flush()
        write_rollups(session, application_id)
    start_run(
        engine,
        application_id,
        chosen=[seats[0]],
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="",
        confirm_count=None,
        actor=OPERATOR,
        allow_reclaim=True,
        now=NOW,
    )
    with reading(engine) as session:
        (request,) = requests(session, application_id, HistoryFilter())
    return request.request_id


def free(engine: Engine, application_id: int, request_id: int) -> int:
    with reading(engine) as session:
        (found,) = outlook(session, application_id, [request_id], NOW).by_type
    return found.free


def test_every_seat_is_counted_once_and_one_that_failed_not_at_all(
    engine: Engine, application_id: int, request_id: int
) -> None:
    assert free(engine, application_id, request_id) == 7


def test_a_type_that_the_tenant_lost_has_no_seat_to_give(
    engine: Engine, application_id: int, request_id: int
) -> None:
    with writing(engine) as session:
        session.get_one(LicenseType, (application_id, E5)).gone_at = NOW
    assert free(engine, application_id, request_id) == -3
