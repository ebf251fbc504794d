from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from core.policies.exempting import exempt
from core.policies.exemptions import ExemptionKind
from core.reclamation.effect import Effect, LeftOut, effect
from core.reclamation.requests import RunMode, start_run
from core.store.engine import reading, writing
from core.store.tables import Assignment, Opportunity, RoleHolder, ServicePlan, User
from tests.support.seats import E5, NOW, OPERATOR, VISIO, add_seat, user_id

Seat = tuple[str, str]
GROUP = "99999999-0000-4000-8000-000000000001"


@pytest.fixture
def ask(engine: Engine, application_id: int) -> Callable[..., Effect]:
    def ask(*chosen: Seat, manual: bool = False) -> Effect:
        with reading(engine) as session:
            return effect(session, application_id, chosen, manual=manual, now=NOW)

    return ask


def test_it_says_how_many_seats_come_free_and_what_they_cost(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    found = ask(
        add_seat(engine, application_id, 1),
        add_seat(engine, application_id, 2),
        add_seat(engine, application_id, 1, VISIO),
    )
    assert (found.seats, found.unpriced_seats) == (3, 1)
    (dollars,) = found.by_currency
    assert (dollars.seats, str(dollars.annual.amount), str(dollars.monthly.amount)) == (
        2,
        "1368.000000",
        "114.000000",
    )
    e5, visio = found.by_type
    assert (e5.part_number, e5.seats, str(e5.paid_until)) == ("SPE_E5", 2, "2026-12-31")
    assert (visio.part_number, visio.annual, visio.paid_until) == ("VISIOCLIENT", None, None)


def test_an_assignment_that_failed_is_no_seat_that_could_come_free(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    seat = add_seat(engine, application_id, 1, opportunity=False)
    with writing(engine) as session:
        session.get_one(Assignment, (application_id, *seat)).activity_status = "failed"
    found = ask(seat, manual=True)
    assert (found.seats, [each.why for each in found.excluded]) == (0, [LeftOut.NOT_HELD])


def test_cautions_are_counted_by_kind(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    found = ask(*(add_seat(engine, application_id, number, VISIO) for number in range(3)))
    assert [(caution.code, caution.seats) for caution in found.cautions] == [("no_price", 3)]


def test_a_caution_of_several_types_names_none_of_them(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    first, second = (add_seat(engine, application_id, number, VISIO) for number in range(2))
    assert [caution.text for caution in ask(first).cautions] == ["No price is entered."]
    with writing(engine) as session:
        other = session.get_one(Opportunity, (application_id, *second))
        other.cautions = [{"code": "no_price", "text": "No price is entered for Visio Plan 2."}]
    (caution,) = ask(first, second).cautions
    assert (caution.text, caution.seats) == ("No price is entered: what this saves is not known.", 2)


def test_whoever_is_left_out_is_listed_with_the_reason(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    taken = add_seat(engine, application_id, 5)
    start_run(
        engine,
        application_id,
        chosen=[taken],
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="",
        confirm_count=None,
        actor=OPERATOR,
        allow_reclaim=True,
        now=NOW,
    )
    found = ask(
        add_seat(engine, application_id, 1, opportunity=False),
        add_seat(engine, application_id, 2, blocker="The account is young."),
        add_seat(engine, application_id, 3, direct=False, groups=(GROUP,)),
        add_seat(engine, application_id, 4, groups=(GROUP,)),
        taken,
        (user_id(99), E5),
    )
    assert found.requests == ()
    assert [each.why for each in found.excluded] == [
        LeftOut.NO_OPPORTUNITY,
        LeftOut.BLOCKED,
        LeftOut.INHERITED,
        LeftOut.INHERITED,
        LeftOut.ALREADY_REQUESTED,
        LeftOut.NOT_HELD,
    ]
    assert found.excluded[1].text == "The account is young."
    assert "no seat would be freed" in found.excluded[3].text
    assert found.excluded_by_reason[LeftOut.INHERITED] == 2


def test_by_hand_an_opportunity_is_not_needed_but_a_group_still_stands_in_the_way(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    seat = add_seat(engine, application_id, 1, opportunity=False)
    found = ask(seat, add_seat(engine, application_id, 2, groups=(GROUP,)), manual=True)
    assert found.requests == (seat,)


def test_a_choice_above_the_limit_says_so(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    seats = [add_seat(engine, application_id, number) for number in range(11)]
    assert ask(*seats[:10]).exceeded == ()
    (limit,) = ask(*seats).exceeded
    assert (limit.requested, limit.limit) == (11, 10)


@pytest.mark.parametrize("manual", [False, True])
def test_who_is_exempt_is_left_out_whoever_chose_them(
    engine: Engine, application_id: int, ask: Callable[..., Effect], *, manual: bool
) -> None:
    member, other = add_seat(engine, application_id, 1, VISIO), add_seat(engine, application_id, 2)
    add_seat(engine, application_id, 1, groups=(GROUP,))
    exempt(
        engine,
        application_id,
        kind=ExemptionKind.GROUP,
        target=GROUP,
        reason="On call",
        expires_on=None,
        actor=OPERATOR,
        now=NOW,
    )
    found = ask(member, other, manual=manual)
    assert found.requests == (other,)
    (left_out,) = found.excluded
    assert left_out.why is LeftOut.EXEMPT
    assert "is exempt until it is lifted: On call" in left_out.text


MAIL, TEAMS = "efb87545-963c-4e0d-99df-69c6916d9eb0", "57ff2da0-773e-42df-b2af-ffb7a2317929"


@pytest.fixture
def with_plans(engine: Engine, application_id: int) -> None:
    """E5 brings mail and Teams; Visio, for this test, Teams alone."""
    with writing(engine) as session:
        for sku_id, plan_id in ((E5, MAIL), (E5, TEAMS), (VISIO, TEAMS)):
            session.add(
                ServicePlan(
                    application_id=application_id,
                    sku_id=sku_id,
                    service_plan_id=plan_id,
                    name=plan_id,
                    applies_to="User",
                    provisioning_status="Success",
                )
            )


@pytest.mark.usefixtures("with_plans")
def test_what_goes_with_the_licenses_is_counted_by_kind(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    found = ask(*(add_seat(engine, application_id, number) for number in range(3)))
    assert [(each.loss.consequence, each.people) for each in found.at_risk] == [
        ("mailbox", 3),
        ("archive", 3),
        ("holds", 3),
    ]


@pytest.mark.usefixtures("with_plans")
def test_a_duplicate_is_left_out_where_what_covers_it_is_chosen_too(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    covering = add_seat(engine, application_id, 1)
    duplicate = add_seat(engine, application_id, 1, VISIO, scenario="duplicate")
    assert ask(duplicate).requests == (duplicate,)
    assert ask(covering).requests == (covering,)

    found = ask(duplicate, covering)

    assert found.requests == (covering,)
    assert [(each.sku_id, each.why) for each in found.excluded] == [(VISIO, LeftOut.UNCOVERED)]
    assert "only one can go" in found.excluded[0].text


@pytest.mark.usefixtures("with_plans")
def test_a_duplicate_that_is_unused_too_can_go_with_what_covers_it(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    covering, unused = (
        add_seat(engine, application_id, 1),
        add_seat(engine, application_id, 1, VISIO, scenario="duplicate"),
    )
    with writing(engine) as session:
        session.get_one(Opportunity, (application_id, *unused)).scenarios = ["inactive", "duplicate"]
    assert set(ask(covering, unused).requests) == {covering, unused}
    assert set(ask(covering, unused, manual=True).requests) == {covering, unused}


def test_whose_name_has_to_be_typed_is_told_once_with_all_reasons(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    seats = [add_seat(engine, application_id, 1), add_seat(engine, application_id, 1, VISIO)]
    with writing(engine) as session:
        user = session.get_one(User, (application_id, user_id(1)))
        user.display_name = "Emergency Access 1"
        roles = ["Global Administrator"]
        session.add(RoleHolder(application_id=application_id, user_id=user_id(1), roles=roles, read_at=NOW))
    (owed,) = ask(*seats, add_seat(engine, application_id, 2)).owed_names
    assert owed.user_principal_name == "person1@example.com"
    assert owed.text.startswith("The account holds an admin role: Global Administrator. Its name says that")


def test_whoever_is_left_out_owes_no_name(
    engine: Engine, application_id: int, ask: Callable[..., Effect]
) -> None:
    seat = add_seat(engine, application_id, 1, blocker="The account is new.")
    with writing(engine) as session:
        session.get_one(User, (application_id, user_id(1))).display_name = "svc-reporting"
    assert ask(seat).owed_names == ()
