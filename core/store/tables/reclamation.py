"""Opportunities, and the truth about every reclamation: runs, requests and their append-only events."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from core.store.types import UtcDateTime

# The states in which a request still wants something; a test checks that `core.reclamation.states` agrees.
LIVE_STATES = ("queued", "notified", "checking", "reclaiming", "verifying", "restoring")
_LIVE = text(f"dry_run = false AND state IN ({', '.join(repr(state) for state in LIVE_STATES)})")


class Opportunity(SQLModel, table=True):
    """An assignment that could be reclaimed, as the last assessment saw it."""

    __tablename__ = "opportunities"
    __table_args__ = (
        Index("ix_opportunities_rank", "application_id", "reclaimable", "rank"),
        Index("ix_opportunities_type", "application_id", "sku_id", "rank"),
    )

    application_id: int = Field(primary_key=True, foreign_key="applications.id")
    user_id: str = Field(primary_key=True, max_length=36)
    sku_id: str = Field(primary_key=True, max_length=36)
    scenarios: list[str] = Field(sa_type=JSON)
    """All that match, the strongest first."""
    scenario: str = Field(max_length=20)
    """The strongest one."""
    rank: int
    """Lower is stronger: the order in which opportunities are offered."""
    confidence: str = Field(max_length=10)
    reasons: list[str] = Field(sa_type=JSON)
    blockers: list[dict[str, str]] = Field(sa_type=JSON)
    """`{code, text}` each."""
    cautions: list[dict[str, str]] = Field(sa_type=JSON)
    reclaimable: bool
    """No blocker stands against it."""
    cheaper_sku_id: str | None = Field(default=None, max_length=36)
    """The license type that is advised in its place."""
    assessed_at: datetime = Field(sa_type=UtcDateTime)


class ReclamationRun(SQLModel, table=True):
    """One decision to reclaim a number of assignments."""

    __tablename__ = "reclamation_runs"

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="applications.id", index=True)
    mode: str = Field(max_length=12)
    """`immediate`, `notify` or `dry_run`."""
    waiting_days: int | None = None
    """Working days that a notified person has to answer; only of runs that notify."""
    copy_manager: bool = False
    """Whether the manager gets a copy of the notice."""
    manual: bool = False
    note: str = ""
    """Why, in the words of the person; owed where the request is manual."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    prepared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When sign-ins were found fresh enough or were read anew: before it nothing is checked or removed.

    Taken back after a waiting period, so that they are read anew."""
    needs_approval: bool = False
    """Whether nothing begins until `approved_at`: another operator has to agree."""
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str | None = None
    rejected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rejected_by: str | None = None
    rejection_reason: str | None = None
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancelled_by: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    audit_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the directory's audit log is to be asked about it; nothing where it was, or needs not be."""


class ReclamationRequest(SQLModel, table=True):
    """The decision to reclaim one assignment, and how far it has come."""

    __tablename__ = "reclamation_requests"
    __table_args__ = (
        # One live request per person and license type; a dry run blocks nothing.
        Index(
            "uq_reclamation_requests_live",
            "application_id",
            "user_id",
            "sku_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_reclamation_requests_run", "run_id", "chunk", "state"),
        Index("ix_reclamation_requests_due", "state", "due_at"),
        Index("ix_reclamation_requests_recent", "application_id", "created_at"),
        Index("ix_reclamation_requests_person", "application_id", "user_id", "sku_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="reclamation_runs.id")
    application_id: int = Field(foreign_key="applications.id")
    user_id: str = Field(max_length=36)
    sku_id: str = Field(max_length=36)
    user_principal_name: str
    display_name: str
    part_number: str
    product_name: str
    dry_run: bool
    manual: bool
    state: str = Field(max_length=16)
    """Words of `core.reclamation.states.RequestState`."""
    reason: str | None = None
    """Why it ended as it did, for people."""
    scenario: str | None = None
    confidence: str | None = None
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What was known when it was decided: scenarios, reasons, last activity, dates of the sources."""
    disabled_plans: list[str] | None = Field(default=None, sa_type=JSON)
    """Recorded before removal, sent back by restore."""
    via_group_id: str | None = Field(default=None, max_length=36)
    """The group to take the person out of, where that is how the license goes."""
    intent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Graph's own time of the check that the intent rests on."""
    attempt: int = 0
    """Raised with each intent: a worker that comes late finds another number and does nothing."""
    chunk: int
    generation: int = 0
    due_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    reclaimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    restore_intent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the first assignment that is to give the license back was put on record; of the last restore."""
    restore_accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When Microsoft accepted it; of the last restore."""
    restore_attempts: int = 0
    """Assignments that were tried; of the last restore."""
    restored_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReclamationEvent(SQLModel, table=True):
    """One step of one request. Never changed, never deleted."""

    __tablename__ = "reclamation_events"
    __table_args__ = (UniqueConstraint("request_id", "step", "attempt"),)

    id: int | None = Field(default=None, primary_key=True)
    request_id: int = Field(foreign_key="reclamation_requests.id")
    step: str = Field(max_length=20)
    attempt: int
    state: str = Field(max_length=16)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    detail: str = ""
    graph_request_id: str | None = None
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
