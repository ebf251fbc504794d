"""Reads through which groups people inherit licenses, what leaving costs them, and what owners must do."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from core.exports import Cell, Column, Kind
from core.reclamation.chosen import Seat, parts
from core.reclamation.memberships import Advice, GroupFacts, advice_on
from core.store.tables import Assignment, AssignmentGroup, Group, LicenseType, User


@dataclass(frozen=True, kw_only=True, slots=True)
class InheritedSeat:
    """One seat through one of the groups that give it.

    `direct`: it is assigned directly as well. `other_groups`: names of further groups that give it. `loses`:
    other license types that leaving the group would take from the person; `keeps`: those that the group gives
    too, and the person also holds otherwise. `lost_types`: SKU ids of all that goes, this type among them
    where leaving frees its seat.
    """

    group: GroupFacts
    user_id: str
    user_principal_name: str
    display_name: str
    sku_id: str
    license_type: str
    part_number: str
    direct: bool
    other_groups: tuple[str, ...]
    loses: tuple[str, ...]
    keeps: tuple[str, ...]
    lost_types: tuple[str, ...]

    @property
    def advice(self) -> Advice:
        """Whether the person can be taken out of the group, and what to do where not."""
        return advice_on(self.group)

    @property
    def frees_seat(self) -> bool:
        """Whether leaving this group alone would free the seat."""
        return not self.direct and not self.other_groups

    @property
    def to_do(self) -> str:
        """What the owner of the group has to do, and what else it takes to free the seat."""
        also = [f"the group {name}" for name in self.other_groups]
        if self.direct:
            also.append("the direct assignment")
        if not also:
            return self.advice.to_do
        return f"{self.advice.to_do} That alone frees no seat: {' and '.join(also)} must go as well."


WORK_LIST_COLUMNS: Final = (
    Column(name="group"),
    Column(name="group_id"),
    Column(name="group_type"),
    Column(name="display_name"),
    Column(name="user_principal_name"),
    Column(name="user_id"),
    Column(name="license_type"),
    Column(name="part_number"),
    Column(name="what_to_do"),
    Column(name="frees_seat", kind=Kind.BOOLEAN),
    Column(name="also_loses"),
)
"""Columns of the work list for whoever owns the groups, for `work_list_cells`."""


def inherited_seats(session: Session, application_id: int, seats: Sequence[Seat]) -> list[InheritedSeat]:
    """Those of the seats that groups give, once for each of the groups; by group, person and license type."""
    groups = _groups(session, application_id)
    types = {
        each.sku_id: each
        for each in session.scalars(
            select(LicenseType).where(col(LicenseType.application_id) == application_id)
        )
    }
    found: list[InheritedSeat] = []
    for part in parts(seats):
        found += _of_people(session, application_id, set(part), groups, types)
    return sorted(found, key=_order)


def work_list_cells(row: InheritedSeat) -> tuple[Cell, ...]:
    """A row's cells, in the order of `WORK_LIST_COLUMNS`."""
    return (
        row.group.name,
        row.group.group_id,
        row.group.kind,
        row.display_name,
        row.user_principal_name,
        row.user_id,
        row.license_type,
        row.part_number,
        row.to_do,
        row.frees_seat,
        ", ".join(row.loses),
    )


def _order(row: InheritedSeat) -> tuple[str, ...]:
    return (
        row.group.name.casefold(),
        row.group.group_id,
        row.display_name.casefold(),
        row.user_id,
        row.license_type,
    )


def _groups(session: Session, application_id: int) -> dict[str, GroupFacts]:
    rows = session.scalars(select(Group).where(col(Group.application_id) == application_id))
    return {
        row.group_id: GroupFacts(
            group_id=row.group_id,
            name=row.display_name or row.group_id,
            dynamic=row.dynamic,
            synced=row.synced,
            role_assignable=row.role_assignable,
            mail_enabled=row.mail_enabled,
            security_enabled=row.security_enabled,
            unified=row.unified,
        )
        for row in rows
    }


def _of_people(
    session: Session,
    application_id: int,
    seats: set[Seat],
    groups: Mapping[str, GroupFacts],
    types: Mapping[str, LicenseType],
) -> Iterator[InheritedSeat]:
    user_ids = {user_id for user_id, _ in seats}
    held = _held(session, application_id, user_ids)
    people = select(User).where(col(User.application_id) == application_id, col(User.user_id).in_(user_ids))
    for user in session.scalars(people):
        types_of = held[user.user_id]
        for sku_id, source in types_of.items():
            if (user.user_id, sku_id) not in seats:
                continue
            for group_id in source.group_ids:
                besides = {
                    _name(types, other): each.direct or len(each.group_ids) > 1
                    for other, each in types_of.items()
                    if other != sku_id and group_id in each.group_ids
                }
                further = (_group(groups, each).name for each in source.group_ids if each != group_id)
                yield InheritedSeat(
                    group=_group(groups, group_id),
                    user_id=user.user_id,
                    user_principal_name=user.user_principal_name,
                    display_name=user.display_name,
                    sku_id=sku_id,
                    license_type=_name(types, sku_id),
                    part_number=types[sku_id].part_number if sku_id in types else sku_id,
                    direct=source.direct,
                    other_groups=tuple(sorted(further)),
                    loses=tuple(sorted(each for each, otherwise in besides.items() if not otherwise)),
                    keeps=tuple(sorted(each for each, otherwise in besides.items() if otherwise)),
                    lost_types=tuple(
                        sorted(
                            other
                            for other, each in types_of.items()
                            if not each.direct and each.group_ids == [group_id]
                        )
                    ),
                )


@dataclass(slots=True)
class _HeldBy:
    """How a person holds a license type."""

    direct: bool = False
    group_ids: list[str] = field(default_factory=list)


def _held(session: Session, application_id: int, user_ids: set[str]) -> dict[str, dict[str, _HeldBy]]:
    """By user id and SKU id."""
    found: dict[str, dict[str, _HeldBy]] = {user_id: defaultdict(_HeldBy) for user_id in user_ids}
    direct = select(col(Assignment.user_id), col(Assignment.sku_id)).where(
        col(Assignment.application_id) == application_id,
        col(Assignment.user_id).in_(user_ids),
        col(Assignment.direct).is_(True),
    )
    for user_id, sku_id in session.connection().execute(direct):
        found[user_id][sku_id].direct = True
    giving = select(
        col(AssignmentGroup.user_id), col(AssignmentGroup.sku_id), col(AssignmentGroup.group_id)
    ).where(col(AssignmentGroup.application_id) == application_id, col(AssignmentGroup.user_id).in_(user_ids))
    for user_id, sku_id, group_id in session.connection().execute(giving):
        found[user_id][sku_id].group_ids.append(group_id)
    return found


def _name(types: Mapping[str, LicenseType], sku_id: str) -> str:
    return types[sku_id].product_name if sku_id in types else sku_id


def _group(groups: Mapping[str, GroupFacts], group_id: str) -> GroupFacts:
    return groups.get(group_id) or GroupFacts(group_id=group_id, name=group_id, known=False)
