"""Whether a member can be taken out of a group that gives licenses, and what to do where not. Rules, no I/O.

What Microsoft Graph refuses for which kind of group: contract §5.4.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupFacts:
    """A group that gives licenses, as it was last read.

    `known`: False where it could not be read; the flags then say nothing. `unified`: a Microsoft 365 group;
    None where that was not asked yet.
    """

    group_id: str
    name: str
    known: bool = True
    dynamic: bool = False
    synced: bool = False
    role_assignable: bool = False
    mail_enabled: bool = False
    security_enabled: bool = True
    unified: bool | None = False

    @property
    def kind(self) -> str:
        """The type of the group in words, such as `security group (dynamic)`."""
        if not self.known:
            return "not known"
        flags = (
            ("dynamic", self.dynamic),
            ("synced", self.synced),
            ("role-assignable", self.role_assignable),
        )
        further = [word for word, true in flags if true]
        return f"{self._plain_kind()} ({', '.join(further)})" if further else self._plain_kind()

    def _plain_kind(self) -> str:
        if self.unified:
            return "Microsoft 365 group"
        if not self.mail_enabled:
            return "security group"
        if self.unified is None:
            return "mail-enabled group"
        return "mail-enabled security group" if self.security_enabled else "distribution list"


class Obstacle(StrEnum):
    """Why a member can't be taken out of a group through Microsoft Graph."""

    NOT_READ = "not_read"
    DYNAMIC = "dynamic"
    SYNCED = "synced"
    MAIL_ENABLED = "mail_enabled"
    ROLE_ASSIGNABLE = "role_assignable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """`obstacle`: what is in the way of leaving; None where nothing is. `why`, `to_do`: sentences."""

    obstacle: Obstacle | None
    why: str
    to_do: str


_BY_OBSTACLE: Final = {
    Obstacle.NOT_READ: Advice(
        obstacle=Obstacle.NOT_READ,
        why="What kind of group it is could not be read, so whether members can be removed is not known.",
        to_do="Find the group by its id in the Microsoft Entra admin center, and remove the member there.",
    ),
    Obstacle.DYNAMIC: Advice(
        obstacle=Obstacle.DYNAMIC,
        why="A rule decides who is a member: nobody can be removed by hand.",
        to_do="Change the membership rule of the group, or the attribute of the person that it asks for.",
    ),
    Obstacle.SYNCED: Advice(
        obstacle=Obstacle.SYNCED,
        why="The group is synced from the local Active Directory, where alone its members can be changed.",
        to_do="Remove the member in the local Active Directory; the next directory sync brings it here.",
    ),
    Obstacle.MAIL_ENABLED: Advice(
        obstacle=Obstacle.MAIL_ENABLED,
        why="Microsoft Graph can't change who is in mail-enabled security groups and distribution lists.",
        to_do="Remove the member in the Exchange admin center.",
    ),
    Obstacle.ROLE_ASSIGNABLE: Advice(
        obstacle=Obstacle.ROLE_ASSIGNABLE,
        why="Administrator roles can be assigned to the group: who is in it is for administrators of roles.",
        to_do="Let a privileged role administrator remove the member in the Microsoft Entra admin center.",
    ),
}
_BY_HAND: Final = Advice(
    obstacle=None,
    why="Members are added and removed by hand.",
    to_do="Remove the member from the group.",
)


def advice_on(group: GroupFacts) -> Advice:
    """What stands in the way of taking a member out of this group, and what its owner has to do instead."""
    if not group.known:
        return _BY_OBSTACLE[Obstacle.NOT_READ]
    if group.dynamic:
        return _BY_OBSTACLE[Obstacle.DYNAMIC]
    if group.synced:
        return _BY_OBSTACLE[Obstacle.SYNCED]
    if group.mail_enabled and not group.unified:
        return _BY_OBSTACLE[Obstacle.MAIL_ENABLED]
    if group.role_assignable:
        return _BY_OBSTACLE[Obstacle.ROLE_ASSIGNABLE]
    return _BY_HAND
