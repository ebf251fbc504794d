"""The license types that the tenant owns, with the service plans that Microsoft publishes for them."""

import csv
import functools
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "data"

E3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
E5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
F3 = "66b55226-6b4f-492c-910c-a3b7a3c9d993"
OFFICE_E1 = "18181a46-0d4e-45cd-891e-60aabd171b4e"
OFFICE_E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
EMS_E3 = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"
COPILOT = "639dec6b-bb19-468b-871c-c5c441c4b0cb"
POWER_BI_PRO = "f8a1db68-be16-40ed-86d5-cb42ce701560"
VISIO = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
PROJECT = "53818b1b-4a27-454b-8896-0dba576410e6"
TEAMS_PHONE = "e43b5b99-8dfb-405f-9987-dc307f34bcbd"
EXCHANGE_1 = "4b9405b0-7788-4568-add1-99614e613b69"
EXCHANGE_2 = "19ec0d23-8335-4cbd-94ac-6050e30712fa"
TEAMS_ROOMS = "4cde982a-ede4-4409-9ae6-b003453c8ea6"
CLOUD_PC = "e2aebe6c-897d-480f-9d62-fff1381581f7"
ENTRA_P2 = "84a661c4-e949-4bd2-a560-ed7766fcaf2b"
FLOW_FREE = "f30db892-07e9-47e9-837c-80727f46fd3d"
POWER_BI_FREE = "a403ebcc-fae0-4ca2-8c8c-7a907fd6c235"
VISIO_DEPARTMENTAL = "38b434d2-a15e-4cde-9a98-e737c75623e1"
PROJECT_PREMIUM = "09015f9f-377f-4538-bbb5-f75ceb09358a"
DATAVERSE_CAPACITY = "e612d426-6bc3-4181-9658-91aa906b0ac0"
UNKNOWN_TYPE = "7d0f3a52-51c8-4b0e-9a4c-0b6a2e9d4471"
"""In no published list: a reader of the catalog falls back to its part number."""

MAILBOX_PLANS = frozenset({"EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE", "EXCHANGE_S_DESKLESS"})

DEPENDS_ON_ONE_OF = {
    "MCOEV": ("MCOSTANDARD",),
    "MCOMEETADV": ("MCOSTANDARD",),
    "EXCHANGE_S_ARCHIVE_ADDON": ("EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE"),
}
MUTUALLY_EXCLUSIVE = (
    frozenset({"EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE", "EXCHANGE_S_DESKLESS"}),
    frozenset({"SHAREPOINTSTANDARD", "SHAREPOINTENTERPRISE", "SHAREPOINTDESKLESS"}),
)


@dataclass(frozen=True, kw_only=True)
class ServicePlan:
    """A service inside a license type; `for_company` ones can't be switched per user."""

    id: str
    name: str
    for_company: bool = False


@dataclass(frozen=True, kw_only=True)
class LicenseType:
    """A SKU of the tenant. Its seats follow from those consumed: a share `spare` on top, plus `extra`."""

    sku_id: str
    part_number: str
    product_name: str
    plans: tuple[ServicePlan, ...]
    spare: float = 0.1
    extra: int = 2
    warning: int = 0
    suspended: bool = False
    fixed: int | None = None
    for_company: bool = False
    self_service: bool = False
    trial: bool = False
    renews: tuple[tuple[float, int], ...] = ()
    """Its subscriptions: the share of the seats, and the days from the tenant's creation to its renewal."""

    @property
    def plan_names(self) -> frozenset[str]:
        """The names of its service plans."""
        return frozenset(plan.name for plan in self.plans)

    def plan_ids(self, *names: str) -> tuple[str, ...]:
        """The ids of its service plans of these names, in the order in which Microsoft lists them."""
        return tuple(plan.id for plan in self.plans if plan.name in names)

    def seats(self, consumed: int) -> tuple[int, int, int]:
        """Enabled, warning and suspended seats of a tenant in which so many are consumed."""
        if self.fixed is not None:
            return self.fixed, 0, 0
        total = max(0, consumed + round(consumed * self.spare) + self.extra)
        if self.suspended:
            return 0, 0, total
        warning = min(self.warning, total)
        return total - warning, warning, 0


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


_OWNED: tuple[tuple[str, dict[str, Any]], ...] = (
    (E3, {"spare": 0.08, "renews": ((0.7, 155), (0.3, 40))}),
    (E5, {"spare": 0.0, "extra": 0, "renews": ((1, 95),)}),
    (F3, {"spare": 0.15, "renews": ((1, 122),)}),
    (OFFICE_E1, {"spare": 0.2, "renews": ((1, 34),)}),
    (OFFICE_E3, {"spare": 0.05, "renews": ((1, 300),)}),
    (EMS_E3, {"spare": 0.03, "renews": ((1, 127),)}),
    (COPILOT, {"spare": 0.1, "renews": ((1, 25),)}),
    (POWER_BI_PRO, {"spare": 0.1, "warning": 25, "renews": ((1, 90),)}),
    (VISIO, {"spare": 0.3, "renews": ((1, 230),)}),
    (PROJECT, {"spare": 0.2, "renews": ((1, 60),)}),
    (TEAMS_PHONE, {"spare": 0.0, "extra": -3, "renews": ((1, 245),)}),
    (EXCHANGE_1, {"spare": 0.1, "renews": ((1, 145),)}),
    (EXCHANGE_2, {"spare": 0.1, "renews": ((1, 185),)}),
    (TEAMS_ROOMS, {"spare": 0.0, "renews": ((1, 275),)}),
    (CLOUD_PC, {"spare": 0.1, "renews": ((1, 215),)}),
    (ENTRA_P2, {"spare": 0.5, "renews": ((1, 18),), "trial": True}),
    (FLOW_FREE, {"fixed": 10_000}),
    (POWER_BI_FREE, {"fixed": 1_000_000}),
    (VISIO_DEPARTMENTAL, {"self_service": True, "spare": 0.0, "extra": 1}),
    (PROJECT_PREMIUM, {"suspended": True, "spare": 0.0, "extra": 5, "renews": ((1, 75),)}),
    (DATAVERSE_CAPACITY, {"for_company": True, "fixed": 4}),
)


@functools.cache
def license_types() -> dict[str, LicenseType]:
    """The tenant's license types by SKU id."""
    skus = {row["sku_id"]: row for row in _rows("skus.csv")}
    plan_names = {row["service_plan_id"]: row["service_plan_name"] for row in _rows("service_plans.csv")}
    owned = {sku_id for sku_id, _ in _OWNED}
    plans: defaultdict[str, list[ServicePlan]] = defaultdict(list)
    for row in _rows("sku_service_plans.csv"):
        if row["sku_id"] in owned:
            name = plan_names[row["service_plan_id"]]
            # The foundation and the capacities belong to the organization, not to a person.
            company = name == "EXCHANGE_S_FOUNDATION" or name.endswith("_CAPACITY")
            plans[row["sku_id"]].append(
                ServicePlan(id=row["service_plan_id"], name=name, for_company=company)
            )
    found = {
        sku_id: LicenseType(
            sku_id=sku_id,
            part_number=skus[sku_id]["sku_part_number"],
            product_name=skus[sku_id]["product_name"],
            plans=tuple(plans[sku_id]),
            **numbers,
        )
        for sku_id, numbers in _OWNED
    }
    found[UNKNOWN_TYPE] = LicenseType(
        sku_id=UNKNOWN_TYPE,
        part_number="SAFETY_TRAINING_PORTAL",
        product_name="SAFETY_TRAINING_PORTAL",
        plans=(ServicePlan(id="1f0b6f0a-76d9-4a7c-8a51-6a39f04bb1d2", name="SAFETY_TRAINING_BASE"),),
    )
    return found


@functools.cache
def plan_names() -> dict[str, str]:
    """The name of each service plan that the tenant owns, by id."""
    return {plan.id: plan.name for type_ in license_types().values() for plan in type_.plans}
