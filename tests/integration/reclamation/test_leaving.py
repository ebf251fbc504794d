"""Taking people out of groups, against a tenant over HTTPS: what goes, what stays, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from core.graph import GraphClient
from core.policies.cooldowns import start_cooldown
from core.policies.exempting import exempt
from core.policies.exemptions import ExemptionKind
from core.reclamation.due import mark_prepared
from core.reclamation.leaving_requests import leave_group
from core.reclamation.patience import GROUPS
from core.reclamation.requests import NamesRefused, RunRefused
from core.reclamation.restore_requests import RestoreRefused, restorable, restore
from core.rights import Actor, RightRefused, Role
from core.simulator import catalog
from core.simulator.config import DEFAULT_PERMISSIONS
from core.simulator.faults import FaultKind
from core.simulator.records import group_id
from core.store.engine import reading, writing
from core.store.tables import Assignment, AssignmentGroup, Group, Opportunity, ReclamationRequest, RoleHolder
from tests.support.tenants import OPERATOR, Bench

PERMITTED = frozenset({"GroupMember.ReadWrite.All", "LicenseAssignment.ReadWrite.All"})
TOO_WIDE = "User.ReadWrite.All"


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The bench, whose rows know the groups too."""
    now = datetime.now(UTC)
    with writing(bench.engine) as session:
        ids = set(session.exec(select(AssignmentGroup.group_id)))
        for read in bench.client.get_groups(sorted(ids)).values():
            assert read.value is not None
            group = read.value
            session.add(
                Group(
                    application_id=bench.application_id,
                    group_id=group.id,
                    display_name=group.display_name,
                    dynamic=group.dynamic,
                    synced=group.synced,
                    role_assignable=group.role_assignable,
                    mail_enabled=group.mail_enabled,
                    security_enabled=group.security_enabled,
                    unified=group.unified,
                    sku_ids=list(group.sku_ids),
                    read_at=now,
                )
            )
    return bench


def group(bench: Bench, key: str) -> str:
    return group_id(bench.simulator.tenant.config.seed, key)


def inherited(bench: Bench, case: str, key: str, *, blockers: tuple[str, ...] = ()) -> tuple[str, str]:
    """A seat that the group gives to the account of the case, as an opportunity; and no write on record."""
    user_id = bench.simulator.tenant.find(case).id
    given = [
        state.sku_id
        for state in bench.client.get_user(user_id).license_states
        if state.assigned_by_group == group(bench, key)
    ]
    with writing(bench.engine) as session:
        session.merge(
            Opportunity(
                application_id=bench.application_id,
                user_id=user_id,
                sku_id=given[0],
                scenarios=["inactive"],
                scenario="inactive",
                rank=3,
                confidence="high",
                reasons=[],
                blockers=[{"code": code, "text": f"blocked by {code}"} for code in ("inherited", *blockers)],
                cautions=[],
                reclaimable=False,
                assessed_at=datetime.now(UTC),
            )
        )
    return user_id, given[0]


def start(bench: Bench, seat: tuple[str, str], key: str, **changed: Any) -> int:  # noqa: ANN401 - arguments of `leave_group`
    """A run that takes the person out of the group, ready to begin."""
    arguments: dict[str, Any] = {
        "confirmed_types": {seat[1]},
        "typed_name": None,
        "note": "",
        "actor": OPERATOR,
        "allow_reclaim": True,
        "roles": PERMITTED,
        "now": bench.now_fn(),
    }
    run_id = leave_group(bench.engine, bench.application_id, seat, group(bench, key), **(arguments | changed))
    mark_prepared(bench.engine, run_id, bench.now_fn())
    return run_id


def writes(bench: Bench) -> list[tuple[str, str]]:
    """What was really written in the tenant: the kind, and whom it concerned."""
    return [(write["kind"], write["user"]) for write in bench.simulator.tenant.state.entries("write")]


def stored(bench: Bench, seat: tuple[str, str]) -> Assignment | None:
    with reading(bench.engine) as session:
        return session.get(Assignment, (bench.application_id, *seat))


def test_the_license_goes_and_nobody_and_nothing_else_is_touched(bench: Bench) -> None:
    seat = inherited(bench, "group_only", "e3")
    before = bench.all_states()
    run_id = start(bench, seat, "e3")
    (request,) = bench.carry_out(run_id)
    assert request.state == "reclaimed"
    assert request.reason == "Taken out of the group LIC Microsoft 365 E3: the license is gone from the user."
    before.pop(seat)
    assert bench.all_states() == before
    assert writes(bench) == [("group.leave", seat[0])]
    assert stored(bench, seat) is None
    assert bench.steps(run_id) == [
        ("requested", 0, "queued"),
        ("begun", 0, "checking"),
        ("checked", 0, "checking"),
        ("intent", 1, "reclaiming"),
        ("removal", 1, "verifying"),
        ("read_back", 1, "verifying"),
        ("ended", 1, "reclaimed"),
    ]


def test_the_history_names_the_group_before_the_call_and_carries_the_tenants_own_request_id(
    bench: Bench,
) -> None:
    seat = inherited(bench, "group_only", "e3")
    run_id = start(bench, seat, "e3")
    bench.carry_out(run_id)
    events = {event.step.value: event for event in bench.events(run_id)}
    (write,) = bench.simulator.tenant.state.entries("write")
    assert "out of the group LIC Microsoft 365 E3, and nothing else." in events["intent"].detail
    assert events["intent"].evidence["group_id"] == group(bench, "e3")
    assert events["removal"].graph_request_id == write["request_id"]


def test_a_license_that_goes_late_is_waited_for(bench: Bench) -> None:
    seat = inherited(bench, "group_only", "e3")
    run_id = start(bench, seat, "e3")
    bench.simulator.set_conditions(replica_lag=1.0)
    (request,) = bench.carry_out(run_id)
    assert request.state == "reclaimed"
    assert len(writes(bench)) == 1


def test_several_types_go_together_only_after_the_name_was_typed(bench: Bench) -> None:
    seat = inherited(bench, "several_licenses_by_group", "planning-tools")
    both = {catalog.PROJECT, catalog.VISIO}
    with pytest.raises(RunRefused, match="type the name of the group, LIC Project and Visio"):
        start(bench, seat, "planning-tools", confirmed_types=both, typed_name="LIC Project")
    run_id = start(bench, seat, "planning-tools", confirmed_types=both, typed_name="LIC Project and Visio")
    (request,) = bench.carry_out(run_id)
    assert request.state == "reclaimed"
    assert set(bench.held(seat[0])) == {catalog.E3}
    assert [stored(bench, (seat[0], sku_id)) for sku_id in sorted(both)] == [None, None]
    assert stored(bench, (seat[0], catalog.E3)) is not None


def _exempt_visio(bench: Bench, _user_id: str) -> None:
    exempt(
        bench.engine,
        bench.application_id,
        kind=ExemptionKind.LICENSE_TYPE,
        target=catalog.VISIO,
        reason="Plans of the plant",
        expires_on=None,
        actor=OPERATOR,
        now=bench.now_fn(),
    )


def _keep_visio(bench: Bench, user_id: str) -> None:
    today = bench.now_fn().date()
    with writing(bench.engine) as session:
        start_cooldown(session, bench.application_id, user_id, catalog.VISIO, today, "Kept by Ada.", None)


@pytest.mark.parametrize(
    ("spare", "words"),
    [(_exempt_visio, "is exempt until it is lifted: Plans"), (_keep_visio, "Kept by Ada")],
    ids=["exempt", "on cooldown"],
)
def test_a_group_is_not_left_that_also_gives_a_license_which_is_spared(
    bench: Bench, spare: Callable[[Bench, str], None], words: str
) -> None:
    seat = inherited(bench, "several_licenses_by_group", "planning-tools")
    assert seat[1] == catalog.PROJECT
    confirmed = {"confirmed_types": {catalog.PROJECT, catalog.VISIO}, "typed_name": "LIC Project and Visio"}
    run_id = start(bench, seat, "planning-tools", **confirmed)
    spare(bench, seat[0])
    (request,) = bench.carry_out(run_id)
    assert request.state == "skipped"
    assert words in (request.reason or "")
    assert "would go as well" in (request.reason or "")
    with pytest.raises(RunRefused, match=words):
        start(bench, seat, "planning-tools", **confirmed)
    assert writes(bench) == []


@pytest.mark.parametrize(
    ("case", "key", "words"),
    [
        ("dynamic_group", "f3-dynamic", "A rule decides"),
        ("synced_group", "e5-synced", "local Active Directory"),
        ("mail_enabled_group", "power-bi-mail", "mail-enabled security groups"),
        ("administrator", "privileged", "Administrator roles"),
        ("two_groups", "e3", "That alone frees no seat"),
        ("direct_and_group", "e3", "the direct assignment must go as well"),
    ],
)
def test_a_group_that_cannot_be_left_is_refused_at_once(
    bench: Bench, case: str, key: str, words: str
) -> None:
    with pytest.raises(RunRefused, match=words):
        start(bench, inherited(bench, case, key), key)
    assert writes(bench) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"roles": PERMITTED | {TOO_WIDE}}, "User.ReadWrite.All is granted"),
        ({"roles": frozenset({"LicenseAssignment.ReadWrite.All"})}, "needs GroupMember.ReadWrite.All"),
        ({"allow_reclaim": False}, "switched off for this application"),
        ({"confirmed_types": set()}, "has changed since it was shown"),
    ],
)
def test_without_permission_or_full_confirmation_nothing_is_put_on_record(
    bench: Bench, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(RunRefused, match=words):
        start(bench, inherited(bench, "group_only", "e3"), "e3", **changed)
    with reading(bench.engine) as session:
        assert session.exec(select(ReclamationRequest)).all() == []


def test_a_viewer_takes_nobody_out_of_a_group(bench: Bench) -> None:
    seat = inherited(bench, "group_only", "e3")
    with pytest.raises(RightRefused):
        start(bench, seat, "e3", actor=Actor(name="vic", role=Role.VIEWER))


def test_what_stands_against_it_besides_the_group_stands_against_leaving_too(bench: Bench) -> None:
    seat = inherited(bench, "group_only", "e3", blockers=("young_account",))
    with pytest.raises(RunRefused, match="blocked by young_account"):
        start(bench, seat, "e3")


def test_an_administrator_leaves_a_group_only_with_the_name_typed(bench: Bench) -> None:
    seat = inherited(bench, "group_only", "e3")
    with writing(bench.engine) as session:
        session.add(
            RoleHolder(
                application_id=bench.application_id,
                user_id=seat[0],
                roles=["User Administrator"],
                read_at=bench.now_fn(),
            )
        )
    with pytest.raises(NamesRefused, match="User Administrator"):
        start(bench, seat, "e3")
    _become_administrator(bench, *seat)
    (request,) = bench.carry_out(start(bench, seat, "e3", confirm_names=bench.names([seat])))
    assert request.state == "reclaimed"


def _assign_directly(bench: Bench, user_id: str, sku_id: str) -> None:
    bench.client.add_license(user_id, sku_id, [])


def _leave_already(bench: Bench, user_id: str, _sku_id: str) -> None:
    bench.client.remove_member(group(bench, "e3"), user_id)


def _vanish(bench: Bench, user_id: str, _sku_id: str) -> None:
    bench.simulator.tenant.change(user_id, {"deleted": True})


def _be_active_again(bench: Bench, user_id: str, sku_id: str) -> None:
    with writing(bench.engine) as session:
        held = session.get_one(Assignment, (bench.application_id, user_id, sku_id))
        held.last_activity_at = datetime.now(UTC)


def _become_shared(bench: Bench, user_id: str, _sku_id: str) -> None:
    bench.simulator.tenant.change(user_id, {"purpose": "shared"})


def _become_administrator(bench: Bench, user_id: str, _sku_id: str) -> None:
    bench.simulator.tenant.change(user_id, {"roles": ["user-administrator"]})


def _widen_the_permissions(bench: Bench, _user_id: str, _sku_id: str) -> None:
    bench.simulator.set_conditions(permissions=DEFAULT_PERMISSIONS | {TOO_WIDE})
    bench.client._credentials.replace(bench.client._credentials.token())  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("happen", "words"),
    [
        (_assign_directly, "is also assigned directly"),
        (_leave_already, "does not come from the group any more"),
        (_vanish, "does not exist any more"),
        (_be_active_again, "was active again"),
        (_become_shared, "of the kind shared"),
        (_become_administrator, "User Administrator. Its name was not typed for this run"),
        (_widen_the_permissions, "User.ReadWrite.All is granted"),
    ],
)
def test_what_has_changed_meanwhile_leaves_the_person_in_the_group(
    bench: Bench, happen: Callable[[Bench, str, str], None], words: str
) -> None:
    seat = inherited(bench, "group_only", "e3")
    run_id = start(bench, seat, "e3")
    happen(bench, *seat)
    bench.simulator.tenant.state.clear_entries("write")
    (request,) = bench.carry_out(run_id)
    assert request.state == "skipped"
    assert words in (request.reason or "")
    assert writes(bench) == []


def test_a_group_that_gives_more_by_now_is_not_left_unconfirmed(bench: Bench) -> None:
    seat = inherited(bench, "group_only", "e3")
    run_id = start(bench, seat, "e3")
    account = bench.simulator.tenant.find("group_only")
    (state,) = bench.simulator.tenant.record(account.index).states
    bench.simulator.tenant.change(account.id, {"states": [state, state | {"skuId": catalog.VISIO}]})
    (request,) = bench.carry_out(run_id)
    assert request.state == "skipped"
    assert "would now also take away" in (request.reason or "")
    assert writes(bench) == []


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.HTML_GATEWAY])
def test_a_lost_answer_is_never_followed_by_another_call(bench: Bench, kind: FaultKind) -> None:
    seat = inherited(bench, "group_only", "e3")
    run_id = start(bench, seat, "e3")
    bench.simulator.faults.add(kind, path="/members/", times=1, after=True)
    (request,) = bench.carry_out(run_id)
    assert request.state == "reclaimed"
    assert writes(bench) == [("group.leave", seat[0])]


def test_a_call_that_was_not_carried_out_is_repeated_after_another_check(bench: Bench) -> None:
    seat = inherited(bench, "group_only", "e3")
    run_id = start(bench, seat, "e3")
    bench.simulator.faults.add(FaultKind.THROTTLED, path="/members/", times=2, retry_after="0")
    (request,) = bench.carry_out(run_id)
    assert request.state == "reclaimed"
    assert writes(bench) == [("group.leave", seat[0])]
    assert [step for step, _, _ in bench.steps(run_id)].count("checked") == 3


class Died(BaseException):
    """The end of a worker."""


class DyingClient(GraphClient):
    """A client whose worker dies as soon as it is to take somebody out of a group."""

    def __init__(self, working: GraphClient) -> None:
        self.__dict__.update(working.__dict__)

    def remove_member(self, _group_id: str, _user_id: str) -> str | None:
        raise Died


def test_a_worker_that_died_after_the_intent_leaves_a_call_that_nobody_repeats(bench: Bench) -> None:
    """Nothing went: the tenant still shows the license, and after all patience the request says so."""
    seat = inherited(bench, "group_only", "e3")
    run_id = start(bench, seat, "e3")

    working, bench.client = bench.client, DyingClient(bench.client)
    with pytest.raises(Died):
        bench.advance(run_id)
    bench.client = working
    later = datetime.now(UTC) + timedelta(minutes=5)
    bench.now_fn = lambda: later
    bench.advance(run_id)
    assert [(row.state, row.attempt) for row in bench.requests(run_id)] == [("verifying", 1)]
    much_later = later + GROUPS
    bench.now_fn = lambda: much_later
    bench.advance(run_id)
    (request,) = bench.requests(run_id)
    assert request.state == "failed"
    assert "still shows the license from the group" in (request.reason or "")
    assert writes(bench) == []


def test_a_license_that_others_depend_on_is_told(bench: Bench) -> None:
    account = bench.simulator.tenant.find("group_only")
    phone = bench.client.get_user(bench.simulator.tenant.find("dependency").id)
    assert any(state.sku_id == catalog.TEAMS_PHONE for state in phone.license_states)
    states = bench.simulator.tenant.record(account.index).states
    dependent = next(
        state
        for state in bench.simulator.tenant.record(bench.simulator.tenant.find("dependency").index).states
        if state["skuId"] == catalog.TEAMS_PHONE
    )
    bench.simulator.tenant.change(account.id, {"states": [*states, dependent]})
    seat = inherited(bench, "group_only", "e3")
    run_id = start(bench, seat, "e3")
    (request,) = bench.carry_out(run_id)
    assert request.state == "failed"
    assert "DependencyViolation" in (request.reason or "")
    assert writes(bench) == [("group.leave", seat[0])]


def test_what_was_left_cannot_be_restored_and_says_what_to_do(bench: Bench) -> None:
    seat = inherited(bench, "group_only", "e3")
    run_id = start(bench, seat, "e3")
    (request,) = bench.carry_out(run_id)
    assert restorable(bench.engine, bench.application_id, run_id) == []
    with pytest.raises(RestoreRefused, match="add them to the group again"):
        restore(
            bench.engine,
            bench.application_id,
            [request.request_id],
            actor=OPERATOR,
            allow_reclaim=True,
            now=bench.now_fn(),
        )
