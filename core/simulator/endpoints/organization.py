"""What belongs to the organization as a whole: license types, subscriptions, settings (contract §3)."""

from datetime import timedelta

from core.simulator.catalog import LicenseType, license_types
from core.simulator.config import derived_guid
from core.simulator.records import Json, written
from core.simulator.service import Service
from core.simulator.wire import Answer, Call, GraphProblem, json_answer

_PREMIUM_PLANS = frozenset({"AAD_PREMIUM", "AAD_PREMIUM_P2"})


def list_subscribed_skus(service: Service, call: Call) -> Answer:
    """GET /subscribedSkus."""
    consumed = service.tenant.consumed()
    value = [_subscribed_sku(service, type_, consumed[type_.sku_id]) for type_ in license_types().values()]
    return json_answer(
        {"@odata.context": f"{call.root}/v1.0/$metadata#subscribedSkus", "value": _selected(call, value)}
    )


def get_subscribed_sku(service: Service, call: Call, sku: str) -> Answer:
    """GET /subscribedSkus/{id}."""
    consumed = service.tenant.consumed()
    for type_ in license_types().values():
        if sku == _sku_key(service, type_):
            found = _selected(call, [_subscribed_sku(service, type_, consumed[type_.sku_id])])[0]
            return json_answer(
                {"@odata.context": f"{call.root}/v1.0/$metadata#subscribedSkus/$entity", **found}
            )
    raise GraphProblem(404, "Request_ResourceNotFound", f"Resource '{sku}' does not exist.")


def _selected(call: Call, value: list[Json]) -> list[Json]:
    names = [name for name in call.query.get("$select", "").split(",") if name]
    return [{name: one[name] for name in names if name in one} for one in value] if names else value


def _sku_key(service: Service, type_: LicenseType) -> str:
    return f"{service.tenant.config.tenant_id}_{type_.sku_id}"


def _subscribed_sku(service: Service, type_: LicenseType, consumed: int) -> Json:
    tenant = service.tenant
    enabled, warning, suspended = tenant.seats(type_.sku_id)
    status = "Enabled" if enabled else "Warning" if warning else "Suspended"
    return {
        "accountName": tenant.config.domain.partition(".")[0],
        "accountId": tenant.config.tenant_id,
        "appliesTo": "Company" if type_.for_company else "User",
        "capabilityStatus": status,
        "consumedUnits": 1 if type_.for_company else consumed,
        "id": _sku_key(service, type_),
        "prepaidUnits": {"enabled": enabled, "suspended": suspended, "warning": warning, "lockedOut": 0},
        "skuId": type_.sku_id,
        "skuPartNumber": type_.part_number,
        "subscriptionIds": [_subscription_id(service, type_, place) for place in range(_count(type_))],
        "servicePlans": [
            {
                "servicePlanId": plan.id,
                "servicePlanName": plan.name,
                "provisioningStatus": "Success"
                if tenant.conditions.premium or plan.name not in _PREMIUM_PLANS
                else "Disabled",
                "appliesTo": "Company" if plan.for_company or type_.for_company else "User",
            }
            for plan in type_.plans
        ],
    }


def list_subscriptions(service: Service, call: Call) -> Answer:
    """GET /directory/subscriptions: when each subscription was bought and when it comes up next."""
    value = [
        _subscription(service, type_, place)
        for type_ in license_types().values()
        for place in range(_count(type_))
    ]
    context = f"{call.root}/v1.0/$metadata#directory/subscriptions"
    return json_answer({"@odata.context": context, "value": _selected(call, value)})


def _count(type_: LicenseType) -> int:
    return max(1, len(type_.renews))


def _subscription_id(service: Service, type_: LicenseType, place: int) -> str:
    return derived_guid(service.tenant.config.seed, "subscription", type_.sku_id, *["more"] * place)


def _subscription(service: Service, type_: LicenseType, place: int) -> Json:
    """One of the subscriptions of a type. What is free or sold to departments never comes up."""
    tenant = service.tenant
    enabled, warning, suspended = tenant.seats(type_.sku_id)
    seats = [round(share * (enabled + warning + suspended)) for share, _ in type_.renews[1:]]
    seats.insert(0, enabled + warning + suspended - sum(seats))
    day = tenant.created_at.replace(hour=0, minute=0, second=0, microsecond=0)
    comes_up = day + timedelta(days=type_.renews[place][1]) if type_.renews else None
    return {
        "id": derived_guid(tenant.config.seed, "company-subscription", type_.sku_id, *["more"] * place),
        "commerceSubscriptionId": _subscription_id(service, type_, place),
        "createdDateTime": written((comes_up or day) - timedelta(days=365)),
        "isTrial": type_.trial,
        "nextLifecycleDateTime": None if comes_up is None else written(comes_up),
        "ownerId": None,
        "ownerTenantId": None,
        "ownerType": "User" if type_.self_service else None,
        "serviceStatus": [],
        "skuId": type_.sku_id,
        "skuPartNumber": type_.part_number,
        "status": "Enabled" if enabled else "Warning" if warning else "Suspended",
        "totalLicenses": seats[place],
    }


def list_organization(service: Service, call: Call) -> Answer:
    """GET /organization."""
    config = service.tenant.config
    organization = {
        "id": config.tenant_id,
        "displayName": config.display_name,
        "countryLetterCode": "US",
        "createdDateTime": written(service.tenant.created_at - timedelta(days=3650)),
        "tenantType": "AAD",
        "verifiedDomains": [
            {
                "name": config.domain,
                "isDefault": True,
                "isInitial": True,
                "type": "Managed",
                "capabilities": "Email",
            }
        ],
    }
    value = _selected(call, [organization])
    return json_answer({"@odata.context": f"{call.root}/v1.0/$metadata#organization", "value": value})


def get_report_settings(service: Service, call: Call) -> Answer:
    """GET /admin/reportSettings, in the shape of the documentation or in that which scripts read (§6.4)."""
    conditions = service.tenant.conditions
    context = f"{call.root}/v1.0/$metadata#admin/reportSettings"
    settings = {"displayConcealedNames": conditions.concealed_names}
    if not conditions.report_settings_wrapped:
        return json_answer({"@odata.context": context, **settings})
    typed = {"@odata.type": "#microsoft.graph.adminReportSettings", **settings}
    return json_answer({"@odata.context": context, "value": typed})
