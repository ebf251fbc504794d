"""Reads what protects accounts: admin roles on record, and license types for rooms and devices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select
from sqlmodel import Session, col

from core.activity.evidence import SourceStatus
from core.reclamation.candidates import Note, purpose_of
from core.reclamation.chosen import parts
from core.reclamation.protected import Account, protections, resource_types
from core.store.tables import Assignment, LicenseType, RoleHolder, Source, User

ROLES_SOURCE: Final = "admin_roles"
"""The name of the source that tells who holds a role."""


@dataclass(frozen=True, kw_only=True)
class Protecting:
    """What is on record of some people. `roles`, `resource_types`: by user id, of those alone who have any.

    `roles_known`: whoever is not among `roles` holds none.
    """

    roles_known: bool
    roles: Mapping[str, tuple[str, ...]]
    resource_types: Mapping[str, str]

    def account(
        self, user_id: str, user_principal_name: str, display_name: str, mailbox_purpose: str | None
    ) -> Account:
        """What decides whether this account is protected."""
        return Account(
            user_principal_name=user_principal_name,
            display_name=display_name,
            mailbox_purpose=purpose_of(mailbox_purpose),
            admin_roles=self.roles.get(user_id, ()),
            roles_known=self.roles_known,
            resource_type=self.resource_types.get(user_id),
        )


def read_protecting(
    session: Session, application_id: int, user_ids: Iterable[str] | None = None
) -> Protecting:
    """What protects these people, or all where none are named."""
    wanted = None if user_ids is None else list(dict.fromkeys(user_ids))
    holders = select(col(RoleHolder.user_id), col(RoleHolder.roles)).where(
        col(RoleHolder.application_id) == application_id
    )
    of_resources = (
        select(col(Assignment.user_id), col(LicenseType.product_name))
        .join(
            LicenseType,
            (col(LicenseType.application_id) == col(Assignment.application_id))
            & (col(LicenseType.sku_id) == col(Assignment.sku_id)),
        )
        .where(col(Assignment.application_id) == application_id, col(Assignment.sku_id).in_(resource_types()))
        .order_by(col(Assignment.user_id), col(LicenseType.product_name).desc())
    )
    status = session.scalars(
        select(col(Source.status)).where(
            col(Source.application_id) == application_id, col(Source.name) == ROLES_SOURCE
        )
    ).one_or_none()
    return Protecting(
        roles_known=status == SourceStatus.AVAILABLE,
        roles={
            user_id: tuple(names)
            for user_id, names in _rows(session, holders, col(RoleHolder.user_id), wanted)
        },
        resource_types=dict(
            tuple(row) for row in _rows(session, of_resources, col(Assignment.user_id), wanted)
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class OwedName:
    """An account whose user principal name has to be typed before it loses a license; `text` says why."""

    user_id: str
    user_principal_name: str
    display_name: str
    text: str


def owed_names(session: Session, application_id: int, user_ids: Iterable[str]) -> tuple[OwedName, ...]:
    """Those of the people whose name has to be typed, once each, in their order."""
    return tuple(
        OwedName(
            user_id=user_id,
            user_principal_name=account.user_principal_name,
            display_name=account.display_name,
            text=" ".join(note.text for note in protections(account)),
        )
        for user_id, account in _protected(session, application_id, user_ids).items()
    )


def protected_accounts(
    session: Session, application_id: int, user_ids: Iterable[str]
) -> dict[str, tuple[Note, ...]]:
    """Those of the people whose name has to be typed, each with the reasons."""
    accounts = _protected(session, application_id, user_ids)
    return {user_id: protections(account) for user_id, account in accounts.items()}


def _protected(session: Session, application_id: int, user_ids: Iterable[str]) -> dict[str, Account]:
    ids = list(dict.fromkeys(user_ids))
    protecting = read_protecting(session, application_id, ids)
    people = select(
        col(User.user_id), col(User.user_principal_name), col(User.display_name), col(User.mailbox_purpose)
    ).where(col(User.application_id) == application_id)
    found = {row[0]: protecting.account(*row) for row in _rows(session, people, col(User.user_id), ids)}
    return {user_id: found[user_id] for user_id in ids if user_id in found and protections(found[user_id])}


def _rows(
    session: Session,
    query: Select[*tuple[Any, ...]],
    user_id: Any,  # noqa: ANN401 - a column
    wanted: list[str] | None,
) -> Iterable[Any]:
    if wanted is None:
        yield from session.execute(query)
        return
    for part in parts(wanted):
        yield from session.execute(query.where(user_id.in_(part)))
