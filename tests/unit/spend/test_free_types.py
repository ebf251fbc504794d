"""The lists of free and of self-service-purchased license types."""

import pytest

from core.reference import read_table
from core.spend.free_types import FreeReason, free_types, self_service_types

FLOW_FREE = "f30db892-07e9-47e9-837c-80727f46fd3d"
TEAMS_EXPLORATORY = "710779e8-3d4a-4c88-adb9-386c958d1fdf"
POWERAPPS_VIRAL = "dcb1a3ae-b33f-4487-846a-a640262fadf4"
DYN365_RETAIL_TRIAL = "1508ad2d-5802-44e6-bfe8-6fb65de63d28"
POWER_BI_PRO_DEPT = "3a6a908c-09c5-406a-8170-8ebb63c42882"


@pytest.mark.parametrize(
    ("sku_id", "reason"),
    [
        (FLOW_FREE, FreeReason.FREE),
        (TEAMS_EXPLORATORY, FreeReason.VIRAL),
        (POWERAPPS_VIRAL, FreeReason.VIRAL),
        (DYN365_RETAIL_TRIAL, FreeReason.TRIAL),
    ],
)
def test_well_known_free_types_are_listed_with_their_reason(sku_id: str, reason: FreeReason) -> None:
    assert free_types()[sku_id] is reason


def test_no_type_with_a_list_price_is_called_free() -> None:
    assert not free_types().keys() & {row["sku_id"] for row in read_table("list_prices_usd")}


def test_departmental_types_are_bought_by_people_themselves() -> None:
    assert POWER_BI_PRO_DEPT in self_service_types()


@pytest.mark.parametrize("table", ["free_types", "self_service_types"])
def test_every_row_names_a_published_type(table: str) -> None:
    published = {(row["sku_id"], row["sku_part_number"]) for row in read_table("skus")}
    assert {(row["sku_id"], row["part_number"]) for row in read_table(table)} <= published
