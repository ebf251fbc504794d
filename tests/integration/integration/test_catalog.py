"""A sync gives license types the names of the catalog in force."""

from datetime import UTC, datetime

from core.integration.catalog import load_catalog
from core.simulator import catalog
from core.store.tables import IntegrationTask, LicenseType
from tests.support.catalogs import ROW, catalog_file, shipped_rows
from tests.support.syncing import ADMINISTRATOR, Syncing

TYPES = IntegrationTask.DIFFERENTIATION


def name_of(tenant: Syncing, sku_id: str) -> str:
    return next(row.product_name for row in tenant.rows(LicenseType) if row.sku_id == sku_id)


def test_types_that_no_catalog_knows_go_by_their_part_number_until_one_does(tenant: Syncing) -> None:
    tenant.run(TYPES)
    assert name_of(tenant, catalog.UNKNOWN_TYPE) == "SAFETY_TRAINING_PORTAL"
    row = ("Safety Training", "SAFETY_TRAINING_PORTAL", catalog.UNKNOWN_TYPE, *ROW[3:])
    content = catalog_file([*shipped_rows(renamed={catalog.E3: "Microsoft 365 E3 Plus"}), row])
    load_catalog(tenant.engine, content, file_name="names.csv", actor=ADMINISTRATOR, now=datetime.now(UTC))
    tenant.run(TYPES)
    assert name_of(tenant, catalog.UNKNOWN_TYPE) == "Safety Training"
    assert name_of(tenant, catalog.E3) == "Microsoft 365 E3 Plus"
    assert name_of(tenant, catalog.E5) == "Microsoft 365 E5"
