"""The accounts that a tenant always has: each shows one condition that the product must get right.

Case number n is person 5 n + 3, so a tenant of 400 people has them all (contract §13.4).
"""

from collections.abc import Callable
from dataclasses import replace

from core.simulator import catalog
from core.simulator.person import (
    NEVER_SEEN,
    Activity,
    DirectLicense,
    Person,
    Purpose,
    Roster,
    RosterStatus,
    SignInStyle,
)

Case = Callable[[Person], Person]

_WORKLOADS = ("exchange", "onedrive", "sharepoint", "teams", "apps")


def _seen(days: float, *also: str, steady: bool = False, workloads: tuple[str, ...] = _WORKLOADS) -> Activity:
    dates = dict.fromkeys((*workloads, *also), days)
    return Activity(interactive=days + 1, non_interactive=days, success=days, workloads=dates, steady=steady)


def _with(activity: Activity, **days: float) -> Activity:
    """The same, with further dates: of an activation, or in one of two reports on the same workload."""
    return replace(activity, workloads={**activity.workloads, **days})


_ACTIVE = _seen(1.5, steady=True)
_GONE = _seen(150)


def _holding(
    *direct: DirectLicense | str, groups: tuple[str, ...] = (), activity: Activity = _ACTIVE
) -> Case:
    """An ordinary employee who holds exactly these licenses, directly and by these groups."""
    licenses = tuple(one if isinstance(one, DirectLicense) else DirectLicense(sku_id=one) for one in direct)

    def make(person: Person) -> Person:
        return replace(
            person,
            direct=licenses,
            groups=("everyone", *groups),
            activity=activity,
            created_days=900.0,
            enabled=True,
            leave_days=None,
            group_days=400.0,
            employee_type="Employee",
            roster=Roster(),
        )

    return make


def _but(case: Case, **changes: object) -> Case:
    def make(person: Person) -> Person:
        return replace(case(person), **changes)  # type: ignore[arg-type]

    return make


def _no_employee(case: Case, name: str, local: str, **changes: object) -> Case:
    """An account that is nobody's: no HR line, no manager, no department."""
    account: dict[str, object] = {
        "given": None,
        "family": None,
        "display_name": name,
        "local": local,
        "department": None,
        "title": None,
        "employee": False,
        "employee_type": None,
        "synced": None,
        "roster": Roster(status=RosterStatus.ABSENT),
    }
    return _but(case, **(account | changes))


def _named(case: Case, given: str, family: str, local: str, display: str | None = None) -> Case:
    return _but(case, given=given, family=family, display_name=display or f"{given} {family}", local=local)


_E3 = catalog.E3
_E5 = catalog.E5

E1_CONFLICTS = ("EXCHANGE_S_STANDARD", "SHAREPOINTSTANDARD")
"""What must be off in Office 365 E1 where an E3 stands beside it: the plans exclude each other."""

_E1_BESIDE_E3 = DirectLicense(sku_id=catalog.OFFICE_E1, disabled=E1_CONFLICTS)

CASES: dict[str, Case] = {
    "active": _holding(_E3),
    "inactive": _holding(_E3, activity=_GONE),
    "never_active": _holding(_E3, activity=NEVER_SEEN),
    "group_only": _holding(groups=("e3",), activity=_GONE),
    "direct_and_group": _holding(_E3, groups=("e3",), activity=_GONE),
    "two_groups": _holding(groups=("e3", "e3-projects"), activity=_GONE),
    "count_violation": _but(_holding(groups=("e5",)), group_errors={catalog.E5: ("Error", "CountViolation")}),
    "active_with_error": _holding(DirectLicense(sku_id=_E3, state="ActiveWithError", error="Other")),
    "null_error": _holding(DirectLicense(sku_id=_E3, error=None), activity=_GONE),
    "disabled": _but(_holding(_E3, activity=_seen(100)), enabled=False),
    "attacked_disabled": _but(
        _holding(
            _E3,
            activity=Activity(interactive=0.5, non_interactive=0.2, success=210, workloads={"exchange": 211}),
        ),
        enabled=False,
    ),
    "failed_sign_ins_only": _holding(_E3, activity=Activity(interactive=1, non_interactive=2)),
    "non_interactive_only": _holding(
        _E3, activity=Activity(non_interactive=2, success=2, workloads={"exchange": 2}, steady=True)
    ),
    "before_success_was_recorded": _holding(
        _E3, activity=Activity(interactive=1150, non_interactive=1151, in_reports=False)
    ),
    "year_one_dates": _holding(_E3, activity=Activity(style=SignInStyle.YEAR_ONE)),
    "unknown": _holding(_E3, activity=Activity(style=SignInStyle.ABSENT, in_reports=False)),
    "reports_only": _but(
        _holding(_E3, activity=replace(_ACTIVE, style=SignInStyle.ABSENT)), created_days=None
    ),
    "signed_in_without_report": _holding(_E3, activity=replace(_GONE, in_reports=False)),
    "guest": _no_employee(
        _holding(catalog.POWER_BI_PRO, activity=_seen(90, workloads=())),
        "Partner Consultant",
        "p.consultant",
        guest=True,
        purpose=None,
        groups=(),
    ),
    "guest_unlicensed": _no_employee(
        _holding(activity=_seen(20, workloads=())),
        "Partner Auditor",
        "p.auditor",
        guest=True,
        purpose=None,
        groups=(),
    ),
    "shared_mailbox": _no_employee(
        _holding(_E3, activity=_seen(300, workloads=("exchange",))),
        "Invoices",
        "invoices",
        enabled=False,
        purpose=Purpose.SHARED,
        activity=NEVER_SEEN,
    ),
    "shared_mailbox_exchange": _no_employee(
        _holding(catalog.EXCHANGE_2, activity=NEVER_SEEN),
        "Support Desk",
        "support",
        enabled=False,
        purpose=Purpose.SHARED,
    ),
    "room_mailbox": _no_employee(
        _holding(catalog.TEAMS_ROOMS, activity=NEVER_SEEN),
        "Room Kilimanjaro",
        "room.kilimanjaro",
        purpose=Purpose.ROOM,
    ),
    "equipment_mailbox": _no_employee(
        _holding(catalog.EXCHANGE_1, activity=NEVER_SEEN),
        "Projector 2",
        "projector2",
        enabled=False,
        purpose=Purpose.EQUIPMENT,
    ),
    "service_account": _no_employee(
        _holding(_E3, activity=Activity(non_interactive=0.3, success=0.3, steady=True)),
        "svc-reporting",
        "svc-reporting",
    ),
    "break_glass": _no_employee(
        _holding(catalog.ENTRA_P2, activity=NEVER_SEEN),
        "Emergency Access 1",
        "breakglass1",
        purpose=None,
        has_location=False,
        roles=("global-administrator",),
    ),
    "administrator": _but(
        _holding(_E5, groups=("privileged",), activity=_GONE), title="Global Administrator"
    ),
    "no_usage_location": _but(_holding(groups=("e3",)), has_location=False),
    "restricted_unit": _but(_holding(_E3, activity=_GONE), restricted=True),
    "new_starter": _but(_holding(DirectLicense(sku_id=_E3, days=8), activity=NEVER_SEEN), created_days=10.0),
    "recently_assigned": _holding(DirectLicense(sku_id=_E3, days=3), activity=_GONE),
    "assigned_within_90_days": _holding(DirectLicense(sku_id=_E3, days=70), activity=_seen(69)),
    "hr_left": _but(
        _holding(_E3, activity=_seen(20)),
        roster=Roster(status=RosterStatus.INACTIVE, left_days=19.0),
        leave_days=19.0,
    ),
    "hr_left_disabled": _but(
        _holding(_E3, activity=_seen(45)),
        enabled=False,
        roster=Roster(status=RosterStatus.INACTIVE, left_days=44.0),
        leave_days=44.0,
    ),
    "hr_future_leaver": _but(
        _holding(_E3), roster=Roster(status=RosterStatus.INACTIVE, left_days=-25.0), leave_days=-25.0
    ),
    "on_leave": _but(_holding(_E3, activity=_seen(90)), roster=Roster(status=RosterStatus.ON_LEAVE)),
    "not_in_roster": _but(
        _holding(_E3), roster=Roster(status=RosterStatus.ABSENT), employee_type="Contractor"
    ),
    "duplicate_e3_e5": _holding(_E3, _E5),
    "duplicate_e1_e3": _holding(_E1_BESIDE_E3, _E3),
    "duplicate_office_e3": _holding(catalog.OFFICE_E3, _E3),
    "duplicate_with_group": _holding(_E3, groups=("e5",)),
    "duplicate_mobility": _holding(catalog.EMS_E3, _E3),
    "duplicate_exchange": _holding(catalog.EXCHANGE_2, _E3),
    "downgrade": _holding(_E5, activity=_seen(2, workloads=("exchange", "teams"), steady=True)),
    "copilot_active": _holding(_E3, catalog.COPILOT, activity=_seen(2, "copilot", steady=True)),
    "copilot_never": _holding(_E3, catalog.COPILOT),
    "copilot_inactive": _holding(
        _E3,
        catalog.COPILOT,
        activity=replace(_seen(1), workloads={"exchange": 1, "teams": 1, "copilot": 130}),
    ),
    "copilot_group": _holding(_E3, groups=("copilot-team",), activity=_GONE),
    "visio": _holding(_E3, catalog.VISIO),
    "project": _holding(_E3, catalog.PROJECT),
    "power_bi": _holding(_E3, catalog.POWER_BI_PRO),
    "cloud_pc": _holding(_E3, catalog.CLOUD_PC, activity=_GONE),
    "dynamic_group": _holding(groups=("f3-dynamic",), activity=_GONE),
    "synced_group": _but(_holding(groups=("e5-synced",), activity=_GONE), synced=True),
    "mail_enabled_group": _holding(_E3, groups=("power-bi-mail",), activity=_GONE),
    "several_licenses_by_group": _holding(_E3, groups=("planning-tools",), activity=_GONE),
    "dependency": _holding(_E3, catalog.TEAMS_PHONE, activity=_GONE),
    "disabled_plans": _holding(
        DirectLicense(sku_id=_E3, disabled=("YAMMER_ENTERPRISE", "SWAY")), activity=_GONE
    ),
    "self_service": _holding(_E3, catalog.VISIO_DEPARTMENTAL, activity=_GONE),
    "unknown_type": _holding(_E3, catalog.UNKNOWN_TYPE, activity=_GONE),
    "free_only": _holding(catalog.FLOW_FREE, activity=_GONE),
    "suspended_type": _holding(_E3, catalog.PROJECT_PREMIUM, activity=_GONE),
    "proxy_conflict": _but(_holding(catalog.FLOW_FREE), proxy_conflict=True),
    "synced_person": _but(_holding(_E3, activity=_GONE), synced=True),
    "was_synced": _but(_holding(_E3, activity=_GONE), synced=False),
    "sparse_profile": _but(
        _holding(_E3, activity=_GONE),
        department=None,
        title=None,
        employee=False,
        given=None,
        family=None,
        local="mx4711",
    ),
    "formula_name": _named(_holding(_E3, activity=_GONE), "=1+1", "Plus", "plus.events", "=1+1 Plus Events"),
    "apostrophe": _named(_holding(_E3, activity=_GONE), "Niamh", "O'Brien", "niamh.o'brien"),
    "non_latin": _named(_holding(_E3, activity=_GONE), "Łucja", "Żółć", "lucja.zolc", "Łucja Żółć 李"),
    "unlicensed": _holding(),
    "visio_activated": _holding(_E3, catalog.VISIO, activity=_with(_ACTIVE, visio=12)),
    "visio_long_ago": _holding(_E3, catalog.VISIO, activity=_with(_ACTIVE, visio=200)),
    "visio_without_report": _holding(_E3, catalog.VISIO, activity=replace(_ACTIVE, in_reports=False)),
    "project_activated": _holding(_E3, catalog.PROJECT, activity=_with(_ACTIVE, project=20)),
    "apps_never_used": _holding(_E3, activity=_seen(3, workloads=("exchange", "teams"), steady=True)),
    "mailbox_only": _holding(catalog.EXCHANGE_1, activity=Activity(workloads={"mailbox": 3}, steady=True)),
    "direct_administrator": _but(
        _holding(_E3, activity=_GONE), title="Exchange Administrator", roles=("exchange-administrator",)
    ),
    "eligible_administrator": _but(
        _holding(_E3, activity=_GONE), title="Service Desk Lead", eligible_roles=("user-administrator",)
    ),
    "resource_account": _no_employee(
        _holding(catalog.TEAMS_ROOMS, activity=NEVER_SEEN), "Lobby Panel", "lobby.panel", purpose=None
    ),
}
"""By name; the order gives each its place."""

_NAMES = tuple(CASES)
_STEP = 5
_OFFSET = 3


def case_of(number: int) -> str | None:
    """The case that this person of a block stands for, if any."""
    place, rest = divmod(number - _OFFSET, _STEP)
    return _NAMES[place] if rest == 0 and 0 <= place < len(_NAMES) else None


def number_of(case: str) -> int:
    """The person of a block who stands for the case. Raises KeyError for a case that there is none of."""
    if case not in CASES:
        raise KeyError(f"no such case: {case}")
    return _NAMES.index(case) * _STEP + _OFFSET
