"""Assigning and removing licenses: one license of one user in one call (contract §5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from core.graph.errors import license_error_of
from core.graph.retry import ONCE
from core.graph.transport import Transport


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenseCall:
    """An answer of 200. It is no proof: read the user again (contract §5.1)."""

    request_id: str | None
    date: datetime | None


def remove_license(transport: Transport, user_id: str, sku_id: str) -> LicenseCall:
    """Remove exactly this license from exactly this user.

    Tried once: whether a throttled or conflicting call shall be repeated is for the caller to decide, after
    reading the user again.

    Raises:
        LicenseError: refused; `kind` says why.
        Throttled, Conflict: not carried out; `retry_after` may say when to come again.
        OutcomeUnknown: sent, and the answer is lost, a server's error or none that was expected.
        Unreachable: not sent.
    """
    body = {"addLicenses": [], "removeLicenses": [sku_id]}
    return _assign(transport, user_id, body, f"Removing the license {sku_id} from the user {user_id}")


def add_license(
    transport: Transport, user_id: str, sku_id: str, disabled_plans: Sequence[str]
) -> LicenseCall:
    """Assign this license with these service plans switched off. Raises as `remove_license`."""
    body = {
        "addLicenses": [{"skuId": sku_id, "disabledPlans": list(disabled_plans)}],
        "removeLicenses": [],
    }
    return _assign(transport, user_id, body, f"Assigning the license {sku_id} to the user {user_id}")


def _assign(transport: Transport, user_id: str, body: dict[str, Any], what: str) -> LicenseCall:
    answer = transport.post(
        f"/users/{quote(user_id, safe='')}/assignLicense",
        body,
        what=what,
        patience=ONCE,
        harmless=False,
        error_of=license_error_of,
    )
    return LicenseCall(request_id=answer.request_id, date=answer.date)
