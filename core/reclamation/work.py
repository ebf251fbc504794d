"""What the steps of a reclamation work with, and what they all do with a request that must wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, update
from sqlmodel import Session, col

from core.graph import GraphClient
from core.graph.pacing import WriteGate
from core.notification.setup import Notices
from core.reclamation.ledger import Request, claim
from core.reclamation.tenant import Answer, Outcome
from core.store.engine import writing
from core.store.tables import User


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
    notices: Notices | None = None
    """How to write to the holders; None where nothing is configured for it."""


def claim_all(work: Work, requests: Sequence[Request], until: datetime) -> list[Request]:
    """Take requests in hand until then, as they are; those that nobody else has moved on meanwhile."""
    with writing(work.engine) as session:
        claimed = [claim(session, request, until) for request in requests]
    return [request for request in claimed if request is not None]


def tell_gate(gate: WriteGate, answer: Answer) -> None:
    """Let the pace follow what Microsoft said of a write; silence says nothing."""
    if answer.outcome is Outcome.PUSHED_BACK:
        gate.pushed_back(answer.retry_after)
    elif answer.outcome is not Outcome.SILENT:
        gate.went_well()


def put_off(work: Work, request: Request, due_at: datetime) -> None:
    """Let a request rest as it is until then; nothing happened that would be worth an event."""
    with writing(work.engine) as session:
        claim(session, request, due_at)


def read_anew(session: Session, application_id: int, user_id: str) -> None:
    """Let the next sync write this person with all seats, also where Graph shows what it showed before."""
    person = (col(User.application_id) == application_id, col(User.user_id) == user_id)
    session.connection().execute(update(User).where(*person).values(digest=None))
