"""What finance would enter for the demo tenant."""

from dataclasses import dataclass
from datetime import timedelta

from core.simulator import catalog
from core.simulator.tenant import Tenant

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
