"""Which license types of one person another type of theirs covers. Rules only, no I/O.

A type is covered by *one* other type: several that only together provide its plans are left alone, because
then no single check could tell that nothing in use is lost. Of types that cover each other one is kept, the
same one every time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.reclamation.plan_tiers import covers
from core.spend.money import Money

WITHOUT_ERROR: Final = "Active"
"""The only one of Graph's states in which a license counts as held without error (contract §4.2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldType:
    """A license type as one person holds it.

    `plans`: its service plans less those that are switched off for this person; empty where no plan of the
    type is known. `removable`: held directly and by no group. `state`: Graph's word. `usable`: the type is
    neither suspended nor locked out. `lasting`: nothing says that it ends soon: no grace period, no trial,
    not bought by the person. `worthless`: free, so that giving it up saves nothing. `annual`: of a seat.
    """

    sku_id: str
    name: str
    plans: frozenset[str]
    removable: bool
    state: str
    usable: bool = True
    lasting: bool = True
    worthless: bool = False
    annual: Money | None = None

    @property
    def may_cover(self) -> bool:
        """Held without error, of a type that is in force."""
        return self.usable and self.state == WITHOUT_ERROR


@dataclass(frozen=True, kw_only=True, slots=True)
class Cover:
    """The type that covers another one. `lasting`: nothing says that it ends soon."""

    sku_id: str
    name: str
    lasting: bool


def find_duplicates(held: Sequence[HeldType]) -> Mapping[str, Cover]:
    """The covered types of one person, by SKU id, each with the type that covers it and is itself kept."""
    found: dict[str, list[HeldType]] = {}
    for each in held:
        over = [other for other in held if _takes_the_place_of(other, each)]
        if over and not each.worthless:
            found[each.sku_id] = over
    covered = {}
    for sku_id, over in found.items():
        kept = [other for other in over if other.sku_id not in found]
        if kept:
            best = min(kept, key=lambda other: (not other.lasting, _kept_first(other)))
            covered[sku_id] = Cover(sku_id=best.sku_id, name=best.name, lasting=best.lasting)
    return covered


def explain_cover(cover: Cover) -> str:
    """Why the license could go, as a sentence."""
    return f"{cover.name}, which the user holds too, provides every service of it that is switched on."


def _takes_the_place_of(other: HeldType, each: HeldType) -> bool:
    if other.sku_id == each.sku_id or not other.may_cover or not covers(other.plans, each.plans):
        return False
    mutual = each.may_cover and covers(each.plans, other.plans)
    return not mutual or _kept_first(other) < _kept_first(each)


def _kept_first(held: HeldType) -> tuple[bool, bool, bool, str, Decimal, str]:
    """Kept is what can't be taken directly, else what saves nothing or the least; else the lower SKU id."""
    annual = held.annual
    return (
        held.removable,
        not held.worthless,
        annual is not None,
        annual.currency if annual else "",
        annual.amount if annual else Decimal(0),
        held.sku_id,
    )
