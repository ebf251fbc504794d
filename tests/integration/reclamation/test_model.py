"""Any order of requests, faults, changes in the tenant, crashes, cancels and restores: what holds always.

Hypothesis plays an operator, a busy tenant and a bad network against the engine, over HTTPS. The tenant's own
record of writes is the truth that the history is compared with.
"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.graph import GraphClient
from core.graph.pacing import WriteGate
from core.reclamation.due import take_up_again, update_progress
from core.reclamation.requests import RunMode, RunRefused, cancel_run
from core.reclamation.restore_requests import RestoreRefused, restore
from core.reclamation.runs import RequestRow
from core.reclamation.states import LIVE, RequestState
from core.simulator.config import Conditions, TenantConfig
from core.simulator.faults import FaultKind
from core.simulator.server import RunningSimulator, start_simulator
from core.store.engine import make_engine
from tests.support.databases import sqlite_database
from tests.support.tenants import OPERATOR, Bench, Seat, connection_to, mirror

SEATS = 16
PAUSE = timedelta(seconds=5)
"""Between two steps, so that what waits a moment is due again."""
CREATED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
UNTOUCHED_BY_RULE = frozenset({RequestState.CANCELLED, RequestState.WOULD_RECLAIM})
FAULTS: tuple[dict[str, object], ...] = (
    {"kind": FaultKind.THROTTLED, "path": "assignLicense", "retry_after": "0"},
    {"kind": FaultKind.THROTTLED, "retry_after": "0", "where": "batch"},
    {"kind": FaultKind.RESET, "path": "assignLicense", "after": True},
    {"kind": FaultKind.RESET, "path": "assignLicense"},
    {"kind": FaultKind.CONCURRENCY, "path": "assignLicense", "retry_after": "0"},
    {"kind": FaultKind.HTML_GATEWAY, "path": "assignLicense", "after": True},
    {"kind": FaultKind.HTML_GATEWAY},
    {"kind": FaultKind.EXPIRED_TOKEN},
    {"kind": FaultKind.GARBAGE, "path": "assignLicense"},
)
numbers = st.integers(min_value=0, max_value=SEATS - 1)


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture(scope="module")
def small_tenant() -> Iterator[RunningSimulator]:
    with start_simulator(TenantConfig(users=120, created_at=CREATED_AT)) as running:
        yield running


class Reclaiming(RuleBasedStateMachine):
    """The engine, step by step, and what the tenant says was written."""

    def __init__(self, simulator: RunningSimulator, template: Path, folder: Path) -> None:
        super().__init__()
        simulator.tenant.conditions = Conditions()
        simulator.faults.clear()
        simulator.tenant.reset(CREATED_AT)
        path = folder / "example.db"
        shutil.copy(template, path)
        self.late = timedelta()
        self.bench = Bench(
            engine=make_engine(f"sqlite:///{path}"),
            simulator=simulator,
            client=GraphClient(connection_to(simulator), sleep=lambda _seconds: None),
            application_id=1,
            now_fn=lambda: datetime.now(UTC) + self.late,
        )
        self.before = self.bench.all_states()
        self.seats = self.bench.removable_seats(SEATS)
        self.touched: set[Seat] = set()
        """Seats that somebody else has changed."""
        self.just_touched: set[Seat] = set()
        """Of them, those that were changed while the engine was at its last step."""
        self.runs: list[int] = []
        self.ended: dict[int, RequestState] = {}

    def teardown(self) -> None:
        """Everything comes to its end, and then tenant and history agree."""
        self.bench.simulator.faults.clear()
        for run_id in self.runs:
            for _ in range(200):
                self._advance(run_id)
                if update_progress(self.bench.engine, run_id, self.bench.now_fn()):
                    break
                if not any(row.state in LIVE for row in self.bench.requests(run_id)):
                    break
                self.late += timedelta(minutes=2)
            assert not [row for row in self.bench.requests(run_id) if row.state in LIVE]
            self._check_run(run_id)
        self._check_tenant()
        self.bench.client.close()
        self.bench.engine.dispose()

    # ------------------------------------------------------------------ what people do

    @initialize(chosen=st.sets(numbers, min_size=1, max_size=4))
    def begin(self, chosen: set[int]) -> None:
        self._ask(chosen, RunMode.IMMEDIATE)

    @rule(chosen=st.sets(numbers, min_size=1, max_size=4), dry=st.booleans())
    def ask(self, chosen: set[int], dry: bool) -> None:
        self._ask(chosen, RunMode.DRY_RUN if dry else RunMode.IMMEDIATE)

    def _ask(self, chosen: set[int], mode: RunMode) -> None:
        try:
            run_id = self.bench.start(*(self.seats[number] for number in sorted(chosen)), mode=mode)
        except RunRefused:
            return  # somebody is being reclaimed already, or our rows know that the license is gone
        self.runs.append(run_id)

    @precondition(lambda self: self.runs)
    @rule(number=numbers)
    def cancel(self, number: int) -> None:
        try:
            cancel_run(
                self.bench.engine, self.runs[number % len(self.runs)], actor=OPERATOR, now=self.bench.now_fn()
            )
        except RunRefused:
            return

    @precondition(lambda self: self.runs)
    @rule(number=numbers)
    def restore(self, number: int) -> None:
        ids = [row.request_id for row in self._requests() if row.state is RequestState.RECLAIMED]
        if not ids:
            return
        try:
            restore(
                self.bench.engine,
                1,
                [ids[number % len(ids)]],
                actor=OPERATOR,
                allow_reclaim=True,
                now=self.bench.now_fn(),
            )
        except RestoreRefused:
            return

    # ------------------------------------------------------------------ what the worker does

    @precondition(lambda self: self.runs)
    @rule(number=numbers)
    def work(self, number: int) -> None:
        self._advance(self.runs[number % len(self.runs)])

    @rule(
        number=numbers,
        trouble=st.none() | st.sampled_from(FAULTS),
        moment=st.integers(min_value=1, max_value=10),
        meanwhile=st.sampled_from([None, "die", "assign", "remove"]),
        afterwards=st.sampled_from([None, "assign", "remove"]),
    )
    def reclaim_in_trouble(
        self,
        number: int,
        trouble: dict[str, object] | None,
        moment: int,
        meanwhile: str | None,
        afterwards: str | None,
    ) -> None:
        """Something fails; between two steps somebody acts or the process dies; then it goes on."""
        seat = self.seats[number]
        self._ask({number}, RunMode.IMMEDIATE)
        wanted = [row.run_id for row in self._requests() if (row.user_id, row.sku_id) == seat]
        if not wanted:
            return
        run_id = wanted[-1]
        if trouble is not None:
            self.something_goes_wrong(trouble)

        def act() -> None:
            if meanwhile == "die":
                raise Crash
            self._others(seat, meanwhile)

        try:
            self._advance_with(run_id, moment, act)
        except Crash:
            take_up_again(self.bench.engine, self.bench.now_fn())
        self._look(run_id)
        self._others(seat, afterwards)
        self._advance(run_id)

    def _advance_with(self, run_id: int, moment: int, act: Callable[[], None]) -> None:
        """Work, and act when the engine looks at the clock for the so-manieth time."""
        self.late += PAUSE
        self.just_touched.clear()
        looks = itertools.count(1)

        def now() -> datetime:
            if next(looks) == moment:
                act()
            return self.bench.now_fn()

        self.bench.advance(run_id, gate=WriteGate(), now_fn=now)

    @rule(minutes=st.integers(min_value=1, max_value=20))
    def time_passes(self, minutes: int) -> None:
        self.late += timedelta(minutes=minutes)

    # ------------------------------------------------------------------ what the world does

    @rule(which=st.sampled_from(FAULTS))
    def something_goes_wrong(self, which: dict[str, object]) -> None:
        self.bench.simulator.faults.add(**which)  # type: ignore[arg-type]  # the fields of Fault

    @rule(number=numbers)
    def somebody_else_removes_the_license(self, number: int) -> None:
        self._others(self.seats[number], "remove")

    @rule(number=numbers)
    def somebody_else_assigns_the_license(self, number: int) -> None:
        self._others(self.seats[number], "assign")

    @rule(number=numbers)
    def the_mailbox_becomes_shared(self, number: int) -> None:
        self.bench.simulator.tenant.change(self.seats[number][0], {"purpose": "shared"})

    # ------------------------------------------------------------------ what holds always

    @invariant()
    def nothing_is_removed_that_was_not_asked_for(self) -> None:
        asked = {(row.user_id, row.sku_id) for row in self._requests() if not row.dry_run}
        assert set(self._writes("license.remove")) <= asked

    @invariant()
    def one_request_at_a_time_wants_a_license(self) -> None:
        live = [
            (row.user_id, row.sku_id) for row in self._requests() if row.state in LIVE and not row.dry_run
        ]
        assert len(live) == len(set(live))

    # ------------------------------------------------------------------ means

    def _advance(self, run_id: int) -> None:
        self.late += PAUSE
        self.just_touched.clear()
        self.bench.advance(run_id, gate=WriteGate())  # a pause that Microsoft asks for is real time
        self._look(run_id)

    def _look(self, run_id: int) -> None:
        """Whoever has just been reported as reclaimed or restored is so in the tenant, at this moment."""
        for row in self.bench.requests(run_id):
            if self.ended.get(row.request_id) is row.state:
                continue
            self.ended[row.request_id] = row.state
            if (row.user_id, row.sku_id) in self.just_touched:
                continue  # after the engine has read it, or before: only the tenant knows
            if row.state is RequestState.RECLAIMED and (row.reason or "").startswith("Removed"):
                assert row.sku_id not in self._held(row.user_id)
            if row.state is RequestState.RESTORED:
                assert row.sku_id in self._held(row.user_id)

    def _held(self, user_id: str) -> set[str]:
        """The truth, past the network."""
        index = self.bench.simulator.tenant.index_of(user_id)
        assert index is not None
        return {state["skuId"] for state in self.bench.simulator.tenant.record(index, latest=True).states}

    def _others(self, seat: Seat, action: str | None) -> None:
        """Somebody else assigns the license or removes it, past the engine and past all faults."""
        user_id, sku_id = seat
        if action is None or (sku_id in self._held(user_id)) is (action == "assign"):
            return
        tenant = self.bench.simulator.tenant
        index = tenant.index_of(user_id)
        assert index is not None
        states = [state for state in tenant.record(index, latest=True).states if state["skuId"] != sku_id]
        if action == "assign":
            changed_at = tenant.now().strftime("%Y-%m-%dT%H:%M:%SZ")
            states.append(
                {
                    "skuId": sku_id,
                    "disabledPlans": [],
                    "assignedByGroup": None,
                    "state": "Active",
                    "error": "None",
                    "lastUpdatedDateTime": changed_at,
                }
            )
        tenant.change(user_id, {"states": states})
        self.touched.add(seat)
        self.just_touched.add(seat)

    def _writes(self, kind: str) -> list[Seat]:
        """What the engine has changed in the tenant, by the tenant's own record."""
        writes = self.bench.simulator.tenant.state.entries("write")
        return [(write["user"], write["sku"]) for write in writes if write["kind"] == kind]

    def _requests(self) -> list[RequestRow]:
        return [row for run_id in self.runs for row in self.bench.requests(run_id)]

    def _check_run(self, run_id: int) -> None:
        steps: dict[int, list[str]] = {}
        for event in self.bench.events(run_id):
            steps.setdefault(event.request_id, []).append(event.step.value)
        for row in self.bench.requests(run_id):
            said = steps[row.request_id]
            assert said[0] == "requested"
            assert "ended" in said
            assert said.count("removal") <= said.count("intent")
            if row.dry_run or row.state in UNTOUCHED_BY_RULE:
                assert "intent" not in said

    def _check_tenant(self) -> None:
        requests = [row for row in self._requests() if not row.dry_run]
        removals, assignments = self._writes("license.remove"), self._writes("license.add")
        for seat in self.seats:
            mine = [row for row in requests if (row.user_id, row.sku_id) == seat]
            assert removals.count(seat) <= len(mine), "each request removes at most once"
            asked_back = [row for row in mine if row.state in {RequestState.RESTORED, RequestState.RECLAIMED}]
            assert not assignments.count(seat) or asked_back
        after = self.bench.all_states()
        changed = self.touched | set(removals) | set(assignments)
        assert {seat: n for seat, n in after.items() if seat not in changed} == {
            seat: n for seat, n in self.before.items() if seat not in changed
        }


def test_whatever_happens_each_license_goes_at_most_once_and_the_history_is_true(
    small_tenant: RunningSimulator, tmp_path: Path
) -> None:
    small_tenant.tenant.reset(CREATED_AT)
    with sqlite_database(tmp_path) as engine, GraphClient(connection_to(small_tenant)) as client:
        assert mirror(engine, client) == 1
        template = Path(str(engine.url.database))
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        lambda: Reclaiming(small_tenant, template, tmp_path),  # type: ignore[arg-type]  # called without arguments
        settings=settings(
            max_examples=70,
            derandomize=True,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=checks,
            database=None,
        ),
    )
