"""The states of a reclamation request, and who may move it from which to which.

    queued → checking → reclaiming → verifying → reclaimed → restoring → restored
    queued → notified → checking | kept | active_again          queued → skipped (nobody could be notified)
    checking → skipped | would_reclaim (dry run)
    restoring → reclaimed (the restore failed, with a reason)

Beyond that line of success:

- Every live state can fail, except `restoring`, whose failure leaves the license reclaimed.
- A run that needs a second person's approval stays `queued` until it has it; rejected, or not approved in
  time, its requests are cancelled.
- Cancelling stops what has not begun: from `reclaiming` on the intent is on record, and a removal is never
  cut in two.
- `reclaiming` can still end as skipped: the removal itself can find the license inherited or gone, and a
  license that was granted anew after the intent is left alone.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class RequestState(StrEnum):
    """How far a request has come."""

    QUEUED = "queued"  # decided, and nothing done yet
    NOTIFIED = "notified"  # the holder was told, and can keep the license until the waiting period ends
    CHECKING = "checking"  # the user is being read again
    RECLAIMING = "reclaiming"  # what is intended is on record; the removal is under way
    VERIFYING = "verifying"  # Graph has accepted the removal; the user is read until the license is gone
    RECLAIMED = "reclaimed"  # the license is gone
    RESTORING = "restoring"  # the license is being given back
    RESTORED = "restored"  # the license is back
    SKIPPED = "skipped"  # left alone, for a reason
    WOULD_RECLAIM = "would_reclaim"  # a dry run came as far as it may
    KEPT = "kept"  # the holder asked to keep it
    ACTIVE_AGAIN = "active_again"  # the holder used it during the waiting period
    FAILED = "failed"  # it could not be done, for a reason
    CANCELLED = "cancelled"  # a person stopped it before it began, or nobody approved it


class Cause(StrEnum):
    """Who moves a request on."""

    ENGINE = "engine"  # the worker that carries it out
    OPERATOR = "operator"  # a person with the right to reclaim
    DEADLINE = "deadline"  # the time in which somebody had to approve has passed
    HOLDER = "holder"  # whoever holds the license, through the keep link


class Step(StrEnum):
    """What an event in the history records; each at most once per request and attempt."""

    REQUESTED = "requested"  # somebody decided
    APPROVED = "approved"  # a second person agreed, where that is needed
    REJECTED = "rejected"  # a second person did not
    NOTIFIED = "notified"  # the mail to the holder was taken by whoever sends it
    REMINDED = "reminded"  # so was a second one, shortly before the end
    KEPT = "kept"  # the holder asked to keep the license
    BEGUN = "begun"  # a worker took it in hand
    CHECKED = "checked"  # the user was read again, and what was found
    INTENT = "intent"  # what is about to be removed, from whom, before the call
    REMOVAL = "removal"  # what Graph answered
    READ_BACK = "read_back"  # the user was read after the removal, or after the license was given back
    RESTORE_ASKED = "restore_asked"  # somebody decided to give the license back
    RESTORE_INTENT = "restore_intent"  # what is about to be assigned, to whom, before the call
    ASSIGNMENT = "assignment"  # what Graph answered
    AUDITED = "audited"  # the directory's audit log was asked about the removal, and what it said
    ENDED = "ended"  # the request came to an end, with its reason


_S = RequestState

TRANSITIONS: Final[Mapping[RequestState, Mapping[RequestState, frozenset[Cause]]]] = {
    _S.QUEUED: {
        _S.NOTIFIED: frozenset({Cause.ENGINE}),
        _S.CHECKING: frozenset({Cause.ENGINE}),
        _S.SKIPPED: frozenset({Cause.ENGINE}),
        _S.FAILED: frozenset({Cause.ENGINE}),
        _S.CANCELLED: frozenset({Cause.OPERATOR, Cause.DEADLINE}),
    },
    _S.NOTIFIED: {
        _S.CHECKING: frozenset({Cause.ENGINE}),
        _S.KEPT: frozenset({Cause.HOLDER}),
        _S.ACTIVE_AGAIN: frozenset({Cause.ENGINE}),
        _S.FAILED: frozenset({Cause.ENGINE}),
        _S.CANCELLED: frozenset({Cause.OPERATOR}),
    },
    _S.CHECKING: {
        _S.RECLAIMING: frozenset({Cause.ENGINE}),
        _S.SKIPPED: frozenset({Cause.ENGINE}),
        _S.WOULD_RECLAIM: frozenset({Cause.ENGINE}),
        _S.FAILED: frozenset({Cause.ENGINE}),
        _S.CANCELLED: frozenset({Cause.OPERATOR}),
    },
    _S.RECLAIMING: {
        _S.VERIFYING: frozenset({Cause.ENGINE}),
        _S.SKIPPED: frozenset({Cause.ENGINE}),
        _S.FAILED: frozenset({Cause.ENGINE}),
    },
    _S.VERIFYING: {
        _S.RECLAIMED: frozenset({Cause.ENGINE}),
        _S.FAILED: frozenset({Cause.ENGINE}),
    },
    _S.RECLAIMED: {_S.RESTORING: frozenset({Cause.OPERATOR})},
    _S.RESTORING: {
        _S.RESTORED: frozenset({Cause.ENGINE}),
        _S.RECLAIMED: frozenset({Cause.ENGINE}),
    },
    _S.RESTORED: {},
    _S.SKIPPED: {},
    _S.WOULD_RECLAIM: {},
    _S.KEPT: {},
    _S.ACTIVE_AGAIN: {},
    _S.FAILED: {},
    _S.CANCELLED: {},
}
"""From each state, the states that may follow, and who may cause it."""

LIVE: Final = frozenset({_S.QUEUED, _S.NOTIFIED, _S.CHECKING, _S.RECLAIMING, _S.VERIFYING, _S.RESTORING})
"""Something is still to be done. Of these, a person and license type can have one request."""

FINAL: Final = frozenset(RequestState) - LIVE
"""Ends, each with a reason. Only `reclaimed` can be taken up again, by a restore."""

CANCELLABLE: Final = frozenset(
    state for state, following in TRANSITIONS.items() if RequestState.CANCELLED in following
)
"""States in which a person can still stop a request."""


class ForbiddenTransition(ValueError):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """The state may not follow, or not by this cause; nothing was changed."""


def check_transition(before: RequestState, after: RequestState, cause: Cause) -> None:
    """Refuse a transition that is not in the table.

    A live state may be begun anew by the engine, as another attempt.

    Raises:
        ForbiddenTransition: the message names both states and the cause.
    """
    if after is before and before in LIVE and cause is Cause.ENGINE:
        return
    causes = TRANSITIONS[before].get(after)
    if causes is None:
        following = ", ".join(TRANSITIONS[before]) or "nothing: it is an end"
        raise ForbiddenTransition(
            f"a request that is {before} can't become {after}; what may follow is {following}"
        )
    if cause not in causes:
        raise ForbiddenTransition(f"the {cause} can't make a request that is {before} become {after}")
