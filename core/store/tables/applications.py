"""Connected tenants, what each source of evidence last said, and the policies that judge it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from core.store.tables import base  # noqa: F401 - sets the naming convention before the first table
from core.store.types import UtcDateTime


class Application(SQLModel, table=True):
    """One connected tenant. Its connection lives in the configuration, never here."""

    __tablename__ = "applications"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=64)
    name: str
    tenant_id: str | None = Field(default=None, max_length=36)
    """GUID of the tenant, fixed at the first sync: another one under the same key is refused."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Source(SQLModel, table=True):
    """One source of evidence: whether it could be read, how fresh it is, and what its absence costs."""

    __tablename__ = "sources"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    name: str = Field(primary_key=True, max_length=40)
    """`directory`, `sign_ins`, `usage_reports`, `mailboxes`, `license_types`, `subscriptions`."""
    status: str = Field(max_length=20)
    """`available`, `stale`, `missing`, `failed`, `concealed`, `degraded`, `not_read`."""
    detail: str = ""
    """A sentence for people: what is missing, why, and what that costs."""
    as_of: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The day or moment that the evidence itself speaks of (a report's refresh date)."""
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was last read completely."""


class Policy(SQLModel, table=True):
    """How an application's activity is judged and its reclamation bounded. No row: the defaults."""

    __tablename__ = "policies"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    threshold_days: int = 60
    young_days: int = 30
    """Accounts and assignments younger than this are not offered."""
    reserve_percent: int = 5
    """Seats kept back when a renewal is reduced, as a percentage of the purchased ones."""
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
