"""Which of one person's license types another one covers."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reclamation.duplicates import Cover, HeldType, find_duplicates
from core.reclamation.plan_tiers import uncovered, with_value
from core.reference import read_table
from core.spend.money import Money

IDS = {row["service_plan_name"]: row["service_plan_id"] for row in read_table("service_plans")}
EXCHANGE_1, EXCHANGE_2 = IDS["EXCHANGE_S_STANDARD"], IDS["EXCHANGE_S_ENTERPRISE"]
TEAMS, FOUNDATION, VISIO = IDS["TEAMS1"], IDS["EXCHANGE_S_FOUNDATION"], IDS["VISIO_CLIENT_SUBSCRIPTION"]


def held(name: str, *plans: str, **facts: object) -> HeldType:
    known: dict[str, object] = {
        "sku_id": name.lower(),
        "name": name,
        "plans": frozenset(plans),
        "removable": True,
        "state": "Active",
    }
    return HeldType(**(known | facts))  # type: ignore[arg-type]  # each case names what it changes


MAIL = held("Mail", EXCHANGE_1, FOUNDATION)
SUITE = held("Suite", EXCHANGE_2, TEAMS)


def covered(*types: HeldType) -> dict[str, str]:
    return {sku_id: cover.sku_id for sku_id, cover in find_duplicates(types).items()}


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def test_a_type_whose_plans_a_higher_tier_supersedes_is_covered() -> None:
    assert find_duplicates([MAIL, SUITE]) == {"mail": Cover(sku_id="suite", name="Suite", lasting=True)}


@pytest.mark.parametrize(
    "types",
    [
        (MAIL,),
        (MAIL, replace(SUITE, state="ActiveWithError")),
        (MAIL, replace(SUITE, state="Error")),
        (MAIL, replace(SUITE, state="Disabled")),
        (MAIL, replace(SUITE, usable=False)),
        (MAIL, replace(SUITE, plans=frozenset({TEAMS}))),  # its Exchange is switched off for the person
        (replace(MAIL, plans=MAIL.plans | {VISIO}), SUITE),
        (replace(MAIL, plans=frozenset({FOUNDATION})), SUITE),  # nothing of value: nothing to go by
        (replace(MAIL, plans=frozenset()), SUITE),  # a type that no catalog knows
        (replace(MAIL, worthless=True), SUITE),  # free: giving it up saves nothing
    ],
)
def test_what_is_not_surely_provided_by_another_type_is_left_alone(types: tuple[HeldType, ...]) -> None:
    assert covered(*types) == {}


def test_several_types_that_only_together_provide_all_plans_cover_nothing() -> None:
    both = held("Both", EXCHANGE_1, VISIO)
    assert covered(both, SUITE, held("Drawing", VISIO)) == {"drawing": "both"}


def test_a_plan_that_is_switched_off_is_not_needed() -> None:
    assert covered(replace(MAIL, plans=frozenset({EXCHANGE_1})), SUITE) == {"mail": "suite"}
    assert covered(held("More", EXCHANGE_1), held("Most", EXCHANGE_2, VISIO)) == {"more": "most"}


@pytest.mark.parametrize(
    ("one", "other", "reclaimed"),
    [
        ({}, {}, "two"),  # the same every time
        ({"annual": usd("10")}, {"annual": usd("9")}, "one"),  # the more expensive one
        ({"annual": usd("9")}, {"annual": usd("10")}, "two"),
        ({"annual": usd("9")}, {}, "one"),  # the one of which it is known what it saves
        ({"removable": False}, {}, "two"),
        ({}, {"removable": False}, "one"),  # an inherited one can't be taken directly
        ({"annual": usd("10")}, {"removable": False, "annual": usd("90")}, "one"),
        ({"state": "ActiveWithError"}, {}, "one"),
        ({}, {"usable": False}, "two"),
    ],
)
def test_of_two_types_that_cover_each_other_one_is_offered(
    one: dict[str, object], other: dict[str, object], reclaimed: str
) -> None:
    pair = [held("One", EXCHANGE_2, **one), held("Two", EXCHANGE_2, **other)]
    for order in permutations(pair):
        assert list(find_duplicates(order)) == [reclaimed]


def test_the_covering_type_that_is_named_is_one_that_is_kept() -> None:
    middle = held("Middle", EXCHANGE_2)
    for order in permutations([MAIL, middle, SUITE]):
        assert covered(*order) == {"mail": "suite", "middle": "suite"}


def test_a_lasting_type_is_named_before_one_that_ends_soon() -> None:
    trial = held("A trial", EXCHANGE_2, VISIO, lasting=False)
    assert find_duplicates([MAIL, trial, SUITE])["mail"] == Cover(sku_id="suite", name="Suite", lasting=True)
    assert find_duplicates([MAIL, trial])["mail"].lasting is False


PLANS = st.frozensets(
    st.sampled_from([EXCHANGE_1, EXCHANGE_2, TEAMS, FOUNDATION, VISIO, IDS["SWAY"]]), max_size=5
)
TYPES = st.builds(
    HeldType,
    sku_id=st.just(""),
    name=st.just("Any"),
    plans=PLANS,
    removable=st.booleans(),
    state=st.sampled_from(["Active", "Active", "Active", "ActiveWithError", "Error"]),
    usable=st.sampled_from([True, True, False]),
    lasting=st.booleans(),
    worthless=st.sampled_from([False, False, True]),
    annual=st.sampled_from([None, usd("1"), usd("2"), Money(Decimal(1), "EUR")]),
)


@given(drawn=st.lists(TYPES, max_size=6))
def test_taking_all_covered_types_away_leaves_every_plan_of_value_provided(drawn: list[HeldType]) -> None:
    types = [replace(each, sku_id=f"type-{place}") for place, each in enumerate(drawn)]
    duplicates = find_duplicates(types)
    kept = {each.sku_id: each for each in types if each.sku_id not in duplicates}
    for each in types:
        cover = duplicates.get(each.sku_id)
        if cover is not None:
            assert with_value(each.plans)
            assert kept[cover.sku_id].may_cover
            assert uncovered(each.plans, kept[cover.sku_id].plans) == frozenset()


@given(drawn=st.lists(TYPES, max_size=5), data=st.data())
def test_the_order_in_which_types_are_read_does_not_matter(
    drawn: list[HeldType], data: st.DataObject
) -> None:
    types = [replace(each, sku_id=f"type-{place}") for place, each in enumerate(drawn)]
    assert find_duplicates(data.draw(st.permutations(types))) == find_duplicates(types)
