"""Microsoft Graph over HTTP: credentials, transport, directory, usage, licensing, errors.

`GraphClient(Connection(…))` is the way in. Nothing else of the product speaks to Microsoft, and nothing else
imports `requests` or `msal`.
"""

from core.graph.client import GraphClient
from core.graph.clouds import Cloud
from core.graph.connection import Connection
from core.graph.directory import (
    DirectoryGroup,
    Organization,
    Read,
    SignInPage,
    SkuPlan,
    SubscribedSku,
)
from core.graph.errors import (
    BadRequest,
    Conflict,
    ExpiredPageToken,
    GraphError,
    LicenseError,
    LicenseErrorKind,
    MailboxMissing,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    PremiumRequired,
    Refused,
    ServerFailed,
    SignInFailed,
    Stopped,
    Throttled,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from core.graph.licensing import LicenseCall
from core.graph.limits import SIGN_IN_REQUESTS, SIGN_IN_SECONDS, Limiter
from core.graph.membership import MembershipError, MembershipErrorKind
from core.graph.permissions import PERMISSIONS, TOO_WIDE, Permission
from core.graph.roles import AdminRoles
from core.graph.statistics import Statistics
from core.graph.subscriptions import CompanySubscription
from core.graph.usage import looks_concealed
from core.graph.users import DirectoryUser, LicenseState, Manager, SignIns, UserPage

__all__ = [
    "PERMISSIONS",
    "SIGN_IN_REQUESTS",
    "SIGN_IN_SECONDS",
    "TOO_WIDE",
    "AdminRoles",
    "BadRequest",
    "Cloud",
    "CompanySubscription",
    "Conflict",
    "Connection",
    "DirectoryGroup",
    "DirectoryUser",
    "ExpiredPageToken",
    "GraphClient",
    "GraphError",
    "LicenseCall",
    "LicenseError",
    "LicenseErrorKind",
    "LicenseState",
    "Limiter",
    "MailboxMissing",
    "Manager",
    "MembershipError",
    "MembershipErrorKind",
    "NotFound",
    "Organization",
    "OutcomeUnknown",
    "Permission",
    "PermissionDenied",
    "PremiumRequired",
    "Read",
    "Refused",
    "ServerFailed",
    "SignInFailed",
    "SignInPage",
    "SignIns",
    "SkuPlan",
    "Statistics",
    "Stopped",
    "SubscribedSku",
    "Throttled",
    "Unauthorized",
    "UnexpectedAnswer",
    "Unreachable",
    "UserPage",
    "looks_concealed",
]
