"""What the mailboxes of candidates are for: a shared one looks exactly like a seat that nobody uses."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import sqlalchemy
from sqlalchemy import exists

from core.activity.evidence import ActivityStatus, SourceStatus
from core.graph import GraphClient, GraphError, NotFound, PermissionDenied, Stopped
from core.integration.progress import Progress
from core.integration.sources import SourceName, as_sentence, record_source
from core.roster.status import EmployeeStatus
from core.store.bulk import table_of, update_rows
from core.store.engine import reading, writing
from core.store.tables import Assignment, User

READ_AGAIN_AFTER: Final = timedelta(days=7)
"""Mailboxes rarely change their kind, and a reclamation asks again just before it removes anything."""

AT_ONCE: Final = 200
NO_PERMISSION: Final = (
    "Mailbox type unknown: MailboxSettings.Read is missing. Disabled and never active accounts stay below "
    "High, as a shared mailbox looks the same."
)
_COLUMNS: Final = ("application_id", "user_id", "mailbox_purpose", "mailbox_read_at")


def read_mailboxes(client: GraphClient, progress: Progress) -> str | None:
    """Ask for the purpose of the mailboxes of all candidates; a sentence where it could not be told.

    Candidates are licensed users that are disabled, inactive or never active (contract §11), or of whom the
    HR roster says that they left, or nothing.

    Raises:
        Stopped: the client was told to stop while waiting.
    """
    failed = 0
    reason: GraphError | None = None
    after = ""
    while candidates := _candidates(progress, after):
        after = candidates[-1]
        try:
            found = client.mailbox_purposes(candidates)
        except Stopped:
            raise
        except PermissionDenied:
            return _record(progress, SourceStatus.MISSING, NO_PERMISSION)
        except GraphError as error:
            return _record(
                progress, SourceStatus.FAILED, as_sentence(f"Mailbox types could not be read: {error}")
            )
        errors = [
            read.error for read in found.values() if read.error and not isinstance(read.error, NotFound)
        ]
        if (
            errors
            and all(isinstance(error, PermissionDenied) for error in errors)
            and len(errors) == len(found)
        ):
            return _record(progress, SourceStatus.MISSING, NO_PERMISSION)
        failed += len(errors)
        reason = reason or next(iter(errors), None)
        with writing(progress.engine) as session:
            now = progress.clock()
            update_rows(
                session,
                User,
                _COLUMNS,
                [
                    (progress.application_id, user_id, read.value, now)
                    for user_id, read in found.items()
                    if read.value is not None
                ],
            )
            progress.count(mailboxes=len(found) - len(errors))
            progress.note(session)
    progress.log(f"Mailboxes: the type of {progress.counts.get('mailboxes', 0):,} was read.")
    if failed:
        detail = as_sentence(f"The mailbox type of {failed:,} candidates could not be read: {reason}")
        return _record(progress, SourceStatus.DEGRADED, detail)
    with writing(progress.engine) as session:
        record_source(
            session,
            progress.application_id,
            SourceName.MAILBOXES,
            SourceStatus.AVAILABLE,
            "",
            read_at=progress.clock(),
        )
    return None


def _candidates(progress: Progress, after: str) -> Sequence[str]:
    """The next candidates whose mailbox was not read lately, by user id."""
    user, held = table_of(User).c, table_of(Assignment).c
    licensed = exists().where(
        held.application_id == user.application_id,
        held.user_id == user.user_id,
        user.account_enabled.is_(False)
        | user.employee_status.in_([EmployeeStatus.INACTIVE.value, EmployeeStatus.NOT_IN_ROSTER.value])
        | held.activity_status.in_([ActivityStatus.INACTIVE.value, ActivityStatus.NEVER_ACTIVE.value]),
    )
    statement = (
        sqlalchemy.select(user.user_id)
        .where(user.application_id == progress.application_id, user.user_id > after, user.gone_at.is_(None))
        .where(user.mailbox_read_at.is_(None) | (user.mailbox_read_at < progress.clock() - READ_AGAIN_AFTER))
        .where(licensed)
        .order_by(user.user_id)
        .limit(AT_ONCE)
    )
    with reading(progress.engine) as session:
        return list(session.connection().execute(statement).scalars())


def _record(progress: Progress, status: SourceStatus, detail: str) -> str:
    with writing(progress.engine) as session:
        record_source(session, progress.application_id, SourceName.MAILBOXES, status, detail)
        progress.note(session)
    return detail
