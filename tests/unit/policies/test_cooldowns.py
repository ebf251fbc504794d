"""Cooldowns on record."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from core.policies.assessing import assessment_asked
from core.policies.cooldowns import (
    CooldownRefused,
    cooldown_until,
    cooling,
    end_cooldown,
    list_cooldowns,
    start_cooldown,
)
from core.rights import Actor, RightRefused, Role
from core.store.engine import reading, writing
from core.store.tables import Opportunity, Policy
from tests.support.seats import E5, NOW, OPERATOR, VISIO, add_seat, user_id

UNTIL = date(2027, 2, 22)
KEPT = "Kept by Person 1 on 2026-11-24."
ANALYST = Actor(name="ana@example.com", role=Role.ANALYST)


def start(
    engine: Engine, application_id: int, number: int = 1, sku_id: str = E5, until: date | None = UNTIL
) -> None:
    with writing(engine) as session:
        start_cooldown(session, application_id, user_id(number), sku_id, until, KEPT, None)


def ids(engine: Engine, application_id: int) -> list[int]:
    with reading(engine) as session:
        return [row.id for row in list_cooldowns(session, application_id, NOW.date())]


def test_a_cooldown_names_the_seat_and_its_last_day(engine: Engine, application_id: int) -> None:
    add_seat(engine, application_id, 1)
    start(engine, application_id)
    with reading(engine) as session:
        (row,) = list_cooldowns(session, application_id, NOW.date())
    assert (row.display_name, row.license_type, row.until) == ("Person 1", "Microsoft 365 E5", UNTIL)
    assert row.reason == KEPT


def test_the_seat_of_a_cooldown_is_at_once_not_offered_any_more(engine: Engine, application_id: int) -> None:
    add_seat(engine, application_id, 1, blocker="The account is new.")
    add_seat(engine, application_id, 1, VISIO)
    start(engine, application_id)
    with reading(engine) as session:
        blocked = session.get_one(Opportunity, (application_id, user_id(1), E5))
        other = session.get_one(Opportunity, (application_id, user_id(1), VISIO))
    assert not blocked.reclaimable
    assert [each["code"] for each in blocked.blockers] == ["cooldown", "young_account"]
    assert blocked.blockers[0]["text"] == f"Not offered until 2027-02-22: {KEPT}"
    assert other.reclaimable


def test_a_cooldown_holds_through_its_last_day(engine: Engine, application_id: int) -> None:
    start(engine, application_id)
    seat = (user_id(1), E5)
    with reading(engine) as session:
        assert cooling(session, application_id, UNTIL) == {seat: f"Not offered until 2027-02-22: {KEPT}"}
        assert cooling(session, application_id, UNTIL + timedelta(days=1)) == {}
        assert cooling(session, application_id, UNTIL, [user_id(2)]) == {}


def test_without_days_of_cooldown_none_begins(engine: Engine, application_id: int) -> None:
    with writing(engine) as session:
        assert cooldown_until(session, application_id, NOW) == UNTIL
        policy = Policy(application_id=application_id, cooldown_days=0, changed_at=NOW, changed_by="Ada")
        session.add(policy)
        session.flush()
        assert cooldown_until(session, application_id, NOW) is None
    start(engine, application_id, until=None)
    assert ids(engine, application_id) == []


def test_an_operator_ends_a_cooldown_and_the_offers_are_asked_for(
    engine: Engine, application_id: int
) -> None:
    start(engine, application_id)
    (cooldown,) = ids(engine, application_id)
    end_cooldown(engine, application_id, cooldown, actor=OPERATOR, now=NOW)
    assert ids(engine, application_id) == []
    with reading(engine) as session:
        assert assessment_asked(session, application_id) == NOW
    with pytest.raises(CooldownRefused, match=f"no cooldown {cooldown} any more"):
        end_cooldown(engine, application_id, cooldown, actor=OPERATOR, now=NOW)


def test_an_analyst_ends_no_cooldown(engine: Engine, application_id: int) -> None:
    start(engine, application_id)
    (cooldown,) = ids(engine, application_id)
    with pytest.raises(RightRefused):
        end_cooldown(engine, application_id, cooldown, actor=ANALYST, now=NOW)
    assert ids(engine, application_id) == [cooldown]
