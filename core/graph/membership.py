"""Taking a user out of a group, which is the only thing that is ever deleted (contract §5.4).

Without its last part the address is that of the user: with a permission wide enough, the call would delete
the person. So it is built here and nowhere else, and the transport sends no other one.
"""

from enum import StrEnum
from typing import Any, Final

from core.graph import parse
from core.graph.addresses import REFERENCE
from core.graph.answer import Answer
from core.graph.errors import GraphError, Refused, code_and_message, error_of
from core.graph.retry import ONCE
from core.graph.transport import Transport

_BAD_REQUEST: Final = 400
_NO_CONTENT: Final = 204


class MembershipErrorKind(StrEnum):
    """Why a user could not be taken out of a group."""

    NOT_MEMBER = "not_member"  # or the group or the user is gone
    PERMISSION = "permission"  # missing, or a dynamic or role-assignable group
    SYNCED = "synced"
    MAIL_ENABLED = "mail_enabled"
    UNKNOWN = "unknown"


class MembershipError(Refused):
    """A user could not be taken out of a group."""

    def __init__(self, message: str, *, kind: MembershipErrorKind, **details: Any) -> None:  # noqa: ANN401 - GraphError's own
        super().__init__(message, **details)
        self.kind = kind


def membership_path(group_id: str, user_id: str) -> str:
    """The address of a membership. Raises UnexpectedAnswer unless both are GUIDs."""
    group = parse.guid(group_id, "group id", "a membership")
    user = parse.guid(user_id, "user id", "a membership")
    return f"/groups/{group}/members/{user}{REFERENCE}"


def remove_member(transport: Transport, group_id: str, user_id: str) -> str | None:
    """Take a user out of a group, sent once; Graph's own id of the request.

    The licenses that the group gives go later, which may take hours.

    Raises:
        MembershipError: refused; `kind` says why.
        Throttled, Conflict: not carried out; `retry_after` may say when to come again.
        OutcomeUnknown: sent, and the answer is lost, a server's error or none that was expected.
        Unreachable: not sent.
    """
    path = membership_path(group_id, user_id)
    answer = transport.delete(
        path,
        what=f"Taking the user {user_id} out of the group {group_id}",
        accept=(_NO_CONTENT,),
        patience=ONCE,
        error_of=_error_of,
    )
    return answer.request_id


def _error_of(answer: Answer, what: str) -> GraphError:
    error = error_of(answer, what)
    kind = _kind(answer.status, error.code, code_and_message(answer.content)[1].lower())
    if kind is None:
        return error
    return MembershipError(
        error.message, kind=kind, status=error.status, code=error.code, request_id=error.request_id
    )


def _kind(status: int, code: str, message: str) -> MembershipErrorKind | None:
    """A refusal without any code comes from a gateway on the way, which knows nothing of groups."""
    if status in _BY_STATUS:
        return _BY_STATUS[status] if code else MembershipErrorKind.UNKNOWN
    if status != _BAD_REQUEST:
        return None
    found = (kind for part, kind in _BY_MESSAGE if part in message)
    return next(found, MembershipErrorKind.UNKNOWN)


_BY_STATUS: Final = {403: MembershipErrorKind.PERMISSION, 404: MembershipErrorKind.NOT_MEMBER}
_BY_MESSAGE: Final = (
    ("on-premises mastered", MembershipErrorKind.SYNCED),
    ("mail-enabled", MembershipErrorKind.MAIL_ENABLED),
)
