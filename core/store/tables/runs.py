"""Task runs, and the workers that carry them out."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from core.store.types import UtcDateTime


class IntegrationTask(StrEnum):
    """A kind of work against the tenant."""

    ROSTER = "roster"  # Application Roster: who exists, who holds what
    ACCESS = "access"  # Application Access: when they were last active
    DIFFERENTIATION = "differentiation"  # License Differentiation: license types, seats, service plans
    HR_ROSTER = "hr_roster"  # the employee list
    RECLAMATION = "reclamation"  # taking licenses back

    @property
    def label(self) -> str:
        """The name that people see."""
        return _LABELS[self]


_LABELS = {
    IntegrationTask.ROSTER: "Application Roster",
    IntegrationTask.ACCESS: "Application Access",
    IntegrationTask.DIFFERENTIATION: "License Differentiation",
    IntegrationTask.HR_ROSTER: "HR Roster",
    IntegrationTask.RECLAMATION: "Reclamation",
}


class TaskStatus(StrEnum):
    """How far a task run has come."""

    QUEUED = "queued"  # on record, no worker has begun
    RUNNING = "running"  # a worker is at it and gives signs of life
    SUCCEEDED = "succeeded"  # all of it done
    PARTIAL = "partial"  # done, but something is missing: the error says what
    FAILED = "failed"  # nothing changed beyond what the counts say
    CANCELLED = "cancelled"  # a person stopped it


class TaskRun(SQLModel, table=True):
    """One execution of an integration task."""

    __tablename__ = "task_runs"
    __table_args__ = (
        Index("ix_task_runs_recent", "application_id", "task", "id"),
        # Never two of the same task at once, whatever process asks.
        Index(
            "uq_task_runs_live",
            "application_id",
            "task",
            unique=True,
            sqlite_where=text("status IN ('queued', 'running') AND task <> 'reclamation'"),
            postgresql_where=text("status IN ('queued', 'running') AND task <> 'reclamation'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id")
    task: str = Field(max_length=20)
    status: str = Field(max_length=12)
    queued_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    heartbeat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    error: str | None = None
    started_by: str
    cancel_asked_by: str | None = None
    """Who asked a running one to stop; it does so at its next step."""
    reclamation_run_id: int | None = Field(default=None, index=True)


class Worker(SQLModel, table=True):
    """A leased slot: the process that may run jobs under this executor id, and its last sign of life."""

    __tablename__ = "workers"

    slot: str = Field(primary_key=True, max_length=64)
    host: str
    pid: int
    started_at: datetime = Field(sa_type=UtcDateTime)
    heartbeat_at: datetime = Field(sa_type=UtcDateTime)


class LogLevel(StrEnum):
    """How much a line of a log wants to be read."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class TaskRunLog(SQLModel, table=True):
    """A line of what a task run did and met with, for people."""

    __tablename__ = "task_run_logs"

    id: int | None = Field(default=None, primary_key=True)
    task_run_id: int = Field(foreign_key="task_runs.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    level: str = Field(max_length=10)
    """A `LogLevel`."""
    message: str


class PageCheckpoint(SQLModel, table=True):
    """How far a listing has come: where a sync that is cut off goes on."""

    __tablename__ = "page_checkpoints"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    listing: str = Field(primary_key=True, max_length=40)
    """`users` or `sign_ins`."""
    marker: int
    """The task run that began the listing; rows of its pages carry it as `seen_in`."""
    next_link: str
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    began_at: datetime = Field(sa_type=UtcDateTime)
    saved_at: datetime = Field(sa_type=UtcDateTime)


class RateLimit(SQLModel, table=True):
    """When the next request under a limit of Microsoft's may be sent: one row for all processes."""

    __tablename__ = "rate_limits"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    name: str = Field(primary_key=True, max_length=40)
    next_at: datetime = Field(sa_type=UtcDateTime)


class Schedule(SQLModel, table=True):
    """When an application is synced by itself. No row: daily."""

    __tablename__ = "schedules"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    enabled: bool = True
    hour: int = 3
    """The hour of the day, in UTC, within which the sync begins; the minute is the application's own."""
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
