"""Which service plans take the place of others: the same plan, or a higher tier of its family.

The table is `data/plan_tiers.csv`: families of plans, each with its tier and the source that says so, and
under `ignored` the plans without value of their own, which every second license type carries. A plan without
a row is taken by itself alone. Rules only, no I/O but the table that ships.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from core.reference import read_table

IGNORED: Final = "ignored"
"""What the table calls the plans that nobody would miss."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tier:
    """A plan's place in its family; a higher number provides all that a lower one does."""

    family: str
    number: int


@functools.lru_cache(maxsize=1)
def plan_tiers() -> Mapping[str, Tier]:
    """The place of each plan that has one, by service plan id."""
    return {
        row["service_plan_id"]: Tier(family=row["family"], number=int(row["tier"]))
        for row in read_table("plan_tiers")
        if row["family"] != IGNORED
    }


@functools.lru_cache(maxsize=1)
def plans_without_value() -> frozenset[str]:
    """The plans that say nothing about what a license type is worth."""
    return frozenset(row["service_plan_id"] for row in read_table("plan_tiers") if row["family"] == IGNORED)


def with_value(plan_ids: Iterable[str]) -> frozenset[str]:
    """These plans without those that have no value of their own."""
    return frozenset(plan_ids) - plans_without_value()


def uncovered(needed: Iterable[str], provided: Iterable[str]) -> frozenset[str]:
    """The plans of value that neither are provided nor have a higher tier of their family provided.

    Args:
        needed: service plan ids, lower-case GUIDs: those that are switched on.
        provided: the same, of what is to take their place.
    """
    given = frozenset(provided)
    missing = with_value(needed) - given
    if not missing:
        return missing
    tiers = plan_tiers()
    highest: dict[str, int] = {}
    for plan_id in given:
        tier = tiers.get(plan_id)
        if tier is not None and tier.number > highest.get(tier.family, 0):
            highest[tier.family] = tier.number
    return frozenset(plan_id for plan_id in missing if not _superseded(tiers.get(plan_id), highest))


@functools.lru_cache(maxsize=65536)
def covers(provided: frozenset[str], needed: frozenset[str]) -> bool:
    """Whether nothing of value among the needed plans would be missed. Nothing needed is nothing covered."""
    return bool(with_value(needed)) and not uncovered(needed, provided)


def _superseded(tier: Tier | None, highest: Mapping[str, int]) -> bool:
    return tier is not None and highest.get(tier.family, 0) > tier.number
