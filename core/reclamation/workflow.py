"""Moves a chunk of requests on, each from the state in which it is found.

    queued → checking → reclaiming → verifying → reclaimed      (`check`, `removal`, `verification`)
    queued → notified → checking                                (`notifying`, `waiting`)
    checking → reclaiming → verifying through a group           (`leaving`, `leaving_verification`)
    reclaimed → restoring → restored                            (`restoration`)

Nothing is remembered between calls but the rows: whoever calls next, in whatever process, after whatever
crash, goes on where the rows stand. Two callers at once do no harm: every change names the state, attempt
and due time that it starts from, and only one of them can succeed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from core.graph import GraphClient
from core.graph.pacing import WriteGate
from core.notification.setup import Notices
from core.policies.policies import read_pause
from core.reclamation.check import check
from core.reclamation.leaving import leave
from core.reclamation.leaving_verification import verify_left
from core.reclamation.ledger import Request, live_requests
from core.reclamation.notifying import notify
from core.reclamation.patience import CHECK_HOLDS
from core.reclamation.removal import remove
from core.reclamation.requests import RunMode
from core.reclamation.restoration import restore
from core.reclamation.role_watch import RoleWatch
from core.reclamation.states import CANCELLABLE, RequestState
from core.reclamation.verification import verify
from core.reclamation.waiting import await_answers
from core.reclamation.work import Work
from core.store.engine import reading
from core.store.tables import ReclamationRun

_TO_CHECK: Final = frozenset({RequestState.QUEUED, RequestState.CHECKING, RequestState.RECLAIMING})
_UNPREPARED: Final = timedelta(seconds=5)


def advance_chunk(
    engine: Engine,
    client: GraphClient,
    run_id: int,
    chunk: int,
    *,
    gate: WriteGate,
    now_fn: Callable[[], datetime],
    allow_reclaim: bool,
    notices: Notices | None = None,
    roles: RoleWatch | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> datetime | None:
    """Move each request of the chunk that is due one step on, or several.

    Args:
        engine: the product's database.
        client: the tenant of the run's application.
        run_id: the run; as long as it is not made ready, nothing is done.
        chunk: number of the chunk in the run.
        gate: paces the writes to this tenant, shared by all chunks that this process works.
        now_fn: the clock.
        allow_reclaim: whether licenses may really be removed.
        notices: how to write to the holders; None where nothing is configured for it.
        roles: who holds an admin role, shared by all chunks that this process works; without it they are read
            for this call.
        should_stop: True as soon as nothing new is to be begun.

    Returns:
        When the next request of the chunk is due, or None where all have come to an end, are held, or the run
        waits for approval or has to be made ready again first. While the application is paused, what has not
        begun stays as it is.
    """
    work = Work(
        engine=engine,
        client=client,
        gate=gate,
        now_fn=now_fn,
        allow_reclaim=allow_reclaim,
        should_stop=should_stop,
        notices=notices,
        roles=roles or RoleWatch(),
    )
    with reading(engine) as session:
        run = session.get(ReclamationRun, run_id)
        if run is None or (run.needs_approval and run.approved_at is None):
            return None
        if run.prepared_at is None:
            return now_fn() + _UNPREPARED
        paused = read_pause(session, run.application_id) is not None
    to_check = _TO_CHECK
    if run.mode == RunMode.NOTIFY:
        to_check -= {RequestState.QUEUED}
        notify(work, run, _due(work, run_id, chunk, frozenset({RequestState.QUEUED}), paused=paused))
        waiting = _due(work, run_id, chunk, frozenset({RequestState.NOTIFIED}), paused=paused)
        if not await_answers(work, run, waiting):
            return None
    if not should_stop():
        direct, through_groups = _by_way(_due(work, run_id, chunk, to_check, paused=paused))
        _reclaim(work, direct)
        leave(work, through_groups)
    direct, through_groups = _by_way(_due(work, run_id, chunk, frozenset({RequestState.VERIFYING})))
    verify(work, direct)
    verify_left(work, through_groups)
    if not should_stop():
        restore(work, _due(work, run_id, chunk, frozenset({RequestState.RESTORING})))
    with reading(engine) as session:
        live = live_requests(session, run_id, chunk)
    return min((request.due_at for request in live if not (paused and _held(request))), default=None)


def _reclaim(work: Work, requests: Sequence[Request]) -> None:
    """Check requests when it is their turn, and remove the licenses of those that nothing speaks against."""
    if not requests:
        return
    with work.gate.in_line() as place:
        ready = [] if work.should_stop() else check(work, requests, CHECK_HOLDS)
        if ready:
            place.step_up()
            remove(work, ready, sent=place.step_out)


def _due(
    work: Work, run_id: int, chunk: int, states: frozenset[RequestState], *, paused: bool = False
) -> list[Request]:
    now = work.now_fn()
    with reading(work.engine) as session:
        live = live_requests(session, run_id, chunk)
    due = [request for request in live if request.state in states and request.due_at <= now]
    return [request for request in due if not (paused and _held(request))]


def _by_way(requests: Sequence[Request]) -> tuple[list[Request], list[Request]]:
    """Those whose license is removed directly, and those whose holder is taken out of a group."""
    through_groups = [request for request in requests if request.via_group_id is not None]
    return [request for request in requests if request.via_group_id is None], through_groups


def _held(request: Request) -> bool:
    """What a pause stops: not a dry run, nor a removal whose intent is on record."""
    return not request.dry_run and request.state in CANCELLABLE
