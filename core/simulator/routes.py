"""Which handler answers which path, with which permissions, at what cost (contract §1 and §7.2)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime

from core.simulator.endpoints import (
    audits,
    authority,
    batch,
    control,
    groups,
    licenses,
    mail,
    organization,
    reports,
    users,
)
from core.simulator.faults import struck_answer
from core.simulator.limits import REPORTS, SIGN_INS, WRITES, Limit
from core.simulator.service import Service
from core.simulator.tokens import check_expiry, read_token
from core.simulator.wire import Answer, Call, GraphProblem, denied, error_answer

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
    "LicenseAssignment.ReadWrite.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
_READ_GROUPS = ("GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All")
_CHANGE_GROUPS = ("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
_DELETE_USERS = ("User.ReadWrite.All", "Directory.ReadWrite.All")
_ASSIGN_TO_GROUPS = ("LicenseAssignment.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
_ASSIGN = ("LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
_READ_ORGANIZATION = ("Organization.Read.All", "Directory.Read.All", "User.Read.All")

GRAPH: tuple[Route, ...] = (
    _route("GET", "/users", users.list_users, *_READ_USERS, cost=2),
    _route("GET", r"/users/\$count", users.count_users, *_READ_USERS),
    _route("GET", f"/users/{_KEY}", users.get_user, *_READ_USERS),
    _route("GET", f"/users/{_KEY}/manager", users.get_manager, *_READ_USERS),
    _route(
        "GET",
        f"/users/{_KEY}/licenseDetails",
        users.list_license_details,
        "LicenseAssignment.Read.All",
        "LicenseAssignment.ReadWrite.All",
        *_READ_USERS,
        cost=2,
    ),
    _route("GET", f"/users/{_KEY}/mailboxSettings", users.get_mailbox_settings, "MailboxSettings.Read"),
    _route(
        "GET",
        f"/users/{_KEY}/mailboxSettings/userPurpose",
        users.get_mailbox_purpose,
        "MailboxSettings.Read",
    ),
    _route(
        "DELETE",
        f"/users/{_KEY}",
        users.delete_user,
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

_SHARE_SHOWN = 0.8
_SMALL_PAGE = 20

_DISCOVERY = re.compile(r"/([^/]+)(?:/v2\.0)?/\.well-known/openid-configuration")
_TOKEN = re.compile(r"/([^/]+)/oauth2/v2\.0/token")


def answer(service: Service, call: Call) -> Answer:
    """The answer to a call, with the faults and limits in force: the one way in, for HTTP and for batches."""
    if call.path.startswith(control.PREFIX):
        return _controlled(service, call)
    service.calls[f"{call.method} {call.path}"] += 1
    fault = service.faults.next_for(call)
    now = service.tenant.now()
    if fault is not None and not fault.carries_out:
        return _dressed(call, struck_answer(fault, call, now, None), now)
    try:
        found = _dispatched(service, call)
    except GraphProblem as problem:
        found = error_answer(problem, call, now)
    if fault is not None:
        found = struck_answer(fault, call, now, found)
    return _dressed(call, found, service.tenant.now())


def _controlled(service: Service, call: Call) -> Answer:
    """Control requests are neither counted nor struck by faults: they are no part of Graph."""
    try:
        return control.control(service, call)
    except GraphProblem as problem:
        return error_answer(problem, call, service.tenant.now())


def _dressed(call: Call, found: Answer, now: datetime) -> Answer:
    headers = {
        "request-id": call.request_id,
        "client-request-id": call.headers.get("client-request-id", call.request_id),
        "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"Loopback","Ring":"1","ScaleUnit":"000"}}',
        "Date": format_datetime(now, usegmt=True),
        "OData-Version": "4.0",
    }
    return replace(found, headers=headers | found.headers)


def _dispatched(service: Service, call: Call) -> Answer:
    service.tenant.refresh()
    if call.path.startswith("/v1.0/"):
        return _graph(service, call)
    if call.method == "GET" and (found := _DISCOVERY.fullmatch(call.path)):
        return authority.discover(service, call, found[1])
    if call.method == "POST" and (found := _TOKEN.fullmatch(call.path)):
        return authority.token(service, call, found[1])
    raise GraphProblem(404, "UnknownError", "There is nothing at this address.")


def _graph(service: Service, call: Call) -> Answer:
    claims = read_token(service.tenant.config, call.headers.get("authorization", ""))
    path = call.path.removeprefix("/v1.0")
    # A batch is taken in with a token that has run out: each of its items is answered 401 (§7.3).
    if path != "/$batch":
        check_expiry(claims, service.tenant.clock())
    elif call.method == "POST" and not call.in_batch:
        return batch.answer_batch(service, call, answer)
    call = replace(call, roles=frozenset(claims["roles"]))
    for route in GRAPH:
        found = route.path.fullmatch(path)
        if found is None or route.method != call.method:
            continue
        if route.permissions and not route.permissions & call.roles:
            raise _denied(route)
        share = _limited(service, call, route)
        result = route.handler(service, call, *found.groups())
        headers = {"x-ms-resource-unit": str(_cost(call, route))}
        if share >= _SHARE_SHOWN:
            headers["x-ms-throttle-limit-percentage"] = f"{share:.1f}"
        return replace(result, headers=headers | result.headers)
    segment = path.strip("/").rpartition("/")[2]
    raise GraphProblem(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def _denied(route: Route) -> GraphProblem:
    if route.limit is REPORTS:
        message = '{"error":{"code":"S2SUnauthorized","message":"Invalid permission."}}'
        return GraphProblem(403, "UnknownError", message)
    return denied()


def _limited(service: Service, call: Call, route: Route) -> float:
    """Takes the call out of the limits in force and gives the share of the fullest that is used."""
    conditions = service.tenant.conditions
    limit = route.limit
    if limit is None and "signInActivity" in call.query_string:
        limit = SIGN_INS
    on = {
        SIGN_INS: conditions.sign_in_limit,
        REPORTS: conditions.report_limit,
        WRITES: conditions.write_limit,
    }
    if limit is None or not on[limit]:
        return 0.0
    key = route.path.pattern if limit is REPORTS else ""
    return service.limiter.use(limit, key, service.tenant.clock(), conditions.limit_time_scale)


def _cost(call: Call, route: Route) -> int:
    query = call.query
    cost = route.cost - ("$select" in query) + ("$expand" in query)
    top = query.get("$top", "")
    cost -= top.isdigit() and int(top) < _SMALL_PAGE
    return max(1, cost)


def download(service: Service, call: Call) -> Answer:
    """The answer of the host from which reports are fetched: it knows no tokens (contract §6.1)."""
    service.calls[f"{call.method} download"] += 1
    fault = service.faults.next_for(call)
    now = service.tenant.now()
    if fault is not None and not fault.carries_out:
        return _dressed(call, struck_answer(fault, call, now, None), now)
    found = reports.download(service, call)
    return _dressed(call, found if fault is None else struck_answer(fault, call, now, found), now)
