"""All tables, in one module per family. Importing this package registers every one of them."""

from core.store.tables.applications import Application, Source
from core.store.tables.catalog import CatalogLoad, CatalogPlan, CatalogType
from core.store.tables.directory import (
    Assignment,
    AssignmentGroup,
    Group,
    LicenseType,
    RoleHolder,
    ServicePlan,
    Subscription,
    User,
    UserActivity,
)
from core.store.tables.notices import Notice
from core.store.tables.policies import (
    Assessment,
    Cooldown,
    Exemption,
    Policy,
    PolicyChange,
    TypePolicy,
)
from core.store.tables.reclamation import (
    LIVE_STATES,
    Opportunity,
    ReclamationEvent,
    ReclamationRequest,
    ReclamationRun,
)
from core.store.tables.reports import ReportMail, ReportPlan
from core.store.tables.roster import Employee, RosterImport
from core.store.tables.runs import (
    IntegrationTask,
    LogLevel,
    PageCheckpoint,
    RateLimit,
    Schedule,
    TaskRun,
    TaskRunLog,
    TaskStatus,
    Worker,
)
from core.store.tables.scheduled import ReclaimSchedule, ScheduledRun
from core.store.tables.spend import (
    AssignmentRollup,
    DailyCost,
    DailyShare,
    DailySnapshot,
    ExchangeRate,
    Purchase,
)

__all__ = [
    "LIVE_STATES",
    "Application",
    "Assessment",
    "Assignment",
    "AssignmentGroup",
    "AssignmentRollup",
    "CatalogLoad",
    "CatalogPlan",
    "CatalogType",
    "Cooldown",
    "DailyCost",
    "DailyShare",
    "DailySnapshot",
    "Employee",
    "ExchangeRate",
    "Exemption",
    "Group",
    "IntegrationTask",
    "LicenseType",
    "LogLevel",
    "Notice",
    "Opportunity",
    "PageCheckpoint",
    "Policy",
    "PolicyChange",
    "Purchase",
    "RateLimit",
    "ReclaimSchedule",
    "ReclamationEvent",
    "ReclamationRequest",
    "ReclamationRun",
    "ReportMail",
    "ReportPlan",
    "RoleHolder",
    "RosterImport",
    "Schedule",
    "ScheduledRun",
    "ServicePlan",
    "Source",
    "Subscription",
    "TaskRun",
    "TaskRunLog",
    "TaskStatus",
    "TypePolicy",
    "User",
    "UserActivity",
    "Worker",
]
