"""Where the usage reports' dates are kept."""

from collections.abc import Mapping
from typing import Final

from core.activity.workloads import Report, Workload

REPORT_COLUMNS: Final[Mapping[Report, tuple[str, ...]]] = {
    Report.ACTIVE_USERS: (
        "report_refreshed_on",
        "exchange_on",
        "onedrive_on",
        "sharepoint_on",
        "skype_on",
        "yammer_on",
        "teams_on",
    ),
    Report.APP_USAGE: ("apps_refreshed_on", "apps_on"),
    Report.MAILBOX_USAGE: ("mailbox_refreshed_on", "mailbox_on"),
    Report.COPILOT_USAGE: ("copilot_refreshed_on", "copilot_on"),
    Report.ACTIVATIONS: (
        "activations_refreshed_on",
        "apps_activated_on",
        "visio_activated_on",
        "project_activated_on",
    ),
}
"""Columns of `user_activity`: the day of the account's row in the report, then the last activity of each
workload in the order of `core.activity.workloads.DATES`.
"""

LISTED_COLUMNS: Final[Mapping[Workload, str]] = {
    Workload.VISIO: "visio_refreshed_on",
    Workload.PROJECT: "project_refreshed_on",
}
"""Columns of `user_activity`: the day of the account's newest row of the product among the activations.

That report has a row for each product, so a row of one says nothing of the others.
"""
