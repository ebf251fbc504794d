"""A change of what is judged by, carried out by a worker: statuses, offers and totals agree soon after."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from core.policies.assessing import assessment_asked
from core.policies.exempting import exempt
from core.policies.exemptions import ExemptionKind
from core.policies.policies import change_policies
from core.policies.settings import Setting
from core.rights import Actor, Role
from core.spend.grouping import WHOLE
from core.store.engine import reading, writing
from core.store.tables import Assignment, AssignmentRollup, Opportunity, ServicePlan, UserActivity
from tests.support.tenants import Bench

ADMINISTRATOR = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)
EXCHANGE_PLAN = "efb87545-963c-4e0d-99df-69c6916d9eb0"

pytestmark = pytest.mark.usefixtures("worker")


def wait_until_assessed(bench: Bench, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with reading(bench.engine) as session:
            if assessment_asked(session, bench.application_id) is None:
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def signed_in(bench: Bench, seat: tuple[str, str], days_ago: int) -> None:
    """Somebody's last sign-in, of a license type with a mailbox."""
    now = datetime.now(UTC)
    with writing(bench.engine) as session:
        session.add(
            UserActivity(
                application_id=bench.application_id,
                user_id=seat[0],
                sign_in_successful=now - timedelta(days=days_ago),
                sign_in_read_at=now,
            )
        )
        session.add(
            ServicePlan(
                application_id=bench.application_id,
                sku_id=seat[1],
                service_plan_id=EXCHANGE_PLAN,
                name="EXCHANGE",
                applies_to="User",
                provisioning_status="Success",
            )
        )


def status(bench: Bench, seat: tuple[str, str]) -> str:
    with reading(bench.engine) as session:
        return session.get_one(Assignment, (bench.application_id, *seat)).activity_status


def ask(bench: Bench, threshold: int, own: dict[str, int | None] | None = None) -> None:
    change_policies(
        bench.engine,
        bench.application_id,
        values={Setting.THRESHOLD_DAYS: threshold},
        thresholds=own,
        actor=ADMINISTRATOR,
        now=datetime.now(UTC),
    )
    wait_until_assessed(bench)


def test_a_changed_threshold_changes_statuses_offers_and_totals(bench: Bench) -> None:
    seat = bench.case("inactive")
    signed_in(bench, seat, days_ago=50)
    ask(bench, 30)
    assert status(bench, seat) == "inactive"
    assert offers(bench, seat) == 1
    assert counted(bench, seat[1], "inactive") == seats(bench, seat[1], "inactive") > 0

    ask(bench, 60)
    assert status(bench, seat) == "active"
    assert offers(bench, seat) == 0
    assert counted(bench, seat[1], "active") == seats(bench, seat[1], "active") > 0

    ask(bench, 60, {seat[1]: 15})
    assert status(bench, seat) == "inactive"


def test_an_exemption_is_seen_among_the_offers_soon_after(bench: Bench) -> None:
    user_id, sku_id = bench.case("inactive")
    signed_in(bench, (user_id, sku_id), days_ago=100)
    ask(bench, 30)
    exempt(
        bench.engine,
        bench.application_id,
        kind=ExemptionKind.PERSON,
        target=user_id,
        reason="On call",
        expires_on=None,
        actor=ADMINISTRATOR,
        now=datetime.now(UTC),
    )
    wait_until_assessed(bench)
    with reading(bench.engine) as session:
        offered = session.get_one(Opportunity, (bench.application_id, user_id, sku_id))
    assert not offered.reclaimable
    assert "exempt" in [each["code"] for each in offered.blockers]


def offers(bench: Bench, seat: tuple[str, str]) -> int:
    with reading(bench.engine) as session:
        return int(session.get(Opportunity, (bench.application_id, *seat)) is not None)


def counted(bench: Bench, sku_id: str, activity_status: str) -> int:
    """Seats by the totals that pages show."""
    with reading(bench.engine) as session:
        rows = session.exec(select(AssignmentRollup).where(AssignmentRollup.dimension == WHOLE)).all()
    return sum(row.seats for row in rows if (row.sku_id, row.activity_status) == (sku_id, activity_status))


def seats(bench: Bench, sku_id: str, activity_status: str) -> int:
    """Seats by their own rows."""
    with reading(bench.engine) as session:
        rows = session.exec(select(Assignment)).all()
    return sum((row.sku_id, row.activity_status) == (sku_id, activity_status) for row in rows)
