"""The directory's audit log: who changed the licenses of whom (contract §10).

It tells of a change within about an hour, so it proves what was done and never decides whether it was.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from core.graph import parse
from core.graph.paging import pages
from core.graph.transport import Transport

LICENSE_CHANGED: Final = "Change user license"
PAGE: Final = 500
MOST_PAGES: Final = 20
"""Of one look: where more changes at once, it is not read to the end for what is only beside the proof."""

_SKU_ID: Final = re.compile(r"SkuId=([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_LICENSES: Final = "AssignedLicense"
_WHERE: Final = "an entry of the audit log"


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenseChange:
    """One change of a user's licenses that the log tells of. Times are in UTC.

    `removed`: SKU ids that were there before and not after; None where the entry does not say.
    `initiated_by`: the name of the application, or the user principal name; empty where it does not say.
    """

    id: str
    at: datetime
    user_id: str
    removed: frozenset[str] | None
    initiated_by: str


def license_changes(transport: Transport, since: datetime, until: datetime) -> Iterator[LicenseChange]:
    """The changes of licenses that succeeded between two moments, as far as the log shows them by now.

    Each request takes a slot of the limiter: the log has the limit of the sign-ins (contract §7.2).

    Raises:
        PermissionDenied: AuditLog.Read.All is missing.
    """
    wanted = (
        f"activityDisplayName eq '{LICENSE_CHANGED}' and activityDateTime ge {_literal(since)} "
        f"and activityDateTime le {_literal(until)}"
    )
    first = f"/auditLogs/directoryAudits?$filter={wanted}&$top={PAGE}"
    with closing(pages(transport, first, what="Reading the audit log", limited=True)) as listing:
        for number, page in enumerate(listing, start=1):
            for item in page.items:
                yield from _changes(item)
            if number == MOST_PAGES:
                return


def _literal(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _changes(item: dict[str, Any]) -> Iterator[LicenseChange]:
    """One for each user that the entry is about; none where it did not succeed or has no time."""
    at = parse.moment(item, "activityDateTime", _WHERE)
    if at is None or parse.maybe_text(item, "result", _WHERE) != "success":
        return
    for target in parse.objects(item, "targetResources", _WHERE):
        if parse.maybe_text(target, "type", _WHERE) == "User" and target.get("id") is not None:
            yield LicenseChange(
                id=parse.text(item, "id", _WHERE),
                at=at,
                user_id=parse.guid(target["id"], "id", _WHERE),
                removed=_removed(target),
                initiated_by=_initiator(item),
            )


def _removed(target: dict[str, Any]) -> frozenset[str] | None:
    if not isinstance(target.get("modifiedProperties"), list):
        return None
    for changed in parse.objects(target, "modifiedProperties", _WHERE):
        if changed.get("displayName") == _LICENSES:
            before, after = (_sku_ids(changed.get(name)) for name in ("oldValue", "newValue"))
            return before - after
    return None


def _sku_ids(value: object) -> frozenset[str]:
    return frozenset(found.lower() for found in _SKU_ID.findall(value if isinstance(value, str) else ""))


def _initiator(item: dict[str, Any]) -> str:
    by = item.get("initiatedBy")
    for kind, name in (("app", "displayName"), ("user", "userPrincipalName")):
        who = by.get(kind) if isinstance(by, dict) else None
        if isinstance(who, dict) and isinstance(who.get(name), str):
            return str(who[name])
    return ""
