"""What the workflows of this process work with. DBOS calls plain functions, so it is bound once, here."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, Self

from sqlalchemy import Engine

from core.graph import GraphClient
from core.graph.pacing import WriteGate
from core.notification.setup import Notices, Post
from core.reclamation.role_watch import RoleWatch
from core.settings import ApplicationSettings


class JobRuntime(Protocol):
    """The part of the process's runtime that jobs need."""

    @property
    def engine(self) -> Engine:
        """The product's database."""

    def key_of(self, application_id: int) -> str | None:
        """The key of a configured application, nothing for one that is not configured."""

    def application(self, key: str) -> ApplicationSettings:
        """The configuration of an application."""

    def client(self, key: str) -> GraphClient:
        """The application's Graph client."""

    def notices(self, key: str) -> Notices | None:
        """How to write to the holders of the application's licenses, where that is configured."""

    def post(self, key: str) -> Post | None:
        """How to send the application's reports, where that is configured."""


class House:
    """The runtime, whether the worker is stopping, and how many jobs are in hand."""

    def __init__(self, runtime: JobRuntime) -> None:
        self.runtime = runtime
        self.stopping = threading.Event()
        self._in_hand = 0
        self._gates: dict[int, WriteGate] = {}
        self._roles: dict[int, RoleWatch] = {}
        self._changed = threading.Condition()

    def application(self, application_id: int) -> ApplicationSettings:
        """The configuration of an application.

        Raises:
            LookupError: it is not configured here.
        """
        key = self.runtime.key_of(application_id)
        if key is None:
            raise LookupError(f"application {application_id} is not configured here")
        return self.runtime.application(key)

    def gate(self, application_id: int) -> WriteGate:
        """What paces the writes to an application's tenant, one for the whole process."""
        client = self.runtime.client(self.application(application_id).key)
        with self._changed:
            return self._gates.setdefault(application_id, WriteGate(limiter=client.write_limiter))

    def roles(self, application_id: int) -> RoleWatch:
        """Who holds an admin role in an application's tenant, read once for all chunks of the process."""
        with self._changed:
            return self._roles.setdefault(application_id, RoleWatch())

    @contextmanager
    def job(self) -> Iterator[Self]:
        """Count a job as in hand while it runs, so that stopping can wait for it."""
        with self._changed:
            self._in_hand += 1
        try:
            yield self
        finally:
            with self._changed:
                self._in_hand -= 1
                self._changed.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until no job is in hand; False where the time was not enough."""
        with self._changed:
            return self._changed.wait_for(lambda: self._in_hand == 0, timeout=seconds)


_bound: House | None = None


def bind(house: House | None) -> None:
    """Make this house the one that workflows of this process work in."""
    global _bound  # noqa: PLW0603 - one DBOS per process, which calls plain functions
    _bound = house


def house() -> House:
    """The bound house.

    Raises:
        RuntimeError: no worker has been launched in this process.
    """
    if _bound is None:
        raise RuntimeError("no worker has been launched in this process")
    return _bound
