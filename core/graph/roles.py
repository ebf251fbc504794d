"""Who holds a role of Microsoft Entra ID: directly, through a group, or eligible to activate it.

What Microsoft documents of it (`microsoft-graph-docs-contrib`, api-reference/v1.0/api):

- `GET /roleManagement/directory/roleAssignments` lists who holds what now, an activated eligible role and one
  that is scoped to an administrative unit among it. RoleManagement.Read.Directory suffices, and
  Directory.Read.All serves as well. `$expand=principal` says what the principal is: a user, a service
  principal or a group. (`/directoryRoles?$expand=members` knows no custom roles and cuts the members off, so
  it is not used.)
- A role that a group holds is held by its members. Groups can't be nested in a role-assignable one, so the
  direct members (`GET /groups/{id}/members`, GroupMember.Read.All) are all of them.
- `GET /roleManagement/directory/roleEligibilityScheduleInstances` lists who may activate a role in Privileged
  Identity Management. Directory.Read.All does not open it. A tenant without Entra ID P2 or Governance answers
  400 `AadPremiumLicenseRequired`: there nobody is eligible.

Who is merely eligible to become a member of such a group (PIM for Groups) is not read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from core.graph import parse
from core.graph.errors import BadRequest, GraphError, NotFound, Stopped
from core.graph.paging import pages
from core.graph.transport import Transport

ELIGIBLE: Final = " (eligible)"
"""Follows the name of a role that its holder has to activate first."""

_HOLD: Final = "/roleManagement/directory/roleAssignments?$expand=principal"
_MAY_HOLD: Final = "/roleManagement/directory/roleEligibilityScheduleInstances?$expand=principal"
_NAMES: Final = "/roleManagement/directory/roleDefinitions?$select=id,displayName"
_NO_PIM: Final = "AadPremiumLicenseRequired"
_MEMBERS_PAGE: Final = 999
_GROUP: Final = "#microsoft.graph.group"
_NO_USERS: Final = frozenset({"#microsoft.graph.servicePrincipal", "#microsoft.graph.device"})
_WHERE: Final = "a role assignment"


@dataclass(frozen=True, kw_only=True, slots=True)
class AdminRoles:
    """By user id in lower case, the names of the roles that each holds or may activate, in order.

    `gaps`: what of it could not be read, a sentence each; whoever is not in `holders` may then hold one too.
    """

    holders: Mapping[str, tuple[str, ...]]
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grant:
    """A role, by name, for one principal."""

    principal_id: str
    kind: str
    role: str


def read_admin_roles(transport: Transport) -> AdminRoles:
    """All roles of all users, read in a handful of requests.

    Raises:
        PermissionDenied: RoleManagement.Read.Directory is missing.
        GraphError: the assignments could not be read. What else could not be is among the gaps.
    """
    names = _role_names(transport)
    grants = list(_grants(transport, _HOLD, names, "", "Reading the admin roles"))
    gaps: list[str] = []
    try:
        grants += _grants(transport, _MAY_HOLD, names, ELIGIBLE, "Reading the eligible admin roles")
    except Stopped:
        raise
    except GraphError as error:
        if not (isinstance(error, BadRequest) and error.code == _NO_PIM):
            gaps.append(f"Roles that people may activate could not be read: {error.message}")
    found: dict[str, set[str]] = {}
    members: dict[str, list[str]] = {}
    for grant in grants:
        if grant.kind in _NO_USERS:
            continue
        holders = [grant.principal_id]
        if grant.kind == _GROUP:
            if grant.principal_id not in members:
                members[grant.principal_id] = _members(transport, grant.principal_id, gaps)
            holders = members[grant.principal_id]
        for user_id in holders:
            found.setdefault(user_id, set()).add(grant.role)
    return AdminRoles(
        holders={user_id: tuple(sorted(roles)) for user_id, roles in found.items()}, gaps=tuple(gaps)
    )


def can_read_admin_roles(transport: Transport) -> None:
    """Try one page of the assignments. Raises as `read_admin_roles` does."""
    next(pages(transport, _HOLD, what="Reading the admin roles"), None)


def _role_names(transport: Transport) -> dict[str, str]:
    what = "Reading the names of the admin roles"
    return {
        parse.text(item, "id", "a role").lower(): parse.maybe_text(item, "displayName", "a role") or ""
        for page in pages(transport, _NAMES, what=what)
        for item in page.items
    }


def _grants(
    transport: Transport, path: str, names: Mapping[str, str], suffix: str, what: str
) -> Iterator[_Grant]:
    for page in pages(transport, path, what=what):
        for item in page.items:
            role_id = parse.text(item, "roleDefinitionId", _WHERE)
            principal = item.get("principal")
            kind = parse.maybe_text(principal, "@odata.type", _WHERE) if isinstance(principal, dict) else None
            yield _Grant(
                principal_id=parse.guid(item.get("principalId"), "principalId", _WHERE),
                kind=kind or "",
                role=f"{names.get(role_id.lower()) or role_id}{suffix}",
            )


def _members(transport: Transport, group_id: str, gaps: list[str]) -> list[str]:
    path = f"/groups/{quote(group_id, safe='')}/members?$select=id&$top={_MEMBERS_PAGE}"
    try:
        return [
            parse.guid(item.get("id"), "id", "a member")
            for page in pages(transport, path, what="Reading the members of a group with an admin role")
            for item in page.items
            if _is_user(item)
        ]
    except (Stopped, NotFound) as error:
        if isinstance(error, NotFound):  # the group went meanwhile, and its roles with it
            return []
        raise
    except GraphError as error:
        gaps.append(f"The members of a group with an admin role could not be read: {error.message}")
        return []


def _is_user(item: Mapping[str, Any]) -> bool:
    return item.get("@odata.type") in {None, "#microsoft.graph.user"}
