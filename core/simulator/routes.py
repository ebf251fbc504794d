"""Which handler answers which path, with which permissions, at what cost (contract §1 and §7.2)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.simulator.endpoints import (
    accounts,
    audits,
    groups,
    licenses,
    mail,
    organization,
    reports,
    roles,
    users,
)
from core.simulator.limits import REPORTS, SIGN_INS, WRITES, Limit
from core.simulator.wire import Answer

Handler = Callable[..., Answer]

_KEY = r"([^/]+)"
_PERIOD_REPORTS = "getOffice365ActiveUserDetail|getM365AppUserDetail|getMailboxUsageDetail"


@dataclass(frozen=True, kw_only=True)
class Route:
    """A path below /v1.0. Any one of the permissions will do; none asked means that a token suffices."""

    method: str
    path: re.Pattern[str]
    handler: Handler
    permissions: frozenset[str] = frozenset()
    cost: int = 1
    limit: Limit | None = None


def _route(
    method: str, path: str, handler: Handler, *permissions: str, cost: int = 1, limit: Limit | None = None
) -> Route:
    return Route(
        method=method,
        path=re.compile(path),
        handler=handler,
        permissions=frozenset(permissions),
        cost=cost,
        limit=limit,
    )


_READ_USERS = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_READ_TYPES = (
    "LicenseAssignment.Read.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
_READ_GROUPS = ("GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All")
_CHANGE_GROUPS = ("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
_READ_ELIGIBILITY = (
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
)
_READ_ROLES = (*_READ_ELIGIBILITY, "Directory.Read.All", "Directory.ReadWrite.All")
_DELETE_USERS = ("User.ReadWrite.All", "Directory.ReadWrite.All")
_ASSIGN_TO_GROUPS = ("LicenseAssignment.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
_ASSIGN = ("LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
_READ_ORGANIZATION = ("Organization.Read.All", "Directory.Read.All", "User.Read.All")

GRAPH: tuple[Route, ...] = (
    _route("GET", "/users", users.list_users, *_READ_USERS, cost=2),
    _route("GET", r"/users/\$count", users.count_users, *_READ_USERS),
    _route("GET", f"/users/{_KEY}", accounts.get_user, *_READ_USERS),
    _route("GET", f"/users/{_KEY}/manager", accounts.get_manager, *_READ_USERS),
    _route(
        "GET",
        f"/users/{_KEY}/licenseDetails",
        accounts.list_license_details,
        "LicenseAssignment.Read.All",
        *_READ_USERS,
        cost=2,
    ),
    _route("GET", f"/users/{_KEY}/mailboxSettings", accounts.get_mailbox_settings, "MailboxSettings.Read"),
    _route(
        "GET",
        f"/users/{_KEY}/mailboxSettings/userPurpose",
        accounts.get_mailbox_purpose,
        "MailboxSettings.Read",
    ),
    _route(
        "DELETE",
        f"/users/{_KEY}",
        accounts.delete_account,
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
    ),
    _route(
        "POST",
        f"/users/{_KEY}/(?:microsoft.graph.)?assignLicense",
        licenses.assign_license,
        *_ASSIGN,
        limit=WRITES,
    ),
    _route(
        "POST",
        f"/users/{_KEY}/(?:microsoft.graph.)?reprocessLicenseAssignment",
        licenses.reprocess,
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
        limit=WRITES,
    ),
    _route("GET", "/subscribedSkus", organization.list_subscribed_skus, *_READ_TYPES, cost=3),
    _route("GET", f"/subscribedSkus/{_KEY}", organization.get_subscribed_sku, *_READ_TYPES),
    _route("GET", "/organization", organization.list_organization, *_READ_ORGANIZATION),
    _route(
        "GET",
        "/directory/subscriptions",
        organization.list_subscriptions,
        "Organization.Read.All",
        "Directory.Read.All",
    ),
    _route("GET", "/roleManagement/directory/roleAssignments", roles.list_role_assignments, *_READ_ROLES),
    _route("GET", "/roleManagement/directory/roleDefinitions", roles.list_role_definitions, *_READ_ROLES),
    _route(
        "GET",
        "/roleManagement/directory/roleEligibilityScheduleInstances",
        roles.list_role_eligibility,
        *_READ_ELIGIBILITY,
    ),
    _route("GET", "/admin/reportSettings", organization.get_report_settings, "ReportSettings.Read.All"),
    _route("GET", "/groups", groups.list_groups, *_READ_GROUPS, "Directory.Read.All"),
    _route("GET", f"/groups/{_KEY}", groups.get_group, *_READ_GROUPS, "Directory.Read.All"),
    _route(
        "GET",
        f"/groups/{_KEY}/members",
        groups.list_members,
        "GroupMember.ReadBasic.All",
        *_READ_GROUPS,
        "Directory.Read.All",
        cost=3,
    ),
    _route("GET", f"/groups/{_KEY}/membersWithLicenseErrors", groups.list_members_with_errors, *_READ_GROUPS),
    _route(
        "DELETE",
        rf"/groups/{_KEY}/members/{_KEY}/\$ref",
        groups.remove_member,
        *_CHANGE_GROUPS,
        limit=WRITES,
    ),
    _route(
        "DELETE", f"/groups/{_KEY}/members/{_KEY}", groups.delete_member_object, *_DELETE_USERS, limit=WRITES
    ),
    _route(
        "POST",
        f"/groups/{_KEY}/(?:microsoft.graph.)?assignLicense",
        groups.assign_group_license,
        *_ASSIGN_TO_GROUPS,
        limit=WRITES,
    ),
    _route(
        "GET",
        rf"/reports/({_PERIOD_REPORTS})\(period='(\w*)'\)",
        reports.redirect,
        "Reports.Read.All",
        limit=REPORTS,
    ),
    _route(
        "GET",
        r"/reports/(getOffice365ActivationsUserDetail)(?:\(\))?",
        reports.redirect,
        "Reports.Read.All",
        limit=REPORTS,
    ),
    _route(
        "GET",
        r"/copilot/reports/(getMicrosoft365CopilotUsageUserDetail)\(period='(\w*)'\)",
        reports.redirect,
        "Reports.Read.All",
        limit=REPORTS,
    ),
    _route(
        "GET",
        "/auditLogs/directoryAudits",
        audits.list_audits,
        "AuditLog.Read.All",
        "Directory.Read.All",
        limit=SIGN_INS,
    ),
    _route("POST", f"/users/{_KEY}/(?:microsoft.graph.)?sendMail", mail.send_mail, "Mail.Send"),
)
