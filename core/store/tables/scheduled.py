"""Reclamation by itself: what an administrator has set up, and what came of each time it was due."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.store.types import UtcDateTime


class ReclaimSchedule(SQLModel, table=True):
    """What an application reclaims by itself, and when. No row: nothing."""

    __tablename__ = "reclaim_schedules"

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    enabled: bool
    mode: str = Field(max_length=12)
    """`immediate`, `notify` or `dry_run`."""
    scenarios: list[str] = Field(sa_type=JSON)
    included: list[str] = Field(sa_type=JSON)
    """SKU ids of the only license types; empty for all that are not excluded."""
    excluded: list[str] = Field(sa_type=JSON)
    weekday: int | None = None
    """0 is Monday; nothing for every day."""
    hour: int
    """In UTC."""
    at_most: int
    """Requests of one run."""
    fresh_hours: int
    """How old the last complete sync may be."""
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class ScheduledRun(SQLModel, table=True):
    """What came of one time at which the schedule was due. Never changed, never deleted."""

    __tablename__ = "scheduled_runs"
    __table_args__ = (UniqueConstraint("application_id", "due_at", name="uq_scheduled_runs"),)

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id")
    due_at: datetime = Field(sa_type=UtcDateTime)
    """The moment of the schedule that it is for: of each there is one."""
    at: datetime = Field(sa_type=UtcDateTime)
    outcome: str = Field(max_length=12)
    """A word of `core.reclamation.scheduled_choice.Outcome`."""
    detail: str = ""
    mode: str = Field(max_length=12)
    requests: int = 0
    left_out: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    """Opportunities that were left alone, by a word of `core.reclamation.scheduled_choice.WhyNot`."""
    run_id: int | None = Field(default=None, foreign_key="reclamation_runs.id")
    set_up_at: datetime = Field(sa_type=UtcDateTime)
    """When, and by whom, the schedule was last changed before."""
    set_up_by: str
