"""What is the same for all candidates of an application: rules, types, groups, HR roster, exemptions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from core.integration.hr_facts import LatestRoster, latest_roster
from core.integration.overlaps import Overlaps, read_overlaps
from core.integration.rules import Rules, read_rules
from core.policies.sparing import Sparing, read_sparing
from core.reclamation.opportunities import GivingGroup
from core.reclamation.protecting import Protecting, read_protecting
from core.spend.free_types import FreeReason, free_types, self_service_types
from core.store.tables import Group, LicenseType, Purchase


@dataclass(frozen=True, kw_only=True)
class OfferedType:
    """What decides of a license type whether its seats are offered. `priced`: a purchase of today costs."""

    name: str
    free: FreeReason | None
    priced: bool
    for_company: bool
    self_service: bool


@dataclass(frozen=True, kw_only=True)
class OfferContext:
    """What is the same for all candidates of an application."""

    rules: Rules
    types: Mapping[str, OfferedType]
    groups: Mapping[str, Group]
    roster: LatestRoster | None
    sparing: Sparing
    protecting: Protecting
    overlaps: Overlaps

    def giving(self, group_id: str, sku_id: str) -> GivingGroup:
        """A group as the reason why a type is inherited."""
        group = self.groups.get(group_id)
        if group is None:
            return GivingGroup(group_id=group_id)
        others = (self.type_of(other).name for other in group.sku_ids if other != sku_id)
        return GivingGroup(
            group_id=group_id,
            name=group.display_name,
            dynamic=group.dynamic,
            synced=group.synced,
            also_gives=tuple(sorted(others)),
        )

    def type_of(self, sku_id: str) -> OfferedType:
        """A license type; one that the tenant no longer lists goes by its id."""
        return self.types.get(sku_id) or _type(sku_id, sku_id, for_company=False, priced=False)


def read_offer_context(session: Session, application_id: int, today: date) -> OfferContext:
    """What is known now of the application."""
    purchases = session.exec(select(Purchase).where(Purchase.application_id == application_id))
    priced = {
        purchase.sku_id
        for purchase in purchases
        if purchase.cost_per_seat > 0
        and (purchase.starts_on is None or purchase.starts_on <= today)
        and (purchase.ends_on is None or today <= purchase.ends_on)
    }
    types = session.exec(select(LicenseType).where(LicenseType.application_id == application_id))
    groups = session.exec(select(Group).where(Group.application_id == application_id))
    rules = read_rules(session, application_id)
    return OfferContext(
        rules=rules,
        types={
            known.sku_id: _type(
                known.sku_id,
                known.product_name,
                for_company=known.applies_to == "Company",
                priced=known.sku_id in priced,
            )
            for known in types
        },
        groups={group.group_id: group for group in groups},
        roster=latest_roster(session, application_id),
        sparing=read_sparing(session, application_id, today),
        protecting=read_protecting(session, application_id),
        overlaps=read_overlaps(session, application_id, rules, today),
    )


def _type(sku_id: str, name: str, *, for_company: bool, priced: bool) -> OfferedType:
    return OfferedType(
        name=name,
        free=free_types().get(sku_id),
        priced=priced,
        for_company=for_company,
        self_service=sku_id in self_service_types(),
    )
