"""What a reclamation asks of the tenant: read the users of some requests in one go, remove one license."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.graph import GraphClient
from core.graph.directory import Read
from core.graph.errors import (
    Conflict,
    GraphError,
    LicenseError,
    LicenseErrorKind,
    NotFound,
    OutcomeUnknown,
    ServerFailed,
    Stopped,
    Throttled,
    UnexpectedAnswer,
    Unreachable,
)
from core.graph.licensing import LicenseCall
from core.graph.users import DirectoryUser
from core.reclamation.candidates import purpose_of
from core.reclamation.facts import Seen
from core.reclamation.ledger import Request
from core.reclamation.licenses import HeldLicense
from core.reclamation.opportunities import MailboxPurpose


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A user who could not be read now. `retry_after`: seconds, where Microsoft said so."""

    reason: str
    retry_after: float | None = None


class Outcome(StrEnum):
    """What became of a call that was to remove a license, or to assign one."""

    ACCEPTED = "accepted"  # answered with 200, which is no proof
    NOT_ASSIGNED = "not_assigned"  # there was nothing to remove
    INHERITED = "inherited"  # only a group gives it
    GONE = "gone"  # the user does not exist
    REFUSED = "refused"  # not carried out, and never will be as things stand
    PUSHED_BACK = "pushed_back"  # not carried out now
    SILENT = "silent"  # carried out or not: the answer is lost


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The outcome, as a sentence too, and Graph's own id of the request.

    `conflict`: pushed back because something else changed the tenant at the same time (409).
    """

    outcome: Outcome
    text: str
    request_id: str | None = None
    retry_after: float | None = None
    conflict: bool = False


Refusals = Mapping[LicenseErrorKind, tuple[Outcome, str]]
"""What a refusal means, and the sentence that says so; of kinds that are not in it, Microsoft's own."""


def read_seats(
    client: GraphClient, requests: Sequence[Request], *, mailboxes: bool
) -> dict[int, Seen | Unread]:
    """What Graph shows now of each request's user and license type, by request id, in batches.

    Args:
        client: the tenant.
        requests: whose users to read.
        mailboxes: also read what the mailboxes are for; where that is not permitted they stay unknown.
    """
    user_ids = list(dict.fromkeys(request.user_id for request in requests))
    try:
        users = client.get_users(user_ids)
        purposes = client.mailbox_purposes(user_ids) if mailboxes else {}
    except GraphError as error:
        unread = Unread(reason=error.message, retry_after=error.retry_after)
        return {request.id: unread for request in requests}
    return {request.id: _seen(request, users[request.user_id], purposes) for request in requests}


def remove_license(client: GraphClient, user_id: str, sku_id: str) -> Answer:
    """Remove exactly this license from exactly this user, in one call that is sent once. Never raises."""
    return _call(lambda: client.remove_license(user_id, sku_id), "removal", _REFUSALS)


def give_license(client: GraphClient, user_id: str, sku_id: str, disabled_plans: Sequence[str]) -> Answer:
    """Assign exactly this license, with these plans off, in one call that is sent once. Never raises."""
    return _call(
        lambda: client.add_license(user_id, sku_id, disabled_plans), "assignment", _REFUSALS_TO_ASSIGN
    )


def answer_of(error: GraphError) -> Answer:
    """What became of a write that went wrong in a way that says nothing of licenses or groups."""
    if isinstance(error, Throttled | Conflict):
        return _answer(error, Outcome.PUSHED_BACK, f"Microsoft asks to try later: {error.message}")
    if isinstance(error, Unreachable):
        return _answer(error, Outcome.PUSHED_BACK, f"The call could not be sent: {error.message}")
    if isinstance(error, OutcomeUnknown | UnexpectedAnswer | Stopped | ServerFailed):
        return _answer(error, Outcome.SILENT, f"No clear answer; the user is read again. {error.message}")
    return _answer(error, Outcome.REFUSED, error.message)


def _call(call: Callable[[], LicenseCall], what: str, refusals: Refusals) -> Answer:
    try:
        done = call()
    except LicenseError as error:
        outcome, text = refusals.get(error.kind, (Outcome.REFUSED, error.message))
        return _answer(error, outcome, text)
    except GraphError as error:
        return answer_of(error)
    text = f"Microsoft accepted the {what}."
    return Answer(outcome=Outcome.ACCEPTED, text=text, request_id=done.request_id)


_REFUSALS: Final[Refusals] = {
    LicenseErrorKind.NOT_ASSIGNED: (Outcome.NOT_ASSIGNED, "The user does not hold the license any more."),
    LicenseErrorKind.INHERITED: (
        Outcome.INHERITED,
        "The license is inherited from a group and can't be removed from the user directly.",
    ),
    LicenseErrorKind.GONE: (Outcome.GONE, "The user does not exist any more."),
    LicenseErrorKind.PERMISSION: (
        Outcome.REFUSED,
        (
            "Microsoft refused the removal: grant LicenseAssignment.ReadWrite.All to the application; where "
            "other removals work, look whether the user is in a restricted administrative unit."
        ),
    ),
    LicenseErrorKind.DEPENDENCY: (
        Outcome.REFUSED,
        "Another license of the user depends on a service of this one: remove that one first.",
    ),
}


_REFUSALS_TO_ASSIGN: Final[Refusals] = {
    LicenseErrorKind.NO_SEATS: (
        Outcome.REFUSED,
        "No seat of this license type is free: buy one or free one, then restore again.",
    ),
    LicenseErrorKind.USAGE_LOCATION: (
        Outcome.REFUSED,
        (
            "The user's usage location is missing, or the license type is not offered there: correct it in "
            "the Microsoft 365 admin center, then restore again."
        ),
    ),
    LicenseErrorKind.UNKNOWN_SKU: (
        Outcome.REFUSED,
        "The tenant does not own this license type any more.",
    ),
    LicenseErrorKind.CONFLICT: (
        Outcome.REFUSED,
        "The user holds another license by now, with service plans that exclude those of this one.",
    ),
    LicenseErrorKind.DEPENDENCY: (
        Outcome.REFUSED,
        (
            "A service plan of this license depends on another license, which the user does not hold any "
            "more: assign that one first."
        ),
    ),
    LicenseErrorKind.GONE: (Outcome.GONE, "The user does not exist any more."),
    LicenseErrorKind.PERMISSION: (
        Outcome.REFUSED,
        (
            "Microsoft refused the assignment: grant LicenseAssignment.ReadWrite.All to the application; "
            "where other changes work, look whether the user is in a restricted administrative unit."
        ),
    ),
}


def _seen(request: Request, read: Read[DirectoryUser], purposes: Mapping[str, Read[str]]) -> Seen | Unread:
    if read.date is None:
        return Unread(reason="the answer does not say when it was given")
    if isinstance(read.error, NotFound):
        return Seen(at=read.date, exists=False)
    if read.value is None:
        error = read.error
        return Unread(
            reason=error.message if error else "no answer", retry_after=error.retry_after if error else None
        )
    purpose = purposes.get(request.user_id)
    if purpose is not None and isinstance(purpose.error, Throttled | ServerFailed):
        return Unread(reason=purpose.error.message, retry_after=purpose.error.retry_after)
    user = read.value
    states = [state for state in user.license_states if state.sku_id == request.sku_id.lower()]
    direct = next((state for state in states if state.assigned_by_group is None), None)
    return Seen(
        at=read.date,
        exists=True,
        account_enabled=user.account_enabled,
        management_restricted=user.management_restricted,
        direct=direct is not None,
        disabled_plans=direct.disabled_plans if direct else (),
        updated_at=direct.updated_at if direct else None,
        group_ids=tuple(state.assigned_by_group for state in states if state.assigned_by_group),
        mailbox_purpose=_purpose(purpose),
        usage_location=user.usage_location,
        others=tuple(
            HeldLicense(sku_id=state.sku_id, state=state.state, disabled_plans=state.disabled_plans)
            for state in user.license_states
            if state.sku_id != request.sku_id.lower()
        ),
    )


def _purpose(read: Read[str] | None) -> MailboxPurpose | None:
    return purpose_of(read.value) if read and read.value else None


def _answer(error: GraphError, outcome: Outcome, text: str) -> Answer:
    return Answer(
        outcome=outcome,
        text=text,
        request_id=error.request_id,
        retry_after=error.retry_after,
        conflict=isinstance(error, Conflict),
    )
