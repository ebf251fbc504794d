"""Exemptions, cooldowns and the pause at the moment of acting, against a tenant over HTTPS."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.graph.pacing import WriteGate
from core.policies.cooldowns import list_cooldowns, start_cooldown
from core.policies.exempting import exempt, lift
from core.policies.exemptions import ExemptionKind
from core.policies.policies import pause, resume
from core.reclamation.requests import RunMode, RunRefused
from core.reclamation.restore_requests import restore
from core.rights import Actor, Role
from core.simulator.config import Conditions
from core.store.engine import reading, writing
from core.store.tables import Opportunity, User
from tests.support.tenants import OPERATOR, Bench, Seat

ADMINISTRATOR = Actor(name="ada@example.com", role=Role.ADMINISTRATOR)


def spare(bench: Bench, kind: ExemptionKind, target: str, expires_on: date | None = None) -> int:
    return exempt(
        bench.engine,
        bench.application_id,
        kind=kind,
        target=target,
        reason="On call",
        expires_on=expires_on,
        actor=OPERATOR,
        now=bench.now_fn(),
    )


def put_into(bench: Bench, user_id: str, department: str) -> None:
    with writing(bench.engine) as session:
        session.get_one(User, (bench.application_id, user_id)).department = department


def give_back(bench: Bench, request_id: int) -> None:
    restore(
        bench.engine,
        bench.application_id,
        [request_id],
        actor=OPERATOR,
        allow_reclaim=True,
        now=bench.now_fn(),
    )


def free_again(bench: Bench, seat: Seat) -> None:
    """Offer a seat again, as an assessment would."""
    with writing(bench.engine) as session:
        offered = session.get_one(Opportunity, (bench.application_id, *seat))
        offered.blockers, offered.reclaimable = [], True


@pytest.mark.parametrize("manual", [False, True])
@pytest.mark.parametrize("kind", [ExemptionKind.PERSON, ExemptionKind.DEPARTMENT, ExemptionKind.LICENSE_TYPE])
def test_who_is_exempted_after_the_request_was_queued_keeps_the_license(
    bench: Bench, kind: ExemptionKind, *, manual: bool
) -> None:
    user_id, sku_id = bench.case("inactive")
    put_into(bench, user_id, "Field Sales")
    run_id = bench.start((user_id, sku_id), manual=manual, note="By hand")
    targets = {
        ExemptionKind.PERSON: user_id,
        ExemptionKind.DEPARTMENT: "field sales",
        ExemptionKind.LICENSE_TYPE: sku_id,
    }
    spare(bench, kind, targets[kind])

    (request,) = bench.carry_out(run_id)

    assert request.state == "skipped"
    assert request.reason is not None
    assert "is exempt until it is lifted: On call (olivia@example.com" in request.reason
    assert bench.removals() == []


@pytest.mark.parametrize("manual", [False, True])
def test_who_is_on_leave_by_a_roster_that_came_since_keeps_the_license_unless_a_person_gives_a_reason(
    bench: Bench, *, manual: bool
) -> None:
    user_id, sku_id = bench.case("inactive")
    run_id = bench.start((user_id, sku_id), manual=manual, note="By hand")
    with writing(bench.engine) as session:
        session.get_one(User, (bench.application_id, user_id)).employee_status = "on_leave"

    (request,) = bench.carry_out(run_id)

    if manual:
        assert request.state == "reclaimed"
    else:
        assert (request.state, request.reason) == (
            "skipped",
            "By the HR roster the employee is on leave now.",
        )
        assert bench.removals() == []


def test_a_lifted_or_expired_exemption_spares_nobody(bench: Bench) -> None:
    lifted, expired = bench.case("inactive"), bench.case("cloud_pc")
    lift(
        bench.engine,
        bench.application_id,
        spare(bench, ExemptionKind.PERSON, lifted[0]),
        actor=OPERATOR,
        now=bench.now_fn(),
    )
    spare(bench, ExemptionKind.PERSON, expired[0], expires_on=bench.now_fn().date())
    run_id = bench.start(lifted, expired)
    bench.now_fn = lambda: datetime.now(UTC) + timedelta(days=1)
    assert [each.state for each in bench.carry_out(run_id)] == ["reclaimed", "reclaimed"]


def test_a_license_that_was_kept_meanwhile_is_skipped_unless_a_person_gives_a_reason(bench: Bench) -> None:
    seat, other = bench.case("inactive"), bench.case("cloud_pc")
    run_id = bench.start(seat)
    by_hand = bench.start(other, manual=True, note="Agreed with the holder")
    with writing(bench.engine) as session:
        for user_id, sku_id in (seat, other):
            until = bench.now_fn().date()
            start_cooldown(session, bench.application_id, user_id, sku_id, until, "kept by the holder", None)
    free_again(bench, seat)

    (request,) = bench.carry_out(run_id)
    assert request.state == "skipped"
    assert request.reason == f"Not offered until {bench.now_fn().date()}: kept by the holder."
    assert [each.state for each in bench.carry_out(by_hand)] == ["reclaimed"]


def test_a_restored_license_is_not_offered_for_ninety_days(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id = bench.start(seat)
    (request,) = bench.carry_out(run_id)
    give_back(bench, request.request_id)
    bench.carry_out(run_id)
    today = bench.now_fn().date()
    with reading(bench.engine) as session:
        (cooldown,) = list_cooldowns(session, bench.application_id, today)
    assert (cooldown.user_id, cooldown.sku_id) == seat
    assert (cooldown.until, cooldown.request_id) == (today + timedelta(days=90), request.request_id)
    assert cooldown.reason == f"restored on {today}"


def test_while_paused_nothing_begins_and_afterwards_it_goes_on(bench: Bench) -> None:
    seat = bench.case("inactive")
    run_id = bench.start(seat)
    pause(bench.engine, bench.application_id, "An audit", actor=ADMINISTRATOR, now=bench.now_fn())

    assert bench.advance(run_id) is None
    assert [each.state for each in bench.requests(run_id)] == ["queued"]
    with pytest.raises(RunRefused, match=r"paused since .* by ada@example.com: An audit\."):
        bench.start(bench.case("cloud_pc"))
    dry_run = bench.start(bench.case("cloud_pc"), mode=RunMode.DRY_RUN)
    assert [each.state for each in bench.carry_out(dry_run)] == ["would_reclaim"]
    assert bench.removals() == []

    resume(bench.engine, bench.application_id, actor=ADMINISTRATOR, now=bench.now_fn())
    assert [each.state for each in bench.carry_out(run_id)] == ["reclaimed"]
    assert bench.removals() == [seat]


class PausingGate(WriteGate):
    """A gate at which somebody pauses reclamation while a removal waits for its place."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench

    def enter(self, patience: float, wanted: int = 1) -> int:
        """Pause, then let in."""
        now = self._bench.now_fn()
        pause(self._bench.engine, self._bench.application_id, "An audit", actor=ADMINISTRATOR, now=now)
        return super().enter(patience, wanted)


def test_a_pause_between_check_and_removal_stops_the_removal(bench: Bench) -> None:
    run_id = bench.start(bench.case("inactive"))
    due_at = bench.advance(run_id, gate=PausingGate(bench))
    assert due_at is not None
    assert due_at > bench.now_fn()
    assert [each.state for each in bench.requests(run_id)] == ["checking"]
    assert bench.removals() == []
    assert bench.advance(run_id) is None


def test_what_was_removed_before_the_pause_is_verified_and_can_be_restored(bench: Bench) -> None:
    seat = bench.case("inactive")
    bench.simulator.tenant.conditions = Conditions(replica_lag=2.0)
    run_id = bench.start(seat)
    bench.advance(run_id)
    assert [each.state for each in bench.requests(run_id)] == ["verifying"]
    pause(bench.engine, bench.application_id, "An audit", actor=ADMINISTRATOR, now=bench.now_fn())
    (request,) = bench.carry_out(run_id)
    assert request.state == "reclaimed"
    give_back(bench, request.request_id)
    assert [each.state for each in bench.carry_out(run_id)] == ["restored"]
