"""A run that waits for a second person, with a worker alive."""

from datetime import UTC, datetime

import pytest

from core.policies.policies import change_policies
from core.policies.settings import Setting
from core.reclamation.approval import APPROVED_WITHIN
from core.reclamation.approving import approve_run
from core.reclamation.runs import run
from core.reclamation.states import RequestState
from core.rights import Actor, Role
from core.store.engine import reading, writing
from core.store.tables import ReclamationRun
from tests.support.job_runtime import wait_until
from tests.support.tenants import Bench

ADA = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)


@pytest.fixture
def waiting(bench: Bench) -> int:
    """A run of two licenses that nothing stands against, where more than one needs a second person."""
    values, now = {Setting.APPROVAL_ABOVE: 1}, datetime.now(UTC)
    change_policies(bench.engine, bench.application_id, values=values, actor=ADA, now=now)
    return bench.start(bench.case("inactive"), bench.case("cloud_pc"))


def ended(bench: Bench, run_id: int) -> bool:
    with reading(bench.engine) as session:
        found = run(session, run_id)
    return found is not None and found.ended_at is not None


def states(bench: Bench, run_id: int) -> set[RequestState]:
    return {row.state for row in bench.requests(run_id)}


@pytest.mark.usefixtures("worker")
def test_nothing_is_removed_before_another_operator_approves(bench: Bench, waiting: int) -> None:
    small = bench.start(bench.case("disabled"))
    wait_until(lambda: ended(bench, small))  # so the worker has looked for work, and found it
    assert states(bench, waiting) == {RequestState.QUEUED}
    removed_before = set(bench.removals())
    assert not removed_before & {(row.user_id, row.sku_id) for row in bench.requests(waiting)}

    approve_run(bench.engine, bench.application_id, waiting, actor=ADA, now=datetime.now(UTC))
    wait_until(lambda: ended(bench, waiting))
    assert states(bench, waiting) == {RequestState.RECLAIMED}
    steps = {(event.step.value, event.actor) for event in bench.events(waiting)}
    assert ("approved", ADA.name) in steps


@pytest.mark.usefixtures("worker")
def test_after_seven_days_it_is_cancelled_by_itself(bench: Bench, waiting: int) -> None:
    with writing(bench.engine) as session:
        session.get_one(ReclamationRun, waiting).created_at = datetime.now(UTC) - APPROVED_WITHIN
    wait_until(lambda: ended(bench, waiting))
    assert {row.reason for row in bench.requests(waiting)} == {"nobody approved it within 7 days"}
    assert bench.removals() == []
