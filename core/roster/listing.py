"""The employees as the page lists them: filtered, counted, paged and streamed in SQL; and the imports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Row, and_, case, func, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from core.exports import Cell, Column, Kind
from core.roster.employee import name_of
from core.roster.matching import MatchedBy
from core.roster.status import EmployeeStatus, RosterStatus
from core.store.bulk import table_of
from core.store.engine import reading
from core.store.search import contains
from core.store.tables import Employee, RosterImport, User

PAGE_ROWS: Final = 200
BATCH_ROWS: Final = 5_000
_ORDER: Final = (
    func.coalesce(col(Employee.last_name), ""),
    func.coalesce(col(Employee.first_name), ""),
    col(Employee.id),
)

_SEARCHED: Final = (
    col(Employee.first_name),
    col(Employee.last_name),
    col(Employee.email),
    col(Employee.employee_id),
)


class AccountState(StrEnum):
    """Whether the account of an employee was found."""

    FOUND = "found"
    CONFLICT = "conflict"  # it is not certain whose account it is
    NOT_FOUND = "not_found"

    @property
    def label(self) -> str:
        """The words that people see."""
        return {"found": "Account found", "conflict": "In conflict"}.get(self.value, "No account found")


@dataclass(frozen=True, kw_only=True, slots=True)
class EmployeeFilter:
    """Which employees; an empty field asks for nothing. `text` is looked for in names, ids and addresses."""

    statuses: tuple[EmployeeStatus, ...] = ()
    accounts: tuple[AccountState, ...] = ()
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmployeeRow:
    """A person of the roster, with the status of the day and the account that was found."""

    id: int
    name: str
    email: str | None
    employee_id: str | None
    status: EmployeeStatus
    inactive_date: date | None
    departed_on: date | None
    department: str | None
    cost_center: str | None
    location: str | None
    manager_email: str | None
    account: str | None
    matched_by: MatchedBy | None
    conflict: str | None


EXPORT_COLUMNS: Final = (
    Column(name="email"),
    Column(name="employee_id"),
    Column(name="name"),
    Column(name="employee_status"),
    Column(name="inactive_date", kind=Kind.DATE),
    Column(name="departed_on", kind=Kind.DATE),
    Column(name="department"),
    Column(name="cost_center"),
    Column(name="location"),
    Column(name="manager_email"),
    Column(name="user_principal_name"),
    Column(name="matched_by"),
    Column(name="conflict"),
)


def export_cells(row: EmployeeRow) -> tuple[Cell, ...]:
    """A row's cells, in the order of `EXPORT_COLUMNS`."""
    return (
        row.email,
        row.employee_id,
        row.name,
        row.status.value,
        row.inactive_date,
        row.departed_on,
        row.department,
        row.cost_center,
        row.location,
        row.manager_email,
        row.account,
        None if row.matched_by is None else row.matched_by.value,
        row.conflict,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Employees by status and by whether their account was found."""

    by_status: Mapping[EmployeeStatus, int]
    by_account: Mapping[AccountState, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_status.values())


def counts(session: Session, application_id: int, chosen: EmployeeFilter, today: date) -> Counts:
    """Count the employees that the filter lets through."""
    status, account = _status_on(today), _account_state()
    query = (
        select(status, account, func.count())
        .where(col(Employee.application_id) == application_id, *_conditions(chosen, today))
        .group_by(status, account)
    )
    by_status: dict[EmployeeStatus, int] = {}
    by_account: dict[AccountState, int] = {}
    for word, state, number in session.connection().execute(query):
        by_status[EmployeeStatus(word)] = by_status.get(EmployeeStatus(word), 0) + number
        by_account[AccountState(state)] = by_account.get(AccountState(state), 0) + number
    return Counts(by_status=by_status, by_account=by_account)


def page(
    session: Session,
    application_id: int,
    chosen: EmployeeFilter,
    today: date,
    *,
    number: int = 1,
    rows: int = PAGE_ROWS,
) -> list[EmployeeRow]:
    """One page of the employees, by family name; the first one is number 1."""
    query = (
        select(table_of(Employee), col(User.user_principal_name), _status_on(today).label("status_today"))
        .outerjoin(
            User,
            and_(
                col(User.application_id) == col(Employee.application_id),
                col(User.user_id) == col(Employee.user_id),
            ),
        )
        .where(col(Employee.application_id) == application_id, *_conditions(chosen, today))
        .order_by(*_ORDER)
        .limit(rows)
        .offset((max(number, 1) - 1) * rows)
    )
    return [_row(found) for found in session.connection().execute(query)]


def stream_batches(
    engine: Engine, application_id: int, chosen: EmployeeFilter, today: date, *, size: int = BATCH_ROWS
) -> Iterator[list[EmployeeRow]]:
    """All employees that the filter lets through, in batches, each a read of its own."""
    number = 1
    while True:
        with reading(engine) as session:
            batch = page(session, application_id, chosen, today, number=number, rows=size)
        if batch:
            yield batch
        if len(batch) < size:
            return
        number += 1


def recent_imports(session: Session, application_id: int, *, most: int = 50) -> list[RosterImport]:
    """The imports, the newest first."""
    query = select_rows(RosterImport).where(RosterImport.application_id == application_id)
    return list(session.exec(query.order_by(col(RosterImport.id).desc()).limit(most)))


def _row(found: Row[Any]) -> EmployeeRow:
    return EmployeeRow(
        id=found.id,
        name=name_of(found.first_name, found.last_name, found.email, found.employee_id),
        email=found.email,
        employee_id=found.employee_id,
        status=EmployeeStatus(found.status_today),
        inactive_date=found.inactive_date,
        departed_on=found.departed_on,
        department=found.department,
        cost_center=found.cost_center,
        location=found.location,
        manager_email=found.manager_email,
        account=found.user_principal_name,
        matched_by=None if found.matched_by is None else MatchedBy(found.matched_by),
        conflict=found.conflict,
    )


def _status_on(today: date) -> ColumnElement[str]:
    """`core.roster.status.employee_status` in SQL."""
    dated = col(Employee.inactive_date)
    return case(
        (col(Employee.departed_on).is_not(None), EmployeeStatus.INACTIVE.value),
        (col(Employee.status) == RosterStatus.ON_LEAVE.value, EmployeeStatus.ON_LEAVE.value),
        (dated >= today, EmployeeStatus.ACTIVE.value),
        (dated < today, EmployeeStatus.INACTIVE.value),
        (col(Employee.status) == RosterStatus.INACTIVE.value, EmployeeStatus.INACTIVE.value),
        else_=EmployeeStatus.ACTIVE.value,
    )


def _account_state() -> ColumnElement[str]:
    return case(
        (col(Employee.conflict).is_not(None), AccountState.CONFLICT.value),
        (col(Employee.user_id).is_not(None), AccountState.FOUND.value),
        else_=AccountState.NOT_FOUND.value,
    )


def _conditions(chosen: EmployeeFilter, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.statuses:
        found.append(_status_on(today).in_([each.value for each in chosen.statuses]))
    if chosen.accounts:
        found.append(_account_state().in_([each.value for each in chosen.accounts]))
    found += [contains(word, _SEARCHED) for word in chosen.text.split()]
    return found
