"""What can go wrong with Microsoft Graph, as a caller may want to tell it apart.

    GraphError
    ├── SignInFailed          no token: wrong secret, unknown tenant or application (contract §8.3)
    ├── Unreachable           no answer: name not found, refused, reset, timed out, certificate not trusted
    ├── OutcomeUnknown        a write was sent and its answer lost: read again before doing anything
    ├── Stopped               the caller asked to stop while waiting
    ├── UnexpectedAnswer      not what the contract promises: HTML, broken JSON, a field of another type
    └── Refused               Graph answered with an error
        ├── BadRequest        400
        │   └── ExpiredPageToken   the listing has to begin anew
        ├── Unauthorized      401, also with a fresh token
        ├── PermissionDenied  403
        │   └── PremiumRequired    the tenant lacks Microsoft Entra ID P1/P2
        ├── NotFound          404
        │   └── MailboxMissing     the user has no mailbox
        ├── Conflict          409
        ├── Throttled         429, also after patience
        ├── ServerFailed      5xx, also after patience
        └── LicenseError      assigning or removing a license was refused; `kind` says why (contract §5.3)

The message says what happened, to what, and what to do. `request_id` is Graph's own, for Microsoft's support.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import orjson

from core.graph.answer import Answer


class GraphError(Exception):
    """Anything that went wrong between here and Microsoft Graph."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled with all it knows, whatever its constructor asks for: errors travel between processes."""
        return _restored, (type(self), self.message, self.__dict__)


def _restored(kind: type[GraphError], message: str, known: dict[str, Any]) -> GraphError:
    error = kind.__new__(kind, message)
    error.__dict__.update(known)
    return error


class SignInFailed(GraphError):  # noqa: N818 - named for what happened, as all in this tree
    """No access token was issued."""


class Unreachable(GraphError):  # noqa: N818
    """No answer came, and nothing was changed by it."""


class OutcomeUnknown(GraphError):  # noqa: N818
    """A write was sent, but whether it was carried out is not known."""


class Stopped(GraphError):  # noqa: N818
    """The caller asked to stop."""


class UnexpectedAnswer(GraphError):  # noqa: N818
    """The answer is not one that the contract knows."""


class Refused(GraphError):  # noqa: N818
    """Graph answered with an error."""


class BadRequest(Refused):
    """400."""


class ExpiredPageToken(BadRequest):
    """The listing took too long and has to begin anew."""


class Unauthorized(Refused):
    """401, although the token was fresh."""


class PermissionDenied(Refused):
    """403: a permission is missing, or the object is protected."""


class PremiumRequired(PermissionDenied):
    """The tenant has no Microsoft Entra ID P1 or P2."""


class NotFound(Refused):
    """404."""


class MailboxMissing(NotFound):
    """The user has no mailbox in the cloud."""


class Conflict(Refused):
    """409: something else changed the tenant at the same time."""


class Throttled(Refused):
    """429: Microsoft asks to wait longer than the caller's patience."""


class ServerFailed(Refused):
    """5xx."""


class LicenseErrorKind(StrEnum):
    """Why a license could not be assigned or removed (contract §5.3)."""

    INHERITED = "inherited"  # comes from a group, cannot be removed directly
    NOT_ASSIGNED = "not_assigned"  # the user does not hold it
    USAGE_LOCATION = "usage_location"  # the user's usage location is missing or not allowed
    UNKNOWN_SKU = "unknown_sku"  # the tenant does not own that license type
    NO_SEATS = "no_seats"  # all seats are taken
    DEPENDENCY = "dependency"  # another service plan needs one that would go
    CONFLICT = "conflict"  # service plans exclude each other
    PROXY_CONFLICT = "proxy_conflict"  # an e-mail address is taken
    PERMISSION = "permission"  # the permission is missing, or the user is in a restricted administrative unit
    GONE = "gone"  # the user does not exist
    UNKNOWN = "unknown"  # none of these: never retried, shown as it is


class LicenseError(Refused):
    """A license could not be assigned or removed."""

    def __init__(self, message: str, *, kind: LicenseErrorKind, **details: Any) -> None:  # noqa: ANN401 - GraphError's own
        super().__init__(message, **details)
        self.kind = kind


PREMIUM_CODE: Final = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
_EXPIRED_PAGE_CODE: Final = "Directory_ExpiredPageToken"
_NO_MAILBOX_CODE: Final = "MailboxNotEnabledForRESTAPI"

_LICENSE_MESSAGES: Final = (
    ("license is inherited from a group membership", LicenseErrorKind.INHERITED),
    ("user does not have a corresponding license", LicenseErrorKind.NOT_ASSIGNED),
    ("invalid usage location", LicenseErrorKind.USAGE_LOCATION),
    ("does not correspond to a valid company license", LicenseErrorKind.UNKNOWN_SKU),
    ("does not have any available licenses", LicenseErrorKind.NO_SEATS),
    ("depends on the service plan(s)", LicenseErrorKind.DEPENDENCY),
    ("are mutually exclusive", LicenseErrorKind.CONFLICT),
    ("proxyaddresses already exists", LicenseErrorKind.PROXY_CONFLICT),
)
_BY_STATUS: Final[Mapping[int, type[Refused]]] = {
    400: BadRequest,
    401: Unauthorized,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    429: Throttled,
}
_BY_CODE: Final[Mapping[str, type[Refused]]] = {
    PREMIUM_CODE: PremiumRequired,
    _EXPIRED_PAGE_CODE: ExpiredPageToken,
    _NO_MAILBOX_CODE: MailboxMissing,
}
_LOWEST_SERVER_ERROR: Final = 500
_LONGEST_MESSAGE: Final = 500
_TAGS: Final = re.compile(r"(?:<head\b.*?</head>|<[^>]*>|\s)+", re.DOTALL | re.IGNORECASE)
"""Between the words of a page of HTML; its head says the same as its body."""


def error_of(answer: Answer, what: str) -> GraphError:
    """The error that an answer with an error status stands for. `what` names the request for people."""
    code, message = code_and_message(answer.content)
    kind = _BY_CODE.get(code) or _BY_STATUS.get(answer.status)
    if kind is None:
        kind = ServerFailed if answer.status >= _LOWEST_SERVER_ERROR else Refused
    text = f"{what}: Microsoft Graph answered {answer.status}"
    text += f" {code}" if code else ""
    text += f": {message}" if message else ""
    return kind(
        text, status=answer.status, code=code, request_id=answer.request_id, retry_after=answer.retry_after
    )


def license_error_of(answer: Answer, what: str) -> GraphError:
    """The same for an answer to `assignLicense`, with its reason told apart."""
    error = error_of(answer, what)
    kind = classify_license_error(answer.status, error.code, code_and_message(answer.content)[1])
    if kind is None:
        return error
    return LicenseError(
        error.message, kind=kind, status=error.status, code=error.code, request_id=error.request_id
    )


def classify_license_error(status: int, code: str, message: str) -> LicenseErrorKind | None:
    """Why `assignLicense` was refused; nothing where the status says it all (401, 409, 429, 5xx).

    Microsoft uses one code for eight causes, so the message has to be matched (contract §2.1, §5.3). A
    refusal without any code comes from a gateway on the way, which knows nothing of users and rights.
    """
    if status in {403, 404} and not code:
        return LicenseErrorKind.UNKNOWN
    if status == 403:  # noqa: PLR2004 - an HTTP status is its own name
        return LicenseErrorKind.PERMISSION
    if status == 404:  # noqa: PLR2004
        return LicenseErrorKind.GONE
    if status != 400:  # noqa: PLR2004
        return None
    lowered = message.lower()
    for part, kind in _LICENSE_MESSAGES:
        if part in lowered:
            return kind
    return LicenseErrorKind.CONFLICT if code == "MutuallyExclusiveViolation" else LicenseErrorKind.UNKNOWN


def code_and_message(content: bytes) -> tuple[str, str]:
    """Code and message of an error's body (contract §2.1); of HTML, its text; never raises.

    The reports service nests a JSON text inside the message (§6.6): the inner one is what counts.
    """
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return "", _short(content.decode("utf-8", "replace"))
    code, message = _from_body(body)
    if message.startswith("{"):
        try:
            inner_code, inner = _from_body(orjson.loads(message))
        except orjson.JSONDecodeError:
            return code, _short(message)
        return inner_code or code, _short(inner or message)
    return code, _short(message)


def _from_body(body: Any) -> tuple[str, str]:  # noqa: ANN401 - whatever came
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    details = error.get("details")
    codes = (
        [each.get("code") for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    )
    violation = next((code for code in codes if isinstance(code, str) and code.endswith("Violation")), "")
    return violation or str(error.get("code") or ""), str(error.get("message") or "")


def _short(text: str) -> str:
    plain = _TAGS.sub(" ", text).strip()
    return plain if len(plain) <= _LONGEST_MESSAGE else f"{plain[:_LONGEST_MESSAGE]}…"
