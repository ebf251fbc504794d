from datetime import timedelta

import pytest
from sqlalchemy import Engine

from core.reclamation.history import (
    EXPORT_COLUMNS,
    HistoryFilter,
    count_events,
    event_as_json,
    events,
    export_cells,
    stream_events,
)
from core.reclamation.requests import RunMode, cancel_run, start_run
from core.reclamation.runs import request_as_json, requests, run, runs
from core.reclamation.states import RequestState
from core.store.engine import reading, writing
from core.store.tables import ReclamationRequest
from tests.support.seats import NOW, OPERATOR, VISIO, add_seat, user_id


def start(engine: Engine, application_id: int, *seats: tuple[str, str]) -> int:
    return start_run(
        engine,
        application_id,
        chosen=seats,
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="Quarterly cleaning",
        confirm_count=None,
        actor=OPERATOR,
        allow_reclaim=True,
        now=NOW,
    )


@pytest.fixture
def run_ids(engine: Engine, application_id: int) -> tuple[int, int]:
    """A cancelled run of two requests, and one of one request that is queued."""
    first = start(
        engine, application_id, add_seat(engine, application_id, 1), add_seat(engine, application_id, 2)
    )
    cancel_run(engine, first, actor=OPERATOR, now=NOW + timedelta(minutes=1))
    return first, start(engine, application_id, add_seat(engine, application_id, 3, VISIO))


@pytest.mark.usefixtures("run_ids")
@pytest.mark.parametrize(
    ("chosen", "people"),
    [
        (HistoryFilter(), {1, 2, 3}),
        (HistoryFilter(run_id=1), {1, 2}),
        (HistoryFilter(request_id=2), {2}),
        (HistoryFilter(user_ids=(user_id(3),)), {3}),
        (HistoryFilter(sku_ids=(VISIO,)), {3}),
        (HistoryFilter(states=(RequestState.CANCELLED,)), {1, 2}),
        (HistoryFilter(text="person 2"), {2}),
        (HistoryFilter(first_day=NOW.date(), last_day=NOW.date()), {1, 2, 3}),
        (HistoryFilter(first_day=NOW.date() + timedelta(days=1)), set()),
        (HistoryFilter(last_day=NOW.date() - timedelta(days=1)), set()),
        (HistoryFilter(text="nobody"), set()),
    ],
)
def test_the_filter_lets_through_what_it_asks_for(
    engine: Engine, application_id: int, chosen: HistoryFilter, people: set[int]
) -> None:
    with reading(engine) as session:
        found = events(session, application_id, chosen)
        assert count_events(session, application_id, chosen) == len(found)
        assert {int(row.user_id[-1]) for row in requests(session, application_id, chosen)} == people
    assert {int(event.user_id[-1]) for event in found} == people


@pytest.mark.usefixtures("run_ids")
def test_the_search_finds_letters_outside_of_ascii_in_any_case(engine: Engine, application_id: int) -> None:
    with writing(engine) as session:
        session.get_one(ReclamationRequest, 2).display_name = "Zoë Öztürk"
    with reading(engine) as session:
        found = requests(session, application_id, HistoryFilter(text="öztürk"))
    assert [row.user_id for row in found] == [user_id(2)]


@pytest.mark.usefixtures("run_ids")
def test_events_stream_as_they_happened_and_page_the_latest_first(
    engine: Engine, application_id: int
) -> None:
    batches = list(stream_events(engine, application_id, HistoryFilter(), size=2))
    streamed = [event.id for batch in batches for event in batch]
    assert streamed == sorted(streamed)
    assert len(streamed) == 5
    with reading(engine) as session:
        paged = [
            event.id
            for number in (1, 2, 3)
            for event in events(session, application_id, HistoryFilter(), number=number, rows=2)
        ]
    assert paged == streamed[::-1]


@pytest.mark.usefixtures("run_ids")
def test_another_applications_history_is_not_shown(engine: Engine, application_id: int) -> None:
    with reading(engine) as session:
        assert events(session, application_id + 1, HistoryFilter()) == []
        assert runs(session, application_id + 1) == []


def test_runs_are_listed_with_their_requests_by_state(
    engine: Engine, application_id: int, run_ids: tuple[int, int]
) -> None:
    first, second = run_ids
    with reading(engine) as session:
        listed = runs(session, application_id)
        assert run(session, 999) is None
    assert [row.run_id for row in listed] == [second, first]
    assert listed[1].by_state == {RequestState.CANCELLED: 2}
    assert (listed[1].requests, listed[1].note) == (2, "Quarterly cleaning")


@pytest.mark.usefixtures("run_ids")
def test_the_json_is_what_scripts_rely_on(engine: Engine, application_id: int) -> None:
    with reading(engine) as session:
        event = events(session, application_id, HistoryFilter(request_id=1))[0]
        (request,) = requests(session, application_id, HistoryFilter(request_id=1))
    assert event_as_json(event) == {
        "request_id": 1,
        "run_id": 1,
        "user_principal_name": "person1@example.com",
        "part_number": "SPE_E5",
        "at": "2026-11-24T09:01:00+00:00",
        "step": "ended",
        "state": "cancelled",
        "actor": "olivia@example.com",
        "detail": "The run was cancelled by olivia@example.com.",
        "graph_request_id": None,
    }
    assert request_as_json(request) == {
        "request_id": 1,
        "user_principal_name": "person1@example.com",
        "part_number": "SPE_E5",
        "state": "cancelled",
        "reason": "cancelled by olivia@example.com",
    }
    assert request.created_by == OPERATOR.name
    assert len(export_cells(event)) == len(EXPORT_COLUMNS)
