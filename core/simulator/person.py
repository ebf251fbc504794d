"""A person of the simulated organization, with every date as days before the tenant's creation."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.simulator.organization import Country, Department


class Purpose(StrEnum):
    """What a mailbox is for (contract §11)."""

    USER = "user"
    SHARED = "shared"
    ROOM = "room"
    EQUIPMENT = "equipment"


class SignInStyle(StrEnum):
    """How the tenant reports a sign-in that never was."""

    NORMAL = "normal"  # only the known dates are there
    ABSENT = "absent"  # no signInActivity at all, whatever the person did
    YEAR_ONE = "year_one"  # 0001-01-01 for every unknown date


class RosterStatus(StrEnum):
    """What human resources know about a person."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    ON_LEAVE = "on_leave"
    ABSENT = "absent"  # not in the roster


@dataclass(frozen=True, kw_only=True)
class DirectLicense:
    """A license assigned to the person, so many days ago, with these service plans switched off (by name)."""

    sku_id: str
    days: float = 300.0
    disabled: tuple[str, ...] = ()
    state: str = "Active"
    error: str | None = "None"


@dataclass(frozen=True, kw_only=True)
class Activity:
    """When the person was last seen, in days ago; None is never.

    `workloads` has a date per report column (`exchange`, `teams`, `apps`, `copilot`, …). `steady` people go
    on working: their days count from today in a tenant whose people keep working.
    """

    interactive: float | None = None
    non_interactive: float | None = None
    success: float | None = None
    workloads: dict[str, float] = field(default_factory=dict)
    style: SignInStyle = SignInStyle.NORMAL
    in_reports: bool = True
    steady: bool = False

    @property
    def last(self) -> float | None:
        """The latest trace of any kind, in days ago."""
        days = [day for day in (self.success, *self.workloads.values()) if day is not None]
        return min(days, default=None)


NEVER_SEEN = Activity()


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The person's line in the HR roster; negative `left_days` lie ahead."""

    status: RosterStatus = RosterStatus.ACTIVE
    left_days: float | None = None


@dataclass(frozen=True, kw_only=True)
class Person:
    """Everything about one account but its identifiers. `roles` are held directly, not through a group."""

    number: int
    given: str | None
    family: str | None
    display_name: str
    local: str
    country: Country
    office: str
    department: Department | None
    title: str | None
    created_days: float | None
    activity: Activity
    manager: int | None = None
    direct: tuple[DirectLicense, ...] = ()
    groups: tuple[str, ...] = ("everyone",)
    group_errors: dict[str, tuple[str, str]] = field(default_factory=dict)
    group_days: float = 400.0
    enabled: bool = True
    guest: bool = False
    synced: bool | None = None
    restricted: bool = False
    has_location: bool = True
    employee: bool = True
    employee_type: str | None = "Employee"
    leave_days: float | None = None
    purpose: Purpose | None = Purpose.USER
    proxy_conflict: bool = False
    roles: tuple[str, ...] = ()
    eligible_roles: tuple[str, ...] = ()
    roster: Roster = field(default_factory=Roster)
    case: str | None = None
