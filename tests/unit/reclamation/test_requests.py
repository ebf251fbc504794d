import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.policies.policies import change_policies, pause
from core.policies.settings import Setting
from core.reclamation.history import HistoryFilter, events
from core.reclamation.limits import LimitRefused
from core.reclamation.new_runs import CHUNK
from core.reclamation.requests import (
    NamesRefused,
    NotifyTerms,
    RunMode,
    RunRefused,
    cancel_run,
    start_run,
)
from core.reclamation.runs import requests, run
from core.reclamation.states import RequestState, Step
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading, writing
from core.store.tables import LicenseType, ReclamationRequest, ReclamationRun, RoleHolder, TaskRun, User
from tests.support.seats import E5, NOW, OPERATOR, VISIO, add_seat, user_id

Seat = tuple[str, str]
TEAMS_ROOMS = "4cde982a-ede4-4409-9ae6-b003453c8ea6"


@pytest.fixture
def start(engine: Engine, application_id: int) -> Callable[..., int]:
    def start(*chosen: Seat, **changed: object) -> int:
        arguments: dict[str, object] = {
            "mode": RunMode.IMMEDIATE,
            "manual": False,
            "note": "",
            "confirm_count": None,
            "actor": OPERATOR,
            "allow_reclaim": True,
            "now": NOW,
        }
        return start_run(engine, application_id, chosen=chosen, **(arguments | changed))  # type: ignore[arg-type]

    return start


def test_a_run_puts_its_requests_their_evidence_and_a_task_run_on_record(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    run_id = start(add_seat(engine, application_id, 1), add_seat(engine, application_id, 2, VISIO))

    with reading(engine) as session:
        listed = requests(session, application_id, HistoryFilter(run_id=run_id))
        first = events(session, application_id, HistoryFilter(run_id=run_id))
        task = session.exec(select(TaskRun).where(TaskRun.reclamation_run_id == run_id)).one()
    assert [(row.user_principal_name, row.part_number, row.state) for row in listed] == [
        ("person1@example.com", "SPE_E5", RequestState.QUEUED),
        ("person2@example.com", "VISIOCLIENT", RequestState.QUEUED),
    ]
    assert {(event.step, event.actor) for event in first} == {(Step.REQUESTED, OPERATOR.name)}
    assert first[0].evidence["activity_status"] == "inactive"
    assert first[0].evidence["sources"]["sign_ins"]["status"] == "available"
    assert first[0].evidence["explained"] == ["The last successful sign-in was 200 days ago."]
    assert (task.task, task.status, task.counts["expected"]) == ("reclamation", "queued", 2)


def test_requests_are_cut_into_chunks_of_twenty(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seats = [add_seat(engine, application_id, number) for number in range(41)]
    start(*seats, mode=RunMode.DRY_RUN)
    with reading(engine) as session:
        chunks = session.exec(select(ReclamationRequest.chunk).order_by(ReclamationRequest.id)).all()  # type: ignore[arg-type]
    assert chunks == [0] * 20 + [1] * 20 + [2]


def test_a_seat_chosen_twice_counts_once(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seat = add_seat(engine, application_id, 1)
    run_id = start(seat, seat)
    with reading(engine) as session:
        found = run(session, run_id)
    assert found is not None
    assert found.by_state == {RequestState.QUEUED: 1}


def test_one_person_and_type_has_one_live_request(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seat = add_seat(engine, application_id, 1)
    start(seat)
    told = r"already being reclaimed: person1@example.com \(Microsoft 365 E5; run 1, asked for by "
    with pytest.raises(RunRefused, match=told):
        start(seat)


def test_two_people_who_ask_at_once_get_one_run(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seat = add_seat(engine, application_id, 1)
    together = threading.Barrier(4)
    ended: list[str] = []

    def ask() -> None:
        together.wait()
        try:
            start(seat)
            ended.append("started")
        except RunRefused:
            ended.append("refused")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["refused", "refused", "refused", "started"]


def test_a_dry_run_blocks_nobody_and_needs_no_permission_to_reclaim(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seat = add_seat(engine, application_id, 1)
    start(seat, mode=RunMode.DRY_RUN, allow_reclaim=False)
    start(seat, mode=RunMode.DRY_RUN)
    assert start(seat)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"allow_reclaim": False}, "set allow_reclaim = true"),
        ({"manual": True, "note": "  "}, "needs a reason"),
    ],
)
def test_a_run_against_the_rules_is_refused(
    engine: Engine,
    application_id: int,
    start: Callable[..., int],
    changed: dict[str, object],
    message: str,
) -> None:
    seat = add_seat(engine, application_id, 1)
    with pytest.raises(RunRefused, match=message):
        start(seat, **changed)
    with reading(engine) as session:
        assert session.exec(select(ReclamationRun)).first() is None


def test_what_nobody_holds_is_named(engine: Engine, application_id: int, start: Callable[..., int]) -> None:
    add_seat(engine, application_id, 1)
    with pytest.raises(RunRefused, match=f"{user_id(2)} with {E5}"):
        start((user_id(1), E5), (user_id(2), E5))


def test_choosing_nobody_is_refused(start: Callable[..., int]) -> None:
    with pytest.raises(RunRefused, match="nobody is chosen"):
        start()


def test_only_an_operator_may_reclaim(engine: Engine, application_id: int, start: Callable[..., int]) -> None:
    seat = add_seat(engine, application_id, 1)
    with pytest.raises(RightRefused):
        start(seat, actor=Actor(name="ann", role=Role.ANALYST))


def test_the_limit_counts_the_requests_of_a_day_and_is_lifted_by_typing_the_number(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seats = [add_seat(engine, application_id, number) for number in range(12)]  # the limit of 100 seats is 10
    start(*seats[:6], now=NOW - timedelta(hours=23))
    with pytest.raises(LimitRefused, match=r"6 requests, after 6 in .* for Microsoft 365 E5"):
        start(*seats[6:])
    with pytest.raises(LimitRefused, match="5 was typed"):
        start(*seats[6:], confirm_count=5)
    assert start(*seats[6:], confirm_count=6)


def test_requests_older_than_a_day_do_not_count(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seats = [add_seat(engine, application_id, number) for number in range(12)]
    start(*seats[:6], now=NOW - timedelta(hours=25))
    assert start(*seats[6:])


def test_cancelling_ends_what_has_not_begun_and_leaves_the_rest(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    run_id = start(*(add_seat(engine, application_id, number) for number in range(3)))
    with writing(engine) as session:
        begun = session.exec(select(ReclamationRequest)).first()
        assert begun is not None
        begun.state = "reclaiming"
    assert cancel_run(engine, run_id, actor=OPERATOR, now=NOW) == 2
    with reading(engine) as session:
        listed = requests(session, application_id, HistoryFilter(run_id=run_id))
        ended = events(session, application_id, HistoryFilter(states=(RequestState.CANCELLED,)))
    assert sorted(row.state for row in listed) == ["cancelled", "cancelled", "reclaiming"]
    assert {row.reason for row in listed} == {None, "cancelled by olivia@example.com"}
    assert [event.actor for event in ended if event.step is Step.ENDED] == [OPERATOR.name] * 2


def test_a_run_is_cancelled_once(engine: Engine, application_id: int, start: Callable[..., int]) -> None:
    run_id = start(add_seat(engine, application_id, 1))
    cancel_run(engine, run_id, actor=OPERATOR, now=NOW)
    with pytest.raises(RunRefused, match="it has ended or was cancelled before"):
        cancel_run(engine, run_id, actor=OPERATOR, now=NOW)


def test_a_run_that_is_cancelled_before_it_began_is_over_at_once(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    run_id = start(add_seat(engine, application_id, 1))
    cancel_run(engine, run_id, actor=OPERATOR, now=NOW)
    with reading(engine) as session:
        found = run(session, run_id)
        task = session.exec(select(TaskRun).where(TaskRun.reclamation_run_id == run_id)).one()
    assert found is not None
    assert (found.ended_at, found.cancelled_by) == (NOW, OPERATOR.name)
    assert task.status == "cancelled"


def test_while_paused_no_run_is_made_but_a_dry_run(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seat = add_seat(engine, application_id, 1)
    administrator = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
    pause(engine, application_id, "An audit", actor=administrator, now=NOW)
    with pytest.raises(RunRefused, match=r"paused since 2026-11-24 09:00 UTC by ada@example.com: An audit\."):
        start(seat)
    start(seat, mode=RunMode.DRY_RUN)


def test_the_limits_are_those_of_the_policies(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    administrator = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
    change_policies(
        engine,
        application_id,
        values={Setting.LIMIT_REQUESTS: 1, Setting.LIMIT_SMALLEST: 1},
        actor=administrator,
        now=NOW,
    )
    with pytest.raises(LimitRefused, match="limit of 1 "):
        start(add_seat(engine, application_id, 1), add_seat(engine, application_id, 2))


@pytest.mark.parametrize(("set_to", "asked", "expected"), [(None, None, 5), (7, None, 7), (7, 3, 3)])
def test_the_waiting_period_is_what_is_asked_for_or_what_the_policies_say(
    engine: Engine,
    application_id: int,
    start: Callable[..., int],
    set_to: int | None,
    asked: int | None,
    expected: int,
) -> None:
    if set_to is not None:
        administrator = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
        changed = {Setting.WAITING_DAYS: set_to}
        change_policies(engine, application_id, values=changed, actor=administrator, now=NOW)
    seat = add_seat(engine, application_id, 1)
    run_id = start(seat, mode=RunMode.NOTIFY, notify=NotifyTerms(waiting_days=asked, copy_manager=True))
    with reading(engine) as session:
        made = session.get_one(ReclamationRun, run_id)
    assert (made.mode, made.waiting_days, made.copy_manager) == ("notify", expected, True)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (None, "Notifying is off"),
        (NotifyTerms(off="Notifying is off: public_url must be configured."), "public_url must"),
        (NotifyTerms(waiting_days=0), "from 1 to 30"),
        (NotifyTerms(waiting_days=31), "from 1 to 30"),
    ],
)
def test_a_run_that_cannot_notify_is_refused(
    engine: Engine, application_id: int, start: Callable[..., int], terms: NotifyTerms | None, said: str
) -> None:
    with pytest.raises(RunRefused, match=said):
        start(add_seat(engine, application_id, 1), mode=RunMode.NOTIFY, notify=terms)
    with reading(engine) as session:
        assert requests(session, application_id, HistoryFilter()) == []


def test_to_notify_takes_what_a_removal_takes(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seats = [add_seat(engine, application_id, number) for number in range(11)]
    asked = {"mode": RunMode.NOTIFY, "notify": NotifyTerms()}
    with pytest.raises(RunRefused, match="allow_reclaim"):
        start(seats[0], allow_reclaim=False, **asked)
    with pytest.raises(LimitRefused):
        start(*seats, **asked)
    start(seats[0], **asked)
    with pytest.raises(RunRefused, match="already being reclaimed"):
        start(seats[0], **asked)


def test_all_licenses_of_a_person_are_worked_together(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seats = [add_seat(engine, application_id, number) for number in range(CHUNK + 5)]
    seats += [add_seat(engine, application_id, number, VISIO) for number in range(CHUNK + 5)]
    run_id = start(*seats, confirm_count=len(seats))
    with reading(engine) as session:
        rows = session.exec(select(ReclamationRequest).where(ReclamationRequest.run_id == run_id)).all()
    chunks: dict[int, list[str]] = {}
    for row in rows:
        chunks.setdefault(row.chunk, []).append(row.user_id)
    assert sorted(chunks) == [0, 1, 2]
    assert all(len(people) <= CHUNK for people in chunks.values())
    assert sum(len(set(people)) for people in chunks.values()) == CHUNK + 5


ROLE = "The account holds an admin role: Global Administrator"


@pytest.fixture
def administrator(engine: Engine, application_id: int) -> Seat:
    seat = add_seat(engine, application_id, 7)
    with writing(engine) as session:
        roles = ["Global Administrator"]
        session.add(RoleHolder(application_id=application_id, user_id=seat[0], roles=roles, read_at=NOW))
    return seat


@pytest.mark.parametrize("mode", [RunMode.IMMEDIATE, RunMode.NOTIFY])
@pytest.mark.parametrize("manual", [True, False])
def test_an_administrators_license_needs_the_name_typed(
    engine: Engine,
    application_id: int,
    start: Callable[..., int],
    administrator: Seat,
    *,
    mode: RunMode,
    manual: bool,
) -> None:
    asked = {"mode": mode, "manual": manual, "note": "Moved on", "notify": NotifyTerms()}
    with pytest.raises(NamesRefused, match=rf"typed for person7@example\.com \({ROLE}\)"):
        start(administrator, add_seat(engine, application_id, 1), **asked)
    with reading(engine) as session:
        assert session.exec(select(ReclamationRun)).all() == []
    assert start(administrator, **asked, confirm_names=["PERSON7@example.com"])


def test_a_dry_run_needs_no_name(start: Callable[..., int], administrator: Seat) -> None:
    assert start(administrator, mode=RunMode.DRY_RUN)


def test_the_typed_name_is_on_record_in_the_first_event(
    engine: Engine, application_id: int, start: Callable[..., int], administrator: Seat
) -> None:
    run_id = start(administrator, confirm_names=["person7@example.com"], note="Moved on")
    with reading(engine) as session:
        (event,) = events(session, application_id, HistoryFilter(run_id=run_id))
    assert event.detail == f"Moved on · The name person7@example.com was typed. {ROLE}."
    assert event.evidence["typed_name"] == "person7@example.com"
    assert event.evidence["protections"] == [f"{ROLE}."]


def test_a_typed_name_of_nobody_who_is_chosen_is_refused(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    with pytest.raises(NamesRefused, match=r"not among those chosen: person8@example\.com"):
        start(add_seat(engine, application_id, 1), confirm_names=["person8@example.com"])


def test_whoever_is_called_like_a_service_needs_the_name_typed(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seat = add_seat(engine, application_id, 1)
    with writing(engine) as session:
        session.get_one(User, (application_id, seat[0])).display_name = "svc-reporting"
    with pytest.raises(NamesRefused, match="a service or program"):
        start(seat)


def test_whoever_holds_a_license_for_rooms_needs_the_name_typed_for_any_other(
    engine: Engine, application_id: int, start: Callable[..., int]
) -> None:
    seat = add_seat(engine, application_id, 1)
    with writing(engine) as session:
        session.get_one(LicenseType, (application_id, VISIO)).sku_id = TEAMS_ROOMS
    add_seat(engine, application_id, 1, TEAMS_ROOMS)
    with pytest.raises(NamesRefused, match="it holds Visio Plan 2"):
        start(seat)
