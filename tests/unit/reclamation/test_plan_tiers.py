"""Which plans take the place of others, by the tables that ship."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reclamation.plan_tiers import covers, plan_tiers, plans_without_value, uncovered, with_value
from core.reference import read_table

ROWS = read_table("plan_tiers")
NAMES = {row["service_plan_id"]: row["service_plan_name"] for row in read_table("service_plans")}
IDS = {name: plan_id for plan_id, name in NAMES.items()}
SKUS = {row["sku_part_number"]: row["sku_id"] for row in read_table("skus")}
INCLUDED: dict[str, set[str]] = {}
for _row in read_table("sku_service_plans"):
    INCLUDED.setdefault(_row["sku_id"], set()).add(_row["service_plan_id"])

PLANS = st.frozensets(
    st.sampled_from([*plan_tiers(), *plans_without_value(), IDS["TEAMS1"], IDS["SWAY"], "unknown"]),
    max_size=12,
)


def plans_of(part_number: str) -> frozenset[str]:
    return frozenset(INCLUDED[SKUS[part_number]])


@pytest.mark.parametrize(
    ("needed", "provided"),
    [
        ("STANDARDPACK", "ENTERPRISEPACK"),  # Office 365 E1 and E3
        ("STANDARDPACK", "SPE_E3"),
        ("ENTERPRISEPACK", "SPE_E3"),
        ("ENTERPRISEPACK", "SPE_E5"),
        ("SPE_E3", "SPE_E5"),
        ("SPE_F1", "SPE_E3"),  # Microsoft 365 F3
        ("EXCHANGESTANDARD", "ENTERPRISEPACK"),
        ("EXCHANGESTANDARD", "SPE_E3"),
        ("EXCHANGEENTERPRISE", "SPE_E3"),
        ("EMS", "SPE_E3"),
        ("EMS", "EMSPREMIUM"),
        ("POWER_BI_PRO", "SPE_E5"),
        ("AAD_PREMIUM", "AAD_PREMIUM_P2"),
        ("VISIOONLINE_PLAN1", "VISIOCLIENT"),
    ],
)
def test_a_smaller_product_is_covered_by_the_larger_one_and_not_the_other_way_round(
    needed: str, provided: str
) -> None:
    assert covers(plans_of(provided), plans_of(needed))
    assert not covers(plans_of(needed), plans_of(provided))


def test_without_tiers_the_plan_ids_alone_would_miss_e3_beside_e5() -> None:
    missing = plans_of("SPE_E3") - plans_of("SPE_E5")
    assert len(missing) == 14
    assert {NAMES[plan_id] for plan_id in missing} >= {"MDE_LITE", "ADALLOM_S_DISCOVERY", "FORMS_PLAN_E3"}


@pytest.mark.parametrize(
    ("needed", "provided", "missing"),
    [
        ("POWER_BI_PRO", "SPE_E3", {"BI_AZURE_P2"}),
        ("VISIOCLIENT", "SPE_E5", {"VISIO_CLIENT_SUBSCRIPTION", "VISIOONLINE", "ONEDRIVE_BASIC"}),
        ("AAD_PREMIUM_P2", "SPE_E3", {"AAD_PREMIUM_P2"}),
        ("MCOEV", "SPE_E3", {"MCOEV"}),
    ],
)
def test_what_is_not_covered_is_named(needed: str, provided: str, missing: set[str]) -> None:
    assert {NAMES[plan_id] for plan_id in uncovered(plans_of(needed), plans_of(provided))} == missing


def test_plans_without_value_alone_are_covered_by_nothing() -> None:
    assert not covers(plans_of("SPE_E5"), frozenset({IDS["EXCHANGE_S_FOUNDATION"]}))
    assert not covers(plans_of("SPE_E5"), frozenset())


def test_a_plan_of_the_same_tier_does_not_take_the_place_of_another() -> None:
    discovery, office = frozenset({IDS["ADALLOM_S_DISCOVERY"]}), frozenset({IDS["ADALLOM_S_O365"]})
    assert uncovered(discovery, office) == discovery


@given(plans=PLANS)
def test_every_type_covers_itself(plans: frozenset[str]) -> None:
    assert uncovered(plans, plans) == frozenset()


@given(low=PLANS, middle=PLANS, high=PLANS)
def test_coverage_is_transitive(low: frozenset[str], middle: frozenset[str], high: frozenset[str]) -> None:
    # Made to cover each other: what is drawn rarely does.
    middle = middle | uncovered(low, middle)
    high = high | uncovered(middle, high)
    assert uncovered(low, middle) == uncovered(middle, high) == frozenset()
    assert uncovered(low, high) == frozenset()


@given(needed=PLANS, provided=PLANS, more=PLANS)
def test_more_plans_never_uncover(
    needed: frozenset[str], provided: frozenset[str], more: frozenset[str]
) -> None:
    assert uncovered(needed, provided | more) <= uncovered(needed, provided)


@given(needed=PLANS, provided=PLANS, off=PLANS)
def test_switching_plans_off_never_covers_more(
    needed: frozenset[str], provided: frozenset[str], off: frozenset[str]
) -> None:
    assert uncovered(needed, provided - off) >= uncovered(needed, provided)


@given(needed=PLANS, provided=PLANS)
def test_what_is_not_covered_is_always_something_of_value_that_is_needed(
    needed: frozenset[str], provided: frozenset[str]
) -> None:
    assert uncovered(needed, provided) <= with_value(needed) - provided


def test_each_plan_stands_once_in_the_table_by_its_own_name_and_with_a_source() -> None:
    assert max(Counter(row["service_plan_id"] for row in ROWS).values()) == 1
    assert all(NAMES[row["service_plan_id"]] == row["service_plan_name"] for row in ROWS)
    assert all(row["source"].startswith("https://") for row in ROWS)


def test_each_family_has_a_lower_and_a_higher_tier() -> None:
    tiers: dict[str, set[int]] = {}
    for tier in plan_tiers().values():
        tiers.setdefault(tier.family, set()).add(tier.number)
    assert all(min(numbers) == 1 and len(numbers) > 1 for numbers in tiers.values())
