"""Roles of the directory: who holds one, who may activate one, and what they are called.

As Microsoft documents `/roleManagement/directory`: active assignments need no premium license, eligible ones
are refused with 400 where the tenant has no Privileged Identity Management.
"""

import re
from collections.abc import Iterator

from core.simulator.config import derived_guid
from core.simulator.directory import project
from core.simulator.odata import DEFAULT_PAGE, DEFAULT_PROPERTIES
from core.simulator.organization import ROLES
from core.simulator.paging import open_listing
from core.simulator.records import Json
from core.simulator.service import Service
from core.simulator.wire import Answer, Call, GraphProblem, json_answer

_FILTER = re.compile(r"(principalId|roleDefinitionId)\s+eq\s+'([0-9A-Fa-f-]{36})'")
_OWN_ROLE = "directory-readers"


def list_role_assignments(service: Service, call: Call) -> Answer:
    """GET /roleManagement/directory/roleAssignments."""
    found = list(_held(service, eligible=False))
    found.append(_grant(service, service.tenant.config.service_principal_id, _OWN_ROLE))
    return _listing(service, call, "roleAssignments", found)


def list_role_eligibility(service: Service, call: Call) -> Answer:
    """GET /roleManagement/directory/roleEligibilityScheduleInstances."""
    if not service.tenant.conditions.premium:
        message = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
        raise GraphProblem(400, "AadPremiumLicenseRequired", message)
    return _listing(service, call, "roleEligibilityScheduleInstances", list(_held(service, eligible=True)))


def list_role_definitions(_: Service, call: Call) -> Answer:
    """GET /roleManagement/directory/roleDefinitions."""
    names = tuple(name for name in call.query.get("$select", "").split(",") if name)
    roles: list[Json] = [
        {
            "id": role.id,
            "templateId": role.id,
            "displayName": role.display_name,
            "description": None,
            "isBuiltIn": True,
            "isEnabled": True,
        }
        for role in ROLES.values()
    ]
    value = [project(role, names) if names else role for role in roles]
    context = f"{call.root}/v1.0/$metadata#roleManagement/directory/roleDefinitions"
    return json_answer({"@odata.context": context, "value": value})


def _held(service: Service, *, eligible: bool) -> Iterator[Json]:
    tenant = service.tenant
    for index, key in tenant.role_holders(eligible=eligible):
        yield _grant(service, tenant.directory.id_of(index), key)
    if not eligible:
        for group_id, group in tenant.groups.items():
            for key in group.roles:
                yield _grant(service, group_id, key)


def _grant(service: Service, principal_id: str, key: str) -> Json:
    return {
        "id": derived_guid(service.tenant.config.seed, "role-assignment", principal_id, key),
        "principalId": principal_id,
        "directoryScopeId": "/",
        "roleDefinitionId": ROLES[key].id,
    }


def _listing(service: Service, call: Call, name: str, found: list[Json]) -> Answer:
    query = call.query
    unknown = set(query) - {"$filter", "$expand", "$select", "$skiptoken"}
    if unknown:
        raise GraphProblem(400, "BadRequest", f"The query parameter {min(unknown)} is not supported here.")
    if "$filter" in query:
        condition = _FILTER.fullmatch(query["$filter"].strip())
        if condition is None:
            raise GraphProblem(400, "Request_UnsupportedQuery", "Invalid filter clause.")
        found = [grant for grant in found if grant[condition[1]] == condition[2].lower()]
    listing = open_listing(service, call)
    end = listing.start + DEFAULT_PAGE
    value = [_expanded(service, call, grant) for grant in found[listing.start : end]]
    context = f"{call.root}/v1.0/$metadata#roleManagement/directory/{name}"
    body: Json = {"@odata.context": context, "value": value}
    if end < len(found):
        body["@odata.nextLink"] = listing.next_link(end)
    return json_answer(body)


def _expanded(service: Service, call: Call, grant: Json) -> Json:
    if call.query.get("$expand") != "principal":
        return grant
    tenant, principal_id = service.tenant, grant["principalId"]
    group = tenant.groups.get(principal_id)
    if group is not None:
        principal = {
            "@odata.type": "#microsoft.graph.group",
            "id": principal_id,
            "displayName": group.display_name,
        }
        return grant | {"principal": principal}
    index = tenant.index_of(principal_id)
    if index is None:
        return grant | {"principal": {"@odata.type": "#microsoft.graph.servicePrincipal", "id": principal_id}}
    user = project(tenant.record(index).properties, DEFAULT_PROPERTIES)
    return grant | {"principal": {"@odata.type": "#microsoft.graph.user", **user}}
