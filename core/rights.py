"""Who may do what: four roles in an order, an actor, and one question that every service asks first."""

import getpass
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person may do; each role includes those above it in this list.

    Roles compare by that order (`Role.ANALYST < Role.OPERATOR`), not by the alphabet as plain strings would.
    """

    VIEWER = "viewer"  # sees and downloads
    ANALYST = "analyst"  # also edits license details and the HR roster
    OPERATOR = "operator"  # also reclaims, restores and exempts
    ADMINISTRATOR = "administrator"  # also runs tasks and changes policies

    @property
    def rank(self) -> int:
        """The role's place in the order, 0 for the lowest."""
        return tuple(Role).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Role(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Role(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Role(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Role(other).rank


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts, as it is written into the history, and with which role."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether the actor's role is `role` or a higher one; for showing or hiding, never for guarding."""
        return self.role >= role


class RightRefused(PermissionError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The actor's role does not reach; nothing was changed."""


def require(actor: Actor, role: Role) -> None:
    """Refuse, unless the actor has `role` or a higher one.

    Raises:
        RightRefused: the message names the actor, the role held and the role needed.
    """
    if not actor.may(role):
        raise RightRefused(
            f"{actor.name} may not do this as {actor.role}: it needs the role {role} or a higher one. "
            "Whoever administers sign-in can grant it."
        )


_NO_SYSTEM_USER: Final = "unknown"


def cli_actor() -> Actor:
    """The person at the command line: an administrator, since access to the configuration is the proof."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's bare user id has no name
        user = _NO_SYSTEM_USER
    return Actor(name=f"cli:{user}", role=Role.ADMINISTRATOR)
