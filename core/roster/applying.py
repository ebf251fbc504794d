"""Keeps with each account what the HR roster says of its owner today.

Called after an import, after each reading of the directory (an account may be new, or have another address),
and daily before opportunities are looked for, so that leave dates come true.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session

from core.roster.employee import EmployeeFacts
from core.roster.matching import Match
from core.roster.records import (
    EmployeeRecord,
    any_roster,
    find_accounts,
    last_full_roster,
    read_employees,
    stream_users,
)
from core.roster.status import EmployeeStatus
from core.store.bulk import update_rows
from core.store.engine import reading, writing
from core.store.tables import Employee, User

_Kept = tuple[str | None, str | None]
"""What an account keeps: employee status and cost center."""


def apply_roster(engine: Engine, application_id: int, today: date) -> int:
    """Match and judge everybody anew, in a transaction of its own; how many accounts changed."""
    with reading(engine) as session:
        if not any_roster(session, application_id):
            return 0
    with writing(engine) as session:
        return apply_employees(session, application_id, today)


def apply_employees(session: Session, application_id: int, today: date) -> int:
    """As `apply_roster`, in the transaction of the caller, who knows that there is a roster."""
    employees = read_employees(session, application_id)
    facts = {key: record.facts for key, record in employees.items()}
    matches = find_accounts(session, application_id, facts)
    _keep_matches(session, employees, matches)
    return _keep_statuses(session, application_id, _kept(facts, matches, today))


def _keep_matches(
    session: Session, employees: Mapping[int, EmployeeRecord], matches: Mapping[int, Match]
) -> None:
    changed = [
        (key, match.user_id, match.matched_by, match.conflict)
        for key, match in matches.items()
        if _outcome(match) != _outcome(employees[key].match)
    ]
    update_rows(session, Employee, ("id", "user_id", "matched_by", "conflict"), changed)


def _outcome(match: Match) -> tuple[str | None, ...]:
    return match.user_id, match.matched_by, match.conflict


def _kept(facts: Mapping[int, EmployeeFacts], matches: Mapping[int, Match], today: date) -> dict[str, _Kept]:
    """By account. One that several people, or one of several that one person, could have is left open."""
    open_ones = {user_id for match in matches.values() if match.conflict for user_id in match.candidates}
    kept: dict[str, _Kept] = dict.fromkeys(open_ones, (None, None))
    for key, match in matches.items():
        if match.user_id is not None:
            kept[match.user_id] = facts[key].status_on(today).value, facts[key].cost_center
    return kept


def _keep_statuses(session: Session, application_id: int, kept: Mapping[str, _Kept]) -> int:
    """Write what differs; how many accounts changed.

    A partial roster speaks of the people in it. Of everybody else nothing is known before a full one, and
    nothing of accounts that are younger than the last full one.
    """
    full_at = last_full_roster(session, application_id)
    changed = []
    columns = ("created_at", "employee_status", "cost_center")
    for user_id, created_at, *known in stream_users(session, application_id, columns):
        missed = full_at is not None and (created_at is None or created_at <= full_at)
        nobodys: _Kept = (EmployeeStatus.NOT_IN_ROSTER.value if missed else None, None)
        wanted = kept.get(user_id, nobodys)
        if wanted != tuple(known):
            changed.append((user_id, *wanted))
    written = ("user_id", "employee_status", "cost_center")
    update_rows(session, User, written, changed, same={"application_id": application_id})
    return len(changed)
