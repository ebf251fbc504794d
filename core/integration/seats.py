"""Turns a page of users into rows: people, the seats they hold, and the groups that give them.

Direct and inherited assignments of one license type are one seat (contract §4.2). Whoever is as they were
when they were last written is only marked as seen.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlmodel import Session

from core.graph import DirectoryUser, LicenseState, UserPage
from core.graph.users import LEAVE_FIELD, digest_of, user_id_of
from core.store.bulk import rows_of, update_some, upsert_rows
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
    "digest",
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


def write_pages(session: Session, application_id: int, seen_in: int, pages: Sequence[UserPage]) -> int:
    """Store pages of users with all that they hold; the number of seats. Raises UnexpectedAnswer."""
    same: list[str] = []
    changed: list[tuple[DirectoryUser, int]] = []
    seats = 0
    with_leave = True
    for page in pages:
        ids = [user_id_of(item) for item in page.items]
        known = _digests(session, application_id, ids)
        for user_id, item in zip(ids, page.items, strict=True):
            digest = digest_of(item)
            if known.get(user_id) == digest:
                same.append(user_id)
                seats += _count_seats(item)
            else:
                changed.append((page.parse(item), digest))
        with_leave = with_leave and LEAVE_FIELD not in page.dropped  # which is the same on all pages
    update_some(
        session,
        User,
        "user_id",
        same,
        same={"application_id": application_id},
        change={"seen_in": seen_in, "gone_at": None},
    )
    return seats + _write(session, application_id, seen_in, changed, with_leave=with_leave)


def _digests(session: Session, application_id: int, ids: Sequence[str]) -> dict[str, int]:
    """What is stored of these users, by id."""
    own = {"application_id": application_id}
    return dict(rows_of(session, User, ("user_id", "digest"), "user_id", ids, same=own))


def _write(
    session: Session,
    application_id: int,
    seen_in: int,
    users: Sequence[tuple[DirectoryUser, int]],
    *,
    with_leave: bool,
) -> int:
    people: list[Row] = []
    seats: list[Row] = []
    groups: list[Row] = []
    for user, digest in users:
        people.append(_person(user, digest))
        for sku_id, states in _by_type(user.license_states):
            seats.append(_seat(user.id, sku_id, states))
            groups += [
                (user.id, sku_id, state.assigned_by_group, state.state, state.error, state.updated_at)
                for state in states
                if state.assigned_by_group is not None
            ]
    columns: tuple[str, ...] = _USER_COLUMNS
    if not with_leave:  # not read, so what was read before stays
        people = [row[:-1] for row in people]
        columns = columns[:-1]
    same = {"application_id": application_id, "seen_in": seen_in}
    upsert_rows(session, User, columns, people, same=same | {"written_in": seen_in, "gone_at": None})
    upsert_rows(session, Assignment, _SEAT_COLUMNS, seats, same=same)
    upsert_rows(session, AssignmentGroup, _GROUP_COLUMNS, groups, same=same)
    return len(seats)


def _count_seats(item: Mapping[str, Any]) -> int:
    """The seats of somebody who was parsed before, and is as before."""
    states = item["licenseAssignmentStates"]
    return len(states) if len(states) < 2 else len({state["skuId"] for state in states})  # noqa: PLR2004 - one is one


def _person(user: DirectoryUser, digest: int) -> Row:
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
        digest,
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
