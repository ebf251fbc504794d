"""What the demo tenant begins with, beside what is read from it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from core.demo import DemoTenant
from core.graph import GraphClient
from core.integration.sync import run_task
from core.policies.cooldowns import list_cooldowns
from core.policies.exempting import list_exemptions
from core.rights import Actor, Role
from core.store.engine import reading, writing
from core.store.tables import Application, Opportunity, TaskRun
from tests.support.databases import sqlite_database

ADA = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoTenant]:
    made = DemoTenant(tmp_path / "demo")
    yield made
    made.stop()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with sqlite_database(tmp_path) as made:
        with writing(made) as session:
            session.add(Application(id=1, key="demo", name="Demo tenant", created_at=datetime.now(UTC)))
        yield made


def test_some_people_are_exempt_and_one_license_is_on_cooldown_also_after_a_reset(
    demo: DemoTenant, engine: Engine
) -> None:
    now = datetime.now(UTC)
    with GraphClient(demo.connection("demo")) as client:
        demo.fill(engine, client, 1, now)
        with reading(engine) as session:
            queued = session.exec(select(TaskRun.id).where(TaskRun.status == "queued")).all()
        for run_id in queued:
            assert run_id is not None
            run_task(engine, client, run_id)
        with reading(engine) as session:
            codes = {each["code"] for row in session.exec(select(Opportunity)).all() for each in row.blockers}
        assert {"exempt", "cooldown"} <= codes
        demo.reset(engine, client, 1, actor=ADA, now=now)
    with reading(engine) as session:
        assert all(each.holds(now.date()) for each in list_exemptions(session, 1))
        assert len(list_exemptions(session, 1)) == 3
        assert len(list_cooldowns(session, 1, now.date())) == 1
