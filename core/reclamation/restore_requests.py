"""Decides to give licenses back: checks who may and what may, and writes it down for a worker.

The run is opened again until its restores have ended; its requests keep their whole history.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from core.reclamation.chosen import listed, parts
from core.reclamation.guards import live_seats
from core.reclamation.ledger import Event, Request, move, read_requests
from core.reclamation.states import Cause, RequestState, Step
from core.rights import Actor, Role, require
from core.store.bulk import table_of
from core.store.engine import reading, writing
from core.store.tables import ReclamationRequest, ReclamationRun

_RUNS: Final = table_of(ReclamationRun)
_REQUESTS: Final = table_of(ReclamationRequest)


OUT_OF_GROUP: Final = (
    "The person was taken out of a group: add them to the group again to give the license back."
)
"""Why no restore is offered for an inherited license."""


class RestoreRefused(Exception):  # noqa: N818 - an answer that the rules give, not a fault of the program
    """Nothing is given back, nothing was changed. The message says why and what to do."""


def restorable(engine: Engine, application_id: int, run_id: int) -> list[int]:
    """The requests of a run whose license can be given back, in the order of the choice."""
    query = (
        select(_REQUESTS.c.id)
        .where(_REQUESTS.c.application_id == application_id, _REQUESTS.c.run_id == run_id)
        .where(_REQUESTS.c.state == RequestState.RECLAIMED.value, _REQUESTS.c.via_group_id.is_(None))
        .order_by(_REQUESTS.c.id)
    )
    with reading(engine) as session:
        return list(session.connection().execute(query).scalars())


def run_of(engine: Engine, application_id: int, request_id: int) -> int | None:
    """The run that a request belongs to; nothing where the application has no such request."""
    with reading(engine) as session:
        found = read_requests(session, application_id, [request_id])
    return found[0].run_id if found else None


def restore(
    engine: Engine,
    application_id: int,
    request_ids: Iterable[int],
    *,
    actor: Actor,
    allow_reclaim: bool,
    now: datetime,
) -> None:
    """Put on record that these licenses are to be given back; a worker carries it out. All or none.

    Raises:
        RightRefused: the actor is no operator.
        RestoreRefused: the message names the request or the rule in the way.
    """
    require(actor, Role.OPERATOR)
    wanted = sorted(set(request_ids))
    if not wanted:
        raise RestoreRefused("nothing is chosen: choose at least one reclaimed license")
    if not allow_reclaim:
        raise RestoreRefused(
            "changing licenses is switched off for this application: set allow_reclaim = true in its "
            "configuration"
        )
    try:
        with writing(engine) as session:
            requests = _reclaimed(session, application_id, wanted)
            _refuse_live(session, application_id, requests)
            for request in requests:
                _ask(session, request, actor, now)
            _open_again(session, {request.run_id for request in requests})
    except IntegrityError as error:  # another process was faster between the check and the commit
        raise RestoreRefused(
            "somebody else has just asked for one of these seats: see the reclamation history, then try again"
        ) from error


def _reclaimed(session: Session, application_id: int, wanted: Sequence[int]) -> list[Request]:
    found = read_requests(session, application_id, wanted)
    if absent := sorted(set(wanted) - {request.id for request in found}):
        raise RestoreRefused(f"there is no request {listed([str(each) for each in absent])}")
    left = [each.user_principal_name for each in found if each.via_group_id is not None]
    if left:
        raise RestoreRefused(f"{OUT_OF_GROUP} This concerns {listed(left)}")
    others = [request for request in found if request.state is not RequestState.RECLAIMED]
    if others:
        names = [f"{each.user_principal_name} ({each.state.replace('_', ' ')})" for each in others]
        raise RestoreRefused(
            f"only a reclaimed license can be given back, which this is not: {listed(names)}"
        )
    return found


def _refuse_live(session: Session, application_id: int, requests: Sequence[Request]) -> None:
    seats = {(request.user_id, request.sku_id): request for request in requests}
    if len(seats) < len(requests):
        raise RestoreRefused("the same license of the same person is chosen twice: choose its latest request")
    if taken := live_seats(session, application_id, list(seats)):
        names = [
            f"{each.user_principal_name} ({each.product_name})"
            for seat, each in seats.items()
            if seat in taken
        ]
        raise RestoreRefused(f"another request is under way for {listed(names)}: wait until it has ended")


def _ask(session: Session, request: Request, actor: Actor, now: datetime) -> None:
    event = Event(
        step=Step.RESTORE_ASKED,
        at=now,
        actor=actor.name,
        detail=f"Restore {request.product_name} for {request.user_principal_name}.",
    )
    moved = move(
        session,
        request,
        RequestState.RESTORING,
        event,
        due_at=now,
        cause=Cause.OPERATOR,
        # Of its own, so that its steps never meet those of the removal.
        attempt=request.attempt + 1,
        restore_intent_at=None,
        restore_accepted_at=None,
        restore_attempts=0,
        reason=None,
    )
    if moved is None:
        raise RestoreRefused(
            f"somebody else has just taken {request.user_principal_name} in hand: look again, then try again"
        )


def _open_again(session: Session, run_ids: set[int]) -> None:
    for part in parts(sorted(run_ids)):
        session.connection().execute(update(_RUNS).where(_RUNS.c.id.in_(part)).values(ended_at=None))
