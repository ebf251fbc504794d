from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.simulator import catalog
from core.simulator.demo import (
    ROSTER_COLUMNS,
    demo_config,
    demo_cooldown,
    demo_exemptions,
    demo_roster,
)
from core.simulator.demo_purchases import PURCHASE_COLUMNS, demo_purchases
from core.simulator.tenant import Tenant

CREATED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
TODAY = CREATED_AT.date()
FREQUENCIES = {
    "once",
    "monthly",
    "quarterly",
    "semi_annually",
    "annually",
    "every_18_months",
    "biennially",
    "triennially",
}


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    return Tenant(demo_config(CREATED_AT), clock=CREATED_AT.timestamp)


def test_the_demo_has_its_size_and_its_date(tenant: Tenant) -> None:
    assert tenant.config.users == 2_500
    assert tenant.created_at == CREATED_AT


def test_purchases_have_the_columns_of_the_file(tenant: Tenant) -> None:
    assert {tuple(row) for row in demo_purchases(tenant)} == {PURCHASE_COLUMNS}


def test_every_frequency_and_two_currencies_occur(tenant: Tenant) -> None:
    rows = demo_purchases(tenant)
    assert {row["frequency"] for row in rows} == FREQUENCIES
    assert {row["currency"] for row in rows} == {"USD", "EUR"}
    assert all(Decimal(row["cost_per_seat"]) > 0 for row in rows)


def test_renewals_lie_ahead(tenant: Tenant) -> None:
    ends = [date.fromisoformat(row["ends_on"]) for row in demo_purchases(tenant) if row["ends_on"]]
    assert min(ends) > TODAY
    assert min(ends) < TODAY + timedelta(days=45)


def test_purchased_seats_are_those_of_the_tenant(tenant: Tenant) -> None:
    rows = [row for row in demo_purchases(tenant) if row["license_type"] == "SPE_E3"]
    enabled, warning, _ = tenant.seats(catalog.E3)
    assert sum(int(row["seats"]) for row in rows) == pytest.approx(enabled + warning, abs=1)


def test_some_types_that_people_hold_have_no_price(tenant: Tenant) -> None:
    priced = {row["license_type"] for row in demo_purchases(tenant)}
    held = {
        catalog.license_types()[sku_id].part_number for sku_id, seats in tenant.consumed().items() if seats
    }
    assert held - priced == {
        "AAD_PREMIUM_P2",
        "EXCHANGESTANDARD",
        "FLOW_FREE",
        "POWER_BI_STANDARD",
        "PROJECTPREMIUM",
        "VISIO_PLAN2_DEPT",
    }


def test_the_roster_holds_employees_in_every_status(tenant: Tenant) -> None:
    rows = demo_roster(tenant)
    assert {tuple(row) for row in rows} == {ROSTER_COLUMNS}
    assert {row["status"] for row in rows} == {"active", "inactive", "on_leave"}
    assert all(row["email"].endswith("@contoso.example") for row in rows)


@pytest.mark.parametrize("case", ["not_in_roster", "shared_mailbox", "guest", "service_account"])
def test_some_accounts_are_in_no_roster(tenant: Tenant, case: str) -> None:
    names = {row["email"] for row in demo_roster(tenant)}
    assert tenant.find(case).user_principal_name not in names
    assert tenant.find("inactive").user_principal_name in names


def test_a_leaver_of_the_future_has_a_date_ahead(tenant: Tenant) -> None:
    rows = {row["email"]: row for row in demo_roster(tenant)}
    ahead = rows[tenant.find("hr_future_leaver").user_principal_name]
    gone = rows[tenant.find("hr_left").user_principal_name]
    assert date.fromisoformat(gone["inactive_date"]) < TODAY < date.fromisoformat(ahead["inactive_date"])


def test_a_dozen_license_types_are_in_use(tenant: Tenant) -> None:
    used = [sku_id for sku_id, seats in tenant.consumed().items() if seats >= 15]
    assert len(used) >= 12


def test_who_is_exempt_is_in_the_tenant_and_has_a_reason(tenant: Tenant) -> None:
    rows = demo_exemptions(tenant)
    people = [row["target"] for row in rows if row["kind"] == "person"]
    assert people == [tenant.find(case).id for case in ("break_glass", "service_account")]
    (department,) = (row["target"] for row in rows if row["kind"] == "department")
    assert any(
        tenant.record(index).properties["department"] == department for index in range(tenant.config.users)
    )
    assert all(row["target_name"] and row["reason"] for row in rows)


def test_the_license_on_cooldown_is_held_directly(tenant: Tenant) -> None:
    user_id, sku_id = demo_cooldown(tenant)
    account = tenant.find("was_synced")
    (state,) = tenant.record(account.index).states
    assert (user_id, sku_id, state["assignedByGroup"]) == (account.id, state["skuId"], None)
