"""People and what they hold, as a sync and an assessment would leave them: for lists, pages and downloads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine

from core.integration.rollups import write_rollups
from core.store.engine import writing
from core.store.tables import (
    Assignment,
    AssignmentGroup,
    LicenseType,
    Opportunity,
    Purchase,
    Source,
    User,
    UserActivity,
)
from tests.support.seats import granting_group

READ_AT = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
E3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
VISIO = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
NAMES = {E3: ("SPE_E3", "Microsoft 365 E3"), VISIO: ("VISIOCLIENT", "Visio Plan 2")}
REASONS = {
    "active": ["last_sign_in"],
    "inactive": ["last_sign_in", "report_stale"],
    "never_active": ["nothing_reported", "never_signed_in"],
    "unknown": ["sign_in_failed"],
    "failed": ["failed_count"],
}


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A license type that a person holds, and how much it is used."""

    sku_id: str = E3
    status: str = "active"
    direct: bool = True
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody in the directory, with what they hold."""

    name: str
    department: str | None = "Sales"
    country: str | None = "Germany"
    company: str | None = "Contoso"
    enabled: bool = True
    holds: tuple[Holding, ...] = (Holding(),)


def person_id(number: int) -> str:
    """The id of the person at this place of the list, from 1 on."""
    return f"00000000-0000-4000-8000-{number:012d}"


def keep_people(engine: Engine, application_id: int, people: Iterable[Person]) -> None:
    """Write the people, two license types of 100 seats, and the counts of all of it."""
    with writing(engine) as session:
        for sku_id, (part_number, product_name) in NAMES.items():
            session.merge(
                LicenseType(
                    application_id=application_id,
                    sku_id=sku_id,
                    part_number=part_number,
                    product_name=product_name,
                    applies_to="User",
                    capability_status="Enabled",
                    enabled=100,
                    warning=0,
                    suspended=0,
                    locked_out=0,
                    consumed=0,
                    seen_in=1,
                )
            )
        for number, person in enumerate(people, start=1):
            session.add(
                User(
                    application_id=application_id,
                    user_id=person_id(number),
                    user_principal_name=f"person{number}@example.com",
                    display_name=person.name,
                    account_enabled=person.enabled,
                    user_type="Member",
                    created_at=READ_AT - timedelta(days=900),
                    department=person.department,
                    country=person.country,
                    company_name=person.company,
                    manager_name="Mary Manager",
                    seen_in=1,
                )
            )
            session.add(
                UserActivity(
                    application_id=application_id,
                    user_id=person_id(number),
                    sign_in_successful=READ_AT - timedelta(days=3),
                    sign_in_read_at=READ_AT,
                    report_refreshed_on=date(2026, 11, 22),
                    teams_on=date(2026, 11, 20),
                )
            )
            session.flush()
            for holding in person.holds:
                session.add(_assignment(application_id, person_id(number), holding))
                for group_id in holding.groups:
                    session.merge(granting_group(application_id, group_id))
                    session.add(
                        AssignmentGroup(
                            application_id=application_id,
                            user_id=person_id(number),
                            sku_id=holding.sku_id,
                            group_id=group_id,
                            state="Active",
                            seen_in=1,
                        )
                    )
        session.flush()
        write_rollups(session, application_id)


def keep_opportunities(
    engine: Engine, application_id: int, people: Iterable[Person], *, blocked: Iterable[str] = ()
) -> dict[str, tuple[str, str]]:
    """Make an opportunity of each unused license of these people; a seat of each of them, by their names.

    Args:
        engine: where `keep_people` has put the people.
        application_id: theirs.
        people: the same as were given to it.
        blocked: names of those against whose reclamation something stands.
    """
    ranks = {"never_active": 1, "inactive": 3}
    found = {}
    with writing(engine) as session:
        for number, person in enumerate(people, start=1):
            for holding in person.holds:
                if holding.status not in ranks:
                    continue
                free = person.name not in blocked
                session.add(
                    Opportunity(
                        application_id=application_id,
                        user_id=person_id(number),
                        sku_id=holding.sku_id,
                        scenarios=[holding.status],
                        scenario=holding.status,
                        rank=ranks[holding.status],
                        confidence="high",
                        reasons=["Nobody has used it."],
                        blockers=[] if free else [{"code": "young_account", "text": "The account is new."}],
                        cautions=[],
                        reclaimable=free,
                        assessed_at=READ_AT,
                    )
                )
                found[person.name] = person_id(number), holding.sku_id
    return found


def keep_sources(engine: Engine, application_id: int) -> None:
    """Directory, sign-ins and reports as read; the mailboxes could not be."""
    with writing(engine) as session:
        for name, status, as_of in (
            ("directory", "available", READ_AT),
            ("sign_ins", "available", READ_AT),
            ("usage_reports", "available", READ_AT - timedelta(days=2)),
            ("mailboxes", "missing", None),
        ):
            session.merge(
                Source(
                    application_id=application_id,
                    name=name,
                    status=status,
                    detail="MailboxSettings.Read is missing." if as_of is None else "",
                    as_of=as_of,
                    read_at=as_of,
                )
            )


def keep_price(
    engine: Engine, application_id: int, sku_id: str = E3, price: str = "36", currency: str = "USD"
) -> None:
    """A purchase of 100 seats at a monthly price, valid all through 2026 to 2029."""
    with writing(engine) as session:
        session.add(
            Purchase(
                application_id=application_id,
                sku_id=sku_id,
                purchase_identifier="EA-1",
                seats=100,
                cost_per_seat=Decimal(price),
                currency=currency,
                frequency="monthly",
                starts_on=date(2026, 1, 1),
                ends_on=date(2029, 12, 31),
                notice_days=30,
                created_at=READ_AT,
                created_by="test",
                changed_at=READ_AT,
                changed_by="test",
            )
        )


def _assignment(application_id: int, user_id: str, holding: Holding) -> Assignment:
    used = {"active": READ_AT - timedelta(days=3), "inactive": READ_AT - timedelta(days=200)}
    last = used.get(holding.status)
    return Assignment(
        application_id=application_id,
        user_id=user_id,
        sku_id=holding.sku_id,
        direct=holding.direct,
        group_count=len(holding.groups),
        state="Active",
        updated_at=READ_AT - timedelta(days=400),
        activity_status=holding.status,
        last_activity_at=last,
        last_activity_source="sign_in" if last else None,
        confidence="review" if holding.status == "unknown" else "high",
        reasons=REASONS[holding.status],
        assessed_at=READ_AT,
        seen_in=1,
    )
