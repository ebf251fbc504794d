"""Leases a worker slot: the right to run jobs under one executor id, held by exactly one process at a time.

Two processes with one executor id would run the same step twice, so nothing is launched without a lease.
On SQLite there is one slot, a lock on a file beside the database. On PostgreSQL there are many, each an
advisory lock that its connection holds. Both vanish with their process, however that ends.
"""

from typing import Final, Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

SLOTS: Final = 64
_ADVISORY_LOCKS: Final = 5_347_193  # any number, the same in every process


class SlotLease(Protocol):
    """A leased slot. Its name is the executor id, the same one after a restart."""

    @property
    def slot(self) -> str:
        """The slot's name."""

    def held(self) -> bool:
        """Whether the lease still stands; False means that another process may have the slot by now."""

    def release(self) -> None:
        """Give the slot back."""


def lease_slot(engine: Engine) -> SlotLease | None:
    """Take a free slot, or nothing where others hold them all."""
    if engine.dialect.name == "postgresql":
        return _lease_by_advisory_lock(engine)
    return _lease_by_file(engine)


class _FileLease:
    def __init__(self, lock: FileLock) -> None:
        self.slot = "worker-1"
        self._lock = lock

    def held(self) -> bool:
        return self._lock.is_locked

    def release(self) -> None:
        self._lock.release()


def _lease_by_file(engine: Engine) -> SlotLease | None:
    # Beside the database, so that whoever opens the same file meets the same lock.
    lock = FileLock(f"{engine.url.database}.worker.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return _FileLease(lock)


class _AdvisoryLease:
    def __init__(self, number: int, connection: Connection) -> None:
        self.slot = f"worker-{number}"
        self._connection = connection

    def held(self) -> bool:
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:  # the lock went with the connection
            return False
        return True

    def release(self) -> None:
        self._connection.invalidate()  # closes it for good instead of handing it, still locked, to the pool
        self._connection.close()


def _lease_by_advisory_lock(engine: Engine) -> SlotLease | None:
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    taken = text("SELECT pg_try_advisory_lock(:family, :number)")
    for number in range(1, SLOTS + 1):
        if connection.scalar(taken, {"family": _ADVISORY_LOCKS, "number": number}):
            return _AdvisoryLease(number, connection)
    connection.close()
    return None
