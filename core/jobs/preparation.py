"""Makes a reclamation run ready: nobody loses a license on sign-ins older than six hours."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from core.activity.evidence import SourceStatus
from core.graph import GraphClient
from core.graph.errors import GraphError
from core.integration.access import refresh_sign_ins
from core.integration.assessment import assess
from core.integration.sources import SourceName, read_sources
from core.reclamation.due import begin_preparing, fail_unprepared, mark_prepared
from core.reclamation.patience import FRESH_FOR
from core.store.engine import reading

_NOT_TO_BE_HAD: Final = frozenset({SourceStatus.MISSING, SourceStatus.CONCEALED})
"""Without the permission or the premium license there are no sign-ins: the other evidence has to do."""


def make_ready(
    engine: Engine,
    client: GraphClient,
    application_id: int,
    run_id: int,
    *,
    now_fn: Callable[[], datetime],
    should_stop: Callable[[], bool],
) -> None:
    """See to it that the sign-ins are fresh, then let the run's requests begin; otherwise fail them all."""
    if not begin_preparing(engine, run_id, now_fn()):
        return  # it waits for approval, and is asked for again once it has it
    if not _fresh(engine, application_id, now_fn()):
        problem = _refresh(engine, client, application_id, now_fn, should_stop)
        if should_stop():
            return  # whoever comes next makes it ready
        if problem is not None:
            reason = (
                f"The latest sign-ins could not be read ({problem}). Nothing was removed; try again later."
            )
            fail_unprepared(engine, run_id, reason, now_fn())
            return
    mark_prepared(engine, run_id, now_fn())


def _fresh(engine: Engine, application_id: int, now: datetime) -> bool:
    with reading(engine) as session:
        source = read_sources(session, application_id).get(SourceName.SIGN_INS)
    if source is None or source.read_at is None:
        return False
    # Of a pass that was cut off and went on, the first people were read when it began.
    return (source.as_of or source.read_at) > now - FRESH_FOR


def _refresh(
    engine: Engine,
    client: GraphClient,
    application_id: int,
    now_fn: Callable[[], datetime],
    should_stop: Callable[[], bool],
) -> str | None:
    """Read the sign-ins and judge all assignments anew; what went wrong, if anything."""
    try:
        refresh_sign_ins(engine, client, application_id, should_stop=should_stop, clock=now_fn)
    except GraphError as error:
        return str(error)
    assess(engine, application_id, now_fn())
    if _fresh(engine, application_id, now_fn()):
        return None
    with reading(engine) as session:
        source = read_sources(session, application_id).get(SourceName.SIGN_INS)
    if source is not None and source.status in _NOT_TO_BE_HAD:
        return None
    return source.detail if source else "nobody has read them yet"
