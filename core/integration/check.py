"""Tests a connection: the token, each permission, each source, and what the absence of one costs.

Nothing is written, and nothing that the tenant does is an exception: it is what the check reports.
"""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from core.activity.evidence import SourceStatus
from core.graph import (
    PERMISSIONS,
    TOO_WIDE,
    BadRequest,
    GraphClient,
    GraphError,
    NotFound,
    PermissionDenied,
    PremiumRequired,
)
from core.graph.report_rows import ReportRow
from core.integration import admin_roles, mailboxes, reports, sign_ins, subscriptions
from core.integration.report_kinds import KINDS, ReportKind, kinds_needed
from core.integration.report_lacks import NOT_OFFERED, Lack, lack_in, why_missing
from core.integration.sources import SourceName

_NOT_TRIED: Final = "Not tried: there is no token."
_REPORT_ROWS: Final = 50
_NOBODY: Final = "Not tried: nobody on the first page of users holds a license."
_WIDE: Final = (
    "{names} allows far more than the product needs, deleting users among it: "
    "LicenseAssignment.ReadWrite.All suffices to reclaim."
)


@dataclass(frozen=True, kw_only=True)
class PermissionCheck:
    """Whether a permission is granted, itself or one that serves as well."""

    name: str
    granted: bool
    needed_for: str
    optional: bool


@dataclass(frozen=True, kw_only=True)
class SourceCheck:
    """How a source answers now; `detail` says why it does not, and what that costs."""

    name: SourceName
    status: SourceStatus
    detail: str


@dataclass(frozen=True, kw_only=True)
class ConnectionCheck:
    """What a test of a connection has found. Without a token nothing else was tried."""

    application: str
    tenant: str | None
    token_error: str | None
    permissions: tuple[PermissionCheck, ...]
    sources: tuple[SourceCheck, ...]
    warnings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Everything that a sync cannot do without is there: a token, the people and the license types."""
        needed = {SourceName.DIRECTORY, SourceName.LICENSE_TYPES}
        return self.token_error is None and all(
            source.status is SourceStatus.AVAILABLE for source in self.sources if source.name in needed
        )

    def to_json(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            "application": self.application,
            "tenant": self.tenant,
            "token": {"ok": self.token_error is None, "error": self.token_error},
            "permissions": [
                {"name": each.name, "granted": each.granted, "needed_for": each.needed_for}
                for each in self.permissions
            ],
            "sources": [
                {"name": each.name.value, "status": each.status.value, "detail": each.detail}
                for each in self.sources
            ],
            "warnings": list(self.warnings),
        }


def check_connection(
    client: GraphClient, *, application: str, fixed_tenant: str | None = None
) -> ConnectionCheck:
    """Try everything that a sync reads, a page of each.

    Use a client of its own: an older one may hold a token from before the configuration was mended.

    Args:
        client: reaches the tenant.
        application: the key that the report goes by.
        fixed_tenant: the GUID of the tenant that the application was first synced with.
    """
    try:
        roles = client.sign_in()
    except GraphError as error:
        return ConnectionCheck(
            application=application,
            tenant=None,
            token_error=str(error),
            permissions=_permissions(frozenset()),
            sources=tuple(
                SourceCheck(name=name, status=SourceStatus.NOT_READ, detail=_NOT_TRIED) for name in SourceName
            ),
            warnings=(),
        )
    warnings: list[str] = []
    tenant = _tenant(client, fixed_tenant, warnings)
    if too_wide := sorted(roles & TOO_WIDE):
        warnings.append(_WIDE.format(names=" and ".join(too_wide)))
    license_types, plan_ids = _license_types(client)
    directory, licensed = _directory(client)
    return ConnectionCheck(
        application=application,
        tenant=tenant,
        token_error=None,
        permissions=_permissions(roles),
        sources=(
            license_types,
            directory,
            _tried(SourceName.SIGN_INS, lambda: _sign_ins(client)),
            *_usage_reports(client, plan_ids),
            _tried(SourceName.MAILBOXES, lambda: _mailboxes(client, licensed)),
            _tried(SourceName.ADMIN_ROLES, lambda: _admin_roles(client)),
            _tried(SourceName.SUBSCRIPTIONS, lambda: _subscriptions(client)),
        ),
        warnings=tuple(warnings),
    )


Answer = tuple[SourceStatus, str]
_AVAILABLE: Final[Answer] = (SourceStatus.AVAILABLE, "")


def _permissions(roles: frozenset[str]) -> tuple[PermissionCheck, ...]:
    return tuple(
        PermissionCheck(
            name=permission.name,
            granted=permission.granted(roles),
            needed_for=permission.needed_for,
            optional=permission.optional,
        )
        for permission in PERMISSIONS
    )


def _tenant(client: GraphClient, fixed: str | None, warnings: list[str]) -> str | None:
    try:
        tenant = client.get_organization().id
    except GraphError:
        return None
    if fixed is not None and tenant != fixed:
        warnings.append(
            f"This is the tenant {tenant}, but the application was first synced with {fixed}: nothing will "
            "be synced. Restore its tenant_id, or connect this tenant under a key of its own."
        )
    return tenant


def _tried(name: SourceName, read: Callable[[], Answer]) -> SourceCheck:
    try:
        status, detail = read()
    except PermissionDenied as error:
        status, detail = SourceStatus.MISSING, str(error)
    except GraphError as error:
        status, detail = SourceStatus.FAILED, str(error)
    return SourceCheck(name=name, status=status, detail=detail)


def _directory(client: GraphClient) -> tuple[SourceCheck, str | None]:
    """The people, and one of them with a license, whose mailbox can be asked for."""
    licensed: list[str] = []

    def read() -> Answer:
        page = next(client.list_users(), None)
        if page is None or not page.users:
            return SourceStatus.FAILED, "The list of users came back empty."
        licensed.extend(user.id for user in page.users if user.license_states)
        return _AVAILABLE

    found = _tried(SourceName.DIRECTORY, read)
    return found, next(iter(licensed), None)


def _license_types(client: GraphClient) -> tuple[SourceCheck, set[str]]:
    """The license types, and their service plans, which tell what reports are needed."""
    plan_ids: set[str] = set()

    def read() -> Answer:
        plan_ids.update(
            plan.service_plan_id for sku in client.list_subscribed_skus() for plan in sku.service_plans
        )
        return _AVAILABLE

    return _tried(SourceName.LICENSE_TYPES, read), plan_ids


def _sign_ins(client: GraphClient) -> Answer:
    try:
        next(client.list_sign_ins(), None)
    except PremiumRequired:
        return SourceStatus.MISSING, sign_ins.NO_PREMIUM
    except PermissionDenied:
        return SourceStatus.MISSING, sign_ins.NO_PERMISSION
    return _AVAILABLE


def _usage_reports(client: GraphClient, plan_ids: Collection[str]) -> list[SourceCheck]:
    """The usage reports, all at once."""
    needed = kinds_needed(plan_ids)

    def read(kind: ReportKind[Any]) -> SourceCheck:
        if kind not in needed:
            return SourceCheck(name=kind.name, status=SourceStatus.NOT_READ, detail=kind.spared)
        status, detail = _usage_report(client, kind, concealed.result)
        return SourceCheck(name=kind.name, status=status, detail=detail)

    with ThreadPoolExecutor(max_workers=len(KINDS) + 1) as pool:
        concealed = pool.submit(reports.says_concealed, client)
        return list(pool.map(read, KINDS))


def _usage_report(client: GraphClient, kind: ReportKind[Any], concealed: Callable[[], bool]) -> Answer:
    """The first rows of a report tell what it lacks; the others are not downloaded."""
    if not client.connection.cloud.has_usage_reports:
        lack: Lack | None = Lack(status=SourceStatus.MISSING, sentence=NOT_OFFERED)
    else:
        try:
            rows: list[ReportRow] = client.first_rows(kind.report, _REPORT_ROWS)
        except GraphError as error:
            rows, lack = [], why_missing(error)
        else:
            lack = lack_in(kind, rows, concealed=concealed(), now=datetime.now(UTC))
    if lack is not None:
        return lack.status, lack.detail(kind)
    return SourceStatus.AVAILABLE, f"As of {rows[0].refreshed_on.isoformat()}."


def _mailboxes(client: GraphClient, user_id: str | None) -> Answer:
    if user_id is None:
        return SourceStatus.NOT_READ, _NOBODY
    read = client.mailbox_purposes([user_id])[user_id]
    if isinstance(read.error, PermissionDenied):
        return SourceStatus.MISSING, mailboxes.NO_PERMISSION
    return _AVAILABLE if read.error is None else (SourceStatus.FAILED, str(read.error))


def _admin_roles(client: GraphClient) -> Answer:
    try:
        client.can_read_admin_roles()
    except PermissionDenied:
        return SourceStatus.MISSING, admin_roles.NO_PERMISSION
    return _AVAILABLE


def _subscriptions(client: GraphClient) -> Answer:
    try:
        client.list_subscriptions()
    except PermissionDenied:
        return SourceStatus.MISSING, subscriptions.NO_PERMISSION
    except (BadRequest, NotFound):
        return SourceStatus.MISSING, subscriptions.NOT_IN_CLOUD
    return _AVAILABLE
