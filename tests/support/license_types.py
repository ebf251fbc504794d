"""A few license types on record, two of which share a part number, and counted seats."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from core.spend.grouping import WHOLE, Grouping
from core.store.engine import writing
from core.store.tables import AssignmentRollup, LicenseType

E3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
E5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
FLOW = "f30db892-07e9-47e9-837c-80727f46fd3d"
TWIN_A = "0000000a-0000-4000-8000-000000000000"
TWIN_B = "0000000b-0000-4000-8000-000000000000"
OLD = "0000000c-0000-4000-8000-000000000000"
GONE_AT = datetime(2026, 6, 1, tzinfo=UTC)

NAMES = {
    E3: ("SPE_E3", "Microsoft 365 E3"),
    E5: ("SPE_E5", "Microsoft 365 E5"),
    FLOW: ("FLOW_FREE", "Microsoft Power Automate Free"),
    TWIN_A: ("TWIN", "Twin A"),
    TWIN_B: ("TWIN", "Twin B"),
    OLD: ("OLD_PLAN", "Old plan"),
}


def keep_license_types(engine: Engine, application_id: int = 1, *, seats: int = 100) -> None:
    """Each type with that many seats; Old plan is gone from the tenant, Power Automate is free."""
    with writing(engine) as session:
        for sku_id, (part_number, product_name) in NAMES.items():
            session.add(
                LicenseType(
                    application_id=application_id,
                    sku_id=sku_id,
                    part_number=part_number,
                    product_name=product_name,
                    applies_to="User",
                    capability_status="Enabled",
                    enabled=seats,
                    warning=0,
                    suspended=0,
                    locked_out=0,
                    consumed=0,
                    free=sku_id == FLOW,
                    seen_in=1,
                    gone_at=GONE_AT if sku_id == OLD else None,
                )
            )


def count_seats(
    engine: Engine,
    sku_id: str,
    status: str,
    seats: int,
    *,
    department: str = "Sales",
    country: str = "Germany",
    cost_center: str = "",
    reclaimable: int = 0,
) -> None:
    """Add to how many seats of the first application's type are in a status."""
    groups = {WHOLE: "", Grouping.DEPARTMENT: department, Grouping.COUNTRY: country, Grouping.COMPANY: ""}
    groups |= {Grouping.COST_CENTER: cost_center, Grouping.MANAGER: ""}
    with writing(engine) as session:
        for dimension, value in groups.items():
            key = (1, str(dimension), value, sku_id, status)
            row = session.get(AssignmentRollup, key) or AssignmentRollup(
                application_id=1,
                dimension=str(dimension),
                value=value,
                sku_id=sku_id,
                activity_status=status,
                seats=0,
                reclaimable=0,
            )
            row.seats += seats
            row.reclaimable += reclaimable
            session.add(row)
