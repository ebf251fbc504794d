"""A duplicate goes only while another license of the user covers it: by what the tenant shows just before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from core.graph.pacing import WriteGate
from core.notification.deadlines import reminder_at
from core.notification.setup import Envelope
from core.reclamation.chosen import Leaving
from core.reclamation.covering import JUST_GONE
from core.reclamation.due import mark_prepared
from core.reclamation.ledger import live_requests
from core.reclamation.notice_preview import preview
from core.reclamation.notifying import verdict_of_rows
from core.reclamation.recheck import Skip, SkipReason
from core.reclamation.requests import NotifyTerms, RunMode
from core.reclamation.states import RequestState
from core.simulator import catalog
from core.store.bulk import upsert
from core.store.engine import reading, writing
from core.store.tables import Assignment, LicenseType, Notice, Opportunity, ServicePlan
from tests.support.mail_server import MailServer
from tests.support.notices import Clock
from tests.support.tenants import Bench, Seat

E3_NAME, E5_NAME = "Spe_E3", "Spe_E5"
TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929"
ADVICE = "A downgrade is advice: the user needs the other license first."


@pytest.fixture
def duplicate(bench: Bench) -> Seat:
    """Somebody who uses both Microsoft 365 E3 and E5 every day; the E3 is a duplicate."""
    plans = [
        {
            "application_id": bench.application_id,
            "sku_id": sku.sku_id,
            "service_plan_id": plan.service_plan_id,
            "name": plan.name,
            "applies_to": plan.applies_to,
            "provisioning_status": plan.provisioning_status,
        }
        for sku in bench.client.list_subscribed_skus()
        for plan in sku.service_plans
    ]
    seat = bench.case("duplicate_e3_e5", catalog.E3)
    with writing(bench.engine) as session:
        upsert(session, ServicePlan, plans)
        for sku_id in (catalog.E3, catalog.E5):
            held = session.get(Assignment, (bench.application_id, seat[0], sku_id))
            assert held is not None
            held.activity_status = "active"
            held.last_activity_at = datetime.now(UTC) - timedelta(days=1)
    _make(bench, seat, "duplicate")
    return seat


def _make(bench: Bench, seat: Seat, *scenarios: str) -> None:
    """Let the opportunity of a seat have these scenarios."""
    with writing(bench.engine) as session:
        opportunity = session.get(Opportunity, (bench.application_id, *seat))
        assert opportunity is not None
        opportunity.scenarios, opportunity.scenario = list(scenarios), scenarios[0]


def _covering(seat: Seat) -> Seat:
    return seat[0], catalog.E5


def test_a_duplicate_of_somebody_active_goes_and_the_covering_license_stays(
    bench: Bench, duplicate: Seat
) -> None:
    (request,) = bench.carry_out(bench.start(duplicate))
    assert (request.state, request.reason) == ("reclaimed", "Removed: the license is gone from the user.")
    assert bench.removals() == [duplicate]
    assert bench.held(duplicate[0]) == [catalog.E5]


def test_a_license_that_is_to_go_with_a_group_covers_nothing(bench: Bench, duplicate: Seat) -> None:
    user_id, _ = duplicate
    with writing(bench.engine) as session:
        session.add(
            Assignment(
                application_id=bench.application_id,
                user_id=user_id,
                sku_id=catalog.VISIO,
                direct=False,
                group_count=1,
                state="Active",
                seen_in=1,
            )
        )
    leaving = Leaving(group_id="g", group_name="G", lost_types=(catalog.VISIO, catalog.E5))
    bench.start((user_id, catalog.VISIO), leaving=leaving)

    (request,) = bench.carry_out(bench.start(duplicate))

    assert request.state is RequestState.SKIPPED
    assert "covers this one any more" in (request.reason or "")
    assert bench.removals() == []


def test_a_dry_run_finds_that_a_duplicate_could_go(bench: Bench, duplicate: Seat) -> None:
    (request,) = bench.carry_out(bench.start(duplicate, mode=RunMode.DRY_RUN))
    assert request.state is RequestState.WOULD_RECLAIM
    assert bench.simulator.tenant.state.entries("write") == []


def _lose_it(bench: Bench, covering: Seat) -> None:
    bench.client.remove_license(*covering)


def _switch_a_service_of_it_off(bench: Bench, covering: Seat) -> None:
    bench.client.add_license(*covering, [TEAMS])


def _let_it_be_suspended(bench: Bench, covering: Seat) -> None:
    with writing(bench.engine) as session:
        known = session.get(LicenseType, (bench.application_id, covering[1]))
        assert known is not None
        known.capability_status = "Suspended"


@pytest.mark.parametrize("happens", [_lose_it, _switch_a_service_of_it_off, _let_it_be_suspended])
def test_what_no_longer_covers_it_when_its_turn_comes_leaves_the_duplicate_alone(
    bench: Bench, duplicate: Seat, happens: Callable[[Bench, Seat], None]
) -> None:
    run_id = bench.start(duplicate)
    happens(bench, _covering(duplicate))
    before = bench.all_states()
    bench.simulator.tenant.state.clear_entries("write")

    (request,) = bench.carry_out(run_id)

    assert request.state is RequestState.SKIPPED
    assert request.reason is not None
    assert "No other license of the user covers this one any more" in request.reason
    assert bench.simulator.tenant.state.entries("write") == []
    assert bench.all_states() == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_a_duplicate_and_what_covers_it_in_one_run_only_one_goes(
    bench: Bench, duplicate: Seat, order: tuple[int, int]
) -> None:
    both = (duplicate, _covering(duplicate))
    run_id = bench.start(*(both[place] for place in order), manual=False)
    states = {request.sku_id: request.state for request in bench.carry_out(run_id)}
    assert states[catalog.E3] is RequestState.SKIPPED
    assert bench.held(duplicate[0]) == [catalog.E3]


def test_two_licenses_that_each_rest_on_the_other_both_stay(bench: Bench, duplicate: Seat) -> None:
    _make(bench, _covering(duplicate), "duplicate")
    run_id = bench.start(duplicate, _covering(duplicate))
    assert {request.state for request in bench.carry_out(run_id)} == {RequestState.SKIPPED}
    assert bench.simulator.tenant.state.entries("write") == []


class _Opening(WriteGate):
    """Lets something happen between the check of the first removal and its intent."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__()
        self._happens: list[Callable[[], object]] = [happens]

    def enter(self, patience: float, wanted: int = 1) -> int:
        while self._happens:
            self._happens.pop()()
        return super().enter(patience, wanted)


def test_a_license_that_is_asked_for_after_the_check_covers_nothing_either(
    bench: Bench, duplicate: Seat
) -> None:
    run_id = bench.start(duplicate)
    other: list[int] = []
    bench.gate = _Opening(
        lambda: other.append(bench.start(_covering(duplicate), manual=True, note="Leaves E5"))
    )
    (request,) = bench.carry_out(run_id)
    assert len(other) == 1
    assert request.state is RequestState.SKIPPED
    assert bench.simulator.tenant.state.entries("write") == []


def test_a_license_that_was_taken_back_just_now_covers_nothing_though_it_still_shows(
    bench: Bench, duplicate: Seat
) -> None:
    bench.carry_out(bench.start(_covering(duplicate)))
    bench.client.add_license(*_covering(duplicate), [])  # as a replica that lags would show it
    (request,) = bench.carry_out(bench.start(duplicate))
    assert request.state is RequestState.SKIPPED

    bench.now_fn = lambda: datetime.now(UTC) + JUST_GONE + timedelta(minutes=1)
    (request,) = bench.carry_out(bench.start(duplicate))
    assert request.state is RequestState.RECLAIMED


def test_what_is_unused_needs_nothing_that_covers_it(bench: Bench, duplicate: Seat) -> None:
    _make(bench, duplicate, "inactive", "duplicate")
    run_id = bench.start(duplicate)
    bench.client.remove_license(*_covering(duplicate))
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.RECLAIMED


def test_advice_is_never_carried_out_even_where_it_got_into_a_run(bench: Bench, duplicate: Seat) -> None:
    seat = _covering(duplicate)
    _make(bench, seat, "downgrade")
    run_id = bench.start(seat)
    with writing(bench.engine) as session:
        opportunity = session.get(Opportunity, (bench.application_id, *seat))
        assert opportunity is not None
        opportunity.blockers, opportunity.reclaimable = [{"code": "advice", "text": ADVICE}], False
    (request,) = bench.carry_out(run_id)
    assert (request.state, request.reason) == ("skipped", ADVICE)
    assert bench.simulator.tenant.state.entries("write") == []


def test_before_a_holder_is_written_to_the_stored_licenses_say_what_covers_it(
    bench: Bench, duplicate: Seat
) -> None:
    run_id = bench.start(duplicate)
    with writing(bench.engine) as session:
        requests = live_requests(session, run_id)
        assert verdict_of_rows(session, requests, bench.now_fn()) == {requests[0].id: None}
        held = session.get(Assignment, (bench.application_id, *_covering(duplicate)))
        assert held is not None
        held.state = "ActiveWithError"
    with reading(bench.engine) as session:
        verdict = verdict_of_rows(session, requests, bench.now_fn())[requests[0].id]
    assert isinstance(verdict, Skip)
    assert verdict.reason is SkipReason.NOT_COVERED


def _ask_and_use(bench: Bench, clock: Clock, seat: Seat) -> int:
    """Notify the holder, who uses the license on every day of the waiting period, to its end."""
    run_id = bench.start(seat, mode=RunMode.NOTIFY, notify=NotifyTerms())
    bench.advance(run_id)
    with writing(bench.engine) as session:
        held = session.get_one(Assignment, (bench.application_id, *seat))
        held.last_activity_at = clock.now + timedelta(hours=2)
        (notice,) = session.exec(select(Notice).where(Notice.run_id == run_id))
    clock.now = reminder_at(clock.now, notice.deadline_at) or clock.now
    bench.advance(run_id)
    clock.now = notice.deadline_at + timedelta(minutes=1)
    bench.advance(run_id)
    mark_prepared(bench.engine, run_id, clock.now)
    return run_id


def test_the_holder_of_a_duplicate_reads_what_includes_it_and_loses_it_in_spite_of_using_it(
    bench: Bench, duplicate: Seat, clock: Clock, server: MailServer
) -> None:
    run_id = _ask_and_use(bench, clock, duplicate)
    (request,) = bench.carry_out(run_id)
    assert (request.state, bench.held(duplicate[0])) == ("reclaimed", [catalog.E5])
    assert len(server.taken) == 2
    for taken in server.taken:
        text = taken.part("plain")
        assert "Another license that stays with you includes everything in this one" in text
        assert f"(included in {E5_NAME})" in text
        assert "you do not use" not in text


def test_the_preview_of_a_mail_about_a_duplicate_names_what_includes_it(
    bench: Bench, duplicate: Seat, server: MailServer
) -> None:
    envelope = Envelope(
        organization="Contoso",
        public_url="https://seatwise.example.com",
        sender="licenses@example.com",
        contact="help@example.com",
    )
    with reading(bench.engine) as session:
        mail = preview(
            session,
            bench.application_id,
            [duplicate],
            duplicate[0],
            envelope=envelope,
            waiting_days=5,
            copy_manager=False,
            now=bench.now_fn(),
        )
    assert mail is not None
    assert f"- {E3_NAME} (included in {E5_NAME})" in mail.text
    assert server.taken == []


def test_a_duplicate_that_nothing_covers_any_more_after_the_period_stays(
    bench: Bench, duplicate: Seat, clock: Clock, server: MailServer
) -> None:
    run_id = _ask_and_use(bench, clock, duplicate)
    bench.client.remove_license(*_covering(duplicate))
    before = bench.held(duplicate[0])
    (request,) = bench.carry_out(run_id)
    assert request.state is RequestState.SKIPPED
    assert "No other license of the user covers this one any more" in str(request.reason)
    assert bench.held(duplicate[0]) == before == [catalog.E3]
    assert len(server.taken) == 2


def test_a_mail_about_licenses_of_two_reasons_tells_them_apart(
    bench: Bench, duplicate: Seat, server: MailServer
) -> None:
    covering = _covering(duplicate)
    _make(bench, duplicate, "inactive", "duplicate")
    _make(bench, covering, "never_active")
    run_id = bench.start(duplicate, covering, mode=RunMode.NOTIFY, notify=NotifyTerms())
    bench.advance(run_id)
    (taken,) = server.taken
    assert str(taken.message["Subject"]) == "Do you still need 2 licenses?"
    unused, never = taken.part("plain").split("you have never used this")
    assert "you do not use this any more" in unused
    assert f"- {E3_NAME}\n" in unused
    assert f"- {E5_NAME}\n" in never
