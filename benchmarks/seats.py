"""A database as syncs and assessments of a tenant would have left it, written directly, of any size.

    python -m benchmarks.seats '{"database": "…", "assignments": "100000"}'

Object ids are in random order, which is the worst case for lists in the order of names. What people are
grouped by does not grow with the tenant: 40 departments, 12 countries, three companies, 25 cost centers. Only
managers do; there is one for each twelve people.
"""

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from core.integration.rollups import write_rollups
from core.integration.snapshots import write_snapshot
from core.store.bulk import upsert
from core.store.engine import make_engine, writing
from core.store.migrate import migrate
from core.store.statistics import refresh_statistics
from core.store.tables import (
    Application,
    Assignment,
    Employee,
    LicenseType,
    Purchase,
    RosterImport,
    Source,
    User,
    UserActivity,
)

AT: Final = datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
"""When everything was read and judged."""
TYPES: Final = 12
FIRST: Final = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana", "Ivo", "Jana", "Kim", "Lea", "Max")
LAST: Final = (
    "Adler",
    "Bauer",
    "Costa",
    "Diaz",
    "Evans",
    "Fischer",
    "Garcia",
    "Haas",
    "Ito",
    "Jansen",
    "Novak",
)
STATUSES: Final = {
    # the reasons that the assessment gives most often, how sure they make, and days since the last activity
    "active": (("last_sign_in",), "high", 3),
    "inactive": (("last_sign_in", "report_stale"), "probable", 200),
    "never_active": (("nothing_reported", "never_signed_in"), "high", None),
    "unknown": (("sign_in_failed", "mailbox_usage_without_row"), "review", None),
}
_USED: Final = (*["active"] * 7, *["inactive"] * 2, "never_active", "unknown")
_AT_ONCE: Final = 5_000


def sku_id(number: int) -> str:
    """The id of one of the license types."""
    return f"00000000-0000-4000-8000-{number:012d}"


def fill(engine: Engine, assignments: int) -> int:
    """Write a tenant with so many assignments into a new database; the application's id.

    Every other person holds one license, and the others two.
    """
    migrate(engine)
    with writing(engine) as session:
        application_id = _few_rows(session, assignments)
    chance = random.Random(assignments)  # noqa: S311 - for the spread, not for secrets
    people = (assignments * 2 + 2) // 3
    for first in range(0, people, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, people))
        with writing(engine) as session:
            _people(session, application_id, numbers, chance)
    with writing(engine) as session:
        write_rollups(session, application_id)
    with writing(engine) as session:
        write_snapshot(session, application_id, AT)
    refresh_statistics(engine)
    return application_id


def _few_rows(session: Session, assignments: int) -> int:
    """All that does not grow: the application, its license types and prices, its sources and one roster."""
    application = Application(key="benchmark", name="Benchmark", created_at=AT)
    session.add(application)
    session.flush()
    if application.id is None:
        raise RuntimeError("the database gave the application no id")
    for number in range(TYPES):
        session.add(
            LicenseType(
                application_id=application.id,
                sku_id=sku_id(number),
                part_number=f"TYPE_{number}",
                product_name=f"Product {number} for everybody",
                applies_to="User",
                capability_status="Enabled",
                enabled=assignments,
                warning=0,
                suspended=0,
                locked_out=0,
                consumed=0,
                seen_in=1,
            )
        )
        session.add(
            Purchase(
                application_id=application.id,
                sku_id=sku_id(number),
                purchase_identifier="EA-1",
                seats=assignments,
                cost_per_seat=Decimal("12.50") + number,
                currency="EUR" if number % 2 else "USD",
                frequency="monthly",
                starts_on=date(2026, 1, 1),
                ends_on=date(2027, 12, 31),
                created_at=AT,
                created_by="benchmark",
                changed_at=AT,
                changed_by="benchmark",
            )
        )
    for name in ("license_types", "directory", "sign_ins"):
        session.add(
            Source(application_id=application.id, name=name, status="available", as_of=AT, read_at=AT)
        )
    counts = dict.fromkeys(("added", "updated", "unchanged", "departed"), 0)
    session.add(
        RosterImport(
            application_id=application.id, file_name="roster.csv", full=True, at=AT, by="benchmark", **counts
        )
    )
    return application.id


def _people(session: Session, application_id: int, numbers: range, chance: random.Random) -> None:
    ids = {number: str(UUID(int=chance.getrandbits(128), version=4)) for number in numbers}
    own = {"application_id": application_id}
    upsert(session, User, [own | _user(number, ids[number]) for number in numbers])
    upsert(session, UserActivity, [own | _activity(number, ids[number]) for number in numbers])
    upsert(session, Employee, [own | _employee(number, ids[number]) for number in numbers])
    upsert(
        session, Assignment, [own | row for number in numbers for row in _held(number, ids[number], chance)]
    )


def _user(number: int, user_id: str) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "user_principal_name": f"person{number}@example.com",
        "display_name": f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]} {number % 1_000}",
        "mail": f"person{number}@example.com",
        "account_enabled": number % 25 != 0,
        "user_type": "Member",
        "created_at": AT - timedelta(days=400 + number % 2_000),
        "department": None if number % 50 == 0 else f"Department {number % 40}",
        "job_title": f"Specialist {number % 30}",
        "country": f"Country {number % 12}",
        "company_name": f"Company {number % 3}",
        "employee_status": "inactive" if number % 40 == 0 else "active",
        "cost_center": f"CC{number % 25:04}",
        "seen_in": 1,
    }


def _activity(number: int, user_id: str) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "sign_in_successful": AT - timedelta(days=number % 300),
        "sign_in_read_at": AT,
        "report_refreshed_on": AT.date() - timedelta(days=2),
        "teams_on": AT.date() - timedelta(days=number % 90),
        "mailbox_refreshed_on": AT.date() - timedelta(days=3),
    }


def _employee(number: int, user_id: str) -> dict[str, Any]:
    return {
        "id": number + 1,
        "email": f"person{number}@example.com",
        "status": "active",
        "manager_email": f"manager{number // 12}@example.com",
        "user_id": user_id,
        "matched_by": "email",
        "last_import_id": 1,
    }


def _held(number: int, user_id: str, chance: random.Random) -> Iterator[dict[str, Any]]:
    for place in range(1 + number % 2):
        status = chance.choice(_USED)
        reasons, confidence, days = STATUSES[status]
        last = None if days is None else AT - timedelta(days=days + number % 55, seconds=number % 86_400)
        yield {
            "user_id": user_id,
            "sku_id": sku_id(number % 3 if place == 0 else 3 + number % (TYPES - 3)),
            "direct": number % 3 != 0,
            "group_count": int(number % 3 == 0),
            "state": "Active",
            "updated_at": AT - timedelta(days=300, seconds=number % 86_400),
            "activity_status": status,
            "last_activity_at": last,
            "last_activity_source": None if last is None else "sign_in",
            "confidence": confidence,
            "reasons": reasons,
            "assessed_at": AT,
            "seen_in": 1,
        }


def main(given: dict[str, str]) -> None:
    """Fill a new SQLite file."""
    engine = make_engine(f"sqlite:///{given['database']}")
    fill(engine, int(given["assignments"]))
    engine.dispose()
    print(json.dumps({}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
