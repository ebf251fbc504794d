"""What hangs below one user: the user, its manager, license details and mailbox (contract §4 and §11)."""

from core.simulator.catalog import MAILBOX_PLANS, license_types
from core.simulator.directory import project
from core.simulator.endpoints.users import check_premium_properties
from core.simulator.identity import is_guid
from core.simulator.odata import expanded, selected
from core.simulator.records import Json
from core.simulator.service import Service
from core.simulator.wire import Answer, Call, GraphProblem, json_answer, not_found


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


def delete_account(service: Service, call: Call, user: str) -> Answer:
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
