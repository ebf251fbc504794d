"""A simulated tenant, and the rows that a sync of it would leave, for tests of what comes after the sync."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from core.graph import Connection, GraphClient
from core.graph.pacing import WriteGate
from core.graph.users import DirectoryUser
from core.notification.setup import Notices
from core.reclamation.due import due_chunks, mark_prepared, update_progress
from core.reclamation.history import EventRow, HistoryFilter, stream_events
from core.reclamation.requests import RunMode, start_run
from core.reclamation.runs import RequestRow, requests
from core.reclamation.workflow import advance_chunk
from core.rights import Actor, Role
from core.simulator.config import Conditions
from core.simulator.server import RunningSimulator
from core.store.bulk import upsert
from core.store.engine import reading, writing
from core.store.tables import (
    Application,
    Assignment,
    AssignmentGroup,
    LicenseType,
    Opportunity,
    Source,
    User,
)
from tests.support.databases import sqlite_database

OPERATOR = Actor(name="olivia@example.com", role=Role.OPERATOR)

Seat = tuple[str, str]


def connection_to(simulator: RunningSimulator) -> Connection:
    """How the client reaches a simulator."""
    return Connection(
        application_key="contoso",
        tenant_id=simulator.tenant_id,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        authority_url=simulator.authority_url,
        graph_url=simulator.graph_url,
        ca_bundle=simulator.ca_bundle,
        trust_env=False,
    )


def connection_from(facts: Mapping[str, str]) -> Connection:
    """The same in another process, by what `connection_facts` of the simulator said."""
    return Connection(
        **{**facts, "ca_bundle": Path(facts["ca_bundle"])},  # type: ignore[arg-type]  # texts, all but the path
        application_key="contoso",
        trust_env=False,
    )


def as_on_its_first_day(simulator: RunningSimulator) -> RunningSimulator:
    """The tenant as it was made, today."""
    simulator.tenant.conditions = Conditions()
    simulator.faults.clear()
    simulator.tenant.reset(datetime.now(UTC))
    return simulator


def mirror(engine: Engine, client: GraphClient, key: str = "contoso") -> int:
    """Write what the tenant shows as rows; every direct assignment becomes an opportunity."""
    now = datetime.now(UTC)
    with writing(engine) as session:
        application = Application(key=key, name=key.title(), created_at=now)
        session.add(application)
        session.flush()
        assert application.id is not None
        application_id = application.id
        session.add(
            Source(application_id=application_id, name="sign_ins", status="available", as_of=now, read_at=now)
        )
        for sku in client.list_subscribed_skus():
            session.add(
                LicenseType(
                    application_id=application_id,
                    sku_id=sku.sku_id,
                    part_number=sku.part_number,
                    product_name=sku.part_number.title(),
                    applies_to=sku.applies_to,
                    capability_status=sku.capability_status,
                    enabled=sku.enabled,
                    warning=sku.warning,
                    suspended=sku.suspended,
                    locked_out=sku.locked_out,
                    consumed=sku.consumed,
                    seen_in=1,
                )
            )
        rows: dict[type[Any], list[dict[str, Any]]] = {
            User: [],
            Assignment: [],
            AssignmentGroup: [],
            Opportunity: [],
        }
        for page in client.list_users():
            for user in page.users:
                _add_rows(rows, application_id, user, now)
        for table, found in rows.items():
            upsert(session, table, found)
    return application_id


def _add_rows(
    rows: dict[type[Any], list[dict[str, Any]]], application_id: int, user: DirectoryUser, now: datetime
) -> None:
    person = {"application_id": application_id, "user_id": user.id}
    rows[User].append(
        person
        | {
            "user_principal_name": user.user_principal_name,
            "display_name": user.display_name,
            "account_enabled": user.account_enabled,
            "seen_in": 1,
        }
    )
    for sku_id in {state.sku_id for state in user.license_states}:
        states = [state for state in user.license_states if state.sku_id == sku_id]
        direct = next((state for state in states if state.assigned_by_group is None), None)
        seat = person | {"sku_id": sku_id}
        groups = [state for state in states if state.assigned_by_group]
        rows[Assignment].append(
            seat
            | {
                "direct": direct is not None,
                "group_count": len(groups),
                "state": states[0].state,
                "disabled_plans": list(direct.disabled_plans) if direct else [],
                "updated_at": (direct or states[0]).updated_at,
                "activity_status": "inactive",
                "last_activity_at": now - timedelta(days=200),
                "confidence": "high",
                "reasons": [],
                "seen_in": 1,
            }
        )
        rows[AssignmentGroup].extend(
            seat | {"group_id": state.assigned_by_group, "state": state.state, "seen_in": 1}
            for state in groups
        )
        if direct is not None:
            rows[Opportunity].append(
                seat
                | {
                    "scenarios": ["inactive"],
                    "scenario": "inactive",
                    "rank": 3,
                    "confidence": "high",
                    "reasons": [],
                    "blockers": [],
                    "cautions": [],
                    "reclaimable": True,
                    "assessed_at": now,
                }
            )


@dataclass
class Bench:
    """Everything that carries out a reclamation without the job engine."""

    engine: Engine
    simulator: RunningSimulator
    client: GraphClient
    application_id: int
    gate: WriteGate = field(default_factory=WriteGate)
    now_fn: Callable[[], datetime] = lambda: datetime.now(UTC)
    allow_reclaim: bool = True
    notices: Notices | None = None

    def start(self, *chosen: Seat, mode: RunMode = RunMode.IMMEDIATE, **changed: Any) -> int:  # noqa: ANN401 - arguments of `start_run`
        """A run of these seats that is ready to begin; every name in it was typed."""
        arguments: dict[str, Any] = {
            "confirm_names": self.names(chosen),
            "manual": False,
            "note": "",
            "confirm_count": len(set(chosen)),
            "actor": OPERATOR,
            "allow_reclaim": True,
            "now": self.now_fn(),
        }
        run_id = start_run(
            self.engine, self.application_id, chosen=chosen, mode=mode, **(arguments | changed)
        )
        mark_prepared(self.engine, run_id, self.now_fn())
        return run_id

    def names(self, chosen: Sequence[Seat]) -> list[str]:
        """The user principal names of those who hold these seats."""
        with reading(self.engine) as session:
            keys = [(self.application_id, user_id) for user_id, _ in chosen]
            return [user.user_principal_name for key in keys if (user := session.get(User, key)) is not None]

    def advance(self, run_id: int, chunk: int = 0, **changed: Any) -> datetime | None:  # noqa: ANN401 - of `advance_chunk`
        """One call for one chunk."""
        arguments: dict[str, Any] = {
            "gate": self.gate,
            "now_fn": self.now_fn,
            "allow_reclaim": self.allow_reclaim,
            "notices": self.notices,
        }
        return advance_chunk(self.engine, self.client, run_id, chunk, **(arguments | changed))

    def carry_out(self, run_id: int, *, seconds: float = 60) -> list[RequestRow]:
        """Call until every request of the run has come to an end; the requests."""
        deadline = time.monotonic() + seconds
        while not update_progress(self.engine, run_id, self.now_fn()):
            assert time.monotonic() < deadline, [(row.state, row.reason) for row in self.requests(run_id)]
            with reading(self.engine) as session:
                due = [each.chunk for each in due_chunks(session, self.now_fn()) if each.run_id == run_id]
            for chunk in due:
                self.advance(run_id, chunk)
            if not due:
                time.sleep(0.05)
        return self.requests(run_id)

    def requests(self, run_id: int) -> list[RequestRow]:
        """The requests of a run as they stand."""
        with reading(self.engine) as session:
            chosen = HistoryFilter(run_id=run_id)
            return requests(session, self.application_id, chosen, rows=10_000)

    def events(self, run_id: int) -> list[EventRow]:
        """The events of a run as they happened."""
        chosen = HistoryFilter(run_id=run_id)
        return [row for batch in stream_events(self.engine, self.application_id, chosen) for row in batch]

    def steps(self, run_id: int) -> list[tuple[str, int, str]]:
        """Step, attempt and state of each event."""
        return [(event.step.value, event.attempt, event.state.value) for event in self.events(run_id)]

    def removals(self) -> list[Seat]:
        """Licenses that were really removed in the tenant, in order."""
        return [
            (write["user"], write["sku"])
            for write in self.simulator.tenant.state.entries("write")
            if write["kind"] == "license.remove"
        ]

    def case(self, name: str, sku_id: str | None = None) -> Seat:
        """The seat of an account that stands for a case."""
        account = self.simulator.tenant.find(name)
        return account.id, sku_id or self.held(account.id)[0]

    def removable_seats(self, number: int) -> list[Seat]:
        """Seats that nothing stands against: the only license of a person without a role, held directly."""
        found: dict[str, str] = {}
        administrators = self.client.read_admin_roles().holders
        for page in self.client.list_users():
            for user in page.users:
                if len(user.license_states) == 1 and not user.management_restricted:
                    (state,) = user.license_states
                    if state.assigned_by_group is None:
                        found[user.id] = state.sku_id
        purposes = self.client.mailbox_purposes(list(found))
        people = [
            user_id
            for user_id in found
            if purposes[user_id].value in {"user", "none"} and user_id not in administrators
        ]
        assert len(people) >= number
        return [(user_id, found[user_id]) for user_id in people[:number]]

    def held(self, user_id: str) -> Sequence[str]:
        """SKU ids of the license types that a user holds, as readers of the tenant see it."""
        return list(dict.fromkeys(state.sku_id for state in self.client.get_user(user_id).license_states))

    def all_states(self) -> dict[Seat, int]:
        """How many entries each seat of the tenant has."""
        found: dict[Seat, int] = {}
        for page in self.client.list_users():
            for user in page.users:
                for state in user.license_states:
                    found[user.id, state.sku_id] = found.get((user.id, state.sku_id), 0) + 1
        return found


@contextmanager
def bench_on(simulator: RunningSimulator, folder: Path) -> Iterator[Bench]:
    """A bench on a simulator, with a new SQLite database in the folder and a client of its own."""
    with sqlite_database(folder) as engine, GraphClient(connection_to(simulator)) as client:
        application_id = mirror(engine, client)
        yield Bench(engine=engine, simulator=simulator, client=client, application_id=application_id)
