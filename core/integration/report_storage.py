"""The rows of a usage report on their way to the people whom they speak of: joined by name, in any case."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Final

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session

from core.graph.usage import Row
from core.integration.progress import Progress
from core.integration.report_kinds import ACTIVE_USERS, ReportKind
from core.store.bulk import rows_of, table_of
from core.store.engine import reading, writing
from core.store.tables import User

PAGE: Final = 2000


def keep_rows(progress: Progress, kind: ReportKind[Row], rows: Iterable[Row]) -> tuple[date | None, int]:
    """Store the rows, a page per transaction: the report's own date, and how many rows found their user."""
    refreshed_on: date | None = None
    matched = 0
    elsewhere: dict[str, list[Row]] = {}
    """Rows whose name is written another way in the directory, by the name in lower case."""
    for page in _pages(row for row in rows if not row.deleted):
        newest = max(row.refreshed_on for row in page)
        refreshed_on = newest if refreshed_on is None else max(refreshed_on, newest)
        with writing(progress.engine) as session:
            ids = _ids_by_name(session, progress.application_id, {row.user_principal_name for row in page})
            found = [(ids[row.user_principal_name], row) for row in page if row.user_principal_name in ids]
            for row in page:
                if row.user_principal_name not in ids:
                    elsewhere.setdefault(row.user_principal_name.lower(), []).append(row)
            kind.keep(session, progress.application_id, found)
            progress.count(report_rows=len(page))
            if kind.name is ACTIVE_USERS.name:  # the others speak of the same people again
                progress.count(done=len(page))
            progress.note(session)
        matched += len(found)
    return refreshed_on, matched + _keep_elsewhere(progress, kind, elsewhere)


def _pages(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    remaining = iter(rows)
    while page := list(itertools.islice(remaining, PAGE)):
        yield page


def _ids_by_name(session: Session, application_id: int, names: Collection[str]) -> dict[str, str]:
    here = {"application_id": application_id, "gone_at": None}
    columns = ("user_principal_name", "user_id")
    return dict(rows_of(session, User, columns, "user_principal_name", names, same=here))


def _keep_elsewhere(progress: Progress, kind: ReportKind[Row], elsewhere: dict[str, list[Row]]) -> int:
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
                (user_id, row)
                for name, user_id in session.connection().execute(statement)
                for row in elsewhere.get(name, ())
            ]
        with writing(progress.engine) as session:
            kind.keep(session, progress.application_id, found)
            progress.note(session)
        matched += len(found)
    return matched
