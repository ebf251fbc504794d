"""HR rosters as people send them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import Engine

from core.integration.hr_roster import import_roster
from core.rights import Actor, Role
from core.roster.roster_file import read_roster
from core.store.tables import RosterImport

IMPORTED_AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ANALYST = Actor(name="anna@example.com", role=Role.ANALYST)


def roster_csv(people: Iterable[Mapping[str, str]]) -> bytes:
    """A CSV file with the columns that the people have; active where nothing else is said."""
    rows = [{"status": "active"} | dict(person) for person in people]
    headings = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(row.get(name, "") for name in headings) for row in rows]
    return "\n".join([",".join(headings), *lines]).encode()


def keep_roster(
    engine: Engine,
    application_id: int,
    *people: Mapping[str, str],
    full: bool = False,
    confirm_departed: int | None = None,
    at: datetime = IMPORTED_AT,
) -> RosterImport:
    """Import these people."""
    return import_roster(
        engine,
        application_id,
        read_roster(roster_csv(people)),
        file_name="people.csv",
        full=full,
        confirm_departed=confirm_departed,
        actor=ANALYST,
        clock=lambda: at,
    )
