"""The usage reports' columns and, per account, their rows (contract §6.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from core.simulator.catalog import COPILOT, MAILBOX_PLANS, license_types
from core.simulator.person import Purpose
from core.simulator.records import Record, holds_seat

Row = list[str]

_PLATFORMS = ("Windows", "Mac", "Mobile", "Web")
_APPS = ("Outlook", "Word", "Excel", "PowerPoint", "OneNote", "Teams")
_WORKLOADS = ("Exchange", "OneDrive", "SharePoint", "Skype For Business", "Yammer", "Teams")
_WORKLOAD_PLANS = {
    "Exchange": MAILBOX_PLANS,
    "OneDrive": frozenset(
        {"SHAREPOINTSTANDARD", "SHAREPOINTENTERPRISE", "SHAREPOINTDESKLESS", "ONEDRIVE_BASIC"}
    ),
    "SharePoint": frozenset({"SHAREPOINTSTANDARD", "SHAREPOINTENTERPRISE", "SHAREPOINTDESKLESS"}),
    "Skype For Business": frozenset({"MCOSTANDARD", "MCOIMP"}),
    "Yammer": frozenset({"YAMMER_ENTERPRISE"}),
    "Teams": frozenset({"TEAMS1"}),
}
_APP_PLANS = frozenset({"OFFICESUBSCRIPTION", "OFFICEMOBILE_SUBSCRIPTION"})
_COPILOT_APPS = (
    ("Microsoft Teams Copilot", "teams"),
    ("Word Copilot", "word"),
    ("Excel Copilot", "excel"),
    ("PowerPoint Copilot", "powerpoint"),
    ("Outlook Copilot", "outlook"),
    ("OneNote Copilot", "onenote"),
    ("Loop Copilot", "loop"),
    ("Copilot Chat", "chat"),
)
_GIGABYTE = 1024**3


@dataclass(frozen=True, kw_only=True)
class Window:
    """The day up to which a report knows, and how many days its period has ("ALL" where it has no bound)."""

    refreshed: date
    period: str

    @property
    def days(self) -> str:
        """The period as the report's column shows it."""
        return self.period.removeprefix("D")

    def known(self, day: str | None) -> str:
        """The day as the report knows it: nothing later than its refresh; empty for never."""
        return "" if day is None else min(day, self.refreshed.isoformat())

    def within(self, day: str | None) -> bool:
        """Whether the day lies in the period."""
        if day is None or self.period == "ALL":
            return day is not None
        return self.known(day) > (self.refreshed - timedelta(days=int(self.days))).isoformat()


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report: its columns, the rows of one account, and the periods that it may be asked for."""

    columns: tuple[str, ...]
    rows: Callable[[Record, Window], list[Row]]
    periods: tuple[str, ...] = ("D7", "D30", "D90", "D180")


def _plans(record: Record) -> frozenset[str]:
    types = license_types()
    return frozenset(
        plan.name
        for license_ in record.properties["assignedLicenses"]
        for plan in types[license_["skuId"]].plans
        if plan.id not in license_["disabledPlans"]
    )


def _holds(record: Record, sku_id: str) -> bool:
    return any(license_["skuId"] == sku_id for license_ in record.properties["assignedLicenses"])


def _assigned_on(record: Record, plans: frozenset[str]) -> str:
    types = license_types()
    days = [
        str(state["lastUpdatedDateTime"])[:10]
        for state in record.states
        if holds_seat(state) and types[state["skuId"]].plan_names & plans
    ]
    return min(days, default="")


def _spread(record: Record, most: int) -> int:
    """A number that belongs to the account, the same every time."""
    return sum(ord(letter) * 31 for letter in str(record.properties["displayName"])) * 7919 % most


def _active_users(record: Record, window: Window) -> list[Row]:
    plans = _plans(record)
    if not record.in_reports or not (
        record.deleted or any(plans & wanted for wanted in _WORKLOAD_PLANS.values())
    ):
        return []
    has = {name: bool(plans & wanted) and not record.deleted for name, wanted in _WORKLOAD_PLANS.items()}
    products = sorted(
        license_types()[license_["skuId"]].product_name.upper()
        for license_ in record.properties["assignedLicenses"]
        if not record.deleted
    )
    keys = ("exchange", "onedrive", "sharepoint", "skype", "yammer", "teams")
    return [
        [
            window.refreshed.isoformat(),
            record.properties["userPrincipalName"],
            record.properties["displayName"],
            str(record.deleted),
            window.refreshed.isoformat() if record.deleted else "",
            *(str(has[name]) for name in _WORKLOADS),
            *(window.known(record.dates.get(key)) for key in keys),
            *(_assigned_on(record, _WORKLOAD_PLANS[name]) if has[name] else "" for name in _WORKLOADS),
            "+".join(products),
        ]
    ]


def _app_users(record: Record, window: Window) -> list[Row]:
    if not record.in_reports or record.deleted or _plans(record).isdisjoint(_APP_PLANS):
        return []
    last = record.dates.get("apps")
    used = window.within(last)
    on_mac = _spread(record, 5) == 0
    platforms = {"Windows": used and not on_mac, "Mac": used and on_mac, "Mobile": False, "Web": used}
    apps = {app: used and (app in {"Outlook", "Teams"} or _spread(record, len(app)) != 1) for app in _APPS}
    marks = [*platforms.values(), *apps.values()]
    marks += [platforms[platform] and apps[app] for platform in _PLATFORMS for app in _APPS]
    return [
        [
            window.refreshed.isoformat(),
            record.properties["userPrincipalName"],
            window.known(last),
            window.known(last),
            window.days,
            *("Yes" if mark else "No" for mark in marks),
        ]
    ]


def _mailboxes(record: Record, window: Window) -> list[Row]:
    shared = record.purpose is not None and record.purpose is not Purpose.USER
    if not record.in_reports or not (shared or record.deleted or _plans(record) & MAILBOX_PLANS):
        return []
    last = record.dates.get("mailbox", record.dates.get("exchange"))
    megabytes = 40 + _spread(record, 46_000)
    archive = "EXCHANGE_S_ENTERPRISE" in _plans(record) and _spread(record, 7) == 0
    return [
        [
            window.refreshed.isoformat(),
            record.properties["userPrincipalName"],
            record.properties["displayName"],
            str(record.deleted),
            window.refreshed.isoformat() if record.deleted else "",
            str(record.properties["createdDateTime"] or "")[:10],
            window.known(last),
            str(megabytes * 9),
            str(megabytes * 1024 * 1024),
            str(98 * _GIGABYTE),
            str(99 * _GIGABYTE),
            str(100 * _GIGABYTE),
            str(megabytes),
            str(megabytes * 40_000),
            str(30 * _GIGABYTE),
            str(archive),
            window.days,
        ]
    ]


def _activations(record: Record, window: Window) -> list[Row]:
    if not record.in_reports or record.deleted:
        return []
    plans = _plans(record)
    products = (
        ("MICROSOFT 365 APPS FOR ENTERPRISE", "apps", "OFFICESUBSCRIPTION" in plans),
        ("VISIO CLIENT", "visio", "VISIO_CLIENT_SUBSCRIPTION" in plans),
        ("PROJECT CLIENT", "project", "PROJECT_CLIENT_SUBSCRIPTION" in plans),
    )
    return [
        [
            window.refreshed.isoformat(),
            record.properties["userPrincipalName"],
            record.properties["displayName"],
            product,
            window.known(record.dates.get(key)),
            "1" if key in record.dates else "0",
            "0",
            "0",
            "0",
            "0",
            "False",
        ]
        for product, key, held in products
        if held
    ]


def _copilot_users(record: Record, window: Window) -> list[Row]:
    if not record.in_reports or record.deleted or not _holds(record, COPILOT):
        return []
    last = window.known(record.dates.get("copilot"))
    used = [
        last if number == 0 or _spread(record, number + 2) == 0 else ""
        for number in range(len(_COPILOT_APPS))
    ]
    return [
        [
            window.refreshed.isoformat(),
            window.days,
            record.properties["userPrincipalName"],
            record.properties["displayName"],
            last,
            *used,
        ]
    ]


REPORTS = {
    "getOffice365ActiveUserDetail": Report(
        columns=(
            "Report Refresh Date",
            "User Principal Name",
            "Display Name",
            "Is Deleted",
            "Deleted Date",
            *(f"Has {name} License" for name in _WORKLOADS),
            *(f"{name} Last Activity Date" for name in _WORKLOADS),
            *(f"{name} License Assign Date" for name in _WORKLOADS),
            "Assigned Products",
        ),
        rows=_active_users,
    ),
    "getM365AppUserDetail": Report(
        columns=(
            "Report Refresh Date",
            "User Principal Name",
            "Last Activation Date",
            "Last Activity Date",
            "Report Period",
            *_PLATFORMS,
            *_APPS,
            *(f"{app} ({platform})" for platform in _PLATFORMS for app in _APPS),
        ),
        rows=_app_users,
    ),
    "getMailboxUsageDetail": Report(
        columns=(
            "Report Refresh Date",
            "User Principal Name",
            "Display Name",
            "Is Deleted",
            "Deleted Date",
            "Created Date",
            "Last Activity Date",
            "Item Count",
            "Storage Used (Byte)",
            "Issue Warning Quota (Byte)",
            "Prohibit Send Quota (Byte)",
            "Prohibit Send/Receive Quota (Byte)",
            "Deleted Item Count",
            "Deleted Item Size (Byte)",
            "Deleted Item Quota (Byte)",
            "Has Archive",
            "Report Period",
        ),
        rows=_mailboxes,
    ),
    "getOffice365ActivationsUserDetail": Report(
        columns=(
            "Report Refresh Date",
            "User Principal Name",
            "Display Name",
            "Product Type",
            "Last Activated Date",
            "Windows",
            "Mac",
            "Windows 10 Mobile",
            "iOS",
            "Android",
            "Activated On Shared Computer",
        ),
        rows=_activations,
        periods=(),
    ),
    "getMicrosoft365CopilotUsageUserDetail": Report(
        columns=(
            "Report Refresh Date",
            "Report Period",
            "User Principal Name",
            "Display Name",
            "Last Activity Date",
            *(f"{name} Last Activity Date" for name, _ in _COPILOT_APPS),
        ),
        rows=_copilot_users,
        periods=("D7", "D30", "D90", "D180", "ALL"),
    ),
}
