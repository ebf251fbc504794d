"""Turns a person into the JSON object that Graph would give, with marks where identifiers go.

The marks make one record serve every repetition of a block: `core.simulator.directory` fills them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.simulator.catalog import license_types
from core.simulator.config import derived_guid
from core.simulator.organization import GROUPS
from core.simulator.person import Activity, Person, Purpose, Roster, SignInStyle

ID, LOCAL, MANAGER, MANAGER_LOCAL, EMPLOYEE = (
    "@@ID@@",
    "@@LOCAL@@",
    "@@BOSS@@",
    "@@BOSSLOCAL@@",
    "@@EMPLOYEE@@",
)
MARKS = (ID, LOCAL, MANAGER, MANAGER_LOCAL, EMPLOYEE)

YEAR_ONE = "0001-01-01T00:00:00Z"

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Record:
    """What Graph knows of an account. `dates` are its workloads' last days, written YYYY-MM-DD."""

    properties: Json
    groups: tuple[str, ...]
    dates: dict[str, str]
    in_reports: bool
    purpose: Purpose | None
    proxy_conflict: bool
    roster: Roster
    case: str | None
    roles: tuple[str, ...] = ()
    eligible_roles: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def states(self) -> list[Json]:
        """Its `licenseAssignmentStates`."""
        states: list[Json] = self.properties["licenseAssignmentStates"]
        return states


@dataclass(frozen=True, kw_only=True)
class Moments:
    """The points that days count back from: the tenant's creation, and the present of steady people."""

    created_at: datetime
    as_of: datetime


def written(moment: datetime) -> str:
    """The moment as Graph writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_record(person: Person, people: list[Person], seed: int, domain: str, moments: Moments) -> Record:
    """The record of a person of this tenant."""
    since = moments.as_of if person.activity.steady else moments.created_at
    states = license_states(person, seed, moments.created_at)
    properties = _profile(person, domain, moments.created_at) | {
        "licenseAssignmentStates": states,
        "assignedLicenses": assigned_licenses(states),
    }
    sign_in = _sign_in_activity(person.activity, since, seed, person.number)
    if sign_in is not None:
        properties["signInActivity"] = sign_in
    if person.manager is not None:
        boss = people[person.manager]
        properties["manager"] = {
            "@odata.type": "#microsoft.graph.user",
            "id": MANAGER,
            "displayName": boss.display_name,
            "userPrincipalName": f"{MANAGER_LOCAL}@{domain}",
        }
    return Record(
        properties=properties,
        groups=person.groups,
        dates={
            workload: (since - timedelta(days=days)).strftime("%Y-%m-%d")
            for workload, days in person.activity.workloads.items()
        },
        in_reports=person.activity.in_reports,
        purpose=person.purpose,
        proxy_conflict=person.proxy_conflict,
        roster=person.roster,
        case=person.case,
        roles=person.roles,
        eligible_roles=person.eligible_roles,
    )


def address_of(person: Person, domain: str) -> tuple[str, str | None]:
    """The user principal name and the mail address, with the local part still a mark."""
    if person.guest:
        return f"{LOCAL}_partner.example#EXT#@{domain}", f"{LOCAL}@partner.example"
    if person.purpose is None:
        return f"{LOCAL}@{domain}", None
    return f"{LOCAL}@{domain}", f"{LOCAL}@{domain}"


def _profile(person: Person, domain: str, created_at: datetime) -> Json:
    upn, mail = address_of(person, domain)
    department = person.department
    employed = person.employee
    return {
        "id": ID,
        "userPrincipalName": upn,
        "displayName": person.display_name,
        "mail": mail,
        "givenName": person.given,
        "surname": person.family,
        "jobTitle": person.title,
        "mobilePhone": None,
        "businessPhones": [],
        "preferredLanguage": None,
        "officeLocation": person.office if employed else None,
        "accountEnabled": person.enabled,
        "userType": "Guest" if person.guest else "Member",
        "employeeId": EMPLOYEE if employed else None,
        "employeeType": person.employee_type,
        "employeeHireDate": None,
        "employeeLeaveDateTime": _ago(created_at, person.leave_days),
        "employeeOrgData": {"division": None, "costCenter": department.cost_center}
        if department and employed
        else None,
        "createdDateTime": _ago(created_at, person.created_days),
        "deletedDateTime": None,
        "usageLocation": person.country.code if person.has_location else None,
        "department": department.name if department else None,
        "country": person.country.name if employed else None,
        "city": person.office if employed else None,
        "companyName": person.country.company if employed else None,
        "mailNickname": LOCAL,
        "onPremisesSyncEnabled": person.synced,
        "isManagementRestricted": True if person.restricted else None,
    }


def _ago(moment: datetime, days: float | None) -> str | None:
    return None if days is None else written(moment - timedelta(days=days))


def license_states(person: Person, seed: int, created_at: datetime) -> list[Json]:
    """The person's `licenseAssignmentStates`: the direct ones first, then those by group."""
    types = license_types()
    states: list[Json] = [
        {
            "skuId": license_.sku_id,
            "disabledPlans": list(types[license_.sku_id].plan_ids(*license_.disabled)),
            "assignedByGroup": None,
            "state": license_.state,
            "error": license_.error,
            "lastUpdatedDateTime": _ago(created_at, license_.days),
        }
        for license_ in person.direct
    ]
    for key in person.groups:
        for sku_id in GROUPS[key].skus:
            state, error = person.group_errors.get(sku_id, ("Active", "None"))
            states.append(
                {
                    "skuId": sku_id,
                    "disabledPlans": [],
                    "assignedByGroup": group_id(seed, key),
                    "state": state,
                    "error": error,
                    "lastUpdatedDateTime": _ago(created_at, person.group_days),
                }
            )
    return states


def group_id(seed: int, key: str) -> str:
    """The object id of the tenant's group of this key."""
    return derived_guid(seed, "group", key)


def holds_seat(state: Json) -> bool:
    """Whether an entry of `licenseAssignmentStates` really gives the license."""
    return state["state"] in {"Active", "ActiveWithError"}


def assigned_licenses(states: list[Json]) -> list[Json]:
    """The effective licenses, direct and inherited merged: a plan is off where every entry has it off."""
    effective: dict[str, set[str]] = {}
    for state in states:
        if holds_seat(state):
            disabled = set(state["disabledPlans"])
            effective[state["skuId"]] = effective.get(state["skuId"], disabled) & disabled
    return [{"disabledPlans": sorted(disabled), "skuId": sku_id} for sku_id, disabled in effective.items()]


def _sign_in_activity(activity: Activity, since: datetime, seed: int, number: int) -> Json | None:
    if activity.style is SignInStyle.ABSENT:
        return None
    kinds = {
        "lastSignIn": activity.interactive,
        "lastNonInteractiveSignIn": activity.non_interactive,
        "lastSuccessfulSignIn": activity.success,
    }
    unknown = YEAR_ONE if activity.style is SignInStyle.YEAR_ONE else None
    if unknown is None and all(days is None for days in kinds.values()):
        return None
    found: Json = {}
    for kind, days in kinds.items():
        found[f"{kind}DateTime"] = unknown if days is None else _ago(since, days)
        known = days is not None
        found[f"{kind}RequestId"] = derived_guid(seed, "request", kind, str(number)) if known else None
    return found
