"""The application permissions that the product makes use of, and what each is for (contract §1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Permission:
    """An application permission to grant. Any of `others` does as well, and is often wider than needed."""

    name: str
    needed_for: str
    others: tuple[str, ...] = ()

    def granted_by(self, roles: Iterable[str]) -> bool:
        """Whether the roles of a token suffice."""
        return not {self.name, *self.others}.isdisjoint(roles)


_DIRECTORY: Final = ("Directory.Read.All", "Directory.ReadWrite.All")

PERMISSIONS: Final = (
    Permission(
        name="User.Read.All",
        needed_for="Application Roster: who exists and who holds what. Without it nothing can be synced.",
        others=("User.ReadWrite.All", *_DIRECTORY),
    ),
    Permission(
        name="LicenseAssignment.Read.All",
        needed_for="License Differentiation: license types, seats and service plans.",
        others=("Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY),
    ),
    Permission(
        name="GroupMember.Read.All",
        needed_for="Names and kinds of the groups that give licenses; without it they go by their ids.",
        others=("Group.Read.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All", *_DIRECTORY),
    ),
    Permission(
        name="AuditLog.Read.All",
        needed_for="Sign-ins (also needs Entra ID P1 or P2); without them fewer people can be judged.",
    ),
    Permission(
        name="Reports.Read.All",
        needed_for="Usage reports: the last activity per workload, and the proof of Never active.",
    ),
    Permission(
        name="ReportSettings.Read.All",
        needed_for="Whether usage reports hide names; without it, that is seen by the names themselves.",
        others=("ReportSettings.ReadWrite.All",),
    ),
    Permission(
        name="MailboxSettings.Read",
        needed_for="Telling shared, room and equipment mailboxes from people; without it they look alike.",
        others=("MailboxSettings.ReadWrite",),
    ),
    Permission(
        name="User-LifeCycleInfo.Read.All",
        needed_for="Leave dates in the directory; optional.",
        others=("User-LifeCycleInfo.ReadWrite.All",),
    ),
    Permission(
        name="LicenseAssignment.ReadWrite.All",
        needed_for="Reclaiming licenses; where it is missing, only dry runs work.",
        others=("User.ReadWrite.All", "Directory.ReadWrite.All"),
    ),
)
