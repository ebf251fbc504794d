"""Policies: read, changed within their bounds, on record; and the pause."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from core.activity.evidence import THRESHOLDS
from core.policies.assessing import assessment_asked
from core.policies.policies import (
    Change,
    PolicyRefused,
    change_policies,
    list_changes,
    pause,
    read_pause,
    read_policies,
    resume,
)
from core.policies.settings import SPECS, Policies, Setting, problems_of
from core.reclamation.guards import limits_of
from core.reclamation.limits import DEFAULT, Limits
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading
from core.store.tables import Policy
from tests.support.seats import E5, NOW, OPERATOR, VISIO, add_application

ADMINISTRATOR = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
LATER = NOW + timedelta(hours=1)
DEFAULTS = {setting: spec.default for setting, spec in SPECS.items()}


def change(
    engine: Engine,
    application_id: int,
    values: dict[Setting, int] | None = None,
    thresholds: dict[str, int | None] | None = None,
    actor: Actor = ADMINISTRATOR,
) -> int:
    return change_policies(
        engine, application_id, values=values or {}, thresholds=thresholds, actor=actor, now=NOW
    )


def read(engine: Engine, application_id: int) -> Policies:
    with reading(engine) as session:
        return read_policies(session, application_id)


def changes(engine: Engine, application_id: int) -> list[Change]:
    with reading(engine) as session:
        return list_changes(session, application_id)


def asked(engine: Engine, application_id: int) -> bool:
    with reading(engine) as session:
        return assessment_asked(session, application_id) is not None


def test_where_nobody_has_set_any_the_defaults_hold(engine: Engine, application_id: int) -> None:
    policies = read(engine, application_id)
    assert policies.values == DEFAULTS
    assert (policies.changed_at, policies.pause) == (None, None)
    with reading(engine) as session:
        assert limits_of(session, application_id) == DEFAULT


def test_the_defaults_are_those_of_the_table_and_within_their_bounds() -> None:
    columns = {setting: Policy.model_fields[setting.value].default for setting in Setting}
    assert columns == DEFAULTS
    assert problems_of(DEFAULTS) == {}


def test_what_is_set_holds_and_the_rest_stays(engine: Engine, application_id: int) -> None:
    assert change(engine, application_id, {Setting.THRESHOLD_DAYS: 90, Setting.LIMIT_PERCENT: 20}) == 2
    policies = read(engine, application_id)
    assert policies.values == DEFAULTS | {Setting.THRESHOLD_DAYS: 90, Setting.LIMIT_PERCENT: 20}
    assert (policies.changed_at, policies.changed_by) == (NOW, ADMINISTRATOR.name)
    with reading(engine) as session:
        assert limits_of(session, application_id) == Limits(percent=20)


def test_a_license_type_has_its_own_threshold_until_it_is_taken_back(
    engine: Engine, application_id: int
) -> None:
    assert change(engine, application_id, thresholds={E5: 120}) == 1
    policies = read(engine, application_id)
    assert (policies.threshold_of(E5), policies.threshold_of(VISIO)) == (120, 60)
    assert change(engine, application_id, thresholds={E5: None}) == 1
    assert read(engine, application_id).thresholds == {}


def test_every_change_is_on_record_the_latest_first(engine: Engine, application_id: int) -> None:
    change(engine, application_id, {Setting.COOLDOWN_DAYS: 30})
    change(engine, application_id, thresholds={E5: 120})
    change(engine, application_id, thresholds={E5: None})
    found = [
        (each.setting, each.license_type, each.before, each.after) for each in changes(engine, application_id)
    ]
    assert found == [
        ("threshold_days", "Microsoft 365 E5", "120", None),
        ("threshold_days", "Microsoft 365 E5", None, "120"),
        ("cooldown_days", None, "90", "30"),
    ]
    assert {(each.at, each.by) for each in changes(engine, application_id)} == {(NOW, ADMINISTRATOR.name)}


def test_what_stays_as_it_is_is_no_change(engine: Engine, application_id: int) -> None:
    assert change(engine, application_id, DEFAULTS, {E5: None}) == 0
    assert changes(engine, application_id) == []
    assert read(engine, application_id).changed_at is None


@pytest.mark.parametrize(
    ("values", "thresholds", "judged"),
    [
        ({Setting.THRESHOLD_DAYS: 30}, {}, True),
        ({Setting.YOUNG_DAYS: 10}, {}, True),
        ({}, {E5: 15}, True),
        ({Setting.RESERVE_PERCENT: 10}, {}, False),
        ({Setting.LIMIT_REQUESTS: 10}, {}, False),
    ],
)
def test_what_activity_is_judged_by_has_it_judged_anew(
    engine: Engine,
    application_id: int,
    values: dict[Setting, int],
    thresholds: dict[str, int | None],
    *,
    judged: bool,
) -> None:
    change(engine, application_id, values, thresholds)
    assert asked(engine, application_id) is judged


@pytest.mark.parametrize(
    ("values", "thresholds", "wrong", "message"),
    [
        (
            {Setting.THRESHOLD_DAYS: 45},
            {},
            "threshold_days",
            "must be one of 15, 30, 60, 90, 120 days, not 45",
        ),
        ({Setting.YOUNG_DAYS: -1}, {}, "young_days", "must be from 0 to 365 days, not -1"),
        ({Setting.WAITING_DAYS: 0}, {}, "waiting_days", "from 1 to 30 working days, not 0"),
        ({Setting.RESERVE_PERCENT: 101}, {}, "reserve_percent", "from 0 to 100 %, not 101"),
        ({Setting.LIMIT_REQUESTS: 4}, {}, "limit_smallest", "at least 5 where .* 4 requests"),
        ({}, {E5: 7}, E5, "must be one of"),
        ({}, {"e3": 30}, "e3", "No license type e3 is known"),
    ],
)
def test_what_is_out_of_bounds_is_refused_and_nothing_changes(
    engine: Engine,
    application_id: int,
    values: dict[Setting, int],
    thresholds: dict[str, int | None],
    wrong: str,
    message: str,
) -> None:
    with pytest.raises(PolicyRefused, match=message) as caught:
        change(engine, application_id, {Setting.COOLDOWN_DAYS: 30, **values}, thresholds)
    assert list(caught.value.problems) == [wrong]
    assert read(engine, application_id).values == DEFAULTS
    assert changes(engine, application_id) == []


def test_an_operator_changes_no_policy(engine: Engine, application_id: int) -> None:
    with pytest.raises(RightRefused):
        change(engine, application_id, {Setting.COOLDOWN_DAYS: 30}, actor=OPERATOR)
    assert changes(engine, application_id) == []


def test_policies_belong_to_one_application(engine: Engine, application_id: int) -> None:
    other = add_application(engine, "fabrikam")
    change(engine, application_id, {Setting.COOLDOWN_DAYS: 30}, {E5: 30})
    pause(engine, application_id, "An audit", actor=ADMINISTRATOR, now=NOW)
    assert read(engine, other) == Policies()
    assert changes(engine, other) == []


def test_a_pause_says_since_when_by_whom_and_why_and_is_on_record(
    engine: Engine, application_id: int
) -> None:
    pause(engine, application_id, " An  audit. ", actor=ADMINISTRATOR, now=NOW)
    with reading(engine) as session:
        paused = read_pause(session, application_id)
    assert paused is not None
    assert paused.sentence == "Reclamation is paused since 2026-11-24 09:00 UTC by ada@example.com: An audit."
    resume(engine, application_id, actor=ADMINISTRATOR, now=LATER)
    with reading(engine) as session:
        assert read_pause(session, application_id) is None
    assert [(each.setting, each.before, each.after, each.at) for each in changes(engine, application_id)] == [
        ("paused", "An audit.", None, LATER),
        ("paused", None, "An audit.", NOW),
    ]
    assert read(engine, application_id).values == DEFAULTS


@pytest.mark.parametrize(("reason", "message"), [(" ", "needs a reason"), ("x" * 501, "501 characters")])
def test_a_pause_needs_a_reason_of_some_length(
    engine: Engine, application_id: int, reason: str, message: str
) -> None:
    with pytest.raises(PolicyRefused, match=message):
        pause(engine, application_id, reason, actor=ADMINISTRATOR, now=NOW)
    with reading(engine) as session:
        assert read_pause(session, application_id) is None


def test_pausing_and_resuming_twice_is_refused(engine: Engine, application_id: int) -> None:
    with pytest.raises(PolicyRefused, match="is not paused"):
        resume(engine, application_id, actor=ADMINISTRATOR, now=NOW)
    pause(engine, application_id, "An audit", actor=ADMINISTRATOR, now=NOW)
    with pytest.raises(PolicyRefused, match=r"is paused since 2026-11-24 09:00 UTC"):
        pause(engine, application_id, "Another", actor=ADMINISTRATOR, now=LATER)


def test_an_operator_neither_pauses_nor_resumes(engine: Engine, application_id: int) -> None:
    with pytest.raises(RightRefused):
        pause(engine, application_id, "An audit", actor=OPERATOR, now=NOW)
    pause(engine, application_id, "An audit", actor=ADMINISTRATOR, now=NOW)
    with pytest.raises(RightRefused):
        resume(engine, application_id, actor=OPERATOR, now=NOW)


@given(st.sampled_from(tuple(Setting)), st.integers(-1000, 200_000))
def test_a_value_is_refused_exactly_where_it_is_out_of_bounds(setting: Setting, value: int) -> None:
    spec = SPECS[setting]
    within = (
        value in THRESHOLDS if setting is Setting.THRESHOLD_DAYS else spec.lowest <= value <= spec.highest
    )
    assert (setting not in problems_of({setting: value})) is within
