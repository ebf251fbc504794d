"""The permissions that the product can use, what each feeds, and which a token has (contract §1)."""

import base64
import binascii
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

import orjson


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """One permission to ask for. `instead` lists others that serve as well."""

    name: str
    needed_for: str
    instead: tuple[str, ...] = ()
    optional: bool = False

    def granted(self, roles: AbstractSet[str]) -> bool:
        """Whether a token with these roles has it or one that serves as well."""
        return self.name in roles or not roles.isdisjoint(self.instead)


READ_ROLES: Final = "RoleManagement.Read.Directory"
GROUP_MEMBERSHIP: Final = "GroupMember.ReadWrite.All"

PERMISSIONS: Final = (
    Permission(
        name="User.Read.All",
        needed_for="people and their licenses",
        instead=("Directory.Read.All", "User.ReadWrite.All", "Directory.ReadWrite.All"),
    ),
    Permission(
        name="LicenseAssignment.Read.All",
        needed_for="license types and seats",
        instead=(
            "Organization.Read.All",
            "Directory.Read.All",
            "Organization.ReadWrite.All",
            "Directory.ReadWrite.All",
        ),
    ),
    Permission(
        name="GroupMember.Read.All",
        needed_for="which group gives a license, and what kind of group it is",
        instead=("Group.Read.All", "Directory.Read.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"),
    ),
    Permission(
        name="AuditLog.Read.All",
        needed_for="last sign-ins (also needs Microsoft Entra ID P1 or P2); the audit log of removals",
    ),
    Permission(name="Reports.Read.All", needed_for="last activity per workload from usage reports"),
    Permission(
        name="ReportSettings.Read.All",
        needed_for="whether names in usage reports are concealed",
        instead=("ReportSettings.ReadWrite.All",),
    ),
    Permission(
        name="MailboxSettings.Read",
        needed_for="telling shared, room and equipment mailboxes from people",
        instead=("MailboxSettings.ReadWrite",),
        optional=True,
    ),
    Permission(
        name="User-LifeCycleInfo.Read.All",
        needed_for="leave dates of employees",
        instead=("User-LifeCycleInfo.ReadWrite.All",),
        optional=True,
    ),
    Permission(
        name=READ_ROLES,
        needed_for="telling accounts with an admin role from others",
        instead=(
            "RoleManagement.Read.All",
            "RoleManagement.ReadWrite.Directory",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ),
        optional=True,
    ),
    Permission(
        name="Organization.Read.All",
        needed_for="renewal dates of the subscriptions",
        instead=("Directory.Read.All", "Organization.ReadWrite.All", "Directory.ReadWrite.All"),
        optional=True,
    ),
    Permission(
        name="LicenseAssignment.ReadWrite.All",
        needed_for="reclaiming licenses",
        instead=("User.ReadWrite.All", "Directory.ReadWrite.All"),
        optional=True,
    ),
    Permission(
        name=GROUP_MEMBERSHIP,
        needed_for="removing people from groups that give licenses, unless User.ReadWrite.All is granted",
        optional=True,
    ),
    Permission(
        name="Mail.Send",
        needed_for="notifying people before a license is reclaimed, unless a mail server is configured",
        optional=True,
    ),
)

TOO_WIDE: Final = frozenset({"User.ReadWrite.All", "Directory.ReadWrite.All"})
"""Accepted, with a warning: they allow far more than removing licenses, deleting users among it."""


def why_groups_stay(roles: AbstractSet[str]) -> str | None:
    """Why a token with these roles may take nobody out of a group; nothing where it may (contract §5.4)."""
    if too_wide := sorted(roles & TOO_WIDE):
        return (
            f"Removing people from groups is off while {' and '.join(too_wide)} is granted: with it, "
            "a mistake in the address could delete a person. Grant LicenseAssignment.ReadWrite.All in its "
            "place, and User.Read.All to read."
        )
    if GROUP_MEMBERSHIP not in roles:
        return f"Removing people from groups needs {GROUP_MEMBERSHIP}: grant it, with admin consent."
    return None


def roles_of(token: str) -> frozenset[str]:
    """The roles that an access token claims. Only a hint: its signature is not for us to check."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return frozenset()
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError):
        return frozenset()
    roles = claims.get("roles") if isinstance(claims, dict) else None
    return (
        frozenset(each for each in roles if isinstance(each, str)) if isinstance(roles, list) else frozenset()
    )
