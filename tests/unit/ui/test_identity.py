from datetime import UTC, datetime
from typing import Any

import pytest

from core.rights import Actor, Role
from core.ui.identity import Refusal, Refused, actor_from_claims, signed_in_recently

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECONDS = NOW.timestamp()
ROLES = {"Seatwise.Viewer": Role.VIEWER, "Seatwise.Operator": Role.OPERATOR}


def claims(**changes: object) -> dict[str, Any]:
    return {
        "is_logged_in": True,
        "preferred_username": "olivia@example.com",
        "roles": ["Seatwise.Viewer"],
        "exp": SECONDS + 1,
    } | changes


def test_the_highest_of_several_roles_counts() -> None:
    found = actor_from_claims(claims(roles=["Seatwise.Operator", "Other", "Seatwise.Viewer"]), ROLES, NOW)
    assert found == Actor(name="olivia@example.com", role=Role.OPERATOR)


@pytest.mark.parametrize("expiry", [SECONDS, SECONDS - 1, None, "soon", True])
def test_a_token_without_a_later_end_has_expired(expiry: object) -> None:
    found = actor_from_claims(claims(exp=expiry), ROLES, NOW)
    assert found == Refused(refusal=Refusal.EXPIRED, name="olivia@example.com")


@pytest.mark.parametrize("logged_in", [False, None, "yes", 1])
def test_only_a_real_sign_in_counts(logged_in: object) -> None:
    found = actor_from_claims(claims(is_logged_in=logged_in), ROLES, NOW)
    assert found == Refused(refusal=Refusal.NOT_SIGNED_IN)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"preferred_username": None, "email": "o@example.com"}, "o@example.com"),
        ({"preferred_username": "", "oid": "1234"}, "1234"),
    ],
)
def test_people_go_by_the_best_name_that_the_token_has(changes: dict[str, object], expected: str) -> None:
    found = actor_from_claims(claims(**changes), ROLES, NOW)
    assert isinstance(found, Actor)
    assert found.name == expected


@pytest.mark.parametrize(
    ("token", "recent"),
    [
        ({"iat": SECONDS - 3599}, True),
        ({"iat": SECONDS - 3601}, False),
        ({"iat": SECONDS, "auth_time": SECONDS - 7200}, False),
        ({}, False),
    ],
)
def test_destructive_work_needs_a_sign_in_of_the_last_hour(token: dict[str, Any], recent: bool) -> None:
    assert signed_in_recently(token, NOW) is recent
