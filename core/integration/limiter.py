"""Keeps all processes of the product together within Microsoft's limit on reading sign-ins.

Five requests in ten seconds are answered, of one application in one tenant (contract §7.2). A row of the
database says when the next one may be sent; whoever wants to send takes that slot and moves the row on. The
row is locked meanwhile, so no two processes take the same slot, whatever machine they run on.

Requests are spread evenly, not sent in bursts of five: so any ten seconds hold five of them at most, whatever
way Microsoft counts, and the row needs no more than one moment. A burst would end a pass eight seconds
earlier at best, however long the pass.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Engine, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from core.graph import SIGN_IN_REQUESTS, SIGN_IN_SECONDS
from core.store.bulk import table_of
from core.store.engine import writing
from core.store.tables import RateLimit

NAME: Final = "sign_ins"

SPACING: Final = timedelta(seconds=SIGN_IN_SECONDS / SIGN_IN_REQUESTS * 1.04)
"""Between two requests. The 4 % are for the network: a request may arrive 0.4 s late, and the fifth after it
on time, without the two falling into one window."""

_FARTHEST: Final = timedelta(hours=1)
"""Farther ahead nobody can be told to wait: a clock has been set back since."""

_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)


def next_slot(free_at: datetime, now: datetime) -> datetime:
    """The moment of the next slot, when the row says that one is free at `free_at`."""
    return now if free_at > now + _FARTHEST else max(free_at, now)


class SignInLimiter:
    """Slots for requests with `signInActivity` of one application. Thread-safe.

    On PostgreSQL all moments are the server's own, so clocks of workers that disagree do no harm. An SQLite
    file has one machine, and one clock.
    """

    def __init__(self, engine: Engine, application_id: int, *, spacing: timedelta = SPACING) -> None:
        self._engine = engine
        self._application_id = application_id
        self._spacing = spacing

    def reserve(self) -> float:
        """Take the next slot; the seconds until it."""
        with writing(self._engine) as session:
            free_at, now = self._read(session)
            slot = next_slot(free_at, now)
            self._write(session, slot + self._spacing)
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
            application_id=self._application_id, name=NAME, next_at=_BEGINNING
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
        return table.c.application_id == self._application_id, table.c.name == NAME
