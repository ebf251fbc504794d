"""All tables, in one module per family. Importing this package registers every one of them."""

from core.store.tables.applications import Application, Policy, Source, TypePolicy
from core.store.tables.directory import (
    Assignment,
    AssignmentGroup,
    Group,
    LicenseType,
    ServicePlan,
    User,
    UserActivity,
)
from core.store.tables.reclamation import (
    LIVE_STATES,
    Opportunity,
    ReclamationEvent,
    ReclamationRequest,
    ReclamationRun,
)
from core.store.tables.runs import IntegrationTask, TaskRun, TaskStatus, Worker
from core.store.tables.spend import AssignmentRollup, DailyCost, DailySnapshot, Purchase

__all__ = [
    "LIVE_STATES",
    "Application",
    "Assignment",
    "AssignmentGroup",
    "AssignmentRollup",
    "DailyCost",
    "DailySnapshot",
    "Group",
    "IntegrationTask",
    "LicenseType",
    "Opportunity",
    "Policy",
    "Purchase",
    "ReclamationEvent",
    "ReclamationRequest",
    "ReclamationRun",
    "ServicePlan",
    "Source",
    "TaskRun",
    "TaskStatus",
    "TypePolicy",
    "User",
    "UserActivity",
    "Worker",
]
