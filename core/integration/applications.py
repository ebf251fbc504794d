"""The configured applications as rows of the database, each tied to one tenant for good."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from core.graph import GraphClient, PermissionDenied
from core.settings import ApplicationSettings
from core.store.engine import writing
from core.store.tables import Application


class TenantChangedError(Exception):
    """The key of an application now leads to another tenant; nothing was read from it."""


def register_applications(
    engine: Engine, applications: Iterable[ApplicationSettings], now: datetime
) -> dict[str, int]:
    """Make sure that every configured application has a row with its name; ids by key.

    Rows of applications that are no longer configured stay: their history does.
    """
    ids: dict[str, int] = {}
    with writing(engine) as session:
        for configured in applications:
            row = session.exec(select(Application).where(Application.key == configured.key)).one_or_none()
            if row is None:
                row = Application(key=configured.key, name=configured.name, created_at=now)
                session.add(row)
            row.name = configured.name
            session.flush()
            if row.id is not None:  # the flush has given it one
                ids[configured.key] = row.id
    return ids


def fix_tenant(session: Session, application_id: int, tenant_id: str) -> None:
    """Tie the application to this tenant (a GUID), or check that it is the one it is tied to.

    Raises:
        TenantChangedError: it is tied to another one.
    """
    wanted = tenant_id.lower()
    session.connection().execute(
        update(Application)
        .where(col(Application.id) == application_id, col(Application.tenant_id).is_(None))
        .values(tenant_id=wanted)
    )
    row = session.exec(select(Application).where(Application.id == application_id)).one()
    if row.tenant_id != wanted:
        raise TenantChangedError(
            f"the application {row.key} was first synced with the tenant {row.tenant_id}, but its "
            f"configuration now leads to {wanted}: restore its tenant_id, or connect the other tenant "
            "under a key of its own"
        )


def confirm_tenant(engine: Engine, client: GraphClient, application_id: int) -> None:
    """Ask the tenant who it is, and fix it or check it before anything of it is stored.

    Raises:
        TenantChangedError: the application is tied to another one.
        GraphError: the tenant did not say.
    """
    try:
        tenant_id = client.get_organization().id
    except PermissionDenied:
        # A GUID in the configuration is what the token was issued for; a domain could have moved.
        try:
            tenant_id = str(UUID(client.connection.tenant_id))
        except ValueError:
            tenant_id = ""
        if not tenant_id:
            raise
    with writing(engine) as session:
        fix_tenant(session, application_id, tenant_id)
