"""Exempts people and license types from reclamation, lifts exemptions, and finds whom they spare."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Engine, Select, literal, select, update
from sqlmodel import Session, col

from core.policies.assessing import ask_assessment
from core.policies.exemptions import Exemption, ExemptionKind, InForce, in_force, target_key
from core.rights import Actor, Role, require
from core.store.bulk import table_of
from core.store.engine import writing
from core.store.search import contains
from core.store.tables import Application, AssignmentGroup, Group, LicenseType, User
from core.store.tables import Exemption as ExemptionRow

LONGEST_REASON: Final = 500
OFFERED: Final = 50
"""Targets that a search finds at most."""

_EXEMPTIONS: Final = table_of(ExemptionRow)


class ExemptionRefused(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """Nothing was changed. The message says why and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What could be exempted. `detail` tells those with the same name apart."""

    id: str
    name: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedExemption:
    """An exemption with its number and how it stands, as people see it."""

    id: int
    exemption: Exemption
    lifted_at: datetime | None
    lifted_by: str | None

    def holds(self, today: date) -> bool:
        """Whether it spares anybody on this day."""
        return self.lifted_at is None and self.exemption.in_force(today)


def exempt(
    engine: Engine,
    application_id: int,
    *,
    kind: ExemptionKind,
    target: str,
    reason: str,
    expires_on: date | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Spare somebody, or a license type, from now on; the number of the exemption.

    Args:
        engine: the product's database.
        application_id: the application.
        kind: what is exempt.
        target: id of the user, group or license type; the name of the department.
        reason: owed, for those who wonder later.
        expires_on: the last day on which it holds; None: until it is lifted.
        actor: who exempts.
        now: this moment.

    Raises:
        RightRefused: the actor is no operator.
        ExemptionRefused: the reason is missing, the day is over, there is no such target, or it is exempt.
    """
    require(actor, Role.OPERATOR)
    reason = " ".join(reason.split())
    if not reason:
        raise ExemptionRefused("an exemption needs a reason: say why these licenses are left alone")
    if len(reason) > LONGEST_REASON:
        raise ExemptionRefused(
            f"the reason has {len(reason)} characters; {LONGEST_REASON} are the most: shorten it"
        )
    if expires_on is not None and expires_on < now.date():
        raise ExemptionRefused(f"{expires_on} is over: choose today or a later day, or none")
    with writing(engine) as session:
        # Of two at once for the same target, the second one finds the first. SQLite sees to it anyway.
        session.connection().execute(
            select(col(Application.id)).where(col(Application.id) == application_id).with_for_update()
        )
        found = find_target(session, application_id, kind, target)
        if found is None:
            raise ExemptionRefused(
                f"no {kind.label.lower()} {target!r} is known, as far as the last sync shows: choose another"
            )
        _refuse_twice(session, application_id, kind, found, now.date())
        row = ExemptionRow(
            application_id=application_id,
            kind=kind.value,
            target=found.id,
            target_name=found.name,
            reason=reason,
            expires_on=expires_on,
            created_at=now,
            created_by=actor.name,
        )
        session.add(row)
        session.flush()
        ask_assessment(session, application_id, now)
        assert row.id is not None  # noqa: S101 - the flush has given it
        return row.id


def lift(engine: Engine, application_id: int, exemption_id: int, *, actor: Actor, now: datetime) -> None:
    """End an exemption. It stays on record.

    Raises:
        RightRefused: the actor is no operator.
        ExemptionRefused: there is no such exemption, or it was lifted before.
    """
    require(actor, Role.OPERATOR)
    with writing(engine) as session:
        lifted = session.connection().execute(
            update(_EXEMPTIONS)
            .where(
                _EXEMPTIONS.c.id == exemption_id,
                _EXEMPTIONS.c.application_id == application_id,
                _EXEMPTIONS.c.lifted_at.is_(None),
            )
            .values(lifted_at=now, lifted_by=actor.name)
        )
        if lifted.rowcount != 1:
            raise ExemptionRefused(f"there is no exemption {exemption_id} to lift: it was lifted before")
        ask_assessment(session, application_id, now)


def list_exemptions(session: Session, application_id: int) -> list[ListedExemption]:
    """All exemptions that ever were, the newest first."""
    query = select(ExemptionRow).where(col(ExemptionRow.application_id) == application_id)
    rows = session.scalars(query.order_by(col(ExemptionRow.id).desc()))
    return [
        ListedExemption(
            id=row.id or 0, exemption=_exemption(row), lifted_at=row.lifted_at, lifted_by=row.lifted_by
        )
        for row in rows
    ]


def exemptions_in_force(session: Session, application_id: int, today: date) -> InForce:
    """The exemptions that hold on this day."""
    query = select(ExemptionRow).where(
        col(ExemptionRow.application_id) == application_id, col(ExemptionRow.lifted_at).is_(None)
    )
    return in_force(map(_exemption, session.scalars(query)), today)


def groups_of(session: Session, application_id: int, user_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """The groups that give people any license, by user id. At most as many people as a query takes."""
    giving = table_of(AssignmentGroup).c
    query = select(giving.user_id, giving.group_id).where(
        giving.application_id == application_id, giving.user_id.in_(user_ids)
    )
    found: dict[str, set[str]] = {}
    for user_id, group_id in session.connection().execute(query):
        found.setdefault(user_id, set()).add(group_id)
    return {user_id: frozenset(group_ids) for user_id, group_ids in found.items()}


def search_targets(session: Session, application_id: int, kind: ExemptionKind, text: str) -> list[Target]:
    """What could be exempted and has the text in its name (people: or address); the first 50 by name."""
    query = _targets(application_id, kind)
    searched = [query.selected_columns["name"]]
    if kind is ExemptionKind.PERSON:
        searched.append(query.selected_columns["detail"])
    found = query.where(contains(text.strip(), searched)).order_by("name", "id").limit(OFFERED)
    rows = session.connection().execute(found)
    return [Target(id=row.id, name=row.name, detail=row.detail or "") for row in rows]


def find_target(session: Session, application_id: int, kind: ExemptionKind, target: str) -> Target | None:
    """What an id names, or a department's name in any case; None where there is nothing like it."""
    query = _targets(application_id, kind)
    own = query.selected_columns["id"]
    if kind is ExemptionKind.DEPARTMENT:
        names = (row.id for row in session.connection().execute(query))
        same = next((name for name in names if target_key(kind, name) == target_key(kind, target)), None)
        return None if same is None else Target(id=same, name=same)
    row = session.connection().execute(query.where(own == target)).first()
    return None if row is None else Target(id=row.id, name=row.name, detail=row.detail or "")


def _targets(application_id: int, kind: ExemptionKind) -> Select[Any]:
    """Columns `id`, `name` and `detail` of everything of a kind."""
    nothing = literal("").label("detail")
    match kind:
        case ExemptionKind.PERSON:
            people = table_of(User).c
            return select(
                people.user_id.label("id"),
                people.display_name.label("name"),
                people.user_principal_name.label("detail"),
            ).where(people.application_id == application_id, people.gone_at.is_(None))
        case ExemptionKind.DEPARTMENT:
            people = table_of(User).c
            return (
                select(people.department.label("id"), people.department.label("name"), nothing)
                .where(
                    people.application_id == application_id,
                    people.gone_at.is_(None),
                    people.department.is_not(None),
                    people.department != "",
                )
                .distinct()
            )
        case ExemptionKind.GROUP:
            groups = table_of(Group).c
            return select(groups.group_id.label("id"), groups.display_name.label("name"), nothing).where(
                groups.application_id == application_id
            )
        case ExemptionKind.LICENSE_TYPE:
            types = table_of(LicenseType).c
            return select(
                types.sku_id.label("id"), types.product_name.label("name"), types.part_number.label("detail")
            ).where(types.application_id == application_id, types.applies_to == "User")


def _refuse_twice(
    session: Session, application_id: int, kind: ExemptionKind, target: Target, today: date
) -> None:
    holding = exemptions_in_force(session, application_id, today).by_target
    if (kind, target_key(kind, target.id)) in holding:
        raise ExemptionRefused(
            f"{target.name} is exempt already: lift that exemption first, then exempt it anew"
        )


def _exemption(row: ExemptionRow) -> Exemption:
    return Exemption(
        kind=ExemptionKind(row.kind),
        target=row.target,
        target_name=row.target_name,
        reason=row.reason,
        expires_on=row.expires_on,
        author=row.created_by,
        created_at=row.created_at,
    )
