"""The special accounts are what their names say, as Graph shows them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.simulator import catalog
from core.simulator.config import TenantConfig
from core.simulator.person import RosterStatus
from core.simulator.records import Record
from core.simulator.tenant import Tenant

CREATED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    return Tenant(TenantConfig(users=400, created_at=CREATED_AT), clock=CREATED_AT.timestamp)


def record(tenant: Tenant, case: str) -> Record:
    return tenant.record(tenant.find(case).index)


def sign_ins(tenant: Tenant, case: str) -> tuple[str | None, str | None]:
    """The last attempt of any kind, and the last success."""
    seen: dict[str, Any] = record(tenant, case).properties["signInActivity"]
    attempts = [seen["lastSignInDateTime"], seen["lastNonInteractiveSignInDateTime"]]
    return max((one for one in attempts if one), default=None), seen["lastSuccessfulSignInDateTime"]


def held(tenant: Tenant, case: str) -> list[tuple[str, bool]]:
    """Each entry's type and whether it is direct."""
    return [(one["skuId"], one["assignedByGroup"] is None) for one in record(tenant, case).states]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("inactive", [(catalog.E3, True)]),
        ("group_only", [(catalog.E3, False)]),
        ("direct_and_group", [(catalog.E3, True), (catalog.E3, False)]),
        ("two_groups", [(catalog.E3, False), (catalog.E3, False)]),
        ("duplicate_with_group", [(catalog.E3, True), (catalog.E5, False)]),
        ("several_licenses_by_group", [(catalog.E3, True), (catalog.PROJECT, False), (catalog.VISIO, False)]),
        ("unlicensed", []),
    ],
)
def test_a_case_holds_its_licenses(tenant: Tenant, case: str, expected: list[tuple[str, bool]]) -> None:
    assert held(tenant, case) == expected


def test_an_attacked_account_was_tried_lately_and_entered_long_ago(tenant: Tenant) -> None:
    attempt, success = sign_ins(tenant, "attacked_disabled")
    assert attempt is not None
    assert success is not None
    assert success < "2026-05-01"
    assert attempt > "2026-10-30"
    assert record(tenant, "attacked_disabled").properties["accountEnabled"] is False


@pytest.mark.parametrize("case", ["failed_sign_ins_only", "before_success_was_recorded"])
def test_some_were_tried_but_never_entered(tenant: Tenant, case: str) -> None:
    attempt, success = sign_ins(tenant, case)
    assert attempt is not None
    assert success is None


def test_sign_ins_before_successes_were_recorded_are_that_old(tenant: Tenant) -> None:
    attempt, _ = sign_ins(tenant, "before_success_was_recorded")
    assert attempt is not None
    assert attempt < "2023-12-01"


@pytest.mark.parametrize("case", ["never_active", "unknown", "reports_only", "new_starter"])
def test_some_have_no_sign_in_activity_at_all(tenant: Tenant, case: str) -> None:
    assert "signInActivity" not in record(tenant, case).properties


def test_some_tenants_write_the_year_one_for_never(tenant: Tenant) -> None:
    assert sign_ins(tenant, "year_one_dates") == ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")


def test_an_error_holds_no_license(tenant: Tenant) -> None:
    waiting = record(tenant, "count_violation")
    assert (waiting.states[0]["state"], waiting.states[0]["error"]) == ("Error", "CountViolation")
    assert waiting.properties["assignedLicenses"] == []


def test_no_error_is_written_as_none_or_as_nothing(tenant: Tenant) -> None:
    assert record(tenant, "null_error").states[0]["error"] is None
    assert record(tenant, "inactive").states[0]["error"] == "None"


@pytest.mark.parametrize(
    ("case", "name", "value"),
    [
        ("guest", "userType", "Guest"),
        ("no_usage_location", "usageLocation", None),
        ("restricted_unit", "isManagementRestricted", True),
        ("disabled", "accountEnabled", False),
        ("hr_left_disabled", "accountEnabled", False),
        ("synced_person", "onPremisesSyncEnabled", True),
        ("was_synced", "onPremisesSyncEnabled", False),
        ("reports_only", "createdDateTime", None),
        ("sparse_profile", "department", None),
        ("new_starter", "createdDateTime", "2026-10-22T09:30:00Z"),
        ("formula_name", "displayName", "=1+1 Plus Events"),
    ],
)
def test_a_case_has_its_property(tenant: Tenant, case: str, name: str, value: object) -> None:
    assert record(tenant, case).properties[name] == value


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ("hr_left", RosterStatus.INACTIVE),
        ("hr_future_leaver", RosterStatus.INACTIVE),
        ("on_leave", RosterStatus.ON_LEAVE),
        ("not_in_roster", RosterStatus.ABSENT),
        ("inactive", RosterStatus.ACTIVE),
    ],
)
def test_human_resources_know_a_case_by_its_status(tenant: Tenant, case: str, status: RosterStatus) -> None:
    assert record(tenant, case).roster.status is status


def test_conflicting_plans_are_off_beside_each_other(tenant: Tenant) -> None:
    states = record(tenant, "duplicate_e1_e3").states
    e1 = next(one for one in states if one["skuId"] == catalog.OFFICE_E1)
    names = {plan.id: plan.name for plan in catalog.license_types()[catalog.OFFICE_E1].plans}
    assert {names[plan] for plan in e1["disabledPlans"]} == {"EXCHANGE_S_STANDARD", "SHAREPOINTSTANDARD"}
