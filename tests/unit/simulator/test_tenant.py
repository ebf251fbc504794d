from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.simulator import catalog
from core.simulator.config import Conditions, TenantConfig
from core.simulator.directory import Directory
from core.simulator.tenant import Tenant

CREATED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = CREATED_AT.timestamp()

    def __call__(self) -> float:
        return self.now


def make_tenant(clock: Clock, state: Path | None = None, **config: object) -> Tenant:
    settings = TenantConfig(users=400, created_at=CREATED_AT, **config)  # type: ignore[arg-type]
    return Tenant(settings, state, clock=clock)


def last_seen(tenant: Tenant, case: str) -> str:
    seen = tenant.record(tenant.find(case).index).properties["signInActivity"]
    return str(seen["lastSuccessfulSignInDateTime"])


def test_dates_count_back_from_the_creation() -> None:
    assert last_seen(make_tenant(Clock()), "inactive") == "2026-06-04T09:30:00Z"


def test_people_who_keep_working_move_on_with_the_days() -> None:
    clock = Clock()
    tenant = make_tenant(clock, people_keep_working=True)
    active, inactive = last_seen(tenant, "active"), last_seen(tenant, "inactive")
    clock.now += timedelta(days=40, hours=5).total_seconds()
    tenant.refresh()
    assert active == "2026-10-30T21:30:00Z"
    assert last_seen(tenant, "active") == "2026-12-09T21:30:00Z"
    assert last_seen(tenant, "inactive") == inactive


def test_people_stay_where_they_are_unless_they_keep_working() -> None:
    clock = Clock()
    tenant = make_tenant(clock)
    active = last_seen(tenant, "active")
    clock.now += timedelta(days=40).total_seconds()
    tenant.refresh()
    assert last_seen(tenant, "active") == active


def test_a_write_is_seen_when_the_lag_is_over() -> None:
    clock = Clock()
    tenant = make_tenant(clock, conditions=Conditions(replica_lag=120))
    index = tenant.find("inactive").index
    with tenant.state.transaction():
        tenant.write(index, {"states": []})
    assert tenant.record(index, latest=True).states == []
    assert len(tenant.record(index).states) == 1
    clock.now += 121
    assert tenant.record(index).states == []


def test_writes_overtake_none_of_each_other() -> None:
    clock = Clock()
    tenant = make_tenant(clock, conditions=Conditions(replica_lag=100))
    index = tenant.find("inactive").index
    for department in ("first", "second", "third"):
        with tenant.state.transaction():
            tenant.write(index, {"fields": {"department": department}})
        clock.now += 60
    assert tenant.record(index).properties["department"] == "second"
    assert tenant.record(index, latest=True).properties["department"] == "third"
    clock.now += 50
    assert tenant.record(index).properties["department"] == "third"


def test_a_failed_transaction_leaves_nothing() -> None:
    tenant = make_tenant(Clock())
    index = tenant.find("inactive").index

    def fail() -> None:
        with tenant.state.transaction():
            tenant.write(index, {"states": []})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert len(tenant.record(index, latest=True).states) == 1
    assert tenant.state.accounts == []


def test_seats_are_counted_as_the_people_hold_them() -> None:
    tenant = make_tenant(Clock())
    by_hand = sum(
        license_["skuId"] == catalog.E3
        for index in range(400)
        for license_ in tenant.record(index).properties["assignedLicenses"]
    )
    assert tenant.consumed()[catalog.E3] == by_hand


def test_seats_of_a_large_tenant_are_counted_by_repetition() -> None:
    config = TenantConfig(users=10_030, created_at=CREATED_AT)
    directory = Directory(config, CREATED_AT)
    by_hand = sum(
        license_["skuId"] == catalog.E3
        for index in range(config.users)
        for license_ in directory.record(index).properties["assignedLicenses"]
    )
    assert directory.consumed()[catalog.E3] == by_hand


def test_every_account_of_a_large_tenant_is_found_by_its_names() -> None:
    directory = Directory(TenantConfig(users=12_000, created_at=CREATED_AT), CREATED_AT)
    for index in range(0, 12_000, 37):
        properties = directory.properties(index)
        assert directory.index_of(properties["id"]) == index
        assert directory.index_of(properties["userPrincipalName"]) == index


@pytest.mark.parametrize("identifier", ["nobody@contoso.example", "a.b.999@contoso.example", "", "x"])
def test_an_unknown_name_leads_nowhere(identifier: str) -> None:
    assert Directory(TenantConfig(users=50), CREATED_AT).index_of(identifier) is None


def test_an_account_beyond_the_tenant_is_not_found() -> None:
    large = Directory(TenantConfig(users=100), CREATED_AT)
    small = Directory(TenantConfig(users=50), CREATED_AT)
    assert small.index_of(large.id_of(70)) is None


def test_a_small_tenant_says_which_cases_it_lacks() -> None:
    tenant = Tenant(TenantConfig(users=20, created_at=CREATED_AT), clock=Clock())
    assert tenant.find("active").index == 3
    with pytest.raises(LookupError, match="a tenant of 20 people has nobody for 'unlicensed'"):
        tenant.find("unlicensed")


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"users": 0}, "at least one user"), ({"created_at": CREATED_AT.replace(tzinfo=None)}, "time zone")],
)
def test_a_tenant_that_cannot_be_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TenantConfig(**changes)  # type: ignore[arg-type]
