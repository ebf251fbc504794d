"""The subscriptions behind license types: how many seats until when (contract §3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.graph import parse
from core.graph.errors import UnexpectedAnswer
from core.graph.paging import pages
from core.graph.transport import Transport

_LONGEST_ID: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class CompanySubscription:
    """One subscription of the organization. `renews_at`: when it renews or passes on to its next status.

    `status` is Microsoft's word, such as `Enabled`, `Warning` or `Suspended`.
    """

    id: str
    sku_id: str
    status: str
    total_licenses: int
    trial: bool
    created_at: datetime | None
    renews_at: datetime | None


def list_subscriptions(transport: Transport) -> list[CompanySubscription]:
    """All subscriptions; each of them once.

    Raises:
        PermissionDenied: Organization.Read.All is missing.
    """
    listing = pages(transport, "/directory/subscriptions", what="Reading the subscriptions")
    found = (_parse_subscription(item) for page in listing for item in page.items)
    return list({each.id: each for each in found}.values())


def _parse_subscription(item: dict[str, Any]) -> CompanySubscription:
    where = "a subscription"
    return CompanySubscription(
        id=_identity(item, where),
        sku_id=parse.guid(item.get("skuId"), "skuId", where),
        status=parse.maybe_text(item, "status", where) or "",
        total_licenses=parse.number(item, "totalLicenses", where),
        trial=parse.maybe_flag(item, "isTrial", where) is True,
        created_at=parse.moment(item, "createdDateTime", where),
        renews_at=parse.moment(item, "nextLifecycleDateTime", where),
    )


def _identity(item: dict[str, Any], where: str) -> str:
    """The id in the commerce system; of subscriptions that are in none, the directory's own."""
    field = "commerceSubscriptionId" if item.get("commerceSubscriptionId") else "id"
    identity = parse.text(item, field, where)
    if not 0 < len(identity) <= _LONGEST_ID:
        raise UnexpectedAnswer(f"{where}: {field} is no id")
    return identity.lower()
