from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from core.activity.evidence import SourceStatus
from core.integration.assessment import assess, refresh_rollups
from core.integration.rollups import write_rollups
from core.integration.sources import SourceName, record_source
from core.policies.cooldowns import start_cooldown
from core.policies.exempting import exempt, lift
from core.policies.exemptions import ExemptionKind
from core.spend.grouping import WHOLE, Grouping
from core.store.engine import reading, writing
from core.store.tables import (
    Assignment,
    AssignmentGroup,
    AssignmentRollup,
    DailyCost,
    DailySnapshot,
    Group,
    LicenseType,
    Opportunity,
    Purchase,
    ServicePlan,
    User,
    UserActivity,
)
from tests.support.rosters import keep_roster
from tests.support.seats import OPERATOR

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=900)
E3, E5 = "05e9a617-0261-4cee-bb44-138d3ef5d965", "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
EXCHANGE_PLAN = "efb87545-963c-4e0d-99df-69c6916d9eb0"


@pytest.fixture(autouse=True)
def tenant(engine: Engine) -> None:
    """Sign-ins and reports read today, and two license types with a mailbox."""
    with writing(engine) as session:
        record_source(session, 1, SourceName.SIGN_INS, SourceStatus.AVAILABLE, "", read_at=NOW)
        for source in (SourceName.USAGE_REPORTS, SourceName.MAILBOX_USAGE):
            record_source(session, 1, source, SourceStatus.AVAILABLE, "", as_of=NOW, read_at=NOW)
        for sku_id, name in ((E3, "Microsoft 365 E3"), (E5, "Microsoft 365 E5")):
            session.add(
                LicenseType(
                    application_id=1,
                    sku_id=sku_id,
                    part_number=name,
                    product_name=name,
                    applies_to="User",
                    capability_status="Enabled",
                    enabled=10,
                    warning=2,
                    suspended=5,
                    locked_out=0,
                    consumed=3,
                    seen_in=1,
                )
            )
            session.add(
                ServicePlan(
                    application_id=1,
                    sku_id=sku_id,
                    service_plan_id=EXCHANGE_PLAN,
                    name="EXCHANGE",
                    applies_to="User",
                    provisioning_status="Success",
                )
            )


def add(
    session: Session,
    user_id: str,
    sku_id: str = E3,
    *,
    signed_in: datetime | None = None,
    direct: bool = True,
    groups: tuple[str, ...] = (),
    **person: Any,  # noqa: ANN401 - columns of User
) -> None:
    known: dict[str, Any] = {
        "user_principal_name": f"{user_id}@contoso.example",
        "display_name": user_id,
        "account_enabled": True,
        "created_at": LONG_AGO,
        "management_restricted": False,
        "mailbox_purpose": "user",
    }
    session.add(User(application_id=1, user_id=user_id, seen_in=1, **(known | person)))
    session.add(
        UserActivity(
            application_id=1,
            user_id=user_id,
            sign_in_successful=signed_in,
            sign_in_read_at=NOW,
            report_refreshed_on=NOW.date(),
            mailbox_refreshed_on=NOW.date(),
        )
    )
    session.add(
        Assignment(
            application_id=1,
            user_id=user_id,
            sku_id=sku_id,
            direct=direct,
            group_count=len(groups),
            state="Active",
            updated_at=LONG_AGO,
            seen_in=1,
        )
    )
    for group_id in groups:
        session.add(
            AssignmentGroup(
                application_id=1, user_id=user_id, sku_id=sku_id, group_id=group_id, state="Active", seen_in=1
            )
        )


def buy(session: Session, sku_id: str, seats: int, cost: str, currency: str, **dates: date) -> None:
    session.add(
        Purchase(
            application_id=1,
            sku_id=sku_id,
            purchase_identifier=f"{sku_id}-{currency}",
            seats=seats,
            cost_per_seat=Decimal(cost),
            currency=currency,
            frequency="monthly",
            starts_on=dates.get("starts_on", date(2026, 1, 1)),
            ends_on=dates.get("ends_on"),
            created_at=NOW,
            created_by="Ada",
            changed_at=NOW,
            changed_by="Ada",
        )
    )


def opportunities(engine: Engine) -> dict[str, Opportunity]:
    with reading(engine) as session:
        found = session.exec(select(Opportunity).order_by(col(Opportunity.user_id)))
        return {opportunity.user_id: opportunity for opportunity in found}


def test_the_active_are_no_opportunity_and_the_others_are(engine: Engine) -> None:
    with writing(engine) as session:
        add(session, "active", signed_in=NOW)
        add(session, "disabled", signed_in=NOW - timedelta(days=100), account_enabled=False)
        add(session, "inactive", signed_in=NOW - timedelta(days=100))
        add(session, "never")
    assess(engine, 1, NOW)
    found = opportunities(engine)
    assert {user: each.scenario for user, each in found.items()} == {
        "disabled": "disabled_account",
        "inactive": "inactive",
        "never": "never_active",
    }
    assert found["disabled"].scenarios == ["disabled_account", "inactive"]
    assert all(each.reclaimable and each.confidence == "high" and each.reasons for each in found.values())


def test_a_group_that_gives_the_license_is_named_with_all_that_it_gives(engine: Engine) -> None:
    with writing(engine) as session:
        add(session, "never", direct=False, groups=("g1",))
        session.add(
            Group(
                application_id=1,
                group_id="g1",
                display_name="All staff",
                dynamic=True,
                synced=False,
                role_assignable=False,
                mail_enabled=False,
                security_enabled=True,
                sku_ids=[E3, E5],
                read_at=NOW,
            )
        )
    assess(engine, 1, NOW)
    found = opportunities(engine)["never"]
    assert not found.reclaimable
    assert [blocker["code"] for blocker in found.blockers] == ["inherited"]
    assert "All staff (dynamic)" in found.blockers[0]["text"]
    assert "Microsoft 365 E5" in found.blockers[0]["text"]


def test_a_shared_mailbox_is_blocked_and_an_unknown_one_not_high(engine: Engine) -> None:
    with writing(engine) as session:
        add(session, "shared", account_enabled=False, mailbox_purpose="shared")
        add(session, "unknown", account_enabled=False, mailbox_purpose=None)
        add(session, "strange", account_enabled=False, mailbox_purpose="hologram")
    assess(engine, 1, NOW)
    found = opportunities(engine)
    assert [blocker["code"] for blocker in found["shared"].blockers] == ["mailbox"]
    for user_id in ("unknown", "strange"):
        assert found[user_id].confidence == "probable"
        assert "mailbox_unknown" in [caution["code"] for caution in found[user_id].cautions]


def test_an_opportunity_that_is_no_longer_one_goes_and_an_unchanged_one_is_not_written(
    engine: Engine,
) -> None:
    with writing(engine) as session:
        add(session, "again")
        add(session, "never")
    assess(engine, 1, NOW)
    with writing(engine) as session:
        session.exec(select(UserActivity).where(UserActivity.user_id == "again")).one().exchange_on = date(
            2026, 11, 20
        )
    assess(engine, 1, NOW + timedelta(hours=1))
    found = opportunities(engine)
    assert list(found) == ["never"]
    assert found["never"].assessed_at == NOW


def test_more_candidates_than_a_page_are_all_found(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.integration.offers.PAGE", 3)
    with writing(engine) as session:
        for number in range(9):
            add(session, f"person-{number}", sku_id=(E3, E5)[number % 2])
    assess(engine, 1, NOW)
    assert len(opportunities(engine)) == 9
    with writing(engine) as session:
        for number in (0, 4, 8):
            user = session.exec(select(UserActivity).where(UserActivity.user_id == f"person-{number}")).one()
            user.sign_in_successful = NOW
    assess(engine, 1, NOW)
    assert [int(user.removeprefix("person-")) for user in opportunities(engine)] == [1, 2, 3, 5, 6, 7]


def counted_by(engine: Engine, dimension: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Seats, and those surely reclaimable, by value and status."""
    with reading(engine) as session:
        rows = session.exec(select(AssignmentRollup).where(AssignmentRollup.dimension == dimension)).all()
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        seats, reclaimable = found.get((row.value, row.activity_status), (0, 0))
        found[row.value, row.activity_status] = seats + row.seats, reclaimable + row.reclaimable
    return found


def test_seats_are_counted_by_one_thing_at_a_time(engine: Engine) -> None:
    with writing(engine) as session:
        add(session, "ada", signed_in=NOW, department="Sales", country="Germany")
        add(session, "ben", department="Sales", country="Germany", company_name="Contoso GmbH")
        add(session, "cleo", department="Sales", country="France", company_name="Contoso GmbH")
        add(session, "dan", account_enabled=False, mailbox_purpose="room")
    keep_roster(
        engine,
        1,
        {"email": "ada@contoso.example", "cost_center": "4711", "manager_email": "mary@contoso.example"},
        {"email": "ben@contoso.example"},
        {"email": "cleo@contoso.example", "manager_email": "mary@contoso.example"},
    )
    assess(engine, 1, NOW)
    everybody = {("", "active"): (1, 0), ("", "never_active"): (3, 2)}
    assert counted_by(engine, WHOLE) == everybody
    assert counted_by(engine, Grouping.DEPARTMENT) == {
        ("Sales", "active"): (1, 0),
        ("Sales", "never_active"): (2, 2),
        ("", "never_active"): (1, 0),
    }
    assert counted_by(engine, Grouping.COUNTRY) == {
        ("Germany", "active"): (1, 0),
        ("Germany", "never_active"): (1, 1),
        ("France", "never_active"): (1, 1),
        ("", "never_active"): (1, 0),
    }
    assert counted_by(engine, Grouping.COMPANY) == {
        ("", "active"): (1, 0),
        ("Contoso GmbH", "never_active"): (2, 2),
        ("", "never_active"): (1, 0),
    }
    assert counted_by(engine, Grouping.COST_CENTER) == {
        ("4711", "active"): (1, 0),
        ("", "never_active"): (3, 2),
    }
    assert counted_by(engine, Grouping.MANAGER) == {
        ("mary@contoso.example", "active"): (1, 0),
        ("mary@contoso.example", "never_active"): (1, 1),
        ("", "never_active"): (2, 1),
    }


def test_the_snapshot_of_the_day_holds_seats_and_cost_and_is_replaced_within_the_day(engine: Engine) -> None:
    with writing(engine) as session:
        add(session, "ada", signed_in=NOW)
        add(session, "ben")
        buy(session, E3, 12, "10.50", "USD")
        buy(session, E3, 3, "9", "EUR")
        buy(session, E5, 1, "50", "USD", ends_on=date(2026, 11, 23))
    assess(engine, 1, NOW - timedelta(days=1))
    assess(engine, 1, NOW)
    with writing(engine) as session:
        add(session, "cleo")
    assess(engine, 1, NOW + timedelta(hours=2))
    with reading(engine) as session:
        today = select(DailySnapshot).where(DailySnapshot.taken_on == NOW.date())
        snapshots = {each.sku_id: each for each in session.exec(today)}
        days = session.exec(select(col(DailySnapshot.taken_on)).distinct()).all()
        costs = session.exec(select(DailyCost).where(DailyCost.taken_on == NOW.date())).all()
    assert len(days) == 2
    seats = snapshots[E3]
    assert (seats.purchased, seats.assigned, seats.active, seats.never_active) == (12, 3, 1, 2)
    assert snapshots[E5].assigned == 0
    assert sorted((each.sku_id, each.currency, each.seats, each.annual) for each in costs) == [
        (E3, "EUR", 3, Decimal(324)),
        (E3, "USD", 12, Decimal(1512)),
    ]


def test_an_assignment_that_failed_is_counted_apart_and_never_offered(engine: Engine) -> None:
    with writing(engine) as session:
        add(session, "ada", signed_in=NOW)
        add(session, "ben", account_enabled=False, direct=False, groups=("g1",), employee_status="inactive")
        failed = session.exec(select(Assignment).where(Assignment.user_id == "ben")).one()
        failed.state, failed.error = "Error", "CountViolation"
    assess(engine, 1, NOW)
    assert opportunities(engine) == {}
    assert counted_by(engine, WHOLE) == {("", "active"): (1, 0), ("", "failed"): (1, 0)}
    with reading(engine) as session:
        today = session.exec(select(DailySnapshot).where(DailySnapshot.sku_id == E3)).one()
    assert (today.assigned, today.active, today.unknown) == (1, 1, 0)


def test_the_totals_alone_follow_a_seat_that_is_gone(engine: Engine) -> None:
    with writing(engine) as session:
        add(session, "ada")
        add(session, "ben")
    assess(engine, 1, NOW)
    with writing(engine) as session:
        session.delete(session.exec(select(Assignment).where(Assignment.user_id == "ada")).one())
    refresh_rollups(engine, 1, NOW)
    with reading(engine) as session:
        seats = session.exec(select(AssignmentRollup.seats)).all()
    assert seats == [1] * (1 + len(Grouping))


def spare(engine: Engine, kind: ExemptionKind, target: str) -> int:
    return exempt(
        engine,
        1,
        kind=kind,
        target=target,
        reason="On call",
        expires_on=None,
        actor=OPERATOR,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("kind", "target", "spared"),
    [
        (ExemptionKind.PERSON, "member", {("member", E3), ("member", E5)}),
        (ExemptionKind.GROUP, "g1", {("member", E3), ("member", E5)}),
        (ExemptionKind.DEPARTMENT, "SALES", {("other", E3)}),
        (ExemptionKind.LICENSE_TYPE, E3, {("member", E3), ("other", E3)}),
    ],
)
def test_an_exemption_blocks_the_seats_that_it_spares_until_it_is_lifted(
    engine: Engine, kind: ExemptionKind, target: str, spared: set[tuple[str, str]]
) -> None:
    with writing(engine) as session:
        session.add(
            Group(
                application_id=1,
                group_id="g1",
                display_name="On call",
                dynamic=False,
                synced=False,
                role_assignable=False,
                mail_enabled=False,
                security_enabled=True,
                sku_ids=[E5],
                read_at=NOW,
            )
        )
        add(session, "member")
        session.add(
            Assignment(
                application_id=1,
                user_id="member",
                sku_id=E5,
                direct=False,
                group_count=1,
                state="Active",
                updated_at=LONG_AGO,
                seen_in=1,
            )
        )
        session.add(
            AssignmentGroup(
                application_id=1, user_id="member", sku_id=E5, group_id="g1", state="Active", seen_in=1
            )
        )
        add(session, "other", department="Sales")
    number = spare(engine, kind, target)
    assess(engine, 1, NOW)
    assert blocked_by(engine, "exempt") == spared
    lift(engine, 1, number, actor=OPERATOR, now=NOW)
    assess(engine, 1, NOW)
    assert blocked_by(engine, "exempt") == set()


def test_a_cooldown_blocks_its_seat_and_no_other(engine: Engine) -> None:
    with writing(engine) as session:
        add(session, "kept")
        add(session, "other")
        start_cooldown(session, 1, "kept", E3, NOW.date(), "kept on 2026-11-24", None)
    assess(engine, 1, NOW)
    assert blocked_by(engine, "cooldown") == {("kept", E3)}
    assess(engine, 1, NOW + timedelta(days=1))
    assert blocked_by(engine, "cooldown") == set()


def blocked_by(engine: Engine, code: str) -> set[tuple[str, str]]:
    with reading(engine) as session:
        rows = session.exec(select(Opportunity)).all()
    blocked = {
        (row.user_id, row.sku_id) for row in rows if any(each["code"] == code for each in row.blockers)
    }
    assert all(not row.reclaimable for row in rows if (row.user_id, row.sku_id) in blocked)
    return blocked


def test_counts_that_are_no_longer_true_go_and_those_that_are_as_before_are_not_written(
    engine: Engine,
) -> None:
    with writing(engine) as session:
        add(session, "ada", department="Sales")
        add(session, "ben", department="IT")
        add(session, "cleo", sku_id=E5, department="IT")
    assess(engine, 1, NOW)
    with writing(engine) as session:
        session.exec(select(User).where(User.user_id == "ada")).one().department = "IT"
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if "assignment_rollups" in statement and not statement.startswith("SELECT"):
            written.append(f"{statement} {values}")

    event.listen(engine, "before_cursor_execute", note)
    with writing(engine) as session:
        write_rollups(session, 1)
    event.remove(engine, "before_cursor_execute", note)
    assert counted_by(engine, Grouping.DEPARTMENT) == {("IT", "never_active"): (3, 3)}
    assert [each.split()[0] for each in written] == ["DELETE", "INSERT"]
    assert not any(E5 in each for each in written)


def test_several_that_count_at_the_same_time_take_turns(engine: Engine) -> None:
    """Workers end their parts of a run together, and each brings the counts and the snapshot up to date."""
    with writing(engine) as session:
        add(session, "ada", department="Sales")
        add(session, "ben", department="IT")
    assess(engine, 1, NOW)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: refresh_rollups(engine, 1, NOW), range(12)))
    assert counted_by(engine, WHOLE) == {("", "never_active"): (2, 2)}
    with reading(engine) as session:
        assert session.exec(select(DailySnapshot.assigned)).all() == [2, 0]
