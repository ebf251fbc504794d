"""The usage report of active users: the last activity of each person per workload, joined by name."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Final

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session

from core.activity.evidence import SourceStatus
from core.graph import (
    ActiveUserRow,
    BadRequest,
    Cloud,
    GraphClient,
    GraphError,
    NotFound,
    PermissionDenied,
    Stopped,
    looks_concealed,
)
from core.integration.progress import Progress
from core.integration.sources import SourceName, record_source
from core.store.bulk import table_of, upsert_rows
from core.store.engine import reading, writing
from core.store.tables import User, UserActivity

PAGE: Final = 2000

CONCEALED: Final = (
    "Usage reports hide names, so their rows can't be matched to people: nobody is judged by them. An "
    "administrator can show names in the Microsoft 365 admin center under Settings, Org settings, Reports."
)
NO_PERMISSION: Final = (
    "Usage reports can't be read: Reports.Read.All is missing. Activity rests on sign-ins alone, and Never "
    "active is at most Probable."
)
NOT_IN_CLOUD: Final = (
    "This cloud has no usage reports. Activity rests on sign-ins alone, and Never active is at most Probable."
)
NOBODY_MATCHED: Final = "No row of the usage report could be matched to a user, so nobody is judged by it."
EMPTY: Final = "The usage report came without a row, so nobody is judged by it."
_RETIRED: Final = frozenset({"Skype For Business Last Activity Date"})
"""Of a service that no longer exists: Microsoft may leave its column out."""

_COLUMNS: Final = (
    "user_id",
    "report_refreshed_on",
    "exchange_on",
    "onedrive_on",
    "sharepoint_on",
    "skype_on",
    "yammer_on",
    "teams_on",
)


def read_usage_report(client: GraphClient, progress: Progress) -> str | None:
    """Read the report and keep each person's row; a sentence where it is missing, failed or concealed.

    Raises:
        Stopped: the client was told to stop while waiting.
    """
    if client.connection.cloud is not Cloud.GLOBAL:  # contract §6.1
        return _not_usable(progress, SourceStatus.MISSING, NOT_IN_CLOUD)
    try:
        status, detail, refreshed_on = _read(client, progress)
    except Stopped:
        raise
    except PermissionDenied:
        status, detail, refreshed_on = SourceStatus.MISSING, NO_PERMISSION, None
    except (BadRequest, NotFound):
        status, detail, refreshed_on = SourceStatus.MISSING, NOT_IN_CLOUD, None
    except GraphError as error:
        status, detail, refreshed_on = (
            SourceStatus.FAILED,
            f"The usage report could not be read: {error}",
            None,
        )
    if refreshed_on is None:
        return _not_usable(progress, status, detail)
    with writing(progress.engine) as session:
        record_source(
            session,
            progress.application_id,
            SourceName.USAGE_REPORTS,
            status,
            detail,
            as_of=datetime.combine(refreshed_on, time.min, UTC),
            read_at=progress.clock(),
        )
    return detail or None


def _read(client: GraphClient, progress: Progress) -> tuple[SourceStatus, str, date | None]:
    """Read and keep the report: how it stands, why, and its own date where it can be used."""
    if says_concealed(client):
        return SourceStatus.CONCEALED, CONCEALED, None
    rows = client.read_active_user_detail()
    first = list(itertools.islice(rows, PAGE))
    if not first:
        return SourceStatus.FAILED, EMPTY, None
    if looks_concealed(row.user_principal_name for row in first):
        return SourceStatus.CONCEALED, CONCEALED, None
    refreshed_on, matched = _keep_all(progress, itertools.chain(first, rows))
    if not matched:
        return SourceStatus.FAILED, NOBODY_MATCHED, None
    if absent := set(first[0].absent_columns) - _RETIRED:
        detail = f"The usage report lacks {', '.join(sorted(absent))}, so an empty row proves nothing."
        return SourceStatus.DEGRADED, detail, refreshed_on
    return SourceStatus.AVAILABLE, "", refreshed_on


def says_concealed(client: GraphClient) -> bool:
    """What the report settings say; where they can't be read, the names themselves have to."""
    try:
        return client.names_concealed()
    except Stopped:
        raise
    except GraphError:
        return False


def _keep_all(progress: Progress, rows: Iterable[ActiveUserRow]) -> tuple[date | None, int]:
    """Store the rows, a page per transaction: the report's own date, and how many rows found their user."""
    refreshed_on: date | None = None
    matched = 0
    elsewhere: dict[str, ActiveUserRow] = {}
    """Rows whose name is written another way in the directory, by the name in lower case."""
    for page in _pages(row for row in rows if not row.deleted):
        newest = max(row.refreshed_on for row in page)
        refreshed_on = newest if refreshed_on is None else max(refreshed_on, newest)
        with writing(progress.engine) as session:
            ids = _ids_by_name(session, progress.application_id, [row.user_principal_name for row in page])
            found = [(ids[row.user_principal_name], row) for row in page if row.user_principal_name in ids]
            elsewhere.update(
                (row.user_principal_name.lower(), row) for row in page if row.user_principal_name not in ids
            )
            _keep(session, progress.application_id, found)
            progress.count(report_rows=len(page), done=len(page))
            progress.note(session)
        matched += len(found)
    return refreshed_on, matched + _keep_elsewhere(progress, elsewhere)


def _pages(rows: Iterable[ActiveUserRow]) -> Iterator[Sequence[ActiveUserRow]]:
    remaining = iter(rows)
    while page := list(itertools.islice(remaining, PAGE)):
        yield page


def _ids_by_name(session: Session, application_id: int, names: Sequence[str]) -> dict[str, str]:
    user = table_of(User).c
    statement = sqlalchemy.select(user.user_principal_name, user.user_id).where(
        user.application_id == application_id, user.user_principal_name.in_(names), user.gone_at.is_(None)
    )
    return {row.user_principal_name: row.user_id for row in session.connection().execute(statement)}


def _keep_elsewhere(progress: Progress, elsewhere: dict[str, ActiveUserRow]) -> int:
    """Find the users of the rows that are left: names are the same in any case."""
    user = table_of(User).c
    names = sorted(elsewhere)
    matched = 0
    for start in range(0, len(names), PAGE):
        some = names[start : start + PAGE]
        statement = sqlalchemy.select(func.lower(user.user_principal_name), user.user_id).where(
            user.application_id == progress.application_id,
            func.lower(user.user_principal_name).in_(some),
            user.gone_at.is_(None),
        )
        with reading(progress.engine) as session:
            found = [
                (user_id, elsewhere[name])
                for name, user_id in session.connection().execute(statement)
                if name in elsewhere
            ]
        with writing(progress.engine) as session:
            _keep(session, progress.application_id, found)
            progress.note(session)
        matched += len(found)
    return matched


def _keep(session: Session, application_id: int, found: Sequence[tuple[str, ActiveUserRow]]) -> None:
    upsert_rows(
        session,
        UserActivity,
        _COLUMNS,
        [
            (
                user_id,
                row.refreshed_on,
                row.exchange_on,
                row.onedrive_on,
                row.sharepoint_on,
                row.skype_on,
                row.yammer_on,
                row.teams_on,
            )
            for user_id, row in found
        ],
        same={"application_id": application_id},
    )


def _not_usable(progress: Progress, status: SourceStatus, detail: str) -> str:
    with writing(progress.engine) as session:
        record_source(session, progress.application_id, SourceName.USAGE_REPORTS, status, detail)
        progress.note(session)
    return detail
