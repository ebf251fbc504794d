"""License Differentiation: which license types the tenant owns, their seats, service plans and renewals."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, update
from sqlmodel import Session, col

from core.activity.evidence import SourceStatus
from core.graph import GraphClient, SubscribedSku
from core.integration.applications import confirm_tenant
from core.integration.catalog import read_names
from core.integration.progress import Progress
from core.integration.sources import SourceName, record_failure, record_source
from core.integration.subscriptions import refresh_subscriptions
from core.spend.free_types import free_types
from core.store.bulk import upsert_rows
from core.store.engine import writing
from core.store.tables import LicenseType, ServicePlan

_TYPE_COLUMNS: Final = (
    "application_id",
    "sku_id",
    "part_number",
    "product_name",
    "applies_to",
    "capability_status",
    "enabled",
    "warning",
    "suspended",
    "locked_out",
    "consumed",
    "free",
    "seen_in",
    "gone_at",
)
_PLAN_COLUMNS: Final = (
    "application_id",
    "sku_id",
    "service_plan_id",
    "name",
    "applies_to",
    "provisioning_status",
)


def run(client: GraphClient, progress: Progress) -> list[str]:
    """Read all license types in one listing and keep them at one stroke; then their subscriptions.

    What is missing, a sentence each: only the subscriptions can be.

    Raises:
        GraphError: it could not be read; what was known before stays.
    """
    with record_failure(progress, SourceName.LICENSE_TYPES):
        confirm_tenant(progress.engine, client, progress.application_id)
        skus = client.list_subscribed_skus()
    progress.count(
        license_types=len(skus), service_plans=sum(len(sku.service_plans) for sku in skus), done=1, expected=1
    )
    with writing(progress.engine) as session:
        _keep(session, progress, skus)
        progress.note(session)
    progress.log(f"License types: {len(skus):,}, with {progress.counts['service_plans']:,} service plans.")
    return refresh_subscriptions(client, progress)


def _keep(session: Session, progress: Progress, skus: Sequence[SubscribedSku]) -> None:
    application_id, now = progress.application_id, progress.clock()
    names = read_names(session)
    upsert_rows(
        session,
        LicenseType,
        _TYPE_COLUMNS,
        [
            (
                application_id,
                sku.sku_id,
                sku.part_number,
                names.product_name(sku.sku_id, sku.part_number),
                sku.applies_to,
                sku.capability_status,
                sku.enabled,
                sku.warning,
                sku.suspended,
                sku.locked_out,
                sku.consumed,
                sku.sku_id in free_types(),
                progress.run_id,
                None,
            )
            for sku in skus
        ],
    )
    session.connection().execute(
        update(LicenseType)
        .where(
            col(LicenseType.application_id) == application_id,
            col(LicenseType.seen_in) != progress.run_id,
            col(LicenseType.gone_at).is_(None),
        )
        .values(gone_at=now)
    )
    session.connection().execute(
        delete(ServicePlan).where(
            col(ServicePlan.application_id) == application_id,
            col(ServicePlan.sku_id).in_([sku.sku_id for sku in skus]),
        )
    )
    upsert_rows(
        session,
        ServicePlan,
        _PLAN_COLUMNS,
        [
            (
                application_id,
                sku.sku_id,
                plan.service_plan_id,
                plan.name,
                plan.applies_to,
                plan.provisioning_status,
            )
            for sku in skus
            for plan in sku.service_plans
        ],
    )
    record_source(session, application_id, SourceName.LICENSE_TYPES, SourceStatus.AVAILABLE, "", read_at=now)
