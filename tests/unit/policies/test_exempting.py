"""Exempting, lifting, and what there is to exempt."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from core.policies.assessing import assessment_asked
from core.policies.exempting import (
    ExemptionRefused,
    exempt,
    exemptions_in_force,
    find_target,
    groups_of,
    lift,
    list_exemptions,
    search_targets,
)
from core.policies.exemptions import ExemptionKind, SeatFacts, exempt_by
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading
from tests.support.seats import E5, NOW, OPERATOR, VISIO, add_application, add_seat, user_id

ANALYST = Actor(name="ana@example.com", role=Role.ANALYST)
GROUP = "00000000-0000-4000-9000-000000000007"
NEXT_YEAR = date(2027, 11, 24)
PERSON, BY_GROUP, DEPARTMENT, LICENSE_TYPE = ExemptionKind


@pytest.fixture(autouse=True)
def tenant(engine: Engine, application_id: int) -> None:
    add_seat(engine, application_id, 1, department="Sales")
    add_seat(engine, application_id, 2, department="sales")
    add_seat(engine, application_id, 3, VISIO, department="IT", groups=(GROUP,))


def make(
    engine: Engine,
    application_id: int,
    kind: ExemptionKind = PERSON,
    target: str = user_id(1),
    reason: str = "Needed for the audit",
    expires_on: date | None = NEXT_YEAR,
    actor: Actor = OPERATOR,
) -> int:
    return exempt(
        engine,
        application_id,
        kind=kind,
        target=target,
        reason=reason,
        expires_on=expires_on,
        actor=actor,
        now=NOW,
    )


def test_an_exemption_is_on_record_with_reason_author_and_expiry(engine: Engine, application_id: int) -> None:
    number = make(engine, application_id, reason="  Needed \n for the audit ")
    with reading(engine) as session:
        (listed,) = list_exemptions(session, application_id)
    found = listed.exemption
    assert (listed.id, found.kind, found.target, found.target_name) == (
        number,
        PERSON,
        user_id(1),
        "Person 1",
    )
    assert (found.reason, found.author, found.expires_on) == (
        "Needed for the audit",
        OPERATOR.name,
        NEXT_YEAR,
    )
    assert found.created_at == NOW
    assert listed.holds(NEXT_YEAR)
    assert not listed.holds(NEXT_YEAR + timedelta(days=1))


def test_exempting_and_lifting_ask_for_the_offers_anew(engine: Engine, application_id: int) -> None:
    number = make(engine, application_id)
    with reading(engine) as session:
        assert assessment_asked(session, application_id) == NOW
    later = NOW + timedelta(hours=1)
    lift(engine, application_id, number, actor=OPERATOR, now=later)
    with reading(engine) as session:
        assert assessment_asked(session, application_id) == later


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"reason": " \n"}, "needs a reason"),
        ({"reason": "x" * 501}, "501 characters; 500 are the most"),
        ({"expires_on": date(2026, 11, 23)}, "2026-11-23 is over"),
        ({"target": user_id(9)}, "no person .* is known"),
        ({"kind": DEPARTMENT, "target": "Legal"}, "no department 'Legal' is known"),
        ({"kind": LICENSE_TYPE, "target": "e5"}, "no license type 'e5' is known"),
    ],
)
def test_what_is_missing_or_unknown_is_refused_and_changes_nothing(
    engine: Engine, application_id: int, wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(ExemptionRefused, match=message):
        make(engine, application_id, **wrong)  # type: ignore[arg-type]
    with reading(engine) as session:
        assert list_exemptions(session, application_id) == []
        assert assessment_asked(session, application_id) is None


def test_who_is_exempt_already_is_named(engine: Engine, application_id: int) -> None:
    make(engine, application_id, DEPARTMENT, "Sales")
    with pytest.raises(ExemptionRefused, match="exempt already"):
        make(engine, application_id, DEPARTMENT, "SALES")


def test_after_its_last_day_or_its_lifting_an_exemption_can_be_made_anew(
    engine: Engine, application_id: int
) -> None:
    lift(engine, application_id, make(engine, application_id), actor=OPERATOR, now=NOW)
    make(engine, application_id, expires_on=NOW.date())
    exempt(
        engine,
        application_id,
        kind=PERSON,
        target=user_id(1),
        reason="Again",
        expires_on=None,
        actor=OPERATOR,
        now=NOW + timedelta(days=1),
    )
    with reading(engine) as session:
        assert len(list_exemptions(session, application_id)) == 3


def test_a_lifted_exemption_stays_on_record_and_spares_nobody(engine: Engine, application_id: int) -> None:
    number = make(engine, application_id)
    lift(engine, application_id, number, actor=OPERATOR, now=NOW)
    with reading(engine) as session:
        (listed,) = list_exemptions(session, application_id)
        assert exemptions_in_force(session, application_id, NOW.date()).by_target == {}
    assert (listed.lifted_at, listed.lifted_by) == (NOW, OPERATOR.name)
    with pytest.raises(ExemptionRefused, match="lifted before"):
        lift(engine, application_id, number, actor=OPERATOR, now=NOW)


def test_an_analyst_neither_exempts_nor_lifts(engine: Engine, application_id: int) -> None:
    with pytest.raises(RightRefused):
        make(engine, application_id, actor=ANALYST)
    number = make(engine, application_id)
    with pytest.raises(RightRefused):
        lift(engine, application_id, number, actor=ANALYST, now=NOW)
    with reading(engine) as session:
        assert exemptions_in_force(session, application_id, NOW.date()).by_target


def test_an_exemption_belongs_to_one_application(engine: Engine, application_id: int) -> None:
    number = make(engine, application_id)
    other = add_application(engine, "fabrikam")
    with reading(engine) as session:
        assert list_exemptions(session, other) == []
    with pytest.raises(ExemptionRefused):
        lift(engine, other, number, actor=OPERATOR, now=NOW)


def test_members_of_a_group_are_those_who_hold_a_license_through_it(
    engine: Engine, application_id: int
) -> None:
    make(engine, application_id, BY_GROUP, GROUP)
    with reading(engine) as session:
        members = groups_of(session, application_id, [user_id(1), user_id(3)])
        exemptions = exemptions_in_force(session, application_id, NOW.date())
    assert members == {user_id(3): frozenset({GROUP})}
    seat = SeatFacts(user_id=user_id(3), sku_id=E5, group_ids=members[user_id(3)])
    assert exempt_by(exemptions, seat) is not None


@pytest.mark.parametrize(
    ("kind", "text", "names"),
    [
        (PERSON, "person", ["Person 1", "Person 2", "Person 3"]),
        (PERSON, " PERSON2@ ", ["Person 2"]),
        (PERSON, "100%", []),
        (DEPARTMENT, "it", ["IT"]),
        (BY_GROUP, "", ["Group 7"]),
        (LICENSE_TYPE, "visio", ["Visio Plan 2"]),
    ],
)
def test_a_search_finds_names_whatever_their_case(
    engine: Engine, application_id: int, kind: ExemptionKind, text: str, names: list[str]
) -> None:
    with reading(engine) as session:
        assert [each.name for each in search_targets(session, application_id, kind, text)] == names


@pytest.mark.parametrize("text", ["Öffentlichkeit", "öffentlichkeit", "ÖFFENTLICHKEIT"])
def test_a_search_finds_letters_outside_of_ascii_in_any_case(
    engine: Engine, application_id: int, text: str
) -> None:
    add_seat(engine, application_id, 4, department="Öffentlichkeit")
    with reading(engine) as session:
        found = search_targets(session, application_id, DEPARTMENT, text)
    assert [each.name for each in found] == ["Öffentlichkeit"]


def test_a_department_is_found_in_any_case(engine: Engine, application_id: int) -> None:
    with reading(engine) as session:
        found = find_target(session, application_id, DEPARTMENT, "it")
    assert found is not None
    assert found.name == "IT"
