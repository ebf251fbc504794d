"""How an application's activity is judged and its reclamation bounded, and who is left alone for how long."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.store.types import UtcDateTime


class Policy(SQLModel, table=True):
    """An application's policies. No row: the defaults."""

    __tablename__ = "policies"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    threshold_days: int = 60
    young_days: int = 30
    """Accounts and assignments younger than this are not offered."""
    reserve_percent: int = 5
    """Seats kept back when a renewal is reduced, as a percentage of the purchased ones."""
    waiting_days: int = 5
    """Working days that a notified person has to answer."""
    cooldown_days: int = 90
    """How long a license that was kept or restored is not offered; 0 for not at all."""
    limit_requests: int = 50
    """Requests within 24 hours above which the number must be typed."""
    limit_percent: int = 10
    """The same, as a percentage of a license type's seats; the lower of the two counts."""
    limit_smallest: int = 5
    """The limit of a license type is never below this."""
    approval_above: int = 0
    """Requests of a run above which another operator has to approve it; 0 for never."""
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when no removal begins; nothing where reclamation is not paused."""
    paused_by: str | None = None
    pause_reason: str | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class TypePolicy(SQLModel, table=True):
    """A license type's own threshold, where it differs from the application's."""

    __tablename__ = "license_type_policies"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    sku_id: str = Field(primary_key=True, max_length=36)
    threshold_days: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class PolicyChange(SQLModel, table=True):
    """One change of one policy. Never changed, never deleted."""

    __tablename__ = "policy_changes"

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id", index=True)
    setting: str = Field(max_length=40)
    """Words of `core.policies.settings.Setting`, or `paused`."""
    sku_id: str | None = Field(default=None, max_length=36)
    """The license type whose own threshold it is; nothing for what holds for the application."""
    before: str | None = None
    after: str | None = None
    """As text; nothing where a license type has no threshold of its own, or nothing is paused."""
    at: datetime = Field(sa_type=UtcDateTime)
    by: str


class Exemption(SQLModel, table=True):
    """Somebody, or a license type, whose licenses are left alone. Lifting it keeps the row."""

    __tablename__ = "exemptions"
    __table_args__ = (Index("ix_exemptions_in_force", "application_id", "lifted_at"),)

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id")
    kind: str = Field(max_length=20)
    """Words of `core.policies.exemptions.ExemptionKind`."""
    target: str
    """Id of the user, group or license type; of a department, its name."""
    target_name: str
    """What it was called when it was exempted."""
    reason: str
    expires_on: date | None = None
    """The last day on which it holds; nothing where it holds until it is lifted."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_by: str | None = None


class Cooldown(SQLModel, table=True):
    """A license that its holder kept or was given back, and that is not offered for a while."""

    __tablename__ = "cooldowns"
    __table_args__ = (
        UniqueConstraint("request_id"),
        Index("ix_cooldowns_in_force", "application_id", "until"),
        Index("ix_cooldowns_seat", "application_id", "user_id", "sku_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id")
    user_id: str = Field(max_length=36)
    sku_id: str = Field(max_length=36)
    until: date
    """The last day on which it is not offered."""
    reason: str
    request_id: int | None = Field(default=None, foreign_key="reclamation_requests.id")
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When an operator ended it before its time."""
    ended_by: str | None = None


class Assessment(SQLModel, table=True):
    """Whether an application is to be judged anew because something that it is judged by has changed."""

    __tablename__ = "assessments"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When a worker is to do it; nothing once it is done."""
