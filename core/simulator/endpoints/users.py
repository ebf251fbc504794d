"""GET /users, and what hangs below one user (contract §4 and §11)."""

from collections.abc import Iterator

import orjson

from core.simulator.catalog import MAILBOX_PLANS, license_types
from core.simulator.directory import Shape, project
from core.simulator.identity import is_guid
from core.simulator.odata import (
    MAX_PAGE,
    MAX_PAGE_WITH_SIGN_INS,
    Filter,
    expanded,
    page_size,
    read_filter,
    selected,
)
from core.simulator.records import Json
from core.simulator.service import Service
from core.simulator.wire import (
    Answer,
    Call,
    GraphProblem,
    denied,
    json_answer,
    listing_digest,
    not_found,
    page_token,
    read_page_token,
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
    sign_ins = "signInActivity" in names or (wanted is not None and wanted.on_sign_ins)
    top = page_size(query, largest=MAX_PAGE_WITH_SIGN_INS if sign_ins else MAX_PAGE)
    shape = (*names, "manager") if manager is not None else names
    digest = listing_digest(
        *(f"{key}={value}" for key, value in sorted(query.items()) if key != "$skiptoken")
    )
    now, lifetime = service.tenant.clock(), service.tenant.conditions.page_token_lifetime
    start = read_page_token(query["$skiptoken"], digest, now, lifetime) if "$skiptoken" in query else 0

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
        kept = "&".join(part for part in call.query_string.split("&") if not _is_page_token(part))
        token = page_token(end, digest, now)
        head["@odata.nextLink"] = f"{call.root}/v1.0/users?{kept}{'&' if kept else ''}$skiptoken={token}"
    body = orjson.dumps(head)[:-1] + b',"value":[' + body + b"]}"
    return Answer(status=200, body=body, content_type=json_answer(None).content_type)


def _is_page_token(part: str) -> bool:
    return part.lower().startswith(("$skiptoken=", "%24skiptoken="))


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


def get_user(service: Service, call: Call, user: str) -> Answer:
    """GET /users/{id}."""
    names = selected(call.query)
    manager = expanded(call.query)
    if "signInActivity" in names and not is_guid(user):
        message = "Get By Key only supports UserId and the key has to be a valid Guid"
        raise GraphProblem(400, "BadRequest", message)
    check_premium_properties(service, call, names)
    _, record = service.existing(user)
    shape = (*names, "manager") if manager is not None else names
    context = f"{call.root}/v1.0/$metadata#users({','.join(shape)})/$entity"
    return json_answer({"@odata.context": context, **project(record.properties, shape)})


def get_manager(service: Service, call: Call, user: str) -> Answer:
    """GET /users/{id}/manager: 404 for those who have none."""
    _, record = service.existing(user)
    boss = record.properties.get("manager")
    if boss is None:
        raise not_found("manager")
    _, above = service.existing(str(boss["id"]))
    context = f"{call.root}/v1.0/$metadata#directoryObjects/$entity"
    found = project(above.properties, selected(call.query))
    return json_answer({"@odata.context": context, "@odata.type": "#microsoft.graph.user", **found})


def list_license_details(service: Service, call: Call, user: str) -> Answer:
    """GET /users/{id}/licenseDetails."""
    _, record = service.existing(user)
    details = []
    for license_ in record.properties["assignedLicenses"]:
        type_ = license_types()[license_["skuId"]]
        details.append(
            {
                "id": f"{record.properties['id']}_{type_.sku_id}",
                "skuId": type_.sku_id,
                "skuPartNumber": type_.part_number,
                "servicePlans": [
                    {
                        "servicePlanId": plan.id,
                        "servicePlanName": plan.name,
                        "provisioningStatus": "Disabled"
                        if plan.id in license_["disabledPlans"]
                        else "Success",
                        "appliesTo": "Company" if plan.for_company else "User",
                    }
                    for plan in type_.plans
                ],
            }
        )
    context = f"{call.root}/v1.0/$metadata#users('{record.properties['id']}')/licenseDetails"
    return json_answer({"@odata.context": context, "value": details})


def get_mailbox_settings(service: Service, call: Call, user: str) -> Answer:
    """GET /users/{id}/mailboxSettings."""
    purpose = _mailbox_purpose(service, user)
    context = f"{call.root}/v1.0/$metadata#users('{user}')/mailboxSettings"
    settings: Json = {"userPurpose": purpose}
    if "$select" not in call.query:
        settings |= {"timeZone": "UTC", "dateFormat": "yyyy-MM-dd", "timeFormat": "HH:mm"}
    return json_answer({"@odata.context": context, **settings})


def get_mailbox_purpose(service: Service, call: Call, user: str) -> Answer:
    """GET /users/{id}/mailboxSettings/userPurpose."""
    purpose = _mailbox_purpose(service, user)
    context = f"{call.root}/v1.0/$metadata#users('{user}')/mailboxSettings/userPurpose"
    return json_answer({"@odata.context": context, "value": purpose})


def _mailbox_purpose(service: Service, user: str) -> str:
    _, record = service.existing(user)
    types = license_types()
    licensed = any(
        types[license_["skuId"]].plan_names & MAILBOX_PLANS
        for license_ in record.properties["assignedLicenses"]
    )
    special = record.purpose is not None and record.purpose != "user"
    if record.purpose is None or not (licensed or special):
        message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
        raise GraphProblem(404, "MailboxNotEnabledForRESTAPI", message)
    return record.purpose.value


def delete_user(service: Service, call: Call, user: str) -> Answer:
    """DELETE /users/{id}: the account and its licenses are gone."""
    index, record = service.existing(user, latest=True)
    state = service.tenant.state
    with state.transaction():
        service.tenant.write(index, {"deleted": True})
        service.tenant.log_write("user.delete", user=record.properties["id"], request_id=call.request_id)
        service.tenant.audit(service.audit_entry(call, "Delete user", user_target(record.properties)))
    return Answer(status=204, content_type=None)


def user_target(properties: Json, modified: list[Json] | None = None) -> Json:
    """An account as the target of an audit entry."""
    return {
        "id": properties["id"],
        "displayName": None,
        "type": "User",
        "userPrincipalName": properties["userPrincipalName"],
        "groupType": None,
        "modifiedProperties": modified or [],
    }
