"""Accounts whose license nobody takes without typing their name. Rules only, no I/O.

Whoever holds an admin role, and accounts for emergencies, services and devices, look unused and are not. They
are never offered with High confidence, and a run takes them only for whom a person has typed the user
principal name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.reclamation.account_names import AccountKind, kind_by_name
from core.reclamation.candidates import CautionCode, MailboxPurpose, Note
from core.reference import read_table

NAME_TO_BE_TYPED: Final = frozenset(
    {
        CautionCode.ADMIN_ROLE,
        CautionCode.BREAK_GLASS_ACCOUNT,
        CautionCode.SERVICE_ACCOUNT,
        CautionCode.RESOURCE_ACCOUNT,
    }
)
"""Cautions against which only the typed name of the account helps."""

_FOR_THINGS: Final = frozenset({MailboxPurpose.ROOM, MailboxPurpose.EQUIPMENT})
_BY_NAME: Final = {
    AccountKind.BREAK_GLASS: (
        CautionCode.BREAK_GLASS_ACCOUNT,
        "Its name says that the account is for emergencies: it is not used until nobody else can sign in.",
    ),
    AccountKind.SERVICE: (
        CautionCode.SERVICE_ACCOUNT,
        "Its name says that the account belongs to a service or program, which works with nobody signing in.",
    ),
    AccountKind.RESOURCE: (
        CautionCode.RESOURCE_ACCOUNT,
        "Its name says that the account belongs to a room or device, which nobody signs in to.",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What decides whether an account is protected.

    `admin_roles`: names of the roles that it holds or may activate, as far as they are known. `roles_known`:
    False where it could hold others. `resource_type`: a license type for rooms and devices that it holds.
    """

    user_principal_name: str
    display_name: str
    mailbox_purpose: MailboxPurpose | None = None
    admin_roles: tuple[str, ...] = ()
    roles_known: bool = True
    resource_type: str | None = None


def protections(account: Account) -> tuple[Note, ...]:
    """Why the name of this account has to be typed, a caution each; empty for that of an ordinary person."""
    found: list[Note] = []
    if account.admin_roles:
        text = f"The account holds an admin role: {', '.join(account.admin_roles)}."
        found.append(Note(code=CautionCode.ADMIN_ROLE, text=text))
    kind = kind_by_name(account.user_principal_name, account.display_name)
    if account.resource_type is not None:
        text = f"The account belongs to a room, phone or device: it holds {account.resource_type}."
        found.append(Note(code=CautionCode.RESOURCE_ACCOUNT, text=text))
    elif account.mailbox_purpose in _FOR_THINGS:
        text = (
            f"The account belongs to a room or device: its mailbox is of the kind {account.mailbox_purpose}."
        )
        found.append(Note(code=CautionCode.RESOURCE_ACCOUNT, text=text))
    if kind is not None and _BY_NAME[kind][0] not in {note.code for note in found}:
        code, text = _BY_NAME[kind]
        found.append(Note(code=code, text=text))
    return tuple(found)


@lru_cache(maxsize=1)
def resource_types() -> frozenset[str]:
    """SKU ids of the license types for rooms, phones and devices (`data/resource_types.csv`)."""
    return frozenset(row["sku_id"] for row in read_table("resource_types"))


def is_protected(cautions: Iterable[Note]) -> bool:
    """Whether one of these cautions asks for the name of the account."""
    return any(caution.code in NAME_TO_BE_TYPED for caution in cautions)
