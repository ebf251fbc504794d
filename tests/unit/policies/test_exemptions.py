"""Whom an exemption spares."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policies.exemptions import Exemption, ExemptionKind, SeatFacts, exempt_by, in_force

TODAY = date(2026, 11, 24)
SEAT = SeatFacts(user_id="u1", sku_id="e5", department="Field Sales", group_ids=frozenset({"g1", "g2"}))
PERSON, GROUP, DEPARTMENT, LICENSE_TYPE = ExemptionKind


def made(kind: ExemptionKind, target: str, expires_on: date | None = None, reason: str = "") -> Exemption:
    return Exemption(
        kind=kind,
        target=target,
        target_name=target.upper(),
        reason=reason or "Needed for the audit",
        expires_on=expires_on,
        author="olivia@example.com",
        created_at=datetime(2026, 11, 1, 9, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("kind", "target", "spared"),
    [
        (PERSON, "u1", True),
        (PERSON, "u2", False),
        (PERSON, "U1", False),
        (GROUP, "g2", True),
        (GROUP, "g3", False),
        (DEPARTMENT, "Field Sales", True),
        (DEPARTMENT, " field SALES ", True),
        (DEPARTMENT, "Sales", False),
        (LICENSE_TYPE, "e5", True),
        (LICENSE_TYPE, "e3", False),
    ],
)
def test_an_exemption_spares_what_it_names(kind: ExemptionKind, target: str, *, spared: bool) -> None:
    found = exempt_by(in_force([made(kind, target)], TODAY), SEAT)
    assert (found is not None) is spared


@pytest.mark.parametrize(
    ("expires_on", "spared"),
    [
        (None, True),
        (TODAY + timedelta(days=1), True),
        (TODAY, True),
        (TODAY - timedelta(days=1), False),
    ],
)
def test_an_exemption_holds_through_its_last_day(expires_on: date | None, *, spared: bool) -> None:
    found = exempt_by(in_force([made(PERSON, "u1", expires_on)], TODAY), SEAT)
    assert (found is not None) is spared


def test_people_without_a_department_are_in_none() -> None:
    seat = SeatFacts(user_id="u1", sku_id="e5", department=None)
    assert exempt_by(in_force([made(DEPARTMENT, "")], TODAY), seat) is None


def test_of_several_exemptions_the_most_specific_one_is_named() -> None:
    several = [made(LICENSE_TYPE, "e5"), made(DEPARTMENT, "Field Sales"), made(GROUP, "g1")]
    assert exempt_by(in_force(several, TODAY), SEAT) == several[2]
    assert exempt_by(in_force([*several, made(PERSON, "u1")], TODAY), SEAT) == made(PERSON, "u1")


def test_of_two_for_the_same_target_the_one_that_holds_longest_is_named() -> None:
    short, long = made(DEPARTMENT, "field sales", TODAY), made(DEPARTMENT, "Field Sales")
    assert exempt_by(in_force([long, short], TODAY), SEAT) == long
    assert exempt_by(in_force([short, long], TODAY), SEAT) == long


@pytest.mark.parametrize(
    ("exemption", "sentence"),
    [
        (
            made(PERSON, "u1"),
            "The person is exempt until it is lifted: Needed for the audit (olivia@example.com, 2026-11-01).",
        ),
        (
            made(LICENSE_TYPE, "e5", date(2027, 11, 24), "Contract runs out."),
            (
                "The license type E5 is exempt until 2027-11-24: "
                "Contract runs out (olivia@example.com, 2026-11-01)."
            ),
        ),
    ],
)
def test_the_sentence_says_who_until_when_why_and_by_whom(exemption: Exemption, sentence: str) -> None:
    assert exemption.sentence == sentence


_TARGETS = {
    PERSON: ("u1", "u2"),
    GROUP: ("g1", "g2"),
    DEPARTMENT: ("Sales", "IT"),
    LICENSE_TYPE: ("e3", "e5"),
}
_exemptions = st.sampled_from(tuple(ExemptionKind)).flatmap(
    lambda kind: st.builds(
        made,
        st.just(kind),
        st.sampled_from(_TARGETS[kind]),
        st.none() | st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2)),
    )
)
_seats = st.builds(
    SeatFacts,
    user_id=st.sampled_from(_TARGETS[PERSON]),
    sku_id=st.sampled_from(_TARGETS[LICENSE_TYPE]),
    department=st.none() | st.sampled_from(("Sales", "SALES", "it")),
    group_ids=st.frozensets(st.sampled_from(_TARGETS[GROUP])),
)


def names(exemption: Exemption, seat: SeatFacts) -> bool:
    match exemption.kind:
        case ExemptionKind.PERSON:
            return exemption.target == seat.user_id
        case ExemptionKind.GROUP:
            return exemption.target in seat.group_ids
        case ExemptionKind.DEPARTMENT:
            return seat.department is not None and exemption.target.lower() == seat.department.lower()
        case ExemptionKind.LICENSE_TYPE:
            return exemption.target == seat.sku_id


@given(st.lists(_exemptions, max_size=6), _seats)
def test_a_seat_is_spared_exactly_when_an_exemption_that_holds_names_it(
    exemptions: list[Exemption], seat: SeatFacts
) -> None:
    holding = [each for each in exemptions if each.in_force(TODAY) and names(each, seat)]
    found = exempt_by(in_force(exemptions, TODAY), seat)
    assert (found is None) is (not holding)
    assert found is None or found in holding
