"""Scheduled runs on both databases: what is chosen, what is put on record, and one run for each time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.policies.cooldowns import start_cooldown
from core.policies.exempting import exempt
from core.policies.exemptions import ExemptionKind
from core.policies.policies import change_policies, pause
from core.policies.reclaiming import change_plan, read_plan
from core.policies.settings import Setting
from core.reclamation.approving import ApprovalRefused, approve_run
from core.reclamation.chosen import BY_POLICY
from core.reclamation.modes import RunMode
from core.reclamation.requests import NotifyTerms, cancel_run, start_run
from core.reclamation.scheduled import Here, Proposal, propose, recent_scheduled, start_if_due
from core.reclamation.scheduled_choice import AGAIN_AFTER, Outcome, WhyNot
from core.reclamation.scheduled_plan import WAITS
from core.rights import Actor, Role
from core.store.engine import reading, writing
from core.store.tables import ReclamationRequest, ReclamationRun, RoleHolder, ScheduledRun
from tests.support.seats import NOW, OPERATOR, VISIO, add_seat

ADA = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
SET_UP = NOW - timedelta(days=1)
HERE = Here(
    key="contoso",
    allow_reclaim=True,
    synced_at=NOW - timedelta(hours=6),
    awake_since=NOW - timedelta(days=9),
    notify=NotifyTerms(),
)


def set_up(engine: Engine, application_id: int, **changed: Any) -> None:  # noqa: ANN401 - fields of the plan
    wanted = {"enabled": True, "hour": NOW.hour, "mode": RunMode.IMMEDIATE} | changed
    change_plan(engine, application_id, actor=ADA, now=SET_UP, **wanted)


def on_record(engine: Engine, application_id: int) -> list[ScheduledRun]:
    with reading(engine) as session:
        return recent_scheduled(session, application_id)


def runs(engine: Engine) -> list[ReclamationRun]:
    with reading(engine) as session:
        return list(session.exec(select(ReclamationRun)))


def asked(engine: Engine) -> list[ReclamationRequest]:
    with reading(engine) as session:
        return list(session.exec(select(ReclamationRequest)))


def proposal(engine: Engine, application_id: int) -> Proposal:
    with reading(engine) as session:
        return propose(session, application_id, read_plan(session, application_id), NOW)


def test_what_is_due_becomes_a_run_of_the_schedule(engine: Engine, application_id: int) -> None:
    seat = add_seat(engine, application_id, 1)
    add_seat(engine, application_id, 2, confidence="probable")
    set_up(engine, application_id)
    assert start_if_due(engine, application_id, HERE, NOW) is Outcome.STARTED
    (run,) = runs(engine)
    (request,) = asked(engine)
    assert (run.created_by, run.mode, run.manual) == ("schedule:contoso", "immediate", False)
    assert run.note == ("Scheduled every day at 09:00 UTC, High confidence only; set up by ada@example.com")
    assert (request.user_id, request.sku_id) == seat
    assert request.evidence[BY_POLICY] is True
    (row,) = on_record(engine, application_id)
    assert (row.due_at, row.outcome, row.requests, row.run_id) == (NOW, "started", 1, run.id)
    assert (row.set_up_by, row.set_up_at, row.left_out) == (ADA.name, SET_UP, {"confidence": 1})


def test_of_each_time_there_is_one_run(engine: Engine, application_id: int) -> None:
    add_seat(engine, application_id, 1)
    add_seat(engine, application_id, 2)
    set_up(engine, application_id, at_most=1)
    assert start_if_due(engine, application_id, HERE, NOW) is Outcome.STARTED
    assert start_if_due(engine, application_id, HERE, NOW + timedelta(hours=1)) is None
    fresh = replace(HERE, synced_at=NOW + timedelta(hours=20))
    assert start_if_due(engine, application_id, fresh, NOW + timedelta(days=1)) is Outcome.STARTED
    assert [row.due_at for row in on_record(engine, application_id)] == [NOW + timedelta(days=1), NOW]
    assert len({request.user_id for request in asked(engine)}) == 2


def test_of_several_workers_that_find_it_due_at_once_one_starts_it(
    engine: Engine, application_id: int
) -> None:
    for number in range(4):
        add_seat(engine, application_id, number)
    set_up(engine, application_id, at_most=1)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: start_if_due(engine, application_id, HERE, NOW), range(6)))
    assert sorted(each or "" for each in found) == ["", "", "", "", "", "started"]
    assert len(runs(engine)) == len(on_record(engine, application_id)) == len(asked(engine)) == 1


def test_as_it_comes_nothing_is_started(engine: Engine, application_id: int) -> None:
    add_seat(engine, application_id, 1)
    assert start_if_due(engine, application_id, HERE, NOW) is None
    assert runs(engine) == []
    assert on_record(engine, application_id) == []


def _pause(engine: Engine, application_id: int) -> None:
    pause(engine, application_id, "Audit week", actor=ADA, now=SET_UP)


NOT_STARTED = [
    pytest.param({"synced_at": NOW - timedelta(hours=30)}, {}, "too old", id="old data"),
    pytest.param({"synced_at": None}, {}, "never read completely", id="no data"),
    pytest.param({"allow_reclaim": False}, {}, "allow_reclaim = true", id="reclaiming is off"),
    pytest.param(
        {"notify": NotifyTerms(off="Notifying is off: no mail.")},
        {"mode": RunMode.NOTIFY},
        "Notifying is off",
        id="no mail",
    ),
]


@pytest.mark.parametrize(("facts", "changed", "said"), NOT_STARTED)
def test_what_is_not_started_says_so_on_record_and_is_not_tried_again(
    engine: Engine, application_id: int, facts: dict[str, Any], changed: dict[str, Any], said: str
) -> None:
    add_seat(engine, application_id, 1)
    set_up(engine, application_id, **changed)
    here = replace(HERE, **facts)
    later = NOW + WAITS
    assert start_if_due(engine, application_id, here, later) is Outcome.NOT_STARTED
    assert start_if_due(engine, application_id, HERE, later) is None
    (row,) = on_record(engine, application_id)
    assert row.outcome == "not_started"
    assert said in row.detail
    assert runs(engine) == []


def test_old_data_is_given_a_while_before_the_run_is_not_started(engine: Engine, application_id: int) -> None:
    add_seat(engine, application_id, 1)
    set_up(engine, application_id)
    old = replace(HERE, synced_at=NOW - timedelta(hours=30))
    assert start_if_due(engine, application_id, old, NOW + timedelta(minutes=5)) is None
    assert on_record(engine, application_id) == []
    read_anew = replace(HERE, synced_at=NOW + timedelta(minutes=1))
    assert start_if_due(engine, application_id, read_anew, NOW + timedelta(minutes=9)) is Outcome.STARTED


def test_while_reclamation_is_paused_nothing_is_started(engine: Engine, application_id: int) -> None:
    add_seat(engine, application_id, 1)
    set_up(engine, application_id)
    _pause(engine, application_id)
    assert start_if_due(engine, application_id, HERE, NOW) is Outcome.NOT_STARTED
    assert "paused since" in on_record(engine, application_id)[0].detail
    assert runs(engine) == []


def test_a_dry_run_works_where_reclaiming_is_off_and_paused(engine: Engine, application_id: int) -> None:
    add_seat(engine, application_id, 1)
    set_up(engine, application_id, mode=RunMode.DRY_RUN)
    _pause(engine, application_id)
    here = replace(HERE, allow_reclaim=False)
    assert start_if_due(engine, application_id, here, NOW) is Outcome.STARTED
    assert [request.dry_run for request in asked(engine)] == [True]


def test_nobody_is_taken_of_whom_a_person_has_to_decide(engine: Engine, application_id: int) -> None:
    taken = add_seat(engine, application_id, 1)
    add_seat(engine, application_id, 2, confidence="review")
    add_seat(engine, application_id, 3, scenario="not_in_hr_roster")
    add_seat(engine, application_id, 4, VISIO)
    add_seat(engine, application_id, 5, blocker="Exempt: on call.")
    requested = add_seat(engine, application_id, 6)
    exempted, _ = add_seat(engine, application_id, 7)
    start_run(
        engine,
        application_id,
        chosen=[requested],
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="",
        confirm_count=None,
        actor=OPERATOR,
        allow_reclaim=True,
        now=NOW,
    )
    set_up(engine, application_id, excluded=(VISIO,))
    exempt(
        engine,
        application_id,
        kind=ExemptionKind.PERSON,
        target=exempted,
        reason="On call",
        expires_on=None,
        actor=OPERATOR,
        now=NOW,
    )  # not judged anew yet: the opportunity knows nothing of it
    found = proposal(engine, application_id)
    assert found.seats == (taken,)
    assert found.left_out == {
        WhyNot.CONFIDENCE: 1,
        WhyNot.SCENARIO: 1,
        WhyNot.LICENSE_TYPE: 1,
        WhyNot.BLOCKED: 1,
        WhyNot.REQUESTED: 1,
        WhyNot.CHECKED: 1,
    }


def test_whoever_got_an_admin_role_since_the_last_assessment_is_left_alone(
    engine: Engine, application_id: int
) -> None:
    administrator, _ = add_seat(engine, application_id, 1)
    taken = add_seat(engine, application_id, 2)
    with writing(engine) as session:
        session.add(
            RoleHolder(
                application_id=application_id,
                user_id=administrator,
                roles=["Global Administrator"],
                read_at=NOW,
            )
        )
    set_up(engine, application_id)
    assert proposal(engine, application_id).seats == (taken,)
    assert start_if_due(engine, application_id, HERE, NOW) is Outcome.STARTED
    row = on_record(engine, application_id)[0]
    assert (row.requests, row.left_out) == (1, {"checked": 1})


def test_a_license_on_cooldown_is_left_alone(engine: Engine, application_id: int) -> None:
    user_id, sku_id = add_seat(engine, application_id, 1)
    set_up(engine, application_id)
    with writing(engine) as session:
        start_cooldown(session, application_id, user_id, sku_id, NOW.date(), "Kept by Ada.", None)
    assert start_if_due(engine, application_id, HERE, NOW) is Outcome.NOTHING
    assert on_record(engine, application_id)[0].left_out == {"blocked": 1}


def start_and_cancel(engine: Engine, application_id: int) -> None:
    """Today's run, which somebody stops."""
    assert start_if_due(engine, application_id, HERE, NOW) is Outcome.STARTED
    (run,) = runs(engine)
    cancel_run(engine, run.id or 0, actor=OPERATOR, now=NOW + timedelta(minutes=1))


def test_what_came_to_nothing_lately_makes_room_for_others(engine: Engine, application_id: int) -> None:
    stopped = add_seat(engine, application_id, 1)
    other = add_seat(engine, application_id, 2)
    set_up(engine, application_id, at_most=1)
    start_and_cancel(engine, application_id)

    tomorrow = NOW + timedelta(days=1)
    fresh = replace(HERE, synced_at=tomorrow - timedelta(hours=6))
    assert start_if_due(engine, application_id, fresh, tomorrow) is Outcome.STARTED

    assert [(each.user_id, each.sku_id) for each in asked(engine)] == [stopped, other]
    assert on_record(engine, application_id)[0].left_out == {"in_vain": 1}


@pytest.mark.parametrize(("after", "outcome"), [(-1, Outcome.NOTHING), (1, Outcome.STARTED)])
def test_what_came_to_nothing_is_asked_for_again_after_a_while(
    engine: Engine, application_id: int, after: int, outcome: Outcome
) -> None:
    add_seat(engine, application_id, 1)
    set_up(engine, application_id)
    start_and_cancel(engine, application_id)
    later = NOW + AGAIN_AFTER + timedelta(days=after)
    fresh = replace(HERE, synced_at=later - timedelta(hours=6))
    assert start_if_due(engine, application_id, fresh, later) is outcome


def test_a_dry_run_that_came_to_nothing_keeps_nobody_out(engine: Engine, application_id: int) -> None:
    seat = add_seat(engine, application_id, 1)
    set_up(engine, application_id, mode=RunMode.DRY_RUN)
    start_and_cancel(engine, application_id)
    assert proposal(engine, application_id).seats == (seat,)


def test_where_nobody_fits_that_is_on_record(engine: Engine, application_id: int) -> None:
    set_up(engine, application_id)
    assert start_if_due(engine, application_id, HERE, NOW) is Outcome.NOTHING
    (row,) = on_record(engine, application_id)
    assert (row.outcome, row.run_id, row.detail) == ("nothing", None, "No opportunity fits the schedule.")


def test_a_run_never_needs_its_number_to_be_typed(engine: Engine, application_id: int) -> None:
    """Of 100 seats a tenth can be asked for in a day; higher limits are for people, who type the number."""
    for number in range(12):
        add_seat(engine, application_id, number, VISIO)
    values = {Setting.LIMIT_SMALLEST: 50, Setting.LIMIT_PERCENT: 100}
    change_policies(engine, application_id, values=values, actor=ADA, now=SET_UP)
    set_up(engine, application_id, at_most=50)
    assert start_if_due(engine, application_id, HERE, NOW) is Outcome.STARTED
    row = on_record(engine, application_id)[0]
    assert (len(asked(engine)), row.requests, row.left_out) == (10, 10, {"type_limit": 2})


def test_a_run_above_the_threshold_waits_for_somebody_who_did_not_set_it_up(
    engine: Engine, application_id: int
) -> None:
    add_seat(engine, application_id, 1)
    add_seat(engine, application_id, 2)
    change_policies(engine, application_id, values={Setting.APPROVAL_ABOVE: 1}, actor=ADA, now=SET_UP)
    set_up(engine, application_id)
    assert start_if_due(engine, application_id, HERE, NOW) is Outcome.STARTED
    (run,) = runs(engine)
    assert run.id is not None
    assert run.needs_approval
    assert "second person" in on_record(engine, application_id)[0].detail
    with pytest.raises(ApprovalRefused, match="can't decide on it"):
        approve_run(engine, application_id, run.id, actor=ADA, now=NOW)
    approve_run(engine, application_id, run.id, actor=OPERATOR, now=NOW)
    assert runs(engine)[0].approved_by == OPERATOR.name
