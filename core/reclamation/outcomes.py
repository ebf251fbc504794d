"""Why requests of a run were left alone or failed, the same reason counted once."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session

from core.reclamation.states import RequestState
from core.store.bulk import table_of
from core.store.tables import ReclamationRequest

_REQUESTS: Final = table_of(ReclamationRequest).c
_LEFT_ALONE: Final = (RequestState.FAILED.value, RequestState.SKIPPED.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A reason for which requests ended as they did, and how many they are."""

    state: RequestState
    reason: str
    requests: int


def why_left_alone(session: Session, run_id: int, *, most: int = 8) -> list[Outcome]:
    """The reasons of failed and skipped requests: failures first, then the most frequent.

    Args:
        session: for reading.
        run_id: the run.
        most: reasons; rarer ones are left to the history.
    """
    reason = func.coalesce(_REQUESTS.reason, "No reason is on record.").label("reason")
    ended = (
        select(_REQUESTS.state, reason)
        .where(_REQUESTS.run_id == run_id, _REQUESTS.state.in_(_LEFT_ALONE))
        .subquery()
    )
    counted = (
        select(ended.c.state, ended.c.reason, func.count())
        .group_by(ended.c.state, ended.c.reason)
        .order_by(ended.c.state, func.count().desc(), ended.c.reason)  # `failed` is before `skipped`
        .limit(most)
    )
    return [
        Outcome(state=RequestState(state), reason=text, requests=count)
        for state, text, count in session.connection().execute(counted)
    ]
