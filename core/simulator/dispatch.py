"""Answers a call: faults and limits in force, the token, the route, the permission, then the handler."""

import re
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

from core.simulator.endpoints import authority, batch, control, reports
from core.simulator.faults import struck_answer
from core.simulator.limits import DIRECTORY_SECONDS, REPORTS, SIGN_INS, WRITES, Limit
from core.simulator.routes import GRAPH, Route
from core.simulator.service import Service
from core.simulator.tokens import check_expiry, read_token
from core.simulator.wire import Answer, Call, GraphProblem, denied, error_answer

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
    now, scale = service.tenant.clock(), conditions.limit_time_scale
    share = 0.0
    if conditions.directory_units and route.limit is None:
        units = Limit(name="Directory", requests=conditions.directory_units, seconds=DIRECTORY_SECONDS)
        share = service.limiter.use(units, "", now, scale, cost=_cost(call, route))
    limit = route.limit
    if limit is None and "signInActivity" in call.query_string:
        limit = SIGN_INS
    on = {
        SIGN_INS: conditions.sign_in_limit,
        REPORTS: conditions.report_limit,
        WRITES: conditions.write_limit,
    }
    if limit is None or not on[limit]:
        return share
    key = call.path.partition("(")[0] if limit is REPORTS else ""
    return max(share, service.limiter.use(limit, key, now, scale))


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
