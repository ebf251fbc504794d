"""What the steps of a reclamation work with, and what they all do with a request that must wait."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, update
from sqlmodel import Session, col

from core.graph import GraphClient
from core.graph.pacing import WriteGate
from core.notification.setup import Notices
from core.reclamation.ledger import Request, claim, claiming, write
from core.reclamation.patience import SEND_WITHIN
from core.reclamation.role_watch import RoleWatch
from core.reclamation.tenant import Answer, Outcome
from core.store.engine import writing
from core.store.tables import User

TOO_LATE: Final = (
    "The call was not sent, because this process stood still since its intent: the user is read again first."
)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One worker's means: the database, the tenant, and the pace at which it may write there."""

    engine: Engine
    client: GraphClient
    gate: WriteGate
    now_fn: Callable[[], datetime]
    allow_reclaim: bool
    """False: dry runs work, a removal is refused."""
    should_stop: Callable[[], bool]
    """True: begin nothing that is not begun."""
    roles: RoleWatch = field(default_factory=RoleWatch)
    """Who holds an admin role, read anew shortly before a removal."""
    notices: Notices | None = None
    """How to write to the holders; None where nothing is configured for it."""


def claim_all(work: Work, requests: Sequence[Request], until: datetime) -> list[Request]:
    """Take requests in hand until then, as they are; those that nobody else has moved on meanwhile."""
    if not requests:
        return []
    with writing(work.engine) as session:
        claimed = write(session, [claiming(request, until) for request in requests])
    return [claimed[request.id] for request in requests if request.id in claimed]


def send(work: Work, intended: Request, call: Callable[[GraphClient], Answer]) -> Answer:
    """Make a call that writes, for which there is a place, and let the pace follow what Microsoft says of it.

    It is not made where the intent, with which the request was changed last, is too old by now: neither here
    nor where a token was waited for meanwhile.
    Silence says nothing of the pace. Two calls that got into each other's way are no reason to stop, where
    Microsoft names no time, but to do less at once.
    """

    def in_time() -> bool:
        return work.now_fn() - intended.changed_at <= SEND_WITHIN

    if not in_time():
        return Answer(outcome=Outcome.PUSHED_BACK, text=TOO_LATE)
    sent_after = work.gate.halvings
    answer = call(work.client.sending_while(in_time))
    if answer.outcome is Outcome.PUSHED_BACK:
        if answer.conflict and answer.retry_after is None:
            work.gate.conflicted(sent_after)
        else:
            work.gate.pushed_back(answer.retry_after, sent_after)
    elif answer.outcome is not Outcome.SILENT:
        work.gate.went_well()
    return answer


def put_off(work: Work, request: Request) -> None:
    """Let a request rest until there may be a place for it; nothing happened that is worth an event."""
    with writing(work.engine) as session:
        claim(session, request, work.now_fn() + timedelta(seconds=work.gate.closed_for()))


def read_anew(session: Session, application_id: int, user_ids: Collection[str]) -> None:
    """Let the next sync write these people with all seats, also where Graph shows what it showed before."""
    people = (col(User.application_id) == application_id, col(User.user_id).in_(user_ids))
    session.connection().execute(update(User).where(*people).values(digest=None))
