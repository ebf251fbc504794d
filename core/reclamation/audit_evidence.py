"""Looks for the removals of a run in the directory's audit log, once, and puts on record what it says.

It is evidence from the other side, beside the proof that the user was read without the license. Nothing is
decided by it: a removal that the log does not show stays reclaimed, and a log that can't be read costs only
this. Licenses that went with a group are not looked for: Microsoft takes those away by itself.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, exists, insert, select, update
from sqlmodel import Session

from core.graph import GraphClient
from core.graph.audit_log import LicenseChange
from core.graph.errors import GraphError, PermissionDenied
from core.reclamation.audit_match import Removal, match, said, span
from core.reclamation.due import AUDITED_AFTER
from core.reclamation.ledger import SYSTEM
from core.reclamation.states import Step
from core.store.bulk import table_of
from core.store.engine import reading, writing
from core.store.tables import ReclamationEvent, ReclamationRequest, ReclamationRun

GIVES_UP: Final = timedelta(days=1)
"""So long after the end of a run it is tried, where the log can't be read."""

_RUNS: Final = table_of(ReclamationRun)
_REQUESTS: Final = table_of(ReclamationRequest)
_EVENTS: Final = table_of(ReclamationEvent)


@dataclass(frozen=True, kw_only=True)
class _Reclaimed:
    """A request to look for, with what its event is written with."""

    removal: Removal
    attempt: int
    state: str


def runs_to_audit(session: Session, now: datetime) -> list[tuple[int, int]]:
    """Runs whose removals are to be looked for now: application and run, the oldest first."""
    query = select(_RUNS.c.application_id, _RUNS.c.id).where(_RUNS.c.audit_due_at <= now)
    rows = session.connection().execute(query.order_by(_RUNS.c.id))
    return [(application_id, run_id) for application_id, run_id in rows]


def record_audit(
    engine: Engine,
    client: GraphClient,
    run_id: int,
    *,
    now_fn: Callable[[], datetime],
    should_stop: Callable[[], bool],
) -> None:
    """Look for the removals of a run and write an event of each; where the log can't be read, try later."""
    with reading(engine) as session:
        run = session.get_one(ReclamationRun, run_id)
        wanted = _reclaimed(session, run_id)
    if not wanted or not client.connection.cloud.has_audit_log:
        _settle(engine, run_id, None)
        return
    since, until = span([each.removal for each in wanted])
    try:
        found = list(client.license_changes(since, until))
    except PermissionDenied:
        _settle(engine, run_id, None)
        return
    except GraphError:
        if not should_stop():
            now = now_fn()
            late = run.ended_at is None or now - run.ended_at > GIVES_UP
            _settle(engine, run_id, None if late else now + AUDITED_AFTER)
        return
    _write(engine, run_id, wanted, found, now_fn())


def _reclaimed(session: Session, run_id: int) -> list[_Reclaimed]:
    """The removals of a run that went by an intent of ours and were not looked for before."""
    looked_for = exists().where(_EVENTS.c.request_id == _REQUESTS.c.id, _EVENTS.c.step == Step.AUDITED.value)
    query = select(
        _REQUESTS.c.id,
        _REQUESTS.c.user_id,
        _REQUESTS.c.sku_id,
        _REQUESTS.c.intent_at,
        _REQUESTS.c.reclaimed_at,
        _REQUESTS.c.attempt,
        _REQUESTS.c.state,
    ).where(
        _REQUESTS.c.run_id == run_id,
        _REQUESTS.c.reclaimed_at.is_not(None),
        _REQUESTS.c.intent_at.is_not(None),
        _REQUESTS.c.via_group_id.is_(None),
        ~looked_for,
    )
    return [
        _Reclaimed(
            removal=Removal(
                request_id=row.id,
                user_id=row.user_id,
                sku_id=row.sku_id,
                intent_at=row.intent_at,
                gone_at=row.reclaimed_at,
            ),
            attempt=row.attempt,
            state=row.state,
        )
        for row in session.connection().execute(query.order_by(_REQUESTS.c.id))
    ]


def _write(
    engine: Engine,
    run_id: int,
    wanted: Sequence[_Reclaimed],
    found: Iterable[LicenseChange],
    now: datetime,
) -> None:
    entries = match([each.removal for each in wanted], found)
    rows: list[dict[str, Any]] = []
    for each in wanted:
        entry = entries.get(each.removal.request_id)
        rows.append(
            {
                "request_id": each.removal.request_id,
                "step": Step.AUDITED.value,
                "attempt": each.attempt,
                "state": each.state,
                "at": now,
                "actor": SYSTEM,
                "detail": said(entry),
                "evidence": {}
                if entry is None
                else {
                    "audit_id": entry.id,
                    "changed_at": entry.at.isoformat(),
                    "initiated_by": entry.initiated_by,
                },
            }
        )
    with writing(engine) as session:
        session.connection().execute(insert(_EVENTS), rows)
        _put(session, run_id, None)


def _settle(engine: Engine, run_id: int, due_at: datetime | None) -> None:
    with writing(engine) as session:
        _put(session, run_id, due_at)


def _put(session: Session, run_id: int, due_at: datetime | None) -> None:
    session.connection().execute(update(_RUNS).where(_RUNS.c.id == run_id).values(audit_due_at=due_at))
