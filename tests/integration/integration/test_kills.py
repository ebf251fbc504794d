"""A sync that is killed at any moment: the database is always consistent, and the next runs complete it."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.simulator.server import RunningSimulator
from core.spend.grouping import WHOLE
from core.store.engine import reading
from core.store.tables import (
    Assignment,
    AssignmentGroup,
    AssignmentRollup,
    Opportunity,
    PageCheckpoint,
    TaskRun,
    TaskRunLog,
    User,
    UserActivity,
)
from tests.integration.integration.conftest import PEOPLE
from tests.support.applications import database_of_two_applications
from tests.support.sync_process import start_sync
from tests.support.syncing import Syncing, impatient_client

KILLS = {"sqlite": 20, "postgresql": 5}
LATENCY = 0.02
MINUTES = 3
"""Between the clocks of two processes: more than a silent run is given."""

_CONSISTENT = {
    "a seat has its person": """
        SELECT count(*) FROM assignments a LEFT JOIN users u
        ON u.application_id = a.application_id AND u.user_id = a.user_id WHERE u.user_id IS NULL""",
    "a group gives a seat": """
        SELECT count(*) FROM assignment_groups g LEFT JOIN assignments a
        ON a.application_id = g.application_id AND a.user_id = g.user_id AND a.sku_id = g.sku_id
        WHERE a.user_id IS NULL""",
    "an opportunity is a seat's": """
        SELECT count(*) FROM opportunities o LEFT JOIN assignments a
        ON a.application_id = o.application_id AND a.user_id = o.user_id AND a.sku_id = o.sku_id
        WHERE a.user_id IS NULL""",
    # The last step of a listing is not in its checkpoint: it is read again if nobody drew the conclusions.
    "as many people as the checkpoint counts, or all": """
        SELECT count(*) FROM page_checkpoints c WHERE c.listing = 'users'
        AND (SELECT count(*) FROM users u WHERE u.seen_in = c.marker) NOT IN (:users, :people)""",
    "as many seats as the checkpoint counts, or all": """
        SELECT count(*) FROM page_checkpoints c WHERE c.listing = 'users'
        AND (SELECT count(*) FROM assignments a JOIN users u
             ON u.application_id = a.application_id AND u.user_id = a.user_id
             WHERE u.seen_in = c.marker AND a.seen_in = u.written_in) NOT IN (:assignments, :seats)""",
    "one run of a task at most": """
        SELECT count(*) FROM (SELECT task FROM task_runs WHERE status IN ('queued', 'running')
        GROUP BY task HAVING count(*) > 1) live""",
}
"""Each counts what contradicts it."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def syncing(request: pytest.FixtureRequest, simulator: RunningSimulator, tmp_path: Path) -> Iterator[Syncing]:
    with database_of_two_applications(request.param, tmp_path) as engine:
        yield Syncing(engine=engine, simulator=simulator)


def contradictions(syncing: Syncing, people: int, seats: int) -> list[str]:
    """What does not fit together in the database, of a tenant with so many people and seats."""
    checkpoints = {each.listing: each for each in syncing.rows(PageCheckpoint)}
    counts = checkpoints["users"].counts if "users" in checkpoints else {"users": 0, "assignments": 0}
    given = {"users": counts["users"], "assignments": counts["assignments"], "people": people, "seats": seats}
    with reading(syncing.engine) as session:
        found = [
            name
            for name, query in _CONSISTENT.items()
            if session.connection().execute(text(query), given).scalar_one()
        ]
        if syncing.engine.dialect.name == "sqlite":
            checked = session.connection().scalars(text("PRAGMA integrity_check"))
            found += [row for row in checked if row != "ok"]
    return found


def finish(syncing: Syncing, minutes_ahead: int) -> float:
    """Sync to the end in a process; the seconds that it worked."""
    process = start_sync(syncing.engine, syncing.simulator, minutes_ahead)
    began = time.monotonic()
    process.join(60)
    assert process.exitcode == 0
    return time.monotonic() - began


def kill_at(syncing: Syncing, minutes_ahead: int, seconds: float) -> bool:
    """Kill a sync after so many seconds; whether it was still at work."""
    process = start_sync(syncing.engine, syncing.simulator, minutes_ahead)
    time.sleep(seconds)
    process.kill()
    process.join(60)
    return process.exitcode != 0


def seats_in_tenant(syncing: Syncing) -> set[tuple[str, str]]:
    with impatient_client(syncing.simulator) as client:
        return {
            (user.id, state.sku_id)
            for page in client.list_users()
            for user in page.users
            for state in user.license_states
        }


def change_tenant(simulator: RunningSimulator, dice: random.Random) -> set[str]:
    """Delete some people, and take all licenses from some others; the ids of the deleted."""
    chosen = dice.sample(range(PEOPLE), 60)
    ids = [simulator.tenant.account(index).id for index in chosen]
    for place, user_id in enumerate(ids):
        simulator.tenant.change(user_id, {"deleted": True} if place % 2 else {"states": []})
    return {user_id for place, user_id in enumerate(ids) if place % 2}


def test_killed_at_random_moments_it_is_always_consistent_and_ends_complete(syncing: Syncing) -> None:
    dice = random.Random(20)  # noqa: S311 - moments, no secrets
    syncing.simulator.faults.add("slow", times=None, delay=LATENCY)
    finish(syncing, 0)
    duration = finish(syncing, 0)  # the first takes longer, as everything is new
    seats_before = seats_in_tenant(syncing)
    deleted = change_tenant(syncing.simulator, dice)
    seats_after = seats_in_tenant(syncing)

    wanted, kills, minutes = KILLS[syncing.engine.dialect.name], 0, 0
    cut_off = False
    while kills < wanted:
        minutes += MINUTES
        kills += kill_at(syncing, minutes, dice.uniform(0, duration))
        assert contradictions(syncing, PEOPLE - len(deleted), len(seats_after)) == []
        cut_off = cut_off or bool(syncing.rows(PageCheckpoint))
        counted = sum(row.seats for row in syncing.rows(AssignmentRollup) if row.dimension == WHOLE)
        assert counted in {len(seats_before), len(seats_after)}
        assert minutes < 2 * wanted * MINUTES, "it ends before it can be killed"

    finish(syncing, minutes + MINUTES)
    runs = syncing.rows(TaskRun)
    assert {run.status for run in runs} <= {"succeeded", "failed"}
    latest = {run.task: run for run in sorted(runs, key=lambda run: run.id or 0)}
    assert {(run.status, run.error) for run in latest.values()} == {("succeeded", None)}
    assert syncing.rows(PageCheckpoint) == []
    assert any("continued at" in line.message for line in syncing.rows(TaskRunLog)) is cut_off

    assert {(seat.user_id, seat.sku_id) for seat in syncing.rows(Assignment)} == seats_after
    assert {user.user_id for user in syncing.rows(User) if user.gone_at is not None} == deleted
    assert latest["roster"].counts["users"] == PEOPLE - len(deleted)
    assert latest["roster"].counts["assignments"] == len(seats_after)
    assert latest["access"].counts["sign_ins"] == PEOPLE - len(deleted)
    assert len(syncing.rows(UserActivity)) == PEOPLE
    assert sum(row.seats for row in syncing.rows(AssignmentRollup) if row.dimension == WHOLE) == len(
        seats_after
    )
    assert {(row.user_id, row.sku_id) for row in syncing.rows(Opportunity)} <= seats_after
    assert {(row.user_id, row.sku_id) for row in syncing.rows(AssignmentGroup)} <= seats_after
