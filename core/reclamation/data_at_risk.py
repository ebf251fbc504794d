"""What taking some licenses back destroys, and when, counted over people."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.reclamation.chosen import Seat
from core.reclamation.consequences import Consequence, Loss, losses
from core.reclamation.duplicates import WITHOUT_ERROR
from core.reclamation.licenses import HeldLicense


@dataclass(frozen=True, kw_only=True, slots=True)
class AtRisk:
    """Something that goes, and for how many people."""

    loss: Loss
    people: int


def data_at_risk(
    going: Iterable[Seat],
    held: Mapping[str, tuple[HeldLicense, ...]],
    plans: Mapping[str, frozenset[str]],
) -> tuple[AtRisk, ...]:
    """What goes with these seats, the most irrevocable first.

    What another license of the person still provides, one that is held without error and stays, does not go.

    Args:
        going: user id and SKU id of each seat.
        held: all licenses of these people, by user id.
        plans: service plans of each type, by SKU id.
    """
    by_user: dict[str, set[str]] = {}
    for user_id, sku_id in going:
        by_user.setdefault(user_id, set()).add(sku_id)
    people: Counter[Loss] = Counter()
    for user_id, types in by_user.items():
        licenses = held.get(user_id, ())
        taken = _plans_of((each for each in licenses if each.sku_id in types), plans)
        stays = (each for each in licenses if each.sku_id not in types and each.state == WITHOUT_ERROR)
        people.update(losses(taken, _plans_of(stays, plans)))
    order = list(Consequence)
    found = sorted(people, key=lambda loss: order.index(loss.consequence))
    return tuple(AtRisk(loss=loss, people=people[loss]) for loss in found)


def _plans_of(licenses: Iterable[HeldLicense], plans: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(
        plan_id
        for each in licenses
        for plan_id in plans.get(each.sku_id, frozenset()).difference(each.disabled_plans)
    )
