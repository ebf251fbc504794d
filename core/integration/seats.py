"""Turns a page of users into rows: people, the seats they hold, and the groups that give them.

Direct and inherited assignments of one license type are one seat (contract §4.2).
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session

from core.graph import DirectoryUser, LicenseState, UserPage
from core.graph.users import LEAVE_FIELD
from core.store.bulk import upsert_rows
from core.store.tables import Assignment, AssignmentGroup, User

Row = tuple[Any, ...]

_USER_COLUMNS: Final = (
    "user_id",
    "user_principal_name",
    "display_name",
    "mail",
    "account_enabled",
    "user_type",
    "employee_id",
    "employee_type",
    "created_at",
    "usage_location",
    "department",
    "job_title",
    "country",
    "office_location",
    "company_name",
    "on_premises_sync",
    "manager_id",
    "manager_name",
    "management_restricted",
    "leaves_at",
)
_SEAT_COLUMNS: Final = (
    "user_id",
    "sku_id",
    "direct",
    "group_count",
    "state",
    "error",
    "disabled_plans",
    "updated_at",
)
_GROUP_COLUMNS: Final = (
    "user_id",
    "sku_id",
    "group_id",
    "state",
    "error",
    "updated_at",
)
_BEST_FIRST: Final = ("Active", "ActiveWithError", "Disabled", "Error")


def write_page(session: Session, application_id: int, seen_in: int, page: UserPage) -> int:
    """Store a page of users with all that they hold; the number of seats."""
    people: list[Row] = []
    seats: list[Row] = []
    groups: list[Row] = []
    for user in page.users:
        people.append(_person(user))
        for sku_id, states in _by_type(user.license_states):
            seats.append(_seat(user.id, sku_id, states))
            groups += [
                (user.id, sku_id, state.assigned_by_group, state.state, state.error, state.updated_at)
                for state in states
                if state.assigned_by_group is not None
            ]
    columns: tuple[str, ...] = _USER_COLUMNS
    if LEAVE_FIELD in page.dropped:  # not read, so what was read before stays
        people = [row[:-1] for row in people]
        columns = columns[:-1]
    same = {"application_id": application_id, "seen_in": seen_in}
    upsert_rows(session, User, columns, people, same=same | {"gone_at": None})
    upsert_rows(session, Assignment, _SEAT_COLUMNS, seats, same=same)
    upsert_rows(session, AssignmentGroup, _GROUP_COLUMNS, groups, same=same)
    return len(seats)


def _person(user: DirectoryUser) -> Row:
    manager = user.manager
    return (
        user.id,
        user.user_principal_name,
        user.display_name,
        user.mail,
        user.account_enabled,
        user.user_type,
        user.employee_id,
        user.employee_type,
        user.created_at,
        user.usage_location,
        user.department,
        user.job_title,
        user.country,
        user.office_location,
        user.company_name,
        user.on_premises_sync_enabled,
        None if manager is None else manager.id,
        None if manager is None else manager.display_name,
        user.management_restricted is True,  # it was read, and Graph leaves it empty for everybody else
        user.leave_at,
    )


def _by_type(states: Sequence[LicenseState]) -> Sequence[tuple[str, Sequence[LicenseState]]]:
    """The states of each license type."""
    if len(states) == 1:
        return ((states[0].sku_id, states),)
    found: dict[str, list[LicenseState]] = {}
    for state in states:
        found.setdefault(state.sku_id, []).append(state)
    return tuple(found.items())


def _seat(user_id: str, sku_id: str, states: Sequence[LicenseState]) -> Row:
    """One seat. The direct entry speaks for it; without one, the best of the groups', newest first."""
    chosen = states[0]
    disabled: Sequence[str] = chosen.disabled_plans
    direct = chosen.assigned_by_group is None
    groups = 0 if direct else 1
    if len(states) > 1:
        chosen = min(states, key=_weight)
        direct = chosen.assigned_by_group is None
        groups = sum(1 for state in states if state.assigned_by_group is not None)
        # A plan is off only where every entry has it off (contract §4.2: effective licenses are merged).
        disabled = sorted(set(disabled).intersection(*(state.disabled_plans for state in states)))
    return (
        user_id,
        sku_id,
        direct,
        groups,
        chosen.state,
        chosen.error,
        disabled,
        chosen.updated_at,
    )


def _weight(state: LicenseState) -> tuple[bool, int, float]:
    place = _BEST_FIRST.index(state.state) if state.state in _BEST_FIRST else len(_BEST_FIRST)
    changed = 0.0 if state.updated_at is None else state.updated_at.timestamp()
    return (state.assigned_by_group is not None, place, -changed)
