"""Signs of life of the workers: who works, and whose unfinished jobs need somebody else."""

import os
import socket
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete, func, select, update

from core.store.bulk import table_of, upsert
from core.store.engine import reading, writing
from core.store.tables import Worker

BEAT_EVERY: Final = timedelta(seconds=3)
DEAD_AFTER: Final = timedelta(seconds=15)
"""Without a sign of life for this long, a worker counts as dead and others take over its jobs."""


def record_start(engine: Engine, slot: str, now: datetime) -> None:
    """Put this process on record as the slot's worker."""
    row = {"slot": slot, "host": socket.gethostname(), "pid": os.getpid(), "started_at": now}
    with writing(engine) as session:
        upsert(session, Worker, [row | {"heartbeat_at": now}])


def beat(engine: Engine, slot: str, now: datetime) -> None:
    """Give a sign of life."""
    table = table_of(Worker)
    with writing(engine) as session:
        session.connection().execute(
            update(table).where(table.c.slot == slot).values(heartbeat_at=now),
        )


def record_stop(engine: Engine, slot: str) -> None:
    """Take the worker off the record, so that nobody waits for it."""
    table = table_of(Worker)
    with writing(engine) as session:
        session.connection().execute(delete(table).where(table.c.slot == slot))


def live_slots(engine: Engine, now: datetime) -> set[str]:
    """The slots whose workers have given a sign of life lately."""
    table = table_of(Worker)
    with reading(engine) as session:
        rows = session.connection().execute(
            select(table.c.slot).where(table.c.heartbeat_at > now - DEAD_AFTER)
        )
        return set(rows.scalars())


def working_since(engine: Engine, now: datetime) -> datetime | None:
    """Since when somebody works the queues; nothing where nobody does."""
    table = table_of(Worker)
    alive = select(func.min(table.c.started_at)).where(table.c.heartbeat_at > now - DEAD_AFTER)
    with reading(engine) as session:
        return session.connection().execute(alive).scalar()


def live_worker(engine: Engine, now: datetime) -> bool:
    """Whether anybody works the queues. If not, whatever is queued waits."""
    return bool(live_slots(engine, now))
