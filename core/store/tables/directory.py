"""The tenant as it was last read: license types, people, groups, and who holds what."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from core.store.types import UtcDateTime


class LicenseType(SQLModel, table=True):
    """A Microsoft SKU that the tenant owns (`subscribedSkus`)."""

    __tablename__ = "license_types"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    sku_id: str = Field(primary_key=True, max_length=36)
    part_number: str
    product_name: str
    """From the catalog in force; the part number where that does not know the SKU."""
    applies_to: str
    """`User` or `Company`. Only `User` ones can be held or reclaimed."""
    capability_status: str
    enabled: int
    warning: int
    suspended: int
    locked_out: int
    consumed: int
    """Seats in use by Microsoft's own count, which lags."""
    free: bool = False
    """On the shipped list of free, viral and trial types."""
    seen_in: int
    """The task run that last saw it. Here and below without an index: written with every row, asked once."""
    gone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def purchased(self) -> int:
        """Seats that can be used: enabled ones and those in their grace period (contract §3)."""
        return self.enabled + self.warning


class ServicePlan(SQLModel, table=True):
    """A service plan that a license type includes."""

    __tablename__ = "service_plans"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    sku_id: str = Field(primary_key=True, max_length=36)
    service_plan_id: str = Field(primary_key=True, max_length=36)
    name: str
    applies_to: str
    provisioning_status: str


class User(SQLModel, table=True):
    """A person or account of the directory."""

    __tablename__ = "users"
    __table_args__ = (
        Index("ix_users_name", "application_id", "display_name", "user_id"),
        Index("ix_users_upn", "application_id", "user_principal_name"),
        Index("ix_users_department", "application_id", "department"),
        Index("ix_users_country", "application_id", "country"),
        Index("ix_users_employee_status", "application_id", "employee_status"),
    )

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    user_id: str = Field(primary_key=True, max_length=36)
    user_principal_name: str
    display_name: str
    mail: str | None = None
    account_enabled: bool
    user_type: str | None = None
    """`Member`, `Guest`, or nothing for old accounts."""
    employee_id: str | None = None
    employee_type: str | None = None
    created_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    usage_location: str | None = None
    department: str | None = None
    job_title: str | None = None
    country: str | None = None
    office_location: str | None = None
    company_name: str | None = None
    on_premises_sync: bool | None = None
    manager_id: str | None = None
    manager_name: str | None = None
    management_restricted: bool | None = None
    leaves_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    mailbox_purpose: str | None = None
    """`user`, `shared`, `room`, `equipment`, …, `none` (no mailbox); nothing where it was not read."""
    mailbox_read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    employee_status: str | None = None
    """Words of `core.roster.status.EmployeeStatus`; nothing where no roster was ever imported."""
    cost_center: str | None = None
    """From the HR roster."""
    seen_in: int
    digest: int | None = Field(default=None, sa_type=BigInteger)
    """Of all that Graph said when this row and its seats were last written (`core.graph.users.digest_of`)."""
    written_in: int = 0
    """The task run that did so. A seat with another `seen_in` was not among them."""
    gone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RoleHolder(SQLModel, table=True):
    """An account that holds an admin role of Microsoft Entra ID, or may activate one."""

    __tablename__ = "role_holders"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    user_id: str = Field(primary_key=True, max_length=36)
    roles: list[str] = Field(sa_type=JSON)
    """Names of the roles, in order; of one that is eligible alone, the name says so."""
    read_at: datetime = Field(sa_type=UtcDateTime)


class UserActivity(SQLModel, table=True):
    """What each source says of one account's activity, every source with its own date."""

    __tablename__ = "user_activity"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    user_id: str = Field(primary_key=True, max_length=36)
    sign_in_successful: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sign_in_interactive: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sign_in_non_interactive: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sign_in_read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the sign-in pass read this account; nothing where none ever did."""
    report_refreshed_on: date | None = None
    """Refresh date of the report that has a row for this account; nothing where none has."""
    exchange_on: date | None = None
    onedrive_on: date | None = None
    sharepoint_on: date | None = None
    skype_on: date | None = None
    yammer_on: date | None = None
    teams_on: date | None = None
    apps_refreshed_on: date | None = None
    """Refresh date of the Microsoft 365 apps report that has a row for this account; the others likewise."""
    apps_on: date | None = None
    mailbox_refreshed_on: date | None = None
    mailbox_on: date | None = None
    mailbox_bytes: int | None = Field(default=None, sa_type=BigInteger)
    has_archive: bool | None = None
    copilot_refreshed_on: date | None = None
    copilot_on: date | None = None
    activations_refreshed_on: date | None = None
    apps_activated_on: date | None = None
    """The last time that an Office application was activated on a device; of Visio and Project likewise."""
    visio_activated_on: date | None = None
    project_activated_on: date | None = None
    visio_refreshed_on: date | None = None
    """Refresh date of the newest report of activations that has a row of Visio for this account."""
    project_refreshed_on: date | None = None


class Group(SQLModel, table=True):
    """A group that gives licenses."""

    __tablename__ = "groups"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    group_id: str = Field(primary_key=True, max_length=36)
    display_name: str
    dynamic: bool
    synced: bool
    role_assignable: bool
    mail_enabled: bool
    security_enabled: bool
    unified: bool | None = None
    """A Microsoft 365 group; None where that was not asked yet."""
    sku_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    """All license types that the group gives."""
    read_at: datetime = Field(sa_type=UtcDateTime)


class Assignment(SQLModel, table=True):
    """One seat: a user holds a license type, directly, from groups, or both."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_type_status", "application_id", "sku_id", "activity_status", "user_id"),
        Index("ix_assignments_status", "application_id", "activity_status", "user_id"),
    )

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    user_id: str = Field(primary_key=True, max_length=36)
    sku_id: str = Field(primary_key=True, max_length=36)
    direct: bool
    group_count: int
    state: str
    """`Active`, `ActiveWithError`, `Disabled` or `Error`: of the direct entry, else the best group's."""
    error: str | None = None
    disabled_plans: list[str] = Field(default_factory=list, sa_type=JSON)
    """Service plans that no entry switches on: off in the direct one and in every group's."""
    updated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the direct entry (else the newest group's) last changed."""
    activity_status: str = "unknown"
    """Words of `core.activity.evidence.ActivityStatus`."""
    last_activity_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_activity_source: str | None = None
    confidence: str = "review"
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    """Codes of `core.activity.evidence`, turned into sentences when shown."""
    assessed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_in: int


class AssignmentGroup(SQLModel, table=True):
    """The group through which a user inherits a license type."""

    __tablename__ = "assignment_groups"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    user_id: str = Field(primary_key=True, max_length=36)
    sku_id: str = Field(primary_key=True, max_length=36)
    group_id: str = Field(primary_key=True, max_length=36)
    state: str
    error: str | None = None
    updated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_in: int


class Subscription(SQLModel, table=True):
    """A subscription behind a license type (`directory/subscriptions`): how many seats until when."""

    __tablename__ = "subscriptions"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    subscription_id: str = Field(primary_key=True, max_length=64)
    sku_id: str = Field(max_length=36)
    status: str
    total_licenses: int
    trial: bool
    created_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_lifecycle_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the subscription renews or passes on to its next status; nothing where Microsoft does not say."""
    read_at: datetime = Field(sa_type=UtcDateTime)
