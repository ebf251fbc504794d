"""What is reclaimed by itself: off as it comes, changed by administrators alone, each change on record."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from core.policies.policies import Change, PolicyRefused, list_changes
from core.policies.reclaiming import change_plan, read_plan
from core.reclamation.modes import RunMode
from core.reclamation.opportunities import Scenario
from core.reclamation.scheduled_plan import ReclaimPlan
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading
from tests.support.seats import E5, NOW, OPERATOR, VISIO

ADA = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
BOB = Actor(name="bob@example.com", role=Role.ADMINISTRATOR)
LATER = NOW + timedelta(hours=1)


def plan(engine: Engine, application_id: int) -> ReclaimPlan:
    with reading(engine) as session:
        return read_plan(session, application_id)


def changes(engine: Engine, application_id: int) -> list[Change]:
    with reading(engine) as session:
        return list_changes(session, application_id)


def test_nothing_is_set_up_as_it_comes(engine: Engine, application_id: int) -> None:
    assert plan(engine, application_id) == ReclaimPlan()
    assert not plan(engine, application_id).enabled


def test_what_is_named_is_set_and_the_rest_stays(engine: Engine, application_id: int) -> None:
    wanted: dict[str, Any] = {"enabled": True, "weekday": 0, "excluded": (VISIO,)}
    assert change_plan(engine, application_id, actor=ADA, now=NOW, **wanted) == 3
    assert change_plan(engine, application_id, actor=BOB, now=LATER, hour=6, mode=RunMode.IMMEDIATE) == 2
    assert plan(engine, application_id) == ReclaimPlan(
        enabled=True,
        weekday=0,
        excluded=(VISIO,),
        hour=6,
        mode=RunMode.IMMEDIATE,
        changed_at=LATER,
        changed_by=BOB.name,
    )


def test_each_change_is_on_record_with_what_was_before(engine: Engine, application_id: int) -> None:
    scenarios = (Scenario.INACTIVE, Scenario.HR_INACTIVE, Scenario.INACTIVE)
    change_plan(
        engine,
        application_id,
        actor=ADA,
        now=NOW,
        enabled=True,
        weekday=4,
        scenarios=scenarios,
        included=(E5,),
    )
    found = {each.setting: (each.before, each.after, each.by) for each in changes(engine, application_id)}
    assert found == {
        "scheduled_enabled": ("off", "on", ADA.name),
        "scheduled_weekday": ("daily", "4", ADA.name),
        "scheduled_scenarios": (
            "hr_inactive, never_active, disabled_account, inactive, duplicate",
            "hr_inactive, inactive",
            ADA.name,
        ),
        "scheduled_included": ("", E5, ADA.name),
    }


def test_setting_what_holds_already_changes_nothing(engine: Engine, application_id: int) -> None:
    change_plan(engine, application_id, actor=ADA, now=NOW, enabled=True)
    assert change_plan(engine, application_id, actor=BOB, now=LATER, enabled=True) == 0
    assert plan(engine, application_id).changed_by == ADA.name
    assert len(changes(engine, application_id)) == 1


def test_an_operator_may_not_set_it_up(engine: Engine, application_id: int) -> None:
    with pytest.raises(RightRefused):
        change_plan(engine, application_id, actor=OPERATOR, now=NOW, enabled=True)
    assert plan(engine, application_id) == ReclaimPlan()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"at_most": 51}, "at_most"),
        ({"scenarios": (Scenario.DOWNGRADE,)}, "scenarios"),
        ({"included": ("nobody-knows-it",)}, "included"),
        ({"excluded": ("nobody-knows-it",)}, "excluded"),
    ],
)
def test_a_wrong_value_changes_nothing(
    engine: Engine, application_id: int, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(PolicyRefused) as refused:
        change_plan(engine, application_id, actor=ADA, now=NOW, enabled=True, **wrong)
    assert list(refused.value.problems) == [field]
    assert plan(engine, application_id) == ReclaimPlan()
    assert changes(engine, application_id) == []
