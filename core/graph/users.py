"""People and what they hold, as Graph lists them (contract §4).

These values are made by the million. They are not frozen, because freezing alone would cost about as much
time as decoding their JSON; nothing changes them all the same.
"""

import functools
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import orjson

from core.graph.errors import UnexpectedAnswer
from core.graph.parse import common_guid, guid, maybe_flag, moment, refuse

MANAGER: Final = "$expand=manager($select=id,displayName,userPrincipalName)"
LEAVE_FIELD: Final = "employeeLeaveDateTime"
FIELDS: Final = (
    "id,userPrincipalName,displayName,mail,accountEnabled,userType,employeeId,employeeType,createdDateTime,"
    "usageLocation,department,jobTitle,country,officeLocation,companyName,onPremisesSyncEnabled,"
    "isManagementRestricted,licenseAssignmentStates"
)
SIGN_IN_FIELDS: Final = "id,signInActivity"

_OPTIONAL_TEXTS: Final = (
    "mail",
    "userType",
    "employeeId",
    "employeeType",
    "usageLocation",
    "department",
    "jobTitle",
    "country",
    "officeLocation",
    "companyName",
)
_WHERE: Final = "a user"
_STATE: Final = "a license state of a user"
_FORM: Final = b"1"
"""Counted up whenever more or other things are read out of the same JSON: then nothing counts as known."""
_NO_ERROR: Final = frozenset({None, "", "None"})
"""Microsoft's pages say null, tenants answer the text None (contract §4.2)."""


@dataclass(kw_only=True, slots=True)
class LicenseState:
    """One way in which a user holds a license type: directly (`assigned_by_group` None) or from a group."""

    sku_id: str
    assigned_by_group: str | None
    state: str
    error: str | None
    disabled_plans: tuple[str, ...]
    updated_at: datetime | None


@dataclass(kw_only=True, slots=True)
class Manager:
    """Whom a user reports to."""

    id: str
    display_name: str | None
    user_principal_name: str | None


@dataclass(kw_only=True, slots=True)
class DirectoryUser:
    """A user with all license states. Ids in lower case, times in UTC."""

    id: str
    user_principal_name: str
    display_name: str
    mail: str | None
    account_enabled: bool
    user_type: str | None
    employee_id: str | None
    employee_type: str | None
    created_at: datetime | None
    usage_location: str | None
    department: str | None
    job_title: str | None
    country: str | None
    office_location: str | None
    company_name: str | None
    on_premises_sync_enabled: bool | None
    management_restricted: bool | None
    manager: Manager | None
    leave_at: datetime | None
    license_states: tuple[LicenseState, ...]


@dataclass(kw_only=True, slots=True)
class SignIns:
    """Last sign-ins of a user. `present` is False where Graph said nothing of them (contract §4.3)."""

    user_id: str
    present: bool
    last_successful: datetime | None
    last_interactive: datetime | None
    last_non_interactive: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class UserPage:
    """One page of users, as it came. `dropped` names fields that were left out, for want of a permission.

    Most people are as they were the last time. So they are parsed only when somebody asks for them.
    """

    items: list[dict[str, Any]]
    next_link: str | None
    dropped: tuple[str, ...]
    what: str

    @property
    def users(self) -> list[DirectoryUser]:
        """All of them. Raises UnexpectedAnswer."""
        return [self.parse(item) for item in self.items]

    def parse(self, item: dict[str, Any]) -> DirectoryUser:
        """One of the page's items. Raises UnexpectedAnswer, naming the user and the field."""
        try:
            return parse_user(item)
        except UnexpectedAnswer as error:
            shown = str(item.get("id"))[:36]
            raise UnexpectedAnswer(f"{self.what}: {error.message}; it concerns the user {shown}") from None


def user_id_of(item: dict[str, Any]) -> str:
    """The id alone, in lower case. Raises UnexpectedAnswer."""
    return guid(item.get("id"), "id", _WHERE)


def digest_of(item: dict[str, Any]) -> int:
    """A number of 64 bits (with a sign) that is another one as soon as anything about the user changes."""
    found = blake2b(orjson.dumps(item), digest_size=8, key=_FORM).digest()
    return int.from_bytes(found, "little", signed=True)


def parse_user(item: dict[str, Any]) -> DirectoryUser:
    """A user. Raises UnexpectedAnswer, naming the field."""
    name, shown, enabled = item.get("userPrincipalName"), item.get("displayName"), item.get("accountEnabled")
    if type(name) is not str:
        raise refuse(_WHERE, "userPrincipalName", name)
    if shown is not None and type(shown) is not str:
        raise refuse(_WHERE, "displayName", shown)
    if type(enabled) is not bool:
        raise refuse(_WHERE, "accountEnabled", enabled)
    texts = [item.get(field) for field in _OPTIONAL_TEXTS]
    for value in texts:
        if value is not None and type(value) is not str:
            raise refuse(_WHERE, _OPTIONAL_TEXTS[texts.index(value)], value)
    mail, user_type, employee_id, employee_type, location, department, title, country, office, company = texts
    return DirectoryUser(
        id=guid(item.get("id"), "id", _WHERE),
        user_principal_name=name,
        display_name=shown or name,
        mail=mail,
        account_enabled=enabled,
        user_type=user_type,
        employee_id=employee_id,
        employee_type=employee_type,
        created_at=moment(item, "createdDateTime", _WHERE),
        usage_location=location,
        department=department,
        job_title=title,
        country=country,
        office_location=office,
        company_name=company,
        on_premises_sync_enabled=maybe_flag(item, "onPremisesSyncEnabled", _WHERE),
        management_restricted=maybe_flag(item, "isManagementRestricted", _WHERE),
        manager=_manager(item.get("manager")),
        leave_at=moment(item, LEAVE_FIELD, _WHERE) if LEAVE_FIELD in item else None,
        license_states=parse_states(item),
    )


def parse_states(item: dict[str, Any]) -> tuple[LicenseState, ...]:
    """The license states of a user; they must be there. Raises UnexpectedAnswer."""
    states = item.get("licenseAssignmentStates")
    if type(states) is not list:
        raise refuse(_WHERE, "licenseAssignmentStates", states)
    return tuple([_state(state) for state in states])


def parse_sign_ins(item: dict[str, Any]) -> SignIns:
    """The last sign-ins of a user. Raises UnexpectedAnswer."""
    user_id = guid(item.get("id"), "id", _WHERE)
    activity = item.get("signInActivity")
    if activity is None:
        return SignIns(
            user_id=user_id,
            present=False,
            last_successful=None,
            last_interactive=None,
            last_non_interactive=None,
        )
    if type(activity) is not dict:
        raise refuse(_WHERE, "signInActivity", activity)
    return SignIns(
        user_id=user_id,
        present=True,
        last_successful=moment(activity, "lastSuccessfulSignInDateTime", _WHERE),
        last_interactive=moment(activity, "lastSignInDateTime", _WHERE),
        last_non_interactive=moment(activity, "lastNonInteractiveSignInDateTime", _WHERE),
    )


def _state(state: Any) -> LicenseState:  # noqa: ANN401 - whatever came
    if type(state) is not dict:
        raise refuse(_WHERE, "licenseAssignmentStates", state)
    word, error, group = state.get("state"), state.get("error"), state.get("assignedByGroup")
    plans = state.get("disabledPlans") or ()
    if type(word) is not str:
        raise refuse(_STATE, "state", word)
    if error is not None and type(error) is not str:
        raise refuse(_STATE, "error", error)
    if plans and type(plans) is not list:
        raise refuse(_STATE, "disabledPlans", plans)
    sku_id = state.get("skuId")
    if type(sku_id) is not str or (group is not None and type(group) is not str):
        raise UnexpectedAnswer(f"{_STATE}: skuId or assignedByGroup is no GUID")
    return LicenseState(
        sku_id=common_guid(sku_id, "skuId", _STATE),
        assigned_by_group=None if group is None else common_guid(group, "assignedByGroup", _STATE),
        state=word,
        error=None if error in _NO_ERROR else error,
        disabled_plans=_disabled_plans(tuple(plans)) if plans else (),
        updated_at=moment(state, "lastUpdatedDateTime", _STATE),
    )


def _disabled_plans(plans: tuple[Any, ...]) -> tuple[str, ...]:
    try:
        return _common_plans(plans)
    except TypeError:  # an object or a list cannot be looked up
        raise refuse(_STATE, "disabledPlans", plans) from None


@functools.lru_cache(maxsize=4096)
def _common_plans(plans: tuple[Any, ...]) -> tuple[str, ...]:
    """Whoever holds a license type mostly has the same few combinations of its plans switched off."""
    return tuple(guid(plan, "disabledPlans", _STATE) for plan in plans)


def _manager(item: Any) -> Manager | None:  # noqa: ANN401 - whatever came
    if item is None:
        return None
    if type(item) is not dict:
        raise refuse(_WHERE, "manager", item)
    shown, name = item.get("displayName"), item.get("userPrincipalName")
    if not (shown is None or type(shown) is str) or not (name is None or type(name) is str):
        raise refuse(_WHERE, "manager.displayName", shown)
    manager_id = item.get("id")
    if type(manager_id) is not str:
        raise refuse(_WHERE, "manager.id", manager_id)
    return Manager(
        id=common_guid(manager_id, "manager.id", _WHERE), display_name=shown, user_principal_name=name
    )
