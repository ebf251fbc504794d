"""Runs that wait for a second person: nothing of them begins, and one decision ends the waiting."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from core.graph import GraphClient
from core.graph.pacing import WriteGate
from core.jobs.preparation import make_ready
from core.policies.policies import change_policies
from core.policies.settings import Setting
from core.reclamation.approval import APPROVED_WITHIN
from core.reclamation.approving import ApprovalRefused, approve_run, cancel_unapproved, reject_run
from core.reclamation.asked import asked_types
from core.reclamation.due import (
    DueChunk,
    ask_preparation,
    due_chunks,
    mark_prepared,
    put_off_chunk,
    raise_generation,
    take_up_again,
    unprepared_runs,
    update_progress,
)
from core.reclamation.history import HistoryFilter, events
from core.reclamation.requests import RunMode, RunRefused, cancel_run, start_run
from core.reclamation.runs import RunRow, requests, run, waiting_for_approval
from core.reclamation.states import RequestState, Step
from core.reclamation.workflow import advance_chunk
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading
from core.store.tables import TaskRun
from tests.support.seats import E5, NOW, OPERATOR, VISIO, add_seat, user_id

ADA = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
BEN = Actor(name="ben@example.com", role=Role.OPERATOR)
SOON = NOW + timedelta(hours=1)
Start = Callable[..., int]


def ask(engine: Engine, application_id: int, *numbers: int, mode: RunMode = RunMode.IMMEDIATE) -> int:
    return start_run(
        engine,
        application_id,
        chosen=[(user_id(number), E5) for number in numbers],
        mode=mode,
        manual=False,
        note="",
        confirm_count=None,
        actor=OPERATOR,
        allow_reclaim=True,
        now=NOW,
    )


@pytest.fixture
def start(engine: Engine, application_id: int) -> Start:
    """Start a run of these people, where more than two need a second person."""
    values = {Setting.APPROVAL_ABOVE: 2}
    change_policies(engine, application_id, values=values, actor=ADA, now=NOW)

    def start(*numbers: int, mode: RunMode = RunMode.IMMEDIATE) -> int:
        for number in numbers:
            add_seat(engine, application_id, number)
        return ask(engine, application_id, *numbers, mode=mode)

    return start


@pytest.fixture
def waiting(start: Start) -> int:
    """A run of three people that waits."""
    return start(1, 2, 3)


def found(engine: Engine, run_id: int) -> RunRow:
    with reading(engine) as session:
        row = run(session, run_id)
    assert row is not None
    return row


def steps(engine: Engine, application_id: int, run_id: int) -> list[tuple[Step, str, RequestState]]:
    """Of the first request, as they happened."""
    with reading(engine) as session:
        chosen = requests(session, application_id, HistoryFilter(run_id=run_id))[0].request_id
        rows = events(session, application_id, HistoryFilter(request_id=chosen))
    return [(row.step, row.actor, row.state) for row in rows[::-1]]


def handed_out(engine: Engine) -> tuple[list[tuple[int, int]], list[DueChunk]]:
    with reading(engine) as session:
        return unprepared_runs(session), due_chunks(session, SOON)


@pytest.mark.parametrize(
    ("numbers", "mode", "waits"),
    [
        ((1, 2), RunMode.IMMEDIATE, False),
        ((1, 2, 3), RunMode.IMMEDIATE, True),
        ((1, 2, 3), RunMode.DRY_RUN, False),
    ],
)
def test_only_a_run_above_the_number_waits(
    engine: Engine, start: Start, numbers: tuple[int, ...], mode: RunMode, waits: bool
) -> None:
    run_id = start(*numbers, mode=mode)
    assert found(engine, run_id).waits_for_approval is waits
    assert bool(handed_out(engine)[0]) is not waits


@pytest.mark.usefixtures("waiting")
def test_people_of_a_run_that_waits_cannot_be_chosen_again(engine: Engine, application_id: int) -> None:
    with pytest.raises(RunRefused, match=r"already being reclaimed: person1@example\.com"):
        ask(engine, application_id, 1)


def test_approved_by_somebody_else_it_begins(engine: Engine, application_id: int, waiting: int) -> None:
    assert handed_out(engine) == ([], [])
    approve_run(engine, application_id, waiting, actor=BEN, now=SOON)
    assert handed_out(engine)[0] == [(application_id, waiting)]
    mark_prepared(engine, waiting, SOON)
    assert [each.run_id for each in handed_out(engine)[1]] == [waiting]
    row = found(engine, waiting)
    assert (row.approved_by, row.approved_at, row.waits_for_approval) == (BEN.name, SOON, False)
    assert steps(engine, application_id, waiting) == [
        (Step.REQUESTED, OPERATOR.name, RequestState.QUEUED),
        (Step.APPROVED, BEN.name, RequestState.QUEUED),
    ]


def test_rejected_all_its_requests_end_with_who_and_why(
    engine: Engine, application_id: int, waiting: int
) -> None:
    assert reject_run(engine, application_id, waiting, " Not  now ", actor=BEN, now=SOON) == 3
    row = found(engine, waiting)
    assert (row.rejected_by, row.rejection_reason, row.ended_at) == (BEN.name, "Not now", SOON)
    assert row.by_state == {RequestState.CANCELLED: 3}
    with reading(engine) as session:
        listed = requests(session, application_id, HistoryFilter(run_id=waiting))
        task = session.exec(select(TaskRun).where(TaskRun.reclamation_run_id == waiting)).one()
    assert {each.reason for each in listed} == {"rejected by ben@example.com: Not now"}
    assert task.status == "cancelled"
    assert steps(engine, application_id, waiting)[1:] == [
        (Step.REJECTED, BEN.name, RequestState.QUEUED),
        (Step.ENDED, BEN.name, RequestState.CANCELLED),
    ]
    assert handed_out(engine) == ([], [])


def test_nobody_approves_in_time_and_it_is_cancelled(
    engine: Engine, application_id: int, waiting: int
) -> None:
    over = NOW + APPROVED_WITHIN
    assert cancel_unapproved(engine, over - timedelta(seconds=1)) == []
    with pytest.raises(ApprovalRefused, match="nobody approved it within 7 days"):
        approve_run(engine, application_id, waiting, actor=BEN, now=over)
    assert cancel_unapproved(engine, over) == [waiting]
    assert cancel_unapproved(engine, over) == []
    with reading(engine) as session:
        listed = requests(session, application_id, HistoryFilter(run_id=waiting))
    assert {(each.state, each.reason) for each in listed} == {
        (RequestState.CANCELLED, "nobody approved it within 7 days")
    }
    assert found(engine, waiting).ended_at == over


def test_an_approved_run_does_not_run_out_of_time(engine: Engine, application_id: int, waiting: int) -> None:
    approve_run(engine, application_id, waiting, actor=BEN, now=SOON)
    assert cancel_unapproved(engine, NOW + timedelta(days=30)) == []
    assert found(engine, waiting).by_state == {RequestState.QUEUED: 3}


@pytest.mark.parametrize("decide", [approve_run, reject_run])
@pytest.mark.parametrize("name", [OPERATOR.name, OPERATOR.name.upper(), f" {OPERATOR.name}"])
def test_whoever_asked_decides_nothing(
    engine: Engine, application_id: int, waiting: int, decide: Callable[..., object], name: str
) -> None:
    reason = ("why",) if decide is reject_run else ()
    asker = Actor(name=name, role=Role.ADMINISTRATOR)
    with pytest.raises(ApprovalRefused, match="Whoever asked for a run can't decide"):
        decide(engine, application_id, waiting, *reason, actor=asker, now=SOON)
    assert found(engine, waiting).waits_for_approval
    assert handed_out(engine) == ([], [])


def test_whoever_asked_can_cancel(engine: Engine, application_id: int, waiting: int) -> None:
    assert cancel_run(engine, waiting, actor=OPERATOR, now=SOON) == 3
    assert found(engine, waiting).ended_at == SOON
    with pytest.raises(ApprovalRefused, match="does not wait"):
        approve_run(engine, application_id, waiting, actor=BEN, now=SOON)


def test_what_is_decided_stays_decided(engine: Engine, application_id: int, waiting: int) -> None:
    approve_run(engine, application_id, waiting, actor=BEN, now=SOON)
    with pytest.raises(ApprovalRefused, match="does not wait for approval"):
        reject_run(engine, application_id, waiting, "too late", actor=ADA, now=SOON)
    assert found(engine, waiting).by_state == {RequestState.QUEUED: 3}


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_rejection_needs_a_reason_of_some_length(
    engine: Engine, application_id: int, waiting: int, reason: str
) -> None:
    with pytest.raises(ApprovalRefused, match="reason"):
        reject_run(engine, application_id, waiting, reason, actor=BEN, now=SOON)
    assert found(engine, waiting).waits_for_approval


def test_a_viewer_and_another_application_decide_nothing(
    engine: Engine, application_id: int, waiting: int
) -> None:
    with pytest.raises(RightRefused):
        approve_run(engine, application_id, waiting, actor=Actor(name="vic", role=Role.VIEWER), now=SOON)
    with pytest.raises(ApprovalRefused, match="There is no reclamation run"):
        approve_run(engine, application_id + 1, waiting, actor=BEN, now=SOON)
    assert found(engine, waiting).waits_for_approval


def test_those_that_wait_are_listed_with_what_they_ask_for(
    engine: Engine, application_id: int, start: Start
) -> None:
    first, _small = start(1, 2, 3), start(4)
    add_seat(engine, application_id, 1, VISIO)
    with reading(engine) as session:
        assert [each.run_id for each in waiting_for_approval(session, application_id)] == [first]
        (asked,) = asked_types(session, application_id, first, NOW.date())
    assert (asked.license_type, asked.seats) == ("Microsoft 365 E5", 3)
    assert [each.amount for each in asked.costs] == [3 * 12 * 57]


UNTOUCHABLE = cast("GraphClient", object())
"""A client on which every call is an error."""


def advance(engine: Engine, run_id: int) -> None:
    assert (
        advance_chunk(
            engine,
            UNTOUCHABLE,
            run_id,
            0,
            gate=WriteGate(),
            now_fn=lambda: SOON,
            allow_reclaim=True,
        )
        is None
    )


def prepare(engine: Engine, run_id: int) -> None:
    row = found(engine, run_id)
    with reading(engine) as session:
        (application_id,) = session.exec(
            select(TaskRun.application_id).where(TaskRun.reclamation_run_id == row.run_id)
        )
    make_ready(engine, UNTOUCHABLE, application_id, run_id, now_fn=lambda: SOON, should_stop=lambda: False)


WORK: dict[str, Callable[[Engine, int], object]] = {
    "make ready": prepare,
    "mark ready": lambda engine, run_id: mark_prepared(engine, run_id, SOON),
    "ask to be made ready": lambda engine, run_id: ask_preparation(engine, run_id, SOON),
    "advance": advance,
    "take up again": lambda engine, run_id: take_up_again(engine, SOON, run_id=run_id),
    "raise generation": lambda engine, run_id: raise_generation(
        engine, DueChunk(application_id=1, run_id=run_id, chunk=0, generation=0)
    ),
    "put off": lambda engine, run_id: put_off_chunk(engine, run_id, 0, NOW),
    "progress": lambda engine, run_id: update_progress(engine, run_id, SOON),
    "expire": lambda engine, _: cancel_unapproved(engine, SOON),
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(work=st.lists(st.sampled_from(sorted(WORK)), max_size=12))
def test_a_run_that_waits_never_begins_whatever_a_worker_does(
    engine: Engine, waiting: int, work: list[str]
) -> None:
    for each in work:
        WORK[each](engine, waiting)
        assert handed_out(engine) == ([], [])
    row = found(engine, waiting)
    assert (row.by_state, row.prepared_at) == ({RequestState.QUEUED: 3}, None)
