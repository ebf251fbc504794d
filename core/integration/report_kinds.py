"""The usage reports that are read: which source each is, what it brings, and what its absence costs."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Generic

import sqlalchemy
from sqlmodel import Session

from core.activity.evidence import Report
from core.activity.report_columns import LISTED_COLUMNS, REPORT_COLUMNS
from core.activity.workloads import DATES, Workload, workloads_of
from core.graph import report_rows, usage
from core.graph.report_rows import ActivationRow, Product
from core.graph.usage import Row, UsageReport
from core.integration.sources import SourceName
from core.store.bulk import table_of, upsert_rows
from core.store.plain import day_of, plain
from core.store.tables import UserActivity

Found = Sequence[tuple[str, Row]]
"""Ids of users, each with a row of the report."""


@dataclass(frozen=True, kw_only=True)
class ReportKind(Generic[Row]):
    """A usage report as a source.

    `title` begins a sentence. `costs`: what is not known without it. `spared`: why it is not read where no
    license type of the tenant needs it; empty for one that every tenant needs. `last_on`: the last activity
    that a row shows. `not_missed`: columns that Microsoft may leave out without harm.
    """

    name: SourceName
    report: UsageReport[Row]
    title: str
    costs: str
    keep: Callable[[Session, int, Found[Row]], None]
    last_on: Callable[[Row], date | None]
    spared: str = ""
    not_missed: frozenset[str] = frozenset()

    @property
    def evidence(self) -> Report:
        """What the rules call it."""
        return Report(self.name.value)


def _columns(
    names: tuple[str, ...], values: Callable[[Row], tuple[Any, ...]]
) -> Callable[[Session, int, Found[Row]], None]:
    """Keeps of each row its own date, and these values, in these columns of the user."""

    def keep(session: Session, application_id: int, found: Found[Row]) -> None:
        rows = [(user_id, *values(row)) for user_id, row in found]
        upsert_rows(session, UserActivity, ("user_id", *names), rows, same={"application_id": application_id})

    return keep


_REFRESHED, *_ACTIVATED_ON = REPORT_COLUMNS[Report.ACTIVATIONS]
_ACTIVATED: Final = dict(zip((Product.APPS, Product.VISIO, Product.PROJECT), _ACTIVATED_ON, strict=True))
_LISTED: Final = {
    Product.VISIO: LISTED_COLUMNS[Workload.VISIO],
    Product.PROJECT: LISTED_COLUMNS[Workload.PROJECT],
}
_KEPT: Final = (*_ACTIVATED.values(), *_LISTED.values())


def keep_activations(session: Session, application_id: int, found: Found[ActivationRow]) -> None:
    """Keep the latest activation of each product, and which have a row, whatever order a user's rows come in.

    What earlier reports told stays: an activation that was is not undone by a later report without it.
    """
    activity = table_of(UserActivity).c
    statement = sqlalchemy.select(activity.user_id, *(plain(activity[name]) for name in _KEPT)).where(
        activity.application_id == application_id, activity.user_id.in_({user_id for user_id, _ in found})
    )
    dates: dict[str, dict[str, date | None]] = {
        user_id: dict(zip(_KEPT, map(day_of, known), strict=True))
        for user_id, *known in session.connection().execute(statement).all()
    }
    refreshed_on: dict[str, date] = {}
    for user_id, row in found:
        known = dates.setdefault(user_id, dict.fromkeys(_KEPT))
        refreshed_on[user_id] = row.refreshed_on
        column = _ACTIVATED.get(row.product)
        if column is not None:
            known[column] = latest(known[column], row.activated_on)
        if row.product in _LISTED:
            known[_LISTED[row.product]] = row.refreshed_on
    upsert_rows(
        session,
        UserActivity,
        ("user_id", _REFRESHED, *_KEPT),
        [(user_id, day, *dates[user_id].values()) for user_id, day in refreshed_on.items()],
        same={"application_id": application_id},
    )


def latest(*days: date | None) -> date | None:
    """The latest of the days that are known."""
    return max((day for day in days if day is not None), default=None)


def _of_workloads(row: report_rows.ActiveUserRow) -> tuple[date | None, ...]:
    return (row.exchange_on, row.onedrive_on, row.sharepoint_on, row.skype_on, row.yammer_on, row.teams_on)


ACTIVE_USERS: Final = ReportKind(
    name=SourceName.USAGE_REPORTS,
    report=usage.ACTIVE_USERS,
    title="The report of active users",
    costs="Mail, files and chat are judged by what else is read; no license for them is Never active at "
    "High.",
    keep=_columns(
        REPORT_COLUMNS[Report.ACTIVE_USERS],
        lambda row: (row.refreshed_on, *_of_workloads(row)),
    ),
    last_on=lambda row: latest(*_of_workloads(row)),
    not_missed=frozenset({"Skype For Business Last Activity Date"}),  # of a service that no longer exists
)
APP_USAGE: Final = ReportKind(
    name=SourceName.APP_USAGE,
    report=usage.APP_USAGE,
    title="The report of app usage",
    costs="Word, Excel and the other apps are judged by what else is read; no license for them is Never "
    "active at High.",
    keep=_columns(
        REPORT_COLUMNS[Report.APP_USAGE],
        lambda row: (row.refreshed_on, latest(row.active_on, row.activated_on)),
    ),
    last_on=lambda row: latest(row.active_on, row.activated_on),
    not_missed=frozenset({"Last Activation Date"}),  # the report of activations has it too
)
MAILBOX_USAGE: Final = ReportKind(
    name=SourceName.MAILBOX_USAGE,
    report=usage.MAILBOX_USAGE,
    title="The report of mailbox usage",
    costs="Sizes and archives of mailboxes are not known; no license with a mailbox is Never active at High.",
    keep=_columns(
        (*REPORT_COLUMNS[Report.MAILBOX_USAGE], "mailbox_bytes", "has_archive"),
        lambda row: (row.refreshed_on, row.active_on, row.storage_bytes, row.has_archive),
    ),
    last_on=lambda row: row.active_on,
    not_missed=frozenset({"Storage Used (Byte)", "Has Archive"}),  # shown, but nobody is judged by them
)
COPILOT_USAGE: Final = ReportKind(
    name=SourceName.COPILOT_USAGE,
    report=usage.COPILOT_USAGE,
    title="The report of Copilot usage",
    costs="Copilot seats stay Unknown.",
    keep=_columns(REPORT_COLUMNS[Report.COPILOT_USAGE], lambda row: (row.refreshed_on, row.active_on)),
    last_on=lambda row: row.active_on,
    spared="Not needed: no license type of this tenant includes Copilot.",
)
ACTIVATIONS: Final = ReportKind(
    name=SourceName.ACTIVATIONS,
    report=usage.ACTIVATIONS,
    title="The report of activations",
    costs="Visio and Project seats stay Unknown.",
    keep=keep_activations,
    last_on=lambda row: row.activated_on,
    spared="Not needed: no license type of this tenant includes Microsoft 365 apps, Visio or Project.",
)
KINDS: Final[tuple[ReportKind[Any], ...]] = (
    ACTIVE_USERS,
    APP_USAGE,
    MAILBOX_USAGE,
    COPILOT_USAGE,
    ACTIVATIONS,
)


def kinds_needed(plan_ids: Collection[str]) -> list[ReportKind[Any]]:
    """The reports that a license type with one of these service plans needs; all while no plan is known."""
    provided = workloads_of(plan_ids)
    return [
        kind
        for kind in KINDS
        if not kind.spared or not plan_ids or not provided.isdisjoint(DATES[kind.evidence])
    ]
