from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, update
from sqlmodel import Session, col, select

from core.activity.evidence import SourceStatus
from core.integration.classification import classify_assignments
from core.integration.failing import mark_failed
from core.integration.sources import SourceName, record_source
from core.store.engine import reading, writing
from core.store.tables import Assignment, ServicePlan, TypePolicy, User, UserActivity

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
E3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
EXCHANGE_PLAN, TEAMS_PLAN = "efb87545-963c-4e0d-99df-69c6916d9eb0", "57ff2da0-773e-42df-b2af-ffb7a2317929"
LONG_AGO = NOW - timedelta(days=900)


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture(autouse=True)
def tenant(engine: Engine) -> None:
    """Sign-ins and the reports read today, a type with Exchange and Teams."""
    with writing(engine) as session:
        record_source(session, 1, SourceName.SIGN_INS, SourceStatus.AVAILABLE, "", read_at=NOW)
        for name in (SourceName.USAGE_REPORTS, SourceName.MAILBOX_USAGE, SourceName.COPILOT_USAGE):
            record_source(session, 1, name, SourceStatus.AVAILABLE, "", as_of=days_ago(2), read_at=NOW)
        for plan_id in (EXCHANGE_PLAN, TEAMS_PLAN):
            session.add(
                ServicePlan(
                    application_id=1,
                    sku_id=E3,
                    service_plan_id=plan_id,
                    name="plan",
                    applies_to="User",
                    provisioning_status="Success",
                )
            )


def add_person(session: Session, user_id: str, *, disabled: tuple[str, ...] = (), **activity: Any) -> None:  # noqa: ANN401 - columns of UserActivity
    session.add(
        User(
            application_id=1,
            user_id=user_id,
            user_principal_name=f"{user_id}@contoso.example",
            display_name=user_id,
            account_enabled=True,
            created_at=LONG_AGO,
            seen_in=1,
        )
    )
    session.add(
        Assignment(
            application_id=1,
            user_id=user_id,
            sku_id=E3,
            direct=True,
            group_count=0,
            state="Active",
            disabled_plans=list(disabled),
            updated_at=LONG_AGO,
            seen_in=1,
        )
    )
    refreshed_on = days_ago(2).date()
    read = {
        "sign_in_read_at": NOW,
        "report_refreshed_on": refreshed_on,
        "mailbox_refreshed_on": refreshed_on,
    }
    session.add(UserActivity(application_id=1, user_id=user_id, **(read | activity)))


def assignment_of(engine: Engine, user_id: str) -> Assignment:
    with reading(engine) as session:
        return session.exec(select(Assignment).where(Assignment.user_id == user_id)).one()


def judge(engine: Engine, now: datetime = NOW) -> int:
    return classify_assignments(engine, 1, now, after_page=lambda _: None)


@pytest.mark.parametrize(
    ("activity", "status", "confidence", "source"),
    [
        ({"sign_in_successful": days_ago(3)}, "active", "high", "sign_in"),
        ({"teams_on": days_ago(5).date()}, "active", "high", "teams"),
        ({"sign_in_successful": days_ago(200)}, "inactive", "high", "sign_in"),
        ({}, "never_active", "high", None),
        ({"mailbox_on": days_ago(5).date()}, "active", "high", "exchange"),
        ({"report_refreshed_on": None}, "unknown", "review", None),
        ({"mailbox_refreshed_on": None}, "unknown", "review", None),
        ({"sign_in_read_at": None}, "unknown", "review", None),
    ],
)
def test_stored_evidence_becomes_a_stored_finding(
    engine: Engine, activity: dict[str, Any], status: str, confidence: str, source: str | None
) -> None:
    with writing(engine) as session:
        add_person(session, "ada", **activity)
    judge(engine)
    found = assignment_of(engine, "ada")
    assert (found.activity_status, found.confidence, found.last_activity_source) == (
        status,
        confidence,
        source,
    )
    assert found.reasons
    assert found.assessed_at == NOW


@pytest.mark.parametrize(
    ("state", "error", "status", "reasons"),
    [
        ("Error", "CountViolation", "failed", ["failed_count"]),
        ("Error", "Others", "failed", ["failed_otherwise"]),
        ("Error", None, "failed", ["failed_otherwise"]),
        ("ActiveWithError", "Others", "active", ["last_sign_in"]),
    ],
)
def test_an_assignment_that_failed_is_no_seat_however_active_the_person_is(
    engine: Engine, state: str, error: str | None, status: str, reasons: list[str]
) -> None:
    with writing(engine) as session:
        add_person(session, "ada", sign_in_successful=days_ago(3))
        session.exec(select(Assignment)).one().state = state
        session.exec(select(Assignment)).one().error = error
    judge(engine)
    found = assignment_of(engine, "ada")
    assert (found.activity_status, found.reasons) == (status, reasons)
    assert (found.last_activity_at is None) is (status == "failed")


def test_what_failed_is_known_before_anything_is_judged_and_what_came_about_waits(engine: Engine) -> None:
    with writing(engine) as session:
        for name in ("ada", "ben", "cleo"):
            add_person(session, name, sign_in_successful=days_ago(3))
        session.exec(select(Assignment).where(Assignment.user_id == "ben")).one().state = "Error"
    judge(engine)
    states = {"ada": ("Error", "CountViolation"), "ben": ("Active", None)}
    with writing(engine) as session:
        for name, (state, error) in states.items():
            seat = session.exec(select(Assignment).where(Assignment.user_id == name)).one()
            seat.state, seat.error = state, error
        session.flush()
        mark_failed(session, 1)
    found = {name: assignment_of(engine, name) for name in ("ada", "ben", "cleo")}
    assert {name: (each.activity_status, each.reasons) for name, each in found.items()} == {
        "ada": ("failed", ["failed_count"]),
        "ben": ("unknown", []),
        "cleo": ("active", ["last_sign_in"]),
    }
    judge(engine)
    assert assignment_of(engine, "ben").activity_status == "active"


def test_an_assignment_that_failed_and_then_came_about_is_judged_again(engine: Engine) -> None:
    with writing(engine) as session:
        add_person(session, "ada", sign_in_successful=days_ago(3))
        session.exec(select(Assignment)).one().state = "Error"
    judge(engine)
    with writing(engine) as session:
        session.exec(select(Assignment)).one().state = "Active"
    judge(engine)
    assert assignment_of(engine, "ada").activity_status == "active"


@pytest.mark.parametrize("status", [SourceStatus.CONCEALED, SourceStatus.FAILED, SourceStatus.NOT_READ])
def test_without_a_readable_report_nobody_old_is_called_never_active(
    engine: Engine, status: SourceStatus
) -> None:
    with writing(engine) as session:
        add_person(session, "ada", report_refreshed_on=None)
        session.exec(select(User)).one().created_at = datetime(2019, 1, 1, tzinfo=UTC)
        record_source(session, 1, SourceName.USAGE_REPORTS, status, "")
    judge(engine)
    assert assignment_of(engine, "ada").activity_status == "unknown"


def test_a_workload_that_is_switched_off_does_not_count(engine: Engine) -> None:
    with writing(engine) as session:
        add_person(session, "ada", disabled=(TEAMS_PLAN,), teams_on=days_ago(5).date())
        add_person(session, "ben", disabled=(), teams_on=days_ago(5).date())
    judge(engine)
    assert assignment_of(engine, "ada").activity_status != "active"
    assert assignment_of(engine, "ben").activity_status == "active"


def test_a_threshold_of_the_type_goes_before_the_general_one(engine: Engine) -> None:
    with writing(engine) as session:
        add_person(session, "ada", sign_in_successful=days_ago(100))
    judge(engine)
    assert assignment_of(engine, "ada").activity_status == "inactive"
    with writing(engine) as session:
        session.add(
            TypePolicy(application_id=1, sku_id=E3, threshold_days=120, changed_at=NOW, changed_by="Ada")
        )
    judge(engine)
    assert assignment_of(engine, "ada").activity_status == "active"


def test_a_finding_that_did_not_change_is_not_written_again(engine: Engine) -> None:
    with writing(engine) as session:
        add_person(session, "ada", sign_in_successful=days_ago(3), teams_on=date(2026, 11, 1))
        add_person(session, "ben")
    assert judge(engine) == 2
    assert judge(engine, NOW + timedelta(hours=1)) == 0
    assert assignment_of(engine, "ada").assessed_at == NOW


def test_pages_cover_everybody_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.integration.classification.PAGE", 3)
    with writing(engine) as session:
        for number in range(10):
            add_person(session, f"person-{number}", sign_in_successful=days_ago(number))
    pages: list[int] = []
    assert classify_assignments(engine, 1, NOW, after_page=lambda _: pages.append(1)) == 10
    assert len(pages) == 4


def test_people_of_another_application_are_left_alone(engine: Engine) -> None:
    with writing(engine) as session:
        add_person(session, "ada")
    assert classify_assignments(engine, 2, NOW, after_page=lambda _: None) == 0
    assert assignment_of(engine, "ada").assessed_at is None


VISIO_PLAN = "663a804f-1c30-4ff0-9915-9db84f0d1cea"
REPORTED = days_ago(2).date()


@pytest.mark.parametrize(
    ("activity", "status"),
    [
        ({"visio_refreshed_on": REPORTED}, "never_active"),
        ({}, "unknown"),  # a row of the apps says nothing of Visio
        ({"visio_refreshed_on": days_ago(9).date()}, "unknown"),  # the newest report lists it no more
        ({"visio_refreshed_on": REPORTED, "visio_activated_on": days_ago(5).date()}, "active"),
        ({"visio_activated_on": days_ago(5).date()}, "active"),  # a date that proves use counts all the same
        ({"project_refreshed_on": REPORTED}, "unknown"),
    ],
)
def test_a_seat_of_visio_is_judged_by_a_row_of_visio(
    engine: Engine, activity: dict[str, Any], status: str
) -> None:
    with writing(engine) as session:
        record_source(
            session, 1, SourceName.ACTIVATIONS, SourceStatus.AVAILABLE, "", as_of=days_ago(2), read_at=NOW
        )
        session.execute(
            update(ServicePlan)
            .values(service_plan_id=VISIO_PLAN)
            .where(col(ServicePlan.service_plan_id) == TEAMS_PLAN)
        )
        session.execute(delete(ServicePlan).where(col(ServicePlan.service_plan_id) == EXCHANGE_PLAN))
        add_person(session, "ann", activations_refreshed_on=REPORTED, **activity)
    judge(engine)
    assert assignment_of(engine, "ann").activity_status == status
