"""Groups: reading them, their members, leaving one, and the licenses that they give (contract §5.4)."""

from datetime import timedelta

import orjson

from core.simulator import licensing
from core.simulator.catalog import license_types
from core.simulator.directory import project
from core.simulator.endpoints.accounts import delete_account, user_target
from core.simulator.endpoints.licenses import license_change
from core.simulator.odata import DEFAULT_PROPERTIES, MAX_PAGE, page_size
from core.simulator.organization import Group
from core.simulator.paging import open_listing
from core.simulator.records import Json, assigned_licenses, written
from core.simulator.service import Service
from core.simulator.wire import (
    Answer,
    Call,
    GraphProblem,
    body_object,
    denied,
    json_answer,
    not_found,
)

_SYNCED = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects "
    "currently "
    "undergoing migration."
)
_MAIL_ENABLED = "Cannot Update a mail-enabled security groups and or distribution list."


def _existing_group(service: Service, group: str) -> Group:
    found = service.tenant.groups.get(group.lower())
    if found is None:
        raise not_found(group)
    return found


def group_skus(service: Service, group: str) -> tuple[str, ...]:
    """The license types that the group gives now."""
    changed = service.tenant.state.meta(f"group:{group}")
    return tuple(orjson.loads(changed)) if changed is not None else service.tenant.groups[group].skus


def _group_object(service: Service, group: str) -> Json:
    about = service.tenant.groups[group]
    types = [
        kind for kind, on in (("DynamicMembership", about.dynamic_rule), ("Unified", about.unified)) if on
    ]
    nickname = about.key.replace("-", "")
    return {
        "id": group,
        "displayName": about.display_name,
        "description": None,
        "groupTypes": types,
        "membershipRule": about.dynamic_rule,
        "membershipRuleProcessingState": "On" if about.dynamic_rule else None,
        "onPremisesSyncEnabled": True if about.synced else None,
        "mailEnabled": about.mail_enabled,
        "mail": f"{nickname}@{service.tenant.config.domain}" if about.mail_enabled else None,
        "mailNickname": nickname,
        "securityEnabled": True,
        "isAssignableToRole": about.role_assignable,
        "createdDateTime": written(service.tenant.created_at - timedelta(days=1500)),
        "assignedLicenses": [{"disabledPlans": [], "skuId": sku_id} for sku_id in group_skus(service, group)],
    }


def _selected(call: Call, found: Json) -> Json:
    names = [name for name in call.query.get("$select", "").split(",") if name]
    unknown = [name for name in names if name not in found]
    if unknown:
        message = f"Could not find a property named '{unknown[0]}' on type 'microsoft.graph.group'."
        raise GraphProblem(400, "BadRequest", f"Parsing OData Select and Expand failed: {message}")
    # Without $select the licenses and the role flag stay out, as in Graph.
    hidden = {"assignedLicenses"}
    return {name: found[name] for name in (names or found) if names or name not in hidden}


def list_groups(service: Service, call: Call) -> Answer:
    """GET /groups."""
    value = [_selected(call, _group_object(service, group)) for group in service.tenant.groups]
    return json_answer({"@odata.context": f"{call.root}/v1.0/$metadata#groups", "value": value})


def get_group(service: Service, call: Call, group: str) -> Answer:
    """GET /groups/{id}."""
    _existing_group(service, group)
    context = f"{call.root}/v1.0/$metadata#groups/$entity"
    return json_answer({"@odata.context": context, **_selected(call, _group_object(service, group.lower()))})


def list_members(service: Service, call: Call, group: str) -> Answer:
    """GET /groups/{id}/members, direct members only."""
    members = list(service.tenant.members(_existing_group(service, group).key))
    return _people(service, call, members)


def list_members_with_errors(service: Service, call: Call, group: str) -> Answer:
    """GET /groups/{id}/membersWithLicenseErrors."""
    group_id = group.lower()
    found = [
        index
        for index in service.tenant.members(_existing_group(service, group).key)
        for state in service.tenant.record(index).states
        if state["assignedByGroup"] == group_id and state["state"] == "Error"
    ]
    return _people(service, call, found)


def _people(service: Service, call: Call, indexes: list[int]) -> Answer:
    query = call.query
    listing = open_listing(service, call)
    end = listing.start + page_size(query, largest=MAX_PAGE)
    names = tuple(name for name in query.get("$select", "").split(",") if name) or DEFAULT_PROPERTIES
    value = [
        {"@odata.type": "#microsoft.graph.user", **project(service.tenant.record(index).properties, names)}
        for index in indexes[listing.start : end]
    ]
    found: Json = {"@odata.context": f"{call.root}/v1.0/$metadata#directoryObjects", "value": value}
    if end < len(indexes):
        found["@odata.nextLink"] = listing.next_link(end)
    return json_answer(found)


def remove_member(service: Service, call: Call, group: str, user: str) -> Answer:
    """DELETE /groups/{g}/members/{u}/$ref: 204; the inherited licenses go with a delay."""
    about = _existing_group(service, group)
    group_id = group.lower()
    if about.dynamic_rule is not None:
        raise denied()
    if about.role_assignable and "RoleManagement.ReadWrite.Directory" not in call.roles:
        raise denied()
    if about.synced:
        raise GraphProblem(400, "Request_BadRequest", _SYNCED)
    if about.mail_enabled and not about.unified:
        raise GraphProblem(400, "Request_BadRequest", _MAIL_ENABLED)
    tenant = service.tenant
    with tenant.state.transaction():
        index, record = service.existing(user, latest=True)
        if about.key not in record.groups:
            raise not_found(user)
        after = licensing.without_group(record.states, group_id, license_types(), written(tenant.now()))
        groups = [key for key in record.groups if key != about.key]
        tenant.write(index, {"groups": groups, "states": after})
        tenant.log_write(
            "group.leave",
            user=record.properties["id"],
            user_principal_name=record.properties["userPrincipalName"],
            group=group_id,
            request_id=call.request_id,
        )
        target = user_target(record.properties)
        tenant.audit(
            service.audit_entry(call, "Remove member from group", target, category="GroupManagement")
        )
        before = assigned_licenses(record.states)
        tenant.audit(license_change(service, call, record.properties, before, assigned_licenses(after)))
    return Answer(status=204, content_type=None)


def delete_member_object(service: Service, call: Call, group: str, user: str) -> Answer:
    """DELETE /groups/{g}/members/{u} without `/$ref`: really deletes the user (the danger of §5.4)."""
    _existing_group(service, group)
    return delete_account(service, call, user)


def assign_group_license(service: Service, call: Call, group: str) -> Answer:
    """POST /groups/{id}/assignLicense: 202, and every member's licenses follow with a delay."""
    about = _existing_group(service, group)
    group_id = group.lower()
    order = licensing.read_order(body_object(call))
    types = license_types()
    suspended = frozenset(sku_id for sku_id, type_ in types.items() if type_.suspended)
    licensing.check_types(order, types, suspended=suspended)
    tenant = service.tenant
    with tenant.state.transaction():
        given = group_skus(service, group_id)
        if any(sku_id not in given for sku_id in order.remove):
            raise licensing.refused("Group does not have a corresponding license.")
        now_given = [sku_id for sku_id in given if sku_id not in order.remove]
        now_given += [sku_id for sku_id in order.add if sku_id not in now_given]
        tenant.state.set_meta(f"group:{group_id}", orjson.dumps(now_given).decode())
        for index in tenant.members(about.key):
            _follow_group(service, index, group_id, order)
        tenant.log_write("group.license", group=group_id, add=sorted(order.add), remove=list(order.remove))
        target = {
            "id": group_id,
            "displayName": about.display_name,
            "type": "Group",
            "modifiedProperties": [],
        }
        tenant.audit(service.audit_entry(call, "Set group license", target, category="GroupManagement"))
    body = {
        "@odata.context": f"{call.root}/v1.0/$metadata#groups/$entity",
        **_selected(call, _group_object(service, group_id)),
    }
    return json_answer(body, 202, location=f"{call.root}/v1.0/groups/{group_id}")


def _follow_group(service: Service, index: int, group_id: str, order: licensing.Order) -> None:
    tenant = service.tenant
    states = [
        state
        for state in tenant.record(index, latest=True).states
        if not (
            state["assignedByGroup"] == group_id
            and (state["skuId"] in order.remove or state["skuId"] in order.add)
        )
    ]
    for sku_id, disabled in order.add.items():
        states.append(
            {
                "skuId": sku_id,
                "disabledPlans": list(disabled),
                "assignedByGroup": group_id,
                "state": "Active",
                "error": "None",
                "lastUpdatedDateTime": written(tenant.now()),
            }
        )
    tenant.write(index, {"states": states})
