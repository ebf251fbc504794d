"""Subscriptions: when the seats of a license type come up for renewal. A source of its own, and optional."""

from typing import Final

from sqlalchemy import delete
from sqlmodel import col

from core.activity.evidence import SourceStatus
from core.graph import (
    BadRequest,
    CompanySubscription,
    GraphClient,
    GraphError,
    NotFound,
    PermissionDenied,
    Stopped,
)
from core.integration.progress import Progress
from core.integration.sources import SourceName, record_source
from core.store.bulk import upsert
from core.store.engine import writing
from core.store.tables import LogLevel, Subscription

NO_PERMISSION: Final = (
    "Organization.Read.All is not granted: License Details shows no renewal dates from Microsoft, and can't "
    "compare them with the purchases."
)
NOT_IN_CLOUD: Final = (
    "Microsoft offers no list of subscriptions here: License Details shows no renewal dates from Microsoft."
)
_FAILED: Final = "The subscriptions could not be read, so renewal dates are those of the last time. {error}"


def refresh_subscriptions(client: GraphClient, progress: Progress) -> list[str]:
    """Read all subscriptions and keep them at one stroke; what failed, a sentence each.

    A missing permission is no failure: the source says so, and what was read before stays.
    """
    try:
        found = client.list_subscriptions()
    except Stopped:
        raise
    except PermissionDenied:
        _record(progress, SourceStatus.MISSING, NO_PERMISSION)
        return []
    except (BadRequest, NotFound):
        _record(progress, SourceStatus.MISSING, NOT_IN_CLOUD)
        return []
    except GraphError as error:
        detail = _FAILED.format(error=error)
        _record(progress, SourceStatus.FAILED, detail)
        return [detail]
    _keep(progress, found)
    progress.log(f"Subscriptions: {len(found):,}.")
    return []


def _record(progress: Progress, status: SourceStatus, detail: str) -> None:
    with writing(progress.engine) as session:
        record_source(session, progress.application_id, SourceName.SUBSCRIPTIONS, status, detail)
    progress.log(detail, level=LogLevel.WARNING)


def _keep(progress: Progress, found: list[CompanySubscription]) -> None:
    application_id, now = progress.application_id, progress.clock()
    progress.count(subscriptions=len(found))
    with writing(progress.engine) as session:
        session.connection().execute(
            delete(Subscription).where(col(Subscription.application_id) == application_id)
        )
        upsert(
            session,
            Subscription,
            [
                {
                    "application_id": application_id,
                    "subscription_id": each.id,
                    "sku_id": each.sku_id,
                    "status": each.status,
                    "total_licenses": each.total_licenses,
                    "trial": each.trial,
                    "created_at": each.created_at,
                    "next_lifecycle_at": each.renews_at,
                    "read_at": now,
                }
                for each in found
            ],
        )
        progress.note(session)
        record_source(
            session, application_id, SourceName.SUBSCRIPTIONS, SourceStatus.AVAILABLE, "", read_at=now
        )
