"""The demo tenant: a bundled simulator behind the same Graph client, its first content, and its reset.

Several processes (the app, a command) may each serve the tenant at once: they share one state file.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from core.graph import Connection, GraphClient
from core.integration.hr_roster import import_roster
from core.integration.sync import run_task
from core.integration.tracking import SYNC_TASKS, live_runs, queue_tasks
from core.policies.cooldowns import cooldown_until, start_cooldown
from core.rights import Actor, Role, require
from core.roster.roster_file import read_roster
from core.simulator.demo import (
    ROSTER_COLUMNS,
    demo_config,
    demo_cooldown,
    demo_exemptions,
    demo_roster,
)
from core.simulator.demo_purchases import PURCHASE_COLUMNS, demo_purchases
from core.simulator.server import RunningSimulator, start_simulator
from core.simulator.tenant import Tenant
from core.spend.purchase_import import import_purchases
from core.store.engine import reading, writing
from core.store.erase import erase_application
from core.store.tables import Exemption, IntegrationTask, TaskRun

_EXEMPT_FOR = timedelta(days=365)
_ACTOR = Actor(name="demo", role=Role.ADMINISTRATOR)


class DemoBusyError(Exception):
    """The demo tenant is being worked on and cannot be reset now."""


class DemoTenant:
    """The demo tenant, served from this process. Its state is kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._simulator: RunningSimulator = start_simulator(
            demo_config(datetime.now(UTC)), state_path=folder / "tenant.db"
        )

    def connection(self, application_key: str) -> Connection:
        """How the Graph client reaches it: past the machine's proxies and certificate settings."""
        simulator = self._simulator
        return Connection(
            application_key=application_key,
            tenant_id=simulator.tenant_id,
            client_id=simulator.client_id,
            client_secret=simulator.client_secret,
            authority_url=simulator.authority_url,
            graph_url=simulator.graph_url,
            ca_bundle=simulator.ca_bundle,
            trust_env=False,
        )

    def fill(self, engine: Engine, client: GraphClient, application_id: int, now: datetime) -> None:
        """Give a new demo its first content: types, purchases and employees at once, the rest for a worker.

        The accounts of the employees are found when the worker has read the directory.

        Does nothing where that was begun before, in this process or another.
        """
        with FileLock(self._folder / "fill.lock"):
            with reading(engine) as session:
                if _was_filled(session, application_id):
                    return
            (run_id,) = queue_tasks(engine, application_id, [IntegrationTask.DIFFERENTIATION], _ACTOR, now)
            run_task(engine, client, run_id)
            tenant = self._simulator.tenant
            purchases = _csv_file(PURCHASE_COLUMNS, demo_purchases(tenant))
            import_purchases(engine, application_id, purchases, actor=_ACTOR, now=now)
            import_roster(
                engine,
                application_id,
                read_roster(_csv_file(ROSTER_COLUMNS, demo_roster(tenant))),
                file_name="employees.csv",
                full=True,
                actor=_ACTOR,
                clock=lambda: now,
            )
            _spare(engine, application_id, tenant, now)
            later = [task for task in SYNC_TASKS if task is not IntegrationTask.DIFFERENTIATION]
            queue_tasks(engine, application_id, later, _ACTOR, now)

    def reset(
        self, engine: Engine, client: GraphClient, application_id: int, *, actor: Actor, now: datetime
    ) -> None:
        """Make the tenant anew and forget everything about it; then fill it.

        Raises:
            RightRefused: the actor is no administrator.
            DemoBusyError: a task or a reclamation is under way.
        """
        require(actor, Role.ADMINISTRATOR)
        with writing(engine) as session:
            if live_runs(session, application_id):
                raise DemoBusyError("the demo tenant is being worked on: wait until its tasks have ended")
            erase_application(session, application_id)
            self._simulator.tenant.reset(now)
        self.fill(engine, client, application_id, now)

    def stop(self) -> None:
        """Stop serving; the state stays."""
        self._simulator.stop()


def _spare(engine: Engine, application_id: int, tenant: Tenant, now: datetime) -> None:
    """Exempt a few people and let one license be on cooldown, before the directory was ever read."""
    with writing(engine) as session:
        session.add_all(
            Exemption(
                application_id=application_id,
                created_at=now,
                created_by=_ACTOR.name,
                expires_on=now.date() + _EXEMPT_FOR,
                kind=row["kind"],
                target=row["target"],
                target_name=row["target_name"],
                reason=row["reason"],
            )
            for row in demo_exemptions(tenant)
        )
        user_id, sku_id = demo_cooldown(tenant)
        until = cooldown_until(session, application_id, now)
        start_cooldown(
            session, application_id, user_id, sku_id, until, f"kept by its holder on {now.date()}", None
        )


def _csv_file(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _was_filled(session: Session, application_id: int) -> bool:
    runs = select(TaskRun.id).where(col(TaskRun.application_id) == application_id).limit(1)
    return session.exec(runs).first() is not None
