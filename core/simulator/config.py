"""What a simulated tenant is made of, and the conditions under which it answers."""

import dataclasses
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

READ_PERMISSIONS = frozenset(
    {
        "User.Read.All",
        "LicenseAssignment.Read.All",
        "Organization.Read.All",
        "GroupMember.Read.All",
        "AuditLog.Read.All",
        "Reports.Read.All",
        "ReportSettings.Read.All",
        "MailboxSettings.Read",
        "User-LifeCycleInfo.Read.All",
        "RoleManagement.Read.Directory",
    }
)
RECLAIM_PERMISSIONS = frozenset({"LicenseAssignment.ReadWrite.All", "GroupMember.ReadWrite.All"})
NOTIFY_PERMISSIONS = frozenset({"Mail.Send"})
DEFAULT_PERMISSIONS = READ_PERMISSIONS | RECLAIM_PERMISSIONS | NOTIFY_PERMISSIONS

_NAMESPACE = uuid.UUID("6f2a1d5e-9a1b-4c61-8f0e-2f6a7f1f0c11")


def derived_guid(seed: int, *words: str) -> str:
    """The GUID that belongs to these words in the tenant of this seed: always the same one."""
    return str(uuid.uuid5(_NAMESPACE, f"{seed}:{':'.join(words)}"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Conditions:
    """How the tenant behaves. Replaced as a whole while it runs; durations are seconds.

    `permissions` go into each new token, as in Entra ID: a token that is out keeps its roles.
    """

    premium: bool = True
    permissions: frozenset[str] = DEFAULT_PERMISSIONS
    concealed_names: bool = False
    reports_available: bool = True
    report_settings_wrapped: bool = True
    strict_downloads: bool = True
    report_limit: bool = False
    sign_in_limit: bool = False
    write_limit: bool = False
    directory_units: int = 0  # in 10 seconds, by what each read costs (contract §7.2); 0: no limit
    limit_time_scale: float = 1.0
    replica_lag: float = 0.0
    audit_delay: float = 0.0
    token_lifetime: float = 3599.0
    page_token_lifetime: float = 3600.0
    secret_expired: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the control endpoint shows it."""
        return dataclasses.asdict(self) | {"permissions": sorted(self.permissions)}

    def changed_by(self, changes: Mapping[str, Any]) -> "Conditions":
        """These conditions with some replaced. Raises ValueError for a name that is none of them."""
        unknown = set(changes) - {field.name for field in dataclasses.fields(self)}
        if unknown:
            raise ValueError(f"no such condition: {', '.join(sorted(unknown))}")
        values = dict(changes)
        if "permissions" in values:
            values["permissions"] = frozenset(values["permissions"])
        return dataclasses.replace(self, **values)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TenantConfig:
    """A tenant: the same seed and size give the same people, licenses and identifiers.

    Dates are relative to `created_at` (the server's start where it is None). With `people_keep_working`, the
    activity of those who are active moves on with the calendar, while everybody else stays where they
    stopped: a demo that was created weeks ago stays believable.
    """

    users: int = 400
    seed: int = 1
    created_at: datetime | None = None
    display_name: str = "Contoso"
    domain: str = "contoso.example"
    client_secret: str = "simulated-client-secret"  # noqa: S105 -- opens a tenant that exists on loopback only
    client_certificate_pem: str | None = None
    conditions: Conditions = dataclasses.field(default_factory=Conditions)
    people_keep_working: bool = False

    def __post_init__(self) -> None:
        if self.users < 1:
            raise ValueError(f"a tenant needs at least one user, not {self.users}")
        if self.created_at is not None and self.created_at.tzinfo is None:
            raise ValueError("created_at needs a time zone")

    @property
    def tenant_id(self) -> str:
        """The directory's GUID."""
        return derived_guid(self.seed, "tenant")

    @property
    def client_id(self) -> str:
        """The one application that is registered in the directory."""
        return derived_guid(self.seed, "client")

    @property
    def service_principal_id(self) -> str:
        """The object that stands for the application in the directory."""
        return derived_guid(self.seed, "service-principal")
