"""All that is known of one assignment: each source with its own date, the groups, and what else is held."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from core.activity.rows import ActivityRow, read_rows, row_query
from core.activity.workloads import Workload
from core.roster.matching import MatchedBy
from core.store.tables import AssignmentGroup, Employee, Group, User, UserActivity


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceDate:
    """What one source says: its last date, nothing where it has none, and the day that it speaks of."""

    source: str
    last: datetime | date | None
    as_of: datetime | date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantingGroup:
    """A group through which the license comes."""

    name: str
    dynamic: bool
    synced: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HrDetails:
    """What the HR roster says of the person, and how they were found.

    `inactive_date`: the last day, which may lie ahead. `departed_on`: of the full roster that no longer
    listed them. `conflict`: why it is not certain that the account is theirs.
    """

    inactive_date: date | None
    departed_on: date | None
    cost_center: str | None
    matched_by: MatchedBy
    conflict: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentDetails:
    """One assignment with its evidence; `others` are the other license types that the user holds.

    `leaves_at`: the end of employment by the directory; nothing where it has none, or may not be read.
    `synced`: whether the account comes from an on-premises directory, or did once; nothing for never.
    `hr`: nothing where nobody in the HR roster has this account. `mailbox_bytes` and `has_archive` are what
    would be lost of a mailbox; nothing where that is not known.
    """

    row: ActivityRow
    user_type: str | None
    manager: str | None
    leaves_at: datetime | None
    synced: bool | None
    sources: Sequence[SourceDate]
    mailbox_bytes: int | None
    has_archive: bool | None
    groups: Sequence[GrantingGroup]
    hr: HrDetails | None
    others: Sequence[ActivityRow]


def read_details(
    session: Session, application_id: int, user_id: str, sku_id: str
) -> AssignmentDetails | None:
    """The details of one assignment; nothing where it is gone."""
    user = session.get(User, (application_id, user_id))
    held = read_rows(session, application_id, row_query(application_id).where(col(User.user_id) == user_id))
    row = next((each for each in held if each.sku_id == sku_id), None)
    if row is None or user is None:
        return None
    others = [each for each in held if each.sku_id != sku_id and each.activity_status.is_seat]
    activity = session.get(UserActivity, (application_id, user_id))
    return AssignmentDetails(
        row=row,
        user_type=user.user_type,
        manager=user.manager_name,
        leaves_at=user.leaves_at,
        synced=user.on_premises_sync,
        sources=() if activity is None else tuple(_sources(activity)),
        mailbox_bytes=None if activity is None else activity.mailbox_bytes,
        has_archive=None if activity is None else activity.has_archive,
        groups=_groups(session, application_id, user_id, sku_id),
        hr=_hr(session, application_id, user_id),
        others=sorted(others, key=lambda each: each.license_type),
    )


def _sources(activity: UserActivity) -> Iterator[SourceDate]:
    """The sources that know this account, sign-ins first; of activations only those that were."""
    if activity.sign_in_read_at is not None:
        for source, last in (
            ("Sign-in", activity.sign_in_successful),
            ("Interactive attempt", activity.sign_in_interactive),
            ("Silent attempt", activity.sign_in_non_interactive),
        ):
            yield SourceDate(source=source, last=last, as_of=activity.sign_in_read_at)
    for as_of, reports in (
        (
            activity.report_refreshed_on,
            (
                (f"{Workload.EXCHANGE.label} report", activity.exchange_on),
                (f"{Workload.TEAMS.label} report", activity.teams_on),
                (f"{Workload.ONEDRIVE.label} report", activity.onedrive_on),
                (f"{Workload.SHAREPOINT.label} report", activity.sharepoint_on),
                ("Yammer report", activity.yammer_on),
            ),
        ),
        (activity.mailbox_refreshed_on, (("Mailbox report", activity.mailbox_on),)),
        (activity.apps_refreshed_on, (("Apps report", activity.apps_on),)),
        (activity.copilot_refreshed_on, ((f"{Workload.COPILOT.label} report", activity.copilot_on),)),
    ):
        if as_of is not None:
            for source, last_on in reports:
                yield SourceDate(source=source, last=last_on, as_of=as_of)
    for product, activated_on in (
        ("Apps", activity.apps_activated_on),
        ("Visio", activity.visio_activated_on),
        ("Project", activity.project_activated_on),
    ):
        if activated_on is not None:
            as_of = activity.activations_refreshed_on
            yield SourceDate(source=f"{product} activation", last=activated_on, as_of=as_of)


def _hr(session: Session, application_id: int, user_id: str) -> HrDetails | None:
    employee = session.exec(
        select(Employee).where(Employee.application_id == application_id, Employee.user_id == user_id)
    ).first()
    if employee is None or employee.matched_by is None:
        return None
    return HrDetails(
        inactive_date=employee.inactive_date,
        departed_on=employee.departed_on,
        cost_center=employee.cost_center,
        matched_by=MatchedBy(employee.matched_by),
        conflict=employee.conflict,
    )


def _groups(session: Session, application_id: int, user_id: str, sku_id: str) -> tuple[GrantingGroup, ...]:
    """By name; a group that was not read goes by its id."""
    granting = session.exec(
        select(AssignmentGroup.group_id).where(
            AssignmentGroup.application_id == application_id,
            AssignmentGroup.user_id == user_id,
            AssignmentGroup.sku_id == sku_id,
        )
    ).all()
    read = session.exec(
        select(Group).where(Group.application_id == application_id, col(Group.group_id).in_(granting))
    )
    known = {group.group_id: group for group in read}
    found = [
        GrantingGroup(
            name=known[group_id].display_name if group_id in known else group_id,
            dynamic=group_id in known and known[group_id].dynamic,
            synced=group_id in known and known[group_id].synced,
        )
        for group_id in granting
    ]
    return tuple(sorted(found, key=lambda group: group.name))
