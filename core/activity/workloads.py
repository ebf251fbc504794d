"""Which workloads a license type provides, and what can prove that they are used.

A *workload* is what people do with a license: mail, files, chat, the desktop apps. A license type is judged
by the workloads of its service plans (`data/workload_plans.csv`):

- Office workloads (Exchange, OneDrive, SharePoint, Teams, Yammer, Skype for Business, Microsoft 365 apps)
  can't be used without signing in, and most of them have a date in the usage reports. A successful sign-in
  and a report date both count as activity.
- Copilot, Visio, Project and Power BI are not proved used by a sign-in: whoever holds such a seat signs in
  for mail anyway. Only a date of their own counts.
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
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

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
    VISIO = "visio"
    PROJECT = "project"
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
    Workload.PROJECT: "Project",
    Workload.POWERBI: "Power BI",
}

OWN_SOURCE = frozenset({Workload.COPILOT, Workload.VISIO, Workload.PROJECT, Workload.POWERBI})
"""A sign-in doesn't prove these used."""

_STORAGE = frozenset({Workload.ONEDRIVE, Workload.SHAREPOINT})

IN_USER_REPORT = frozenset(
    {Workload.EXCHANGE, Workload.ONEDRIVE, Workload.SHAREPOINT, Workload.TEAMS, Workload.YAMMER}
)
"""Have a column in every `getOffice365ActiveUserDetail` report (contract §6.2).

Skype for Business has one too, but the service is retired: its column counts while it is there and isn't
missed.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """What counts as activity for a license type.

    `workloads`: report dates that count. `sign_in`: whether sign-ins count. `needed`: workloads whose empty
    report date has to be there before the type may be called never used.
    """

    workloads: frozenset[Workload]
    sign_in: bool
    needed: frozenset[Workload]


@functools.lru_cache(maxsize=4096)
def measure_of(provides: frozenset[Workload]) -> Measure:
    """What counts as activity for a license type that provides these workloads."""
    own = provides & OWN_SOURCE
    if own and provides <= own | _STORAGE:
        return Measure(workloads=own, sign_in=False, needed=own)
    return Measure(workloads=provides, sign_in=True, needed=provides & IN_USER_REPORT)


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
