"""What the handlers of the simulated Graph share."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import uuid4

from core.simulator.catalog import license_types
from core.simulator.directory import Shape
from core.simulator.faults import Faults
from core.simulator.limits import Limiter
from core.simulator.records import Json, Moments, Record
from core.simulator.tenant import Tenant
from core.simulator.wire import Call, not_found


@dataclass(kw_only=True)
class Service:
    """A running tenant: its state, the faults and limits in force, and what was asked of it."""

    tenant: Tenant
    faults: Faults
    limiter: Limiter
    report_port: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    pages: dict[tuple[Shape, int, int], bytes] = field(default_factory=dict)
    pages_size: int = 0
    pages_as_of: Moments | None = None

    def existing(self, identifier: str, *, latest: bool = False) -> tuple[int, Record]:
        """The account with this id or name. Raises GraphProblem 404 where there is none any more."""
        index = self.tenant.index_of(identifier)
        if index is None or not self.tenant.exists(index, latest=latest):
            raise not_found(identifier)
        return index, self.tenant.record(index, latest=latest)

    def audit_entry(
        self, call: Call, activity: str, target: Json, *, category: str = "UserManagement"
    ) -> Json:
        """An entry of the directory's audit log (contract §10)."""
        config = self.tenant.config
        now = self.tenant.now()
        return {
            "id": f"Directory_{uuid4()}_{self.tenant.state.generation}",
            "category": category,
            "correlationId": call.headers.get("client-request-id", call.request_id),
            "result": "success",
            "resultReason": "",
            "activityDisplayName": activity,
            "activityDateTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "loggedByService": "Core Directory",
            "operationType": "Update",
            "initiatedBy": {
                "user": None,
                "app": {
                    "appId": None,
                    "displayName": "License Reclaimer",
                    "servicePrincipalId": config.service_principal_id,
                    "servicePrincipalName": None,
                },
            },
            "targetResources": [target],
            "additionalDetails": [{"key": "User-Agent", "value": call.headers.get("user-agent", "")}],
        }


def license_words(licenses: list[Json], tenant_id: str) -> str:
    """Licenses as an audit entry writes them."""
    types = license_types()
    words = [
        f"[SkuName={types[one['skuId']].part_number}, AccountId={tenant_id}, SkuId={one['skuId']}, "
        f"DisabledPlans=[{', '.join(one['disabledPlans'])}]]"
        for one in licenses
    ]
    return f'["{", ".join(words)}"]' if words else "[]"
