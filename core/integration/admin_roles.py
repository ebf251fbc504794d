"""Admin roles: who holds one, or may activate one. A source of its own, and optional.

Only holders are kept. Whoever is not among them holds none where the source is available; otherwise that is
not known, which lowers nothing.
"""

from typing import Final

from sqlalchemy import delete
from sqlmodel import col

from core.activity.evidence import SourceStatus
from core.graph import AdminRoles, GraphClient, GraphError, PermissionDenied, Stopped
from core.integration.progress import Progress
from core.integration.sources import SourceName, as_sentence, record_source
from core.store.bulk import upsert
from core.store.engine import writing
from core.store.tables import LogLevel, RoleHolder

NO_PERMISSION: Final = (
    "RoleManagement.Read.Directory is not granted: whether an account holds an admin role is not known. That "
    "lowers nothing."
)
_FAILED: Final = "The admin roles could not be read, so those of the last time hold. {error}"


def refresh_admin_roles(client: GraphClient, progress: Progress) -> list[str]:
    """Read all admin roles and keep their holders at one stroke; what failed, a sentence each.

    A missing permission is no failure: the source says so, and whoever held a role still counts as a holder.

    Raises:
        Stopped: the client was told to stop while waiting.
    """
    try:
        found = client.read_admin_roles()
    except Stopped:
        raise
    except PermissionDenied:
        _record(progress, SourceStatus.MISSING, NO_PERMISSION)
        return []
    except GraphError as error:
        detail = as_sentence(_FAILED.format(error=error))
        _record(progress, SourceStatus.FAILED, detail)
        return [detail]
    _keep(progress, found)
    progress.log(f"Admin roles: held by {len(found.holders):,} people.")
    return list(found.gaps)


def _record(progress: Progress, status: SourceStatus, detail: str) -> None:
    with writing(progress.engine) as session:
        record_source(session, progress.application_id, SourceName.ADMIN_ROLES, status, detail)
    progress.log(detail, level=LogLevel.WARNING)


def _keep(progress: Progress, found: AdminRoles) -> None:
    """Where something could not be read, whoever is on record stays on record."""
    application_id, now = progress.application_id, progress.clock()
    status = SourceStatus.DEGRADED if found.gaps else SourceStatus.AVAILABLE
    detail = " ".join(as_sentence(gap) for gap in found.gaps)
    progress.count(admin_roles=len(found.holders))
    with writing(progress.engine) as session:
        if not found.gaps:
            ours = col(RoleHolder.application_id) == application_id
            session.connection().execute(delete(RoleHolder).where(ours))
        upsert(
            session,
            RoleHolder,
            [
                {"application_id": application_id, "user_id": user_id, "roles": list(roles), "read_at": now}
                for user_id, roles in found.holders.items()
            ],
        )
        record_source(session, application_id, SourceName.ADMIN_ROLES, status, detail, read_at=now)
        progress.note(session)
