"""POST /users/{id}/assignLicense and reprocessLicenseAssignment (contract §5.1 to §5.3)."""

from core.simulator import licensing
from core.simulator.catalog import LicenseType, license_types
from core.simulator.directory import project
from core.simulator.endpoints.accounts import user_target
from core.simulator.odata import DEFAULT_PROPERTIES
from core.simulator.records import Json, Record, assigned_licenses, holds_seat, written
from core.simulator.service import Service, license_words
from core.simulator.wire import Answer, Call, body_object, denied, json_answer


def assign_license(service: Service, call: Call, user: str) -> Answer:
    """POST /users/{id}/assignLicense: all of it or nothing; readers see it after the replica lag."""
    order = licensing.read_order(body_object(call))
    tenant, types = service.tenant, license_types()
    with tenant.state.transaction():
        index, record = service.existing(user, latest=True)
        if record.properties.get("isManagementRestricted"):
            raise denied()
        suspended = frozenset(sku_id for sku_id, type_ in types.items() if type_.suspended)
        licensing.check_types(order, types, suspended=suspended)
        licensing.check_removals(order, record.states)
        if order.add and not record.properties.get("usageLocation"):
            raise licensing.refused("License assignment cannot be done for user with invalid usage location.")
        _check_seats(service, order, record)
        after = licensing.carried_out(order, record.states, written(tenant.now()))
        licensing.check_plans(record.states, after, types)
        if record.proxy_conflict and licensing.gives_mailbox(order, types):
            raise licensing.refused(
                "Another object with the same value for property proxyAddresses already exists."
            )
        if after != record.states:
            _apply(service, call, index, record, after)
    return _default_user(call, record)


def _check_seats(service: Service, order: licensing.Order, record: Record) -> None:
    wanted = licensing.needs_seat(order, record.states)
    consumed = service.tenant.consumed_by_latest() if wanted else {}
    for sku_id in wanted:
        enabled, warning, _ = service.tenant.seats(sku_id)
        if consumed[sku_id] >= enabled + warning:
            raise licensing.refused(f"Subscription with SKU {sku_id} does not have any available licenses.")


def _apply(service: Service, call: Call, index: int, record: Record, after: list[Json]) -> None:
    tenant = service.tenant
    tenant.write(index, {"states": after})
    for kind, gone, come in (
        ("license.remove", record.states, after),
        ("license.add", after, record.states),
    ):
        for state in gone:
            if state["assignedByGroup"] is None and not _has_direct(come, state["skuId"]):
                tenant.log_write(
                    kind,
                    user=record.properties["id"],
                    user_principal_name=record.properties["userPrincipalName"],
                    sku=state["skuId"],
                    disabled_plans=state["disabledPlans"],
                    request_id=call.request_id,
                    client_request_id=call.headers.get("client-request-id"),
                )
    tenant.audit(
        license_change(
            service, call, record.properties, assigned_licenses(record.states), assigned_licenses(after)
        )
    )


def _has_direct(states: list[Json], sku_id: str) -> bool:
    return any(state["skuId"] == sku_id and state["assignedByGroup"] is None for state in states)


def license_change(
    service: Service, call: Call, properties: Json, before: list[Json], after: list[Json]
) -> Json:
    """The audit entry of a change of licenses."""
    tenant_id = service.tenant.config.tenant_id
    modified = {
        "displayName": "AssignedLicense",
        "oldValue": license_words(before, tenant_id),
        "newValue": license_words(after, tenant_id),
    }
    return service.audit_entry(call, "Change user license", user_target(properties, [modified]))


def _default_user(call: Call, record: Record) -> Answer:
    context = f"{call.root}/v1.0/$metadata#users/$entity"
    return json_answer({"@odata.context": context, **project(record.properties, DEFAULT_PROPERTIES)})


def reprocess(service: Service, call: Call, user: str) -> Answer:
    """POST /users/{id}/reprocessLicenseAssignment: entries in error are tried again (§5.4)."""
    tenant, types = service.tenant, license_types()
    with tenant.state.transaction():
        index, record = service.existing(user, latest=True)
        consumed = tenant.consumed_by_latest()
        after: list[Json] = []
        for state in record.states:
            enabled, warning, _ = tenant.seats(state["skuId"])
            free = consumed[state["skuId"]] < enabled + warning
            if state["error"] == "CountViolation" and free:
                moment = written(tenant.now())
                after.append(state | {"state": "Active", "error": "None", "lastUpdatedDateTime": moment})
            elif state["error"] == "DependencyViolation" and not _still_needed(record, state, types):
                continue
            else:
                after.append(state)
        if after != record.states:
            tenant.write(index, {"states": after})
            tenant.log_write("license.reprocess", user=record.properties["id"], request_id=call.request_id)
    return _default_user(call, record)


def _still_needed(record: Record, state: Json, types: dict[str, LicenseType]) -> bool:
    others = [one for one in record.states if one is not state and holds_seat(one)]
    with_it = [*others, state | {"state": "Active"}]
    lost = licensing.enabled_plans(with_it, types) - licensing.enabled_plans(others, types)
    return licensing.unmet(licensing.enabled_plans(others, types)) != frozenset() and bool(lost)
