"""The demo tenant: 2,500 people, who of them is exempt, and the roster that human resources would send."""

from datetime import datetime, timedelta

from core.simulator.config import Conditions, TenantConfig
from core.simulator.organization import EXECUTIVE
from core.simulator.person import Roster, RosterStatus
from core.simulator.tenant import Tenant

_EXEMPT_CASES = {
    "break_glass": "Emergency access: it signs in only when nobody else can",
    "service_account": "Sends the invoices; nobody signs in with it",
}

DEMO_USERS = 2_500
DEMO_SEED = 365

ROSTER_COLUMNS = (
    "email",
    "employee_id",
    "first_name",
    "last_name",
    "status",
    "inactive_date",
    "department",
    "cost_center",
    "location",
    "manager_email",
)


def demo_config(created_at: datetime | None) -> TenantConfig:
    """The demo tenant as made at this moment; None where its state is kept and knows when."""
    return TenantConfig(
        users=DEMO_USERS,
        seed=DEMO_SEED,
        created_at=created_at,
        people_keep_working=True,
        conditions=Conditions(replica_lag=2.0, audit_delay=30.0),
    )


def demo_exemptions(tenant: Tenant) -> list[dict[str, str]]:
    """Who is exempt from the first day, and why: `kind`, `target`, `target_name` and `reason` of each."""
    rows = []
    for case, reason in _EXEMPT_CASES.items():
        account = tenant.find(case)
        name = tenant.record(account.index).properties["displayName"]
        rows.append({"kind": "person", "target": account.id, "target_name": name, "reason": reason})
    name = EXECUTIVE.name
    rows.append(
        {"kind": "department", "target": name, "target_name": name, "reason": "Decided by the board itself"}
    )
    return rows


def demo_cooldown(tenant: Tenant) -> tuple[str, str]:
    """User id and SKU id of a license that its holder has kept."""
    account = tenant.find("was_synced")
    (held,) = tenant.record(account.index).states
    return account.id, held["skuId"]


def demo_roster(tenant: Tenant) -> list[dict[str, str]]:
    """The tenant's employees, as rows of the HR roster file; those whom HR does not know are not in it."""
    rows = []
    for index in range(tenant.config.users):
        record = tenant.record(index)
        employee_id = record.properties["employeeId"]
        if record.roster.status is RosterStatus.ABSENT or employee_id is None:
            continue
        properties = record.properties
        rows.append(
            {
                "email": properties["userPrincipalName"],
                "employee_id": employee_id,
                "first_name": properties["givenName"] or "",
                "last_name": properties["surname"] or "",
                "status": record.roster.status.value,
                "inactive_date": _left_on(tenant, record.roster),
                "department": properties["department"] or "",
                "cost_center": (properties["employeeOrgData"] or {}).get("costCenter", ""),
                "location": properties["officeLocation"] or "",
                "manager_email": properties.get("manager", {}).get("userPrincipalName", ""),
            }
        )
    return rows


def _left_on(tenant: Tenant, roster: Roster) -> str:
    if roster.left_days is None:
        return ""
    return (tenant.created_at - timedelta(days=roster.left_days)).date().isoformat()
