"""Who looks at the pages, and with which role: the rules of sign-in, and of doing without it.

Sign-in is Streamlit's own `st.login`, which verifies the id token once and then trusts its cookie for 30
days: it does not enforce `exp`, so that is done here, at every run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from core.rights import Actor, Role
from core.settings import ApplicationSettings, Settings

RECENT: Final = timedelta(hours=1)
"""Destructive work needs a sign-in not older than this."""

_NAME_CLAIMS: Final = ("preferred_username", "email", "name", "oid", "sub")


class Refusal(StrEnum):
    """Why nobody is let in."""

    NOT_SIGNED_IN = "not_signed_in"
    EXPIRED = "expired"
    NO_ROLE = "no_role"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """Nobody is let in; `name` is who asked, where that is known."""

    refusal: Refusal
    name: str = ""


def actor_from_claims(claims: Mapping[str, Any], roles: Mapping[str, Role], now: datetime) -> Actor | Refused:
    """The person that the id token speaks of, with the highest of the roles that its claim `roles` gives.

    Args:
        claims: of the verified id token, with `is_logged_in`.
        roles: the role that each value of the claim stands for.
        now: the moment against which the token may have expired; one without an end has.
    """
    if claims.get("is_logged_in") is not True:
        return Refused(refusal=Refusal.NOT_SIGNED_IN)
    name = next((str(claims[claim]) for claim in _NAME_CLAIMS if claims.get(claim)), "unknown")
    if not _later(claims.get("exp"), now):
        return Refused(refusal=Refusal.EXPIRED, name=name)
    claimed = claims.get("roles")
    values = [claimed] if isinstance(claimed, str) else claimed if isinstance(claimed, list) else []
    held = [roles[value] for value in values if isinstance(value, str) and value in roles]
    if not held:
        return Refused(refusal=Refusal.NO_ROLE, name=name)
    return Actor(name=name, role=max(held, key=lambda role: role.rank))


def actor_without_sign_in(settings: Settings, application: ApplicationSettings) -> Actor:
    """Whoever looks on where sign-in is not set up: all rights in the demo, else only those allowed."""
    if application.is_demo:
        return Actor(name="demo", role=Role.ADMINISTRATOR)
    may_change = settings.allow_unauthenticated_changes
    return Actor(name="anonymous", role=Role.ADMINISTRATOR if may_change else Role.VIEWER)


def signed_in_recently(claims: Mapping[str, Any], now: datetime) -> bool:
    """Whether the sign-in is recent enough for destructive work; without its time, the token's counts."""
    return _later(claims.get("auth_time", claims.get("iat")), now - RECENT)


def _later(seconds: object, moment: datetime) -> bool:
    """Whether a claim that holds seconds since 1970 speaks of a time after the moment."""
    return (
        isinstance(seconds, int | float)
        and not isinstance(seconds, bool)
        and float(seconds) > moment.timestamp()
    )
