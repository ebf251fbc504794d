"""What was written to the holders of licenses before these are taken back."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from core.store.types import UtcDateTime


class Notice(SQLModel, table=True):
    """One mail to one person about one run: the intent before it is sent, and what became of it."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("run_id", "user_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id")
    run_id: int = Field(foreign_key="reclamation_runs.id")
    user_id: str = Field(max_length=36)
    kind: str = Field(max_length=10)
    """`notice` or `reminder`."""
    address: str
    copied_to: str | None = None
    """The manager's address, where the run sends a copy there."""
    outcome: str = Field(max_length=10)
    """Words of `core.notification.mailer.Outcome`; `sending` until the outcome is known."""
    detail: str = ""
    """Why it was not sent, or with what reservation it was."""
    graph_request_id: str | None = None
    attempts: int = 1
    deadline_at: datetime = Field(sa_type=UtcDateTime)
    """Until when the person can answer, as the mail says."""
    attempted_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
