"""How each source of evidence stands, and what its absence costs, in sentences for people."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, select

from core.activity.evidence import Report, SourceStatus
from core.graph import GraphError, PermissionDenied, Stopped
from core.integration.progress import Progress
from core.store.bulk import upsert
from core.store.engine import writing
from core.store.tables import Source


class SourceName(StrEnum):
    """A source of evidence."""

    LICENSE_TYPES = "license_types"
    DIRECTORY = "directory"
    SIGN_INS = "sign_ins"
    USAGE_REPORTS = Report.ACTIVE_USERS.value
    APP_USAGE = Report.APP_USAGE.value
    MAILBOX_USAGE = Report.MAILBOX_USAGE.value
    COPILOT_USAGE = Report.COPILOT_USAGE.value
    ACTIVATIONS = Report.ACTIVATIONS.value
    MAILBOXES = "mailboxes"
    ADMIN_ROLES = "admin_roles"
    SUBSCRIPTIONS = "subscriptions"

    @property
    def label(self) -> str:
        """The name that people see."""
        return _LABELS[self]


_LABELS = {
    SourceName.LICENSE_TYPES: "License types",
    SourceName.DIRECTORY: "Directory",
    SourceName.SIGN_INS: "Sign-ins",
    SourceName.USAGE_REPORTS: "Report of active users",
    SourceName.APP_USAGE: "Report of app usage",
    SourceName.MAILBOX_USAGE: "Report of mailbox usage",
    SourceName.COPILOT_USAGE: "Report of Copilot usage",
    SourceName.ACTIVATIONS: "Report of activations",
    SourceName.MAILBOXES: "Mailboxes",
    SourceName.ADMIN_ROLES: "Admin roles",
    SourceName.SUBSCRIPTIONS: "Subscriptions",
}


def as_sentence(text: str) -> str:
    """The text with an end, so that another sentence can follow: Microsoft's own messages often have none."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def record_source(
    session: Session,
    application_id: int,
    name: SourceName,
    status: SourceStatus,
    detail: str,
    *,
    as_of: datetime | None = None,
    read_at: datetime | None = None,
) -> None:
    """Keep how a source stands.

    Without `read_at` it was not read this time: when it last was, and what day that spoke of, stay.
    """
    row = {"application_id": application_id, "name": name.value, "status": status.value, "detail": detail}
    if read_at is not None:
        upsert(session, Source, [row | {"as_of": as_of or read_at, "read_at": read_at}])
    else:
        upsert(session, Source, [row])


def read_sources(session: Session, application_id: int) -> dict[str, Source]:
    """The sources of an application by name; those that nobody tried to read yet are absent."""
    found = session.exec(select(Source).where(Source.application_id == application_id))
    return {source.name: source for source in found}


@contextmanager
def record_failure(progress: Progress, name: SourceName) -> Iterator[None]:
    """Keep on record that a source failed, with the reason, when reading it ends in an error of Graph's."""
    try:
        yield
    except Stopped:
        raise
    except GraphError as error:
        status = SourceStatus.MISSING if isinstance(error, PermissionDenied) else SourceStatus.FAILED
        with writing(progress.engine) as session:
            record_source(session, progress.application_id, name, status, str(error))
        raise
