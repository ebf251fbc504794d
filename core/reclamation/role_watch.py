"""Who holds an admin role now: read anew shortly before a removal, once for all chunks of a process."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.graph import AdminRoles, BadRequest, GraphClient, GraphError, NotFound, PermissionDenied
from core.reclamation.facts import Seen
from core.reclamation.tenant import Unread

HOLD_FOR: Final = timedelta(seconds=30)
"""A listing takes a handful of requests for the whole tenant, so it serves every check for so long."""


class RoleWatch:
    """The admin roles of one tenant, as they were within the last seconds. May be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at: datetime | None = None
        self._found: AdminRoles | None = None

    def read(self, client: GraphClient, now: datetime) -> AdminRoles | Unread | None:
        """The roles; None where Microsoft does not tell them to this application. A failure is not kept."""
        with self._lock:
            if self._read_at is not None and timedelta(0) <= now - self._read_at < HOLD_FOR:
                return self._found
            try:
                self._found = client.read_admin_roles()
            except (PermissionDenied, BadRequest, NotFound):
                self._found = None
            except GraphError as error:
                return Unread(reason=error.message, retry_after=error.retry_after)
            self._read_at = now
            return self._found


def with_roles(seen: Seen | Unread, roles: AdminRoles | Unread | None, user_id: str) -> Seen | Unread:
    """What Graph shows of a user, with the roles. Where some could not be read, no role proves nothing."""
    if isinstance(seen, Unread) or roles is None:
        return seen
    if isinstance(roles, Unread):
        return roles
    held = roles.holders.get(user_id)
    if held is None and roles.gaps:
        return seen
    return replace(seen, admin_roles=held or ())
