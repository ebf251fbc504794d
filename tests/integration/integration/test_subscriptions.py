"""Renewal dates are a source of their own: whatever becomes of them, the license types are read."""

from core.integration.subscriptions import NO_PERMISSION
from core.simulator import catalog
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.faults import FaultKind
from core.store.tables import IntegrationTask, LicenseType, Subscription
from tests.support.syncing import Syncing

TYPES = IntegrationTask.DIFFERENTIATION


def test_subscriptions_are_kept_with_seats_renewal_and_trial(tenant: Syncing) -> None:
    (run,) = tenant.run(TYPES)
    assert run.status == "succeeded"
    kept = tenant.rows(Subscription)
    assert run.counts["subscriptions"] == len(kept) > 10
    e3 = [each for each in kept if each.sku_id == catalog.E3]
    (owned,) = (each for each in tenant.rows(LicenseType) if each.sku_id == catalog.E3)
    assert sum(each.total_licenses for each in e3) == owned.enabled
    assert len({each.next_lifecycle_at for each in e3}) == 2
    assert [each.sku_id for each in kept if each.trial] == [catalog.ENTRA_P2]
    (free,) = (each for each in kept if each.sku_id == catalog.FLOW_FREE)
    assert free.next_lifecycle_at is None
    assert tenant.source("subscriptions").status == "available"


def test_reading_them_again_leaves_no_old_ones(tenant: Syncing) -> None:
    tenant.run(TYPES)
    before = {each.subscription_id for each in tenant.rows(Subscription)}
    tenant.run(TYPES)
    assert {each.subscription_id for each in tenant.rows(Subscription)} == before


def test_without_the_permission_only_they_are_missing_and_the_last_ones_stay(tenant: Syncing) -> None:
    tenant.run(TYPES)
    kept = len(tenant.rows(Subscription))
    tenant.simulator.set_conditions(
        permissions=(DEFAULT_PERMISSIONS - {"Organization.Read.All"}) | {"LicenseAssignment.Read.All"}
    )
    (run,) = tenant.run(TYPES)
    assert (run.status, run.error) == ("succeeded", None)
    source = tenant.source("subscriptions")
    assert (source.status, source.detail) == ("missing", NO_PERMISSION)
    assert source.read_at is not None
    assert len(tenant.rows(Subscription)) == kept
    assert tenant.source("license_types").status == "available"


def test_where_reading_them_fails_the_run_is_partial_and_says_so(tenant: Syncing) -> None:
    tenant.run(TYPES)
    kept = len(tenant.rows(Subscription))
    tenant.simulator.faults.add(FaultKind.ERROR, path="directory/subscriptions", times=None, status=500)
    (run,) = tenant.run(TYPES)
    assert run.status == "partial"
    assert run.error is not None
    assert run.error.startswith("The subscriptions could not be read")
    assert tenant.source("subscriptions").status == "failed"
    assert len(tenant.rows(Subscription)) == kept
