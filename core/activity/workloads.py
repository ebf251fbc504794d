"""Which workloads a license type provides, and what can prove that they are used.

A *workload* is what people do with a license: mail, files, chat, the desktop apps. A license type is judged
by the workloads of its service plans (`data/workload_plans.csv`):

- Office workloads (Exchange, OneDrive, SharePoint, Teams, Yammer, Skype for Business, Microsoft 365 apps)
  can't be used without signing in, and have dates in the usage reports. A successful sign-in and a report
  date both count as activity.
- Copilot, Visio, Project and Power BI are not proved used by a sign-in: whoever holds such a seat signs in
  for mail anyway. Only a date of their own counts. Copilot has a report that follows its use. Of Visio and
  Project there is only the day on which the desktop client was activated: it tells of that day, and nothing
  of later ones. Of their use in the browser, and of Power BI, no report tells anything.
- A type with one of these and, at most, storage beside it (Visio Plan 2 brings a little OneDrive, Project
  Plan 3 brings SharePoint) is bought for it and judged by it alone. A suite that includes one of them
  (Microsoft 365 E5 with Power BI) is judged by its Office workloads.
- A type without any known workload (Entra ID P1, Intune, an add-on for calls, a type that no catalog knows)
  has only the sign-in to go by: that is what its service is about, or the best there is. Confidence then
  never reaches High, because a second source that could disagree is missing.

Plans that say nothing about use are left out of the table: Exchange Foundation (no mailbox, in most types),
archiving, Office for the web, Planner, and the small Project viewer inside Office suites.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.reference import read_table


class Workload(StrEnum):
    """What people do with a license."""

    EXCHANGE = "exchange"
    ONEDRIVE = "onedrive"
    SHAREPOINT = "sharepoint"
    TEAMS = "teams"
    YAMMER = "yammer"
    SKYPE = "skype"
    APPS = "apps"  # Word, Excel, PowerPoint, Outlook, OneNote: desktop, mobile and web
    COPILOT = "copilot"
    VISIO = "visio"  # the desktop client
    VISIO_WEB = "visio_web"
    PROJECT = "project"  # the desktop client
    PROJECT_WEB = "project_web"
    POWERBI = "powerbi"

    @property
    def label(self) -> str:
        """The name that people know."""
        return _LABELS[self]


_LABELS = {
    Workload.EXCHANGE: "Exchange",
    Workload.ONEDRIVE: "OneDrive",
    Workload.SHAREPOINT: "SharePoint",
    Workload.TEAMS: "Teams",
    Workload.YAMMER: "Yammer (Viva Engage)",
    Workload.SKYPE: "Skype for Business",
    Workload.APPS: "Microsoft 365 apps",
    Workload.COPILOT: "Copilot",
    Workload.VISIO: "Visio",
    Workload.VISIO_WEB: "Visio for the web",
    Workload.PROJECT: "Project",
    Workload.PROJECT_WEB: "Project for the web",
    Workload.POWERBI: "Power BI",
}


class Report(StrEnum):
    """A usage report. The values are those of the source that reads it."""

    ACTIVE_USERS = "usage_reports"
    APP_USAGE = "app_usage"
    MAILBOX_USAGE = "mailbox_usage"
    COPILOT_USAGE = "copilot_usage"
    ACTIVATIONS = "activations"

    @property
    def label(self) -> str:
        """The name within a sentence."""
        return _REPORT_LABELS[self]


_REPORT_LABELS = {
    Report.ACTIVE_USERS: "report of active users",
    Report.APP_USAGE: "report of Microsoft 365 apps usage",
    Report.MAILBOX_USAGE: "report of mailbox usage",
    Report.COPILOT_USAGE: "report of Copilot usage",
    Report.ACTIVATIONS: "report of Office activations",
}

DATES: Final[Mapping[Report, tuple[Workload, ...]]] = {
    Report.ACTIVE_USERS: (
        Workload.EXCHANGE,
        Workload.ONEDRIVE,
        Workload.SHAREPOINT,
        Workload.SKYPE,
        Workload.YAMMER,
        Workload.TEAMS,
    ),
    Report.APP_USAGE: (Workload.APPS,),
    Report.MAILBOX_USAGE: (Workload.EXCHANGE,),
    Report.COPILOT_USAGE: (Workload.COPILOT,),
    Report.ACTIVATIONS: (Workload.APPS, Workload.VISIO, Workload.PROJECT),
}
"""Of which workloads each report has a date (contract §6.2)."""

OWN_SOURCE: Final = frozenset(
    {
        Workload.COPILOT,
        Workload.VISIO,
        Workload.VISIO_WEB,
        Workload.PROJECT,
        Workload.PROJECT_WEB,
        Workload.POWERBI,
    }
)
"""A sign-in doesn't prove these used."""

_STORAGE: Final = frozenset({Workload.ONEDRIVE, Workload.SHAREPOINT})

_NOT_MISSED: Final = {
    Report.ACTIVE_USERS: frozenset({Workload.SKYPE}),  # the service is retired, and its column may be too
    Report.ACTIVATIONS: frozenset(
        {Workload.APPS}
    ),  # whoever uses them has a date in the report of their usage
}
"""Dates that count while they are there, and whose absence leaves nothing open."""

_WITH_CLIENT: Final = {Workload.VISIO_WEB: Workload.VISIO, Workload.PROJECT_WEB: Workload.PROJECT}
"""Beside its desktop client, the web variant makes a finding less sure; alone it leaves nothing to go by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """What counts as activity for a license type.

    `sign_in`: whether sign-ins count. `reports`: the reports that speak of the type, each with the workloads
    whose date in it counts. `needed`: of these, the dates that have to be there, and empty, before the type
    may be called never used. `followed`: whether an old date and silence since then mean that it is no longer
    used. `unreported`: workloads that the type is bought for and of which no report tells anything.
    """

    sign_in: bool
    reports: tuple[tuple[Report, tuple[Workload, ...]], ...]
    needed: tuple[tuple[Report, frozenset[Workload]], ...]
    followed: bool
    unreported: frozenset[Workload]


@functools.lru_cache(maxsize=4096)
def measure_of(provides: frozenset[Workload]) -> Measure:
    """What counts as activity for a license type that provides these workloads."""
    own = provides & OWN_SOURCE
    alone = bool(own) and provides <= own | _STORAGE
    counted = own if alone else provides
    spoken = [(report, tuple(each for each in dates if each in counted)) for report, dates in DATES.items()]
    reports = tuple((report, dates) for report, dates in spoken if dates)
    missed = [(report, frozenset(dates) - _NOT_MISSED.get(report, frozenset())) for report, dates in reports]
    reported = {workload for _, dates in reports for workload in dates}
    return Measure(
        sign_in=not alone,
        reports=reports,
        needed=tuple(
            (report, dates)
            for report, dates in missed
            if dates and (alone or report is not Report.ACTIVATIONS)
        ),
        followed=not alone or own == {Workload.COPILOT},
        unreported=frozenset(each for each in own - reported if _WITH_CLIENT.get(each) not in own)
        if alone
        else frozenset(),
    )


@functools.lru_cache(maxsize=1)
def _workloads_by_plan() -> dict[str, frozenset[Workload]]:
    found: dict[str, set[Workload]] = {}
    for row in read_table("workload_plans"):
        found.setdefault(row["service_plan_id"], set()).add(Workload(row["workload"]))
    return {plan_id: frozenset(workloads) for plan_id, workloads in found.items()}


def workloads_of(plan_ids: Iterable[str]) -> frozenset[Workload]:
    """The workloads that these service plans provide.

    Pass the plans that are switched on: a type's plans without those that the assignment disables.

    Args:
        plan_ids: service plan ids, lower-case GUIDs; unknown ones provide nothing.
    """
    table = _workloads_by_plan()
    provided: frozenset[Workload] = frozenset()
    for plan_id in plan_ids:
        provided |= table.get(plan_id, frozenset())
    return provided
