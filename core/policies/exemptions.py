"""Whom an exemption spares. Rules only, no I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class ExemptionKind(StrEnum):
    """What is exempt; the more specific ones first."""

    PERSON = "person"  # every license of one account
    GROUP = "group"  # every license of those who hold one through the group
    DEPARTMENT = "department"  # every license of the people in it
    LICENSE_TYPE = "license_type"  # this license type, whoever holds it

    @property
    def label(self) -> str:
        """The words that people see."""
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, kw_only=True, slots=True)
class Exemption:
    """An exemption that was not lifted. `target`: id of the user, group or type, or the department's name.

    `expires_on` is the last day on which it holds; None where it holds until it is lifted.
    """

    kind: ExemptionKind
    target: str
    target_name: str
    reason: str
    expires_on: date | None
    author: str
    created_at: datetime

    def in_force(self, today: date) -> bool:
        """Whether it holds on this day."""
        return self.expires_on is None or today <= self.expires_on

    @property
    def sentence(self) -> str:
        """What a person reads who wonders why a license is left alone."""
        who = (
            "The person"
            if self.kind is ExemptionKind.PERSON
            else f"The {self.kind.label.lower()} {self.target_name}"
        )
        until = "until it is lifted" if self.expires_on is None else f"until {self.expires_on}"
        reason = self.reason.rstrip(".")
        return f"{who} is exempt {until}: {reason} ({self.author}, {self.created_at.date()})."


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatFacts:
    """Who holds what: all that an exemption asks for.

    `group_ids`: the groups that give the person any license. Other memberships are not known.
    """

    user_id: str
    sku_id: str
    department: str | None = None
    group_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """The exemptions that hold on a day, ready to be asked for many seats."""

    by_target: Mapping[tuple[ExemptionKind, str], Exemption] = field(default_factory=dict)


def in_force(exemptions: Iterable[Exemption], today: date) -> InForce:
    """Those that hold on this day; of several with the same target, the one that holds longest."""
    found: dict[tuple[ExemptionKind, str], Exemption] = {}
    for each in exemptions:
        if each.in_force(today):
            key = each.kind, target_key(each.kind, each.target)
            found[key] = max(found.get(key, each), each, key=_holds_until)
    return InForce(by_target=found)


def exempt_by(exemptions: InForce, seat: SeatFacts) -> Exemption | None:
    """The exemption that spares a seat, or None. Of several, the most specific one."""
    if not exemptions.by_target:
        return None
    targets = [(ExemptionKind.PERSON, seat.user_id)]
    targets += [(ExemptionKind.GROUP, group_id) for group_id in sorted(seat.group_ids)]
    if seat.department:
        targets.append((ExemptionKind.DEPARTMENT, seat.department))
    targets.append((ExemptionKind.LICENSE_TYPE, seat.sku_id))
    matches = (exemptions.by_target.get((kind, target_key(kind, target))) for kind, target in targets)
    return next((match for match in matches if match is not None), None)


def target_key(kind: ExemptionKind, target: str) -> str:
    """A target as it is compared: ids as they are, departments whatever their case and outer spaces."""
    return target.strip().casefold() if kind is ExemptionKind.DEPARTMENT else target


def _holds_until(exemption: Exemption) -> date:
    return exemption.expires_on or date.max
