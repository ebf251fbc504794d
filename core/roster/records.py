"""The employees on record, and the directory's accounts as they are looked for among them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from core.roster.employee import FACTS, EmployeeFacts
from core.roster.matching import Account, Match, MatchedBy, Person, is_wanted, match_people, wanted_keys
from core.roster.status import RosterStatus
from core.store.bulk import table_of
from core.store.tables import Employee, RosterImport, User

ACCOUNTS_AT_ONCE: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class EmployeeRecord:
    """A person on record, and what was found for them last."""

    facts: EmployeeFacts
    match: Match


def any_roster(session: Session, application_id: int) -> bool:
    """Whether a roster was ever imported: before that nothing is known of anybody."""
    query = select(col(RosterImport.id)).where(col(RosterImport.application_id) == application_id).limit(1)
    return session.connection().execute(query).first() is not None


def last_full_roster(session: Session, application_id: int) -> datetime | None:
    """When a roster of everybody was imported last: only that tells of anybody that they are in none."""
    imports = table_of(RosterImport).c
    latest = select(func.max(imports.at, type_=imports.at.type))
    query = latest.where(imports.application_id == application_id, imports.full.is_(True))
    found: datetime | None = session.connection().execute(query).scalar_one()
    return found


def any_full_roster(session: Session, application_id: int) -> bool:
    """Whether a roster of everybody was ever imported."""
    return last_full_roster(session, application_id) is not None


def read_employees(session: Session, application_id: int) -> dict[int, EmployeeRecord]:
    """Everybody on record, those who departed too, by id."""
    table = table_of(Employee)
    query = select(table).where(table.c.application_id == application_id).order_by(table.c.id)
    return {row.id: _record(row) for row in session.connection().execute(query)}


def _record(row: Any) -> EmployeeRecord:  # noqa: ANN401 - a row of the table
    values = {name: getattr(row, name) for name in FACTS}
    return EmployeeRecord(
        facts=EmployeeFacts(**values | {"status": RosterStatus(row.status)}),
        match=Match(
            user_id=row.user_id,
            matched_by=None if row.matched_by is None else MatchedBy(row.matched_by),
            conflict=row.conflict,
        ),
    )


def find_accounts(
    session: Session, application_id: int, employees: Mapping[int, EmployeeFacts]
) -> dict[int, Match]:
    """Whose account is whose, by the directory as it was last read.

    Memory grows with the roster, not with the directory: other accounts are passed by.
    """
    people: list[Person] = [facts.as_person(key) for key, facts in employees.items()]
    wanted = wanted_keys(people)
    fitting = (account for account in _accounts(session, application_id) if is_wanted(account, wanted))
    return match_people(people, fitting)


def _accounts(session: Session, application_id: int) -> Iterator[Account]:
    for row in stream_users(session, application_id, ("employee_id", "mail", "user_principal_name")):
        yield Account(
            user_id=row.user_id,
            employee_id=row.employee_id,
            mail=row.mail,
            user_principal_name=row.user_principal_name,
        )


def stream_users(session: Session, application_id: int, columns: Iterable[str]) -> Iterator[Any]:
    """Id and columns of everybody who is in the directory, by id, read a page at a time."""
    table = table_of(User)
    query = (
        select(table.c.user_id, *(table.c[name] for name in columns))
        .where(table.c.application_id == application_id, table.c.gone_at.is_(None))
        .order_by(table.c.user_id)
        .limit(ACCOUNTS_AT_ONCE)
    )
    after = ""
    while page := session.connection().execute(query.where(table.c.user_id > after)).all():
        yield from page
        after = page[-1].user_id
