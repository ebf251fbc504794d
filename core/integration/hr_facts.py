"""What the HR roster says of accounts, as the rules about opportunities need it."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col

from core.reclamation.hr_scenarios import HrFacts
from core.roster.matching import MatchedBy
from core.roster.status import EmployeeStatus, RosterStatus
from core.store.bulk import table_of
from core.store.tables import Employee, RosterImport


@dataclass(frozen=True, kw_only=True, slots=True)
class LatestRoster:
    """When a roster was imported last, and when a full one."""

    at: datetime
    full_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EmployeeOfAccount:
    """The employee whose account it is. `listed_at`: the import that listed them last, or departed them.

    `listed_as`: what the file itself says, whatever the day.
    """

    listed_as: RosterStatus
    inactive_date: date | None
    departed_on: date | None
    matched_by: MatchedBy
    conflict: str | None
    listed_at: datetime


def latest_roster(session: Session, application_id: int) -> LatestRoster | None:
    """The imports so far; nothing where there is none."""
    imports = table_of(RosterImport).c
    at, full_at = (
        session.connection().execute(
            sqlalchemy.select(
                func.max(imports.at, type_=imports.at.type),
                func.max(imports.at, type_=imports.at.type).filter(imports.full.is_(True)),
            ).where(imports.application_id == application_id)
        )
    ).one()
    return None if at is None else LatestRoster(at=at, full_at=full_at)


def employees_between(
    session: Session, application_id: int, first: str, last: str | None
) -> dict[str, EmployeeOfAccount]:
    """The employees of the accounts between two user ids, both included; up to the end without a last one."""
    query = (
        sqlalchemy.select(
            col(Employee.user_id),
            col(Employee.status),
            col(Employee.inactive_date),
            col(Employee.departed_on),
            col(Employee.matched_by),
            col(Employee.conflict),
            col(RosterImport.at),
        )
        .join(RosterImport, col(RosterImport.id) == col(Employee.last_import_id))
        .where(col(Employee.application_id) == application_id, col(Employee.user_id) >= first)
    )
    if last is not None:
        query = query.where(col(Employee.user_id) <= last)
    return {
        row.user_id: EmployeeOfAccount(
            listed_as=RosterStatus(row.status),
            inactive_date=row.inactive_date,
            departed_on=row.departed_on,
            matched_by=MatchedBy(row.matched_by),
            conflict=row.conflict,
            listed_at=row.at,
        )
        for row in session.connection().execute(query)
    }


def hr_facts(
    word: str | None, employee: EmployeeOfAccount | None, roster: LatestRoster | None
) -> HrFacts | None:
    """What the roster says of an account; nothing where it leaves open whose it is.

    Only a full roster speaks of everybody: of whom it does not list, it says that they are not there.
    """
    if word is None or roster is None:
        return None
    if employee is None:
        if roster.full_at is None:
            return None
        return HrFacts(status=EmployeeStatus(word), read_at=roster.full_at)
    return HrFacts(
        status=EmployeeStatus(word),
        read_at=max(employee.listed_at, roster.full_at or employee.listed_at),
        matched_by=employee.matched_by,
        conflict=employee.conflict or _contradiction(employee),
        left_on=employee.departed_on or employee.inactive_date,
        departed=employee.departed_on is not None,
    )


def _contradiction(employee: EmployeeOfAccount) -> str | None:
    """A last day that had passed when the file said active: the person may be hired again."""
    last_day = employee.inactive_date
    if employee.departed_on is not None or employee.listed_as is not RosterStatus.ACTIVE or last_day is None:
        return None
    if last_day >= employee.listed_at.date():
        return None
    return f"The roster says active, though the last day, {last_day}, had passed: they may be hired again."
