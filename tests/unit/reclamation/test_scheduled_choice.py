"""Whom a scheduled run takes, whom it leaves alone and why."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.activity.evidence import Confidence
from core.reclamation.candidates import CautionCode
from core.reclamation.limits import DEFAULT, Limits, exceeded_limits
from core.reclamation.opportunities import Scenario
from core.reclamation.protected import NAME_TO_BE_TYPED
from core.reclamation.scheduled_choice import (
    WITHOUT_A_CHOICE,
    Offer,
    Room,
    WhyNot,
    choose,
    objection,
    room_left,
    unsure,
)
from core.reclamation.scheduled_plan import ReclaimPlan

PLAN = ReclaimPlan(enabled=True)
SURE = Offer(
    user_id="u1", sku_id="e3", scenario=Scenario.INACTIVE, confidence=Confidence.HIGH, reclaimable=True
)
PLENTY = Room(together=50, by_type={"e3": 50, "visio": 50})


def with_caution(code: str) -> Offer:
    return replace(SURE, cautions=(code,))


OBJECTIONS = [
    pytest.param(PLAN, SURE, None, id="nothing"),
    pytest.param(PLAN, replace(SURE, confidence=Confidence.PROBABLE), WhyNot.CONFIDENCE, id="probable"),
    pytest.param(PLAN, replace(SURE, confidence=Confidence.REVIEW), WhyNot.CONFIDENCE, id="review"),
    pytest.param(PLAN, replace(SURE, scenario=Scenario.NOT_IN_HR_ROSTER), WhyNot.SCENARIO, id="no roster"),
    pytest.param(PLAN, replace(SURE, scenario=Scenario.DOWNGRADE), WhyNot.SCENARIO, id="advice"),
    pytest.param(
        replace(PLAN, scenarios=(Scenario.HR_INACTIVE,)), SURE, WhyNot.SCENARIO, id="another scenario"
    ),
    pytest.param(replace(PLAN, included=("e3",)), SURE, None, id="included"),
    pytest.param(replace(PLAN, included=("visio",)), SURE, WhyNot.LICENSE_TYPE, id="not included"),
    pytest.param(replace(PLAN, excluded=("e3",)), SURE, WhyNot.LICENSE_TYPE, id="excluded"),
    pytest.param(PLAN, replace(SURE, reclaimable=False), WhyNot.BLOCKED, id="blocked"),
    *(
        pytest.param(PLAN, with_caution(code), None if code in WITHOUT_A_CHOICE else WhyNot.CAUTION, id=code)
        for code in CautionCode
    ),
    pytest.param(PLAN, with_caution("one_that_is_added_later"), WhyNot.CAUTION, id="an unknown caution"),
]


@pytest.mark.parametrize(("plan", "offer", "why"), OBJECTIONS)
def test_a_scheduled_run_takes_only_what_needs_no_choice(
    plan: ReclaimPlan, offer: Offer, why: WhyNot | None
) -> None:
    assert objection(plan, offer) is why


def test_nobody_whose_name_has_to_be_typed_is_taken() -> None:
    assert NAME_TO_BE_TYPED.isdisjoint(WITHOUT_A_CHOICE)


def test_the_strongest_are_taken_until_the_run_is_full_and_the_rest_is_counted() -> None:
    offers = [
        SURE,
        replace(SURE, user_id="u2", confidence=Confidence.PROBABLE),
        replace(SURE, user_id="u3"),
        replace(SURE, user_id="u4"),
        replace(SURE, user_id="u5", sku_id="visio"),
        replace(SURE, user_id="u6", sku_id="visio"),
        replace(SURE, user_id="u7", sku_id="project"),
    ]
    room = Room(together=50, by_type={"e3": 2, "visio": 9})
    choice = choose(replace(PLAN, at_most=2), offers, requested={("u3", "e3")}, room=room)
    assert choice.seats == (("u1", "e3"), ("u4", "e3"))
    assert choice.left_out == {
        WhyNot.CONFIDENCE: 1,
        WhyNot.REQUESTED: 1,
        WhyNot.TYPE_LIMIT: 1,
        WhyNot.AT_MOST: 2,
    }


def test_the_limit_of_the_day_ends_a_run_before_it_is_full() -> None:
    offers = [replace(SURE, user_id=f"u{number}") for number in range(5)]
    choice = choose(PLAN, offers, requested=(), room=Room(together=3, by_type={"e3": 50}))
    assert len(choice.seats) == 3
    assert choice.left_out == {WhyNot.DAY_LIMIT: 2}


@pytest.mark.parametrize(
    ("limits", "recent", "seats", "together", "of_e3"),
    [
        pytest.param(DEFAULT, {}, {"e3": 200}, 50, 20, id="a tenth of the seats"),
        pytest.param(DEFAULT, {}, {"e3": 10}, 50, 5, id="not below five"),
        pytest.param(DEFAULT, {}, {"e3": 5_000}, 50, 50, id="fifty at most"),
        pytest.param(DEFAULT, {"e3": 12, "visio": 8}, {"e3": 200}, 30, 8, id="less what was asked for"),
        pytest.param(DEFAULT, {"e3": 60}, {"e3": 200}, 0, 0, id="never below nothing"),
        pytest.param(
            Limits(requests=10_000, percent=100, smallest=500), {}, {"e3": 5_000}, 50, 50, id="raised limits"
        ),
        pytest.param(Limits(requests=10, percent=2, smallest=1), {}, {"e3": 200}, 10, 4, id="lowered ones"),
    ],
)
def test_a_schedule_stays_within_the_limits_that_need_no_number(
    limits: Limits, recent: dict[str, int], seats: dict[str, int], together: int, of_e3: int
) -> None:
    room = room_left(limits, recent, seats)
    assert (room.together, room.by_type["e3"]) == (together, of_e3)


@given(
    offers=st.lists(
        st.builds(
            Offer,
            user_id=st.uuids().map(str),
            sku_id=st.sampled_from(["e3", "visio", "project"]),
            scenario=st.sampled_from(Scenario),
            confidence=st.sampled_from(Confidence),
            reclaimable=st.booleans(),
            cautions=st.lists(st.sampled_from(CautionCode), max_size=2).map(tuple),
        ),
        max_size=150,
    ),
    recent=st.dictionaries(st.sampled_from(["e3", "visio"]), st.integers(0, 60)),
    seats=st.dictionaries(st.sampled_from(["e3", "visio", "project"]), st.integers(0, 900)),
    limits=st.builds(
        Limits, requests=st.integers(1, 900), percent=st.integers(1, 100), smallest=st.integers(1, 20)
    ),
    at_most=st.integers(1, 50),
)
def test_no_choice_ever_needs_a_number_to_be_typed_or_a_person(
    offers: list[Offer], recent: dict[str, int], seats: dict[str, int], limits: Limits, at_most: int
) -> None:
    plan = replace(PLAN, at_most=at_most)
    choice = choose(plan, offers, requested=(), room=room_left(limits, recent, seats))
    by_seat = {offer.seat: offer for offer in offers}
    taken = [by_seat[seat] for seat in choice.seats]
    assert all(objection(plan, offer) is None for offer in taken)
    assert len(taken) <= at_most
    assert len(taken) + sum(choice.left_out.values()) == len(offers)
    asked = {sku_id: sum(offer.sku_id == sku_id for offer in taken) for sku_id in ("e3", "visio", "project")}
    assert exceeded_limits(asked, recent, seats, limits) == ()
    assert exceeded_limits(asked, recent, seats, DEFAULT) == ()


@pytest.mark.parametrize(
    ("confidence", "cautions", "said"),
    [
        (Confidence.HIGH, (), None),
        (Confidence.HIGH, (CautionCode.NO_PRICE,), None),
        (Confidence.HIGH, (CautionCode.ADMIN_ROLE,), "a person has to weigh"),
        (Confidence.PROBABLE, (), "now Probable"),
    ],
)
def test_what_was_chosen_by_a_schedule_is_left_alone_once_it_needs_a_person(
    confidence: Confidence, cautions: tuple[str, ...], said: str | None
) -> None:
    found = unsure(confidence, cautions)
    assert (found is None) if said is None else (found is not None and said in found)
