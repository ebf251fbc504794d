"""A small tenant as rows: people, license types, who holds what, and what could be reclaimed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine
from sqlmodel import Session

from core.reclamation.requests import RunMode, start_run
from core.rights import Actor, Role
from core.store.engine import writing
from core.store.tables import (
    Application,
    Assignment,
    AssignmentGroup,
    Group,
    LicenseType,
    Opportunity,
    Purchase,
    Source,
    User,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
E5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
VISIO = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
OPERATOR = Actor(name="olivia@example.com", role=Role.OPERATOR)


def user_id(number: int) -> str:
    """The id of the person with this number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def add_application(engine: Engine, key: str = "contoso") -> int:
    """An application with two license types, sign-ins read just now, and a price for one type."""
    with writing(engine) as session:
        application = Application(key=key, name=key.title(), tenant_id=None, created_at=LONG_AGO)
        session.add(application)
        session.flush()
        assert application.id is not None
        for sku_id, part_number, name in (
            (E5, "SPE_E5", "Microsoft 365 E5"),
            (VISIO, "VISIOCLIENT", "Visio Plan 2"),
        ):
            _add_type(session, application.id, sku_id, part_number, name)
        session.add(
            Source(application_id=application.id, name="sign_ins", status="available", as_of=NOW, read_at=NOW)
        )
        session.add(
            Purchase(
                application_id=application.id,
                sku_id=E5,
                purchase_identifier="EA-1",
                seats=100,
                cost_per_seat=Decimal("57.00"),
                currency="USD",
                frequency="monthly",
                starts_on=date(2026, 1, 1),
                ends_on=date(2026, 12, 31),
                created_at=LONG_AGO,
                created_by="test",
                changed_at=LONG_AGO,
                changed_by="test",
            )
        )
        return application.id


def add_seat(
    engine: Engine,
    application_id: int,
    number: int,
    sku_id: str = E5,
    *,
    direct: bool = True,
    groups: tuple[str, ...] = (),
    opportunity: bool = True,
    blocker: str | None = None,
    blocker_code: str = "young_account",
    department: str = "Sales",
    scenario: str = "inactive",
    confidence: str = "high",
    rank: int = 3,
) -> tuple[str, str]:
    """A person who holds a license type without using it, and the opportunity that this is; the seat."""
    person = user_id(number)
    with writing(engine) as session:
        if session.get(User, (application_id, person)) is None:
            session.add(
                User(
                    application_id=application_id,
                    user_id=person,
                    user_principal_name=f"person{number}@example.com",
                    display_name=f"Person {number}",
                    account_enabled=True,
                    user_type="Member",
                    created_at=LONG_AGO,
                    department=department,
                    mailbox_purpose="user",
                    seen_in=1,
                )
            )
        session.add(
            Assignment(
                application_id=application_id,
                user_id=person,
                sku_id=sku_id,
                direct=direct,
                group_count=len(groups),
                state="Active",
                updated_at=LONG_AGO,
                activity_status="inactive",
                last_activity_at=NOW - timedelta(days=200),
                last_activity_source="sign_in",
                confidence=confidence,
                reasons=["last_sign_in"],
                assessed_at=NOW,
                seen_in=1,
            )
        )
        for group_id in groups:
            if session.get(Group, (application_id, group_id)) is None:
                session.add(granting_group(application_id, group_id))
            session.add(
                AssignmentGroup(
                    application_id=application_id,
                    user_id=person,
                    sku_id=sku_id,
                    group_id=group_id,
                    state="Active",
                    seen_in=1,
                )
            )
        if opportunity:
            session.add(
                Opportunity(
                    application_id=application_id,
                    user_id=person,
                    sku_id=sku_id,
                    scenarios=[scenario],
                    scenario=scenario,
                    rank=rank,
                    confidence=confidence,
                    reasons=["The last successful sign-in was 200 days ago."],
                    blockers=[{"code": blocker_code, "text": blocker}] if blocker else [],
                    cautions=[{"code": "no_price", "text": "No price is entered."}]
                    if sku_id == VISIO
                    else [],
                    reclaimable=blocker is None,
                    assessed_at=NOW,
                )
            )
    return person, sku_id


def immediate_run(engine: Engine, application_id: int, seats: Sequence[tuple[str, str]]) -> int:
    """A run that reclaims these seats, as somebody has just confirmed it by their number."""
    return start_run(
        engine,
        application_id,
        chosen=seats,
        mode=RunMode.IMMEDIATE,
        manual=False,
        note="",
        confirm_count=len(seats),
        actor=OPERATOR,
        allow_reclaim=True,
        now=NOW,
    )


def _add_type(session: Session, application_id: int, sku_id: str, part_number: str, name: str) -> None:
    session.add(
        LicenseType(
            application_id=application_id,
            sku_id=sku_id,
            part_number=part_number,
            product_name=name,
            applies_to="User",
            capability_status="Enabled",
            enabled=100,
            warning=0,
            suspended=0,
            locked_out=0,
            consumed=50,
            seen_in=1,
        )
    )


def granting_group(application_id: int, group_id: str) -> Group:
    """A group that gives licenses, named by the last sign of its id."""
    return Group(
        application_id=application_id,
        group_id=group_id,
        display_name=f"Group {group_id[-1]}",
        dynamic=False,
        synced=False,
        role_assignable=False,
        mail_enabled=False,
        security_enabled=True,
        read_at=NOW,
    )
