from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.graph import LicenseState
from core.integration.seats import _by_type, _seat

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WORDS = ("Active", "ActiveWithError", "Disabled", "Error")


def state(
    group: str | None = None,
    word: str = "Active",
    *,
    sku_id: str = "e3",
    plans: tuple[str, ...] = (),
    days: int = 0,
    error: str | None = None,
) -> LicenseState:
    return LicenseState(
        sku_id=sku_id,
        assigned_by_group=group,
        state=word,
        error=error,
        disabled_plans=plans,
        updated_at=NOW - timedelta(days=days),
    )


def seat(*states: LicenseState) -> dict[str, object]:
    names = ("direct", "group_count", "state", "error", "disabled_plans", "updated_at")
    return dict(zip(names, _seat("u", "e3", states)[2:], strict=True))


def test_the_direct_entry_speaks_for_a_seat_that_groups_give_as_well() -> None:
    found = seat(state("g1"), state(None, "ActiveWithError", days=9, error="Other"))
    assert (found["direct"], found["group_count"]) == (True, 1)
    assert (found["state"], found["error"]) == ("ActiveWithError", "Other")
    assert found["updated_at"] == NOW - timedelta(days=9)


def test_among_groups_the_one_that_gives_most_speaks_and_of_equals_the_newest() -> None:
    found = seat(state("g1", "Error", error="CountViolation"), state("g2", days=9), state("g3", days=3))
    assert (found["direct"], found["group_count"], found["state"]) == (False, 3, "Active")
    assert found["updated_at"] == NOW - timedelta(days=3)


def test_a_plan_is_off_only_where_every_entry_has_it_off() -> None:
    assert seat(state(plans=("a", "b")), state("g", plans=("b", "c")))["disabled_plans"] == ["b"]
    assert seat(state(plans=("a", "b")))["disabled_plans"] == ("a", "b")


entries = st.lists(
    st.builds(
        state,
        st.sampled_from([None, "g1", "g2", "g3"]),
        st.sampled_from(WORDS),
        sku_id=st.sampled_from(["e3", "e5", "visio"]),
        days=st.integers(0, 500),
    ),
    max_size=8,
    unique_by=lambda each: (each.sku_id, each.assigned_by_group),
)


@given(entries)
def test_there_is_one_seat_per_license_type_whatever_gives_it(states: list[LicenseState]) -> None:
    found = [(sku_id, _seat("u", sku_id, own)) for sku_id, own in _by_type(states)]
    assert sorted(sku_id for sku_id, _ in found) == sorted({each.sku_id for each in states})
    for sku_id, row in found:
        givers = [each.assigned_by_group for each in states if each.sku_id == sku_id]
        assert row[2] == (None in givers)
        assert row[3] == len([giver for giver in givers if giver is not None])


@given(entries)
def test_the_order_of_the_entries_does_not_matter(states: list[LicenseState]) -> None:
    turned = list(reversed(states))

    def seats(given: list[LicenseState]) -> dict[str, tuple[object, ...]]:
        return {sku: tuple(_seat("u", sku, own)[2:5]) for sku, own in _by_type(given)}

    assert seats(states) == seats(turned)
