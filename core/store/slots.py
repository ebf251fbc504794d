"""Keeps all processes of the product together within a limit of Microsoft's, by a row of the database.

The row says when the next request under the limit may be sent; whoever wants to send takes that slot and
moves the row on. The row is locked meanwhile, so no two processes take the same slot, whatever machine they
run on. Slots are spread evenly, so the row needs no more than one moment.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Engine, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from core.store.bulk import table_of
from core.store.engine import writing
from core.store.tables import RateLimit

_FARTHEST: Final = timedelta(hours=1)
"""Farther ahead nobody can be told to wait: a clock has been set back since."""

_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)


def next_slot(free_at: datetime, now: datetime) -> datetime:
    """The moment of the next slot, when the row says that one is free at `free_at`."""
    return now if free_at > now + _FARTHEST else max(free_at, now)


class Slots:
    """Slots under the limit `name` of one application. Thread-safe.

    On PostgreSQL all moments are the server's own, so clocks of workers that disagree do no harm. An SQLite
    file has one machine, and one clock.
    """

    def __init__(self, engine: Engine, application_id: int, name: str, spacing: timedelta) -> None:
        self._engine = engine
        self._application_id = application_id
        self._name = name
        self._spacing = spacing

    @property
    def spacing(self) -> float:
        """Seconds between two slots."""
        return self._spacing.total_seconds()

    def reserve(self, count: int = 1) -> float:
        """Take the next slots, one after the other; the seconds until the first."""
        with writing(self._engine) as session:
            free_at, now = self._read(session)
            slot = next_slot(free_at, now)
            self._write(session, slot + count * self._spacing)
        return (slot - now).total_seconds()

    def push_back(self, seconds: float) -> None:
        """Give out no slot for so long, because Microsoft asked for it. An hour at most."""
        with writing(self._engine) as session:
            free_at, now = self._read(session)
            pushed = now + min(timedelta(seconds=seconds), _FARTHEST)
            self._write(session, max(next_slot(free_at, now), pushed))

    def _read(self, session: Session) -> tuple[datetime, datetime]:
        """When a slot is free, and what time it is. The row is this transaction's from here on."""
        table, connection = table_of(RateLimit), session.connection()
        on_postgresql = connection.dialect.name == "postgresql"
        new = (postgresql.insert if on_postgresql else sqlite.insert)(table).values(
            application_id=self._application_id, name=self._name, next_at=_BEGINNING
        )
        connection.execute(new.on_conflict_do_nothing())
        row = select(table.c.next_at).where(*self._ours()).with_for_update()
        free_at: datetime = connection.execute(row).scalar_one()
        # The time of the statement, not of the transaction: it may have waited for the row.
        now = connection.execute(select(func.clock_timestamp())).scalar_one() if on_postgresql else None
        return free_at, now or datetime.now(UTC)

    def _write(self, session: Session, next_at: datetime) -> None:
        session.connection().execute(update(table_of(RateLimit)).where(*self._ours()).values(next_at=next_at))

    def _ours(self) -> tuple[ColumnElement[bool], ...]:
        table = table_of(RateLimit)
        return table.c.application_id == self._application_id, table.c.name == self._name
