"""The demo tenant: 2,500 people, what their licenses cost, and the roster that human resources would send."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.simulator import catalog
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

PURCHASE_COLUMNS = (
    "license_type",
    "purchase_identifier",
    "seats",
    "cost_per_seat",
    "currency",
    "frequency",
    "starts_on",
    "ends_on",
    "notice_days",
    "notes",
)
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


@dataclass(frozen=True, kw_only=True)
class _Purchase:
    """A share of a type's seats, at a price for one seat and payment period; days count from the creation."""

    sku_id: str
    identifier: str
    cost: str
    currency: str
    frequency: str
    began: int
    ends: int | None
    notice: int | None = 30
    share: float = 1.0
    notes: str = ""


_PURCHASES = (
    _Purchase(
        sku_id=catalog.E3,
        identifier="EA-2201",
        cost="432.00",
        currency="USD",
        frequency="annually",
        began=-210,
        ends=155,
        notice=60,
        share=0.7,
        notes="Enterprise agreement",
    ),
    _Purchase(
        sku_id=catalog.E3,
        identifier="CSP-EU-17",
        cost="34.50",
        currency="EUR",
        frequency="monthly",
        began=-325,
        ends=40,
        share=0.3,
        notes="Reseller contract for Europe",
    ),
    _Purchase(
        sku_id=catalog.E5,
        identifier="EA-2202",
        cost="648.00",
        currency="USD",
        frequency="annually",
        began=-270,
        ends=95,
    ),
    _Purchase(
        sku_id=catalog.F3,
        identifier="EA-2203",
        cost="54.00",
        currency="USD",
        frequency="semi_annually",
        began=-60,
        ends=122,
    ),
    _Purchase(
        sku_id=catalog.OFFICE_E1,
        identifier="CSP-EU-18",
        cost="8.40",
        currency="EUR",
        frequency="monthly",
        began=-300,
        ends=65,
    ),
    _Purchase(
        sku_id=catalog.OFFICE_E3,
        identifier="ACQ-0031",
        cost="756.00",
        currency="EUR",
        frequency="triennially",
        began=-795,
        ends=300,
        notice=90,
        notes="Taken over with the acquisition",
    ),
    _Purchase(
        sku_id=catalog.EMS_E3,
        identifier="ACQ-0032",
        cost="171.00",
        currency="EUR",
        frequency="every_18_months",
        began=-420,
        ends=127,
        notes="Taken over with the acquisition",
    ),
    _Purchase(
        sku_id=catalog.COPILOT,
        identifier="CSP-0907",
        cost="28.50",
        currency="USD",
        frequency="monthly",
        began=-340,
        ends=25,
        notice=7,
    ),
    _Purchase(
        sku_id=catalog.POWER_BI_PRO,
        identifier="CSP-0911",
        cost="39.00",
        currency="USD",
        frequency="quarterly",
        began=-275,
        ends=90,
    ),
    _Purchase(
        sku_id=catalog.VISIO,
        identifier="CSP-0912",
        cost="324.00",
        currency="USD",
        frequency="biennially",
        began=-500,
        ends=230,
    ),
    _Purchase(
        sku_id=catalog.PROJECT,
        identifier="CSP-EU-21",
        cost="312.00",
        currency="EUR",
        frequency="annually",
        began=-305,
        ends=60,
    ),
    _Purchase(
        sku_id=catalog.TEAMS_PHONE,
        identifier="CSP-0915",
        cost="9.20",
        currency="USD",
        frequency="monthly",
        began=-120,
        ends=245,
    ),
    _Purchase(
        sku_id=catalog.EXCHANGE_2,
        identifier="CSP-0916",
        cost="92.00",
        currency="USD",
        frequency="annually",
        began=-180,
        ends=185,
    ),
    _Purchase(
        sku_id=catalog.TEAMS_ROOMS,
        identifier="CSP-0918",
        cost="456.00",
        currency="USD",
        frequency="annually",
        began=-90,
        ends=275,
    ),
    _Purchase(
        sku_id=catalog.CLOUD_PC,
        identifier="PO-55120",
        cost="780.00",
        currency="USD",
        frequency="once",
        began=-150,
        ends=215,
        notice=None,
        notes="Paid in advance for one year",
    ),
    _Purchase(
        sku_id=catalog.UNKNOWN_TYPE,
        identifier="PO-55187",
        cost="25.00",
        currency="EUR",
        frequency="once",
        began=-400,
        ends=None,
        notice=None,
        notes="Bought once, no end",
    ),
)
"""What finance entered. Entra ID P2, Exchange Online Plan 1 and the self-service types have no price."""


def demo_config(created_at: datetime | None) -> TenantConfig:
    """The demo tenant as made at this moment; None where its state is kept and knows when."""
    return TenantConfig(
        users=DEMO_USERS,
        seed=DEMO_SEED,
        created_at=created_at,
        people_keep_working=True,
        conditions=Conditions(replica_lag=2.0, audit_delay=30.0),
    )


def demo_purchases(tenant: Tenant) -> list[dict[str, str]]:
    """The tenant's purchases, as rows of the purchases file."""
    types = catalog.license_types()
    today = tenant.created_at.date()
    rows = []
    for purchase in _PURCHASES:
        enabled, warning, _ = tenant.seats(purchase.sku_id)
        ends = None if purchase.ends is None else (today + timedelta(days=purchase.ends)).isoformat()
        rows.append(
            {
                "license_type": types[purchase.sku_id].part_number,
                "purchase_identifier": purchase.identifier,
                "seats": str(round((enabled + warning) * purchase.share)),
                "cost_per_seat": purchase.cost,
                "currency": purchase.currency,
                "frequency": purchase.frequency,
                "starts_on": (today + timedelta(days=purchase.began)).isoformat(),
                "ends_on": ends or "",
                "notice_days": "" if purchase.notice is None else str(purchase.notice),
                "notes": purchase.notes,
            }
        )
    return rows


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
