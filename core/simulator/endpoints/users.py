"""GET /users and its count: pages, filters, properties (contract §4)."""

from collections.abc import Iterator

import orjson

from core.simulator.directory import Shape, project
from core.simulator.odata import (
    MAX_PAGE,
    MAX_PAGE_WITH_SIGN_INS,
    Filter,
    expanded,
    page_size,
    read_filter,
    selected,
)
from core.simulator.paging import open_listing
from core.simulator.records import Json
from core.simulator.service import Service
from core.simulator.wire import (
    Answer,
    Call,
    GraphProblem,
    denied,
    json_answer,
)

_CACHE_BYTES = 256 * 1024 * 1024
_HAZARDOUS_PAGE = 120


def check_premium_properties(service: Service, call: Call, names: tuple[str, ...]) -> None:
    """Raises GraphProblem 403 where a property needs a permission or a license of the tenant (§4.1, §4.4)."""
    if "employeeLeaveDateTime" in names and "User-LifeCycleInfo.Read.All" not in call.roles:
        raise denied()
    if "signInActivity" not in names:
        return
    if not service.tenant.conditions.premium:
        raise GraphProblem(
            403,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "Neither tenant is B2C or tenant doesn't have premium license",
        )
    if "AuditLog.Read.All" not in call.roles:
        message = "Calling principal does not have required MSGraph permissions AuditLog.Read.All"
        raise GraphProblem(403, "Authorization_RequestDenied", message)


def list_users(service: Service, call: Call) -> Answer:
    """GET /users."""
    query = call.query
    if "$skip" in query or "$orderby" in query:
        raise GraphProblem(400, "Request_UnsupportedQuery", "$skip and $orderby are not supported here.")
    names = selected(query)
    manager = expanded(query)
    check_premium_properties(service, call, names)
    counted = call.eventual and query.get("$count") == "true"
    wanted = _wanted(call, counted=counted)
    if counted and manager is not None:
        raise GraphProblem(400, "Request_UnsupportedQuery", "$expand is not supported with advanced queries.")
    if wanted is not None and wanted.on_sign_ins:
        check_premium_properties(service, call, ("signInActivity",))
    sign_ins = "signInActivity" in names or (wanted is not None and wanted.on_sign_ins)
    top = page_size(query, largest=MAX_PAGE_WITH_SIGN_INS if sign_ins else MAX_PAGE)
    shape = (*names, "manager") if manager is not None else names
    listing = open_listing(service, call)
    start = listing.start

    hazard = counted and sign_ins and top > _HAZARDOUS_PAGE
    if wanted is None and not hazard:
        end = min(start + top, service.tenant.directory.count)
        body = _page(service, start, end, shape)
    else:
        indexes, end = _matching(service, start, top, wanted)
        body = b",".join(_one(service, index, shape, hazard=hazard) for index in indexes)
    head: Json = {"@odata.context": f"{call.root}/v1.0/$metadata#users({','.join(shape)})"}
    if counted:
        head["@odata.count"] = _count(service, wanted)
    if end < service.tenant.directory.count:
        head["@odata.nextLink"] = listing.next_link(end)
    body = orjson.dumps(head)[:-1] + b',"value":[' + body + b"]}"
    return Answer(status=200, body=body, content_type=json_answer(None).content_type)


def _wanted(call: Call, *, counted: bool) -> Filter | None:
    """The filter of the request, or its search. Raises GraphProblem 400 where the header lacks."""
    query = call.query
    if "$search" in query:
        if not call.eventual:
            message = (
                "Request with $search query parameter only works through MSGraph with a special request "
                "header: "
                "'ConsistencyLevel: eventual'"
            )
            raise GraphProblem(400, "Request_UnsupportedQuery", message)
        name, _, text = query["$search"].strip('"').partition(":")
        return Filter(matches=lambda properties: text.lower() in str(properties.get(name) or "").lower())
    if "$filter" not in query:
        return None
    wanted = read_filter(query["$filter"])
    if wanted.advanced and not counted:
        raise GraphProblem(
            400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified."
        )
    return wanted


def _page(service: Service, start: int, end: int, shape: Shape) -> bytes:
    """The objects of a page, encoded; kept, as long as nothing on the page was ever changed."""
    directory = service.tenant.directory
    if service.tenant.state.touched(start, end):
        return b",".join(
            _one(service, index, shape) for index in range(start, end) if service.tenant.exists(index)
        )
    if service.pages_as_of != directory.moments:
        service.pages.clear()
        service.pages_size = 0
        service.pages_as_of = directory.moments
    body = service.pages.get((shape, start, end))
    if body is None:
        body = b",".join(directory.encoded(start, end, shape))
        if service.pages_size + len(body) > _CACHE_BYTES:
            service.pages.clear()
            service.pages_size = 0
        service.pages[shape, start, end] = body
        service.pages_size += len(body)
    return body


def _one(service: Service, index: int, shape: Shape, *, hazard: bool = False) -> bytes:
    # Known hazard (§4.5): advanced queries with large pages lose signInActivity of some, without a word.
    if hazard and index % 3 == 0:
        shape = tuple(name for name in shape if name != "signInActivity")
    if not service.tenant.state.touched(index, index + 1):
        return service.tenant.directory.encoded(index, index + 1, shape)[0]
    return orjson.dumps(project(service.tenant.record(index).properties, shape))


def _matching(service: Service, start: int, top: int, wanted: Filter | None) -> tuple[list[int], int]:
    """The next matching accounts from `start` on, and where the following page starts."""
    found: list[int] = []
    last = service.tenant.directory.count
    for index in _candidates(service, start, wanted):
        if len(found) == top:
            return found, index
        found.append(index)
    return found, last


def _candidates(service: Service, start: int, wanted: Filter | None) -> Iterator[int]:
    tenant = service.tenant
    directory = tenant.directory
    if wanted is None:
        whole = [True] * directory.block
    elif not wanted.by_identifier:
        whole = [wanted.matches(record.properties) for record in directory.records]
    else:
        whole = None
    changed = set(tenant.state.accounts)
    for index in range(start, directory.count):
        if index in changed:
            if not tenant.exists(index):
                continue
            if wanted is None or wanted.matches(tenant.record(index).properties):
                yield index
        elif whole is not None:
            if whole[index % directory.block]:
                yield index
        elif wanted is not None and wanted.matches(directory.properties(index)):
            yield index


def _count(service: Service, wanted: Filter | None) -> int:
    return sum(1 for _ in _candidates(service, 0, wanted))


def count_users(service: Service, call: Call) -> Answer:
    """GET /users/$count: plain text, and only with the header (§4.6)."""
    if not call.eventual:
        raise GraphProblem(400, "Request_BadRequest", "$count is not currently supported.")
    total = _count(service, _wanted(call, counted=True))
    return Answer(status=200, body=str(total).encode(), content_type="text/plain")
