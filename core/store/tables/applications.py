"""Connected tenants, and what each source of evidence last said."""

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
