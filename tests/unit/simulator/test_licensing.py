from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.simulator import catalog
from core.simulator.licensing import (
    Order,
    carried_out,
    check_plans,
    check_removals,
    needs_seat,
    without_group,
)
from core.simulator.records import assigned_licenses
from core.simulator.wire import GraphProblem

TYPES = catalog.license_types()
THEN, NOW = "2026-01-01T00:00:00Z", "2026-11-01T00:00:00Z"
GROUP = "55405bc2-748f-5c18-99c5-e85bf523e1bd"


def state(sku_id: str, group: str | None = None, **more: object) -> dict[str, Any]:
    return {
        "skuId": sku_id,
        "disabledPlans": [],
        "assignedByGroup": group,
        "state": "Active",
        "error": "None",
        "lastUpdatedDateTime": THEN,
    } | more


def order(*, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> Order:
    return Order(add=dict.fromkeys(add, ()), remove=remove)


STATES = st.lists(
    st.builds(state, st.sampled_from(sorted(TYPES)), st.sampled_from([None, GROUP])),
    unique_by=lambda one: (one["skuId"], one["assignedByGroup"]),
    max_size=6,
)


@given(STATES, st.sets(st.sampled_from(sorted(TYPES)), max_size=3))
def test_a_removal_takes_the_direct_ones_named_and_nothing_else(
    states: list[dict[str, Any]], remove: set[str]
) -> None:
    after = carried_out(order(remove=tuple(remove)), states, NOW)
    assert after == [one for one in states if one["assignedByGroup"] or one["skuId"] not in remove]


@given(STATES, st.sampled_from(sorted(TYPES)))
def test_adding_twice_is_adding_once(states: list[dict[str, Any]], sku_id: str) -> None:
    once = carried_out(order(add=(sku_id,)), states, NOW)
    assert carried_out(order(add=(sku_id,)), once, "2027-01-01T00:00:00Z") == once


@given(STATES)
def test_a_type_is_one_seat_however_often_it_is_assigned(states: list[dict[str, Any]]) -> None:
    held = [one["skuId"] for one in assigned_licenses(states)]
    assert sorted(held) == sorted({one["skuId"] for one in states})
    assert all(needs_seat(order(add=(sku_id,)), states) == [] for sku_id in held)


def test_an_entry_in_error_holds_no_seat() -> None:
    states = [state(catalog.E3, GROUP, state="Error", error="CountViolation")]
    assert assigned_licenses(states) == []
    assert needs_seat(order(add=(catalog.E3,)), states) == [catalog.E3]


def test_a_plan_is_off_only_where_every_assignment_has_it_off() -> None:
    direct = state(catalog.E3, disabledPlans=["a", "b"])
    inherited = state(catalog.E3, GROUP, disabledPlans=["b", "c"])
    assert assigned_licenses([direct, inherited]) == [{"disabledPlans": ["b"], "skuId": catalog.E3}]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([], "does not have a corresponding license"),
        ([state(catalog.E3, GROUP)], "inherited from a group membership"),
        ([state(catalog.E5)], "does not have a corresponding license"),
    ],
)
def test_what_is_not_held_directly_cannot_be_removed(states: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(GraphProblem, match=words):
        check_removals(order(remove=(catalog.E3,)), states)


def test_conflicting_plans_may_stand_beside_each_other_when_one_is_off() -> None:
    e1 = state(catalog.OFFICE_E1)
    conflicts = list(TYPES[catalog.OFFICE_E1].plan_ids("EXCHANGE_S_STANDARD", "SHAREPOINTSTANDARD"))
    muted = state(catalog.OFFICE_E1, disabledPlans=conflicts)
    check_plans([state(catalog.E3)], [state(catalog.E3), muted], TYPES)
    with pytest.raises(GraphProblem, match="mutually exclusive"):
        check_plans([state(catalog.E3)], [state(catalog.E3), e1], TYPES)


def test_a_conflict_that_was_there_before_blocks_no_other_change() -> None:
    before = [state(catalog.E3), state(catalog.OFFICE_E1), state(catalog.VISIO)]
    check_plans(before, before[:2], TYPES)


def test_leaving_a_group_takes_its_entries_only() -> None:
    states = [state(catalog.E3), state(catalog.E3, GROUP), state(catalog.VISIO, GROUP)]
    assert without_group(states, GROUP, TYPES, NOW) == [states[0]]
