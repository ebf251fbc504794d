"""License types that nobody pays for, and those that admins can't take back, from `data/`.

Both lists can be edited: they name SKU ids, since part numbers are not unique.
"""

import functools
from collections.abc import Mapping
from enum import StrEnum

from core.reference import read_table


class FreeReason(StrEnum):
    """Why a license type is free."""

    FREE = "free"  # Microsoft asks nothing for it
    VIRAL = "viral"  # people get it by signing up themselves
    TRIAL = "trial"  # free for a time


@functools.lru_cache(maxsize=1)
def free_types() -> Mapping[str, FreeReason]:
    """The free, viral and trial types by SKU id (`data/free_types.csv`). A priced type is never free."""
    return {row["sku_id"]: FreeReason(row["reason"]) for row in read_table("free_types")}


@functools.lru_cache(maxsize=1)
def self_service_types() -> frozenset[str]:
    """SKU ids that people buy for themselves; Microsoft lets no admin unassign them (contract §5.2)."""
    return frozenset(row["sku_id"] for row in read_table("self_service_types"))
