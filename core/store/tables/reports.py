"""Reports that go out by themselves, and what became of each mail."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.store.types import UtcDateTime


class ReportPlan(SQLModel, table=True):
    """When an application's report goes out, and to whom. No row: never."""

    __tablename__ = "report_plans"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    every: str = Field(max_length=8)
    day: int
    """Of the week, 0 is Monday; or of the month."""
    hour: int
    """In UTC."""
    recipients: list[str] = Field(sa_type=JSON)
    formats: list[str] = Field(sa_type=JSON)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class ReportMail(SQLModel, table=True):
    """One report on its way to one recipient. Never deleted: it is the record of what went out."""

    __tablename__ = "report_mails"
    __table_args__ = (UniqueConstraint("application_id", "due_at", "recipient", name="uq_report_mails"),)

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id")
    due_at: datetime = Field(sa_type=UtcDateTime)
    """The moment of the plan that it is for."""
    recipient: str
    outcome: str = Field(max_length=10)
    """A word of `core.notification.mailer.Outcome`; `not_now` until it was first offered, too."""
    attempts: int = 0
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it is offered next, or until when an attempt may last; nothing once it has ended."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    detail: str = ""
