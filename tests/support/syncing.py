"""A simulated tenant, a database, and the integration tasks between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine
from sqlmodel import SQLModel, select

from core.graph import GraphClient
from core.graph.retry import Patience
from core.integration.sync import run_task
from core.integration.tracking import SYNC_TASKS, queue_tasks
from core.rights import Actor, Role
from core.simulator.server import RunningSimulator
from core.store.engine import reading
from core.store.tables import Assignment, IntegrationTask, Source, TaskRun
from tests.support.tenants import connection_to

ADMINISTRATOR = Actor(name="Ada", role=Role.ADMINISTRATOR)

T = TypeVar("T", bound=SQLModel)


def impatient_client(simulator: RunningSimulator) -> GraphClient:
    """A new client, with a token of its own, that tries twice and does not wait."""
    return GraphClient(
        connection_to(simulator), patience=Patience(attempts=2, first_wait=0.0), sleep=lambda _seconds: None
    )


@dataclass
class Syncing:
    """Runs integration tasks and shows what came of them."""

    engine: Engine
    simulator: RunningSimulator
    application_id: int = 1

    def queue(self, *tasks: IntegrationTask) -> list[int]:
        """Put tasks on record; all three where none is named."""
        return queue_tasks(
            self.engine, self.application_id, tasks or SYNC_TASKS, ADMINISTRATOR, datetime.now(UTC)
        )

    def carry_out(self, run_id: int, *, should_stop: Callable[[], bool] = lambda: False) -> TaskRun:
        """Carry out one run; how it stands afterwards."""
        with impatient_client(self.simulator) as client:
            run_task(self.engine, client, run_id, should_stop=should_stop)
        with reading(self.engine) as session:
            return session.get_one(TaskRun, run_id)

    def run(self, *tasks: IntegrationTask) -> list[TaskRun]:
        """Queue tasks and carry them out, in the order in which they build on each other."""
        return [self.carry_out(run_id) for run_id in self.queue(*tasks)]

    def rows(self, model: type[T]) -> Sequence[T]:
        """All rows of a table."""
        with reading(self.engine) as session:
            return session.exec(select(model)).all()

    def source(self, name: str) -> Source:
        """How a source stands."""
        with reading(self.engine) as session:
            return session.get_one(Source, (self.application_id, name))

    def seats_of(self, case: str) -> list[Assignment]:
        """The seats of the account that stands for a case, by SKU id."""
        account = self.simulator.tenant.find(case)
        query = select(Assignment).where(Assignment.user_id == account.id)
        with reading(self.engine) as session:
            return sorted(session.exec(query), key=lambda seat: seat.sku_id)
