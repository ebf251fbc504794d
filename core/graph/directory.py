"""Lists and lookups: users, sign-ins, license types, groups, mailboxes (contract §3, §4, §11)."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from core.graph import parse
from core.graph.batch import BatchAnswer, read_batch
from core.graph.errors import GraphError, MailboxMissing, PermissionDenied, UnexpectedAnswer, error_of
from core.graph.paging import pages
from core.graph.transport import Transport
from core.graph.users import (
    FIELDS,
    LEAVE_FIELD,
    MANAGER,
    SIGN_IN_FIELDS,
    DirectoryUser,
    SignIns,
    UserPage,
    parse_sign_ins,
    parse_user,
)

USERS_PAGE: Final = 999
SIGN_INS_PAGE: Final = 500
NO_MAILBOX: Final = "none"
_GROUP_FIELDS: Final = (
    "id,displayName,groupTypes,membershipRule,onPremisesSyncEnabled,mailEnabled,securityEnabled,"
    "isAssignableToRole,assignedLicenses"
)
_OK: Final = 200

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInPage:
    """One page of sign-ins."""

    sign_ins: list[SignIns]
    next_link: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Read(Generic[T]):
    """What one of several reads came to: a value or an error, and Graph's own time of it."""

    value: T | None
    error: GraphError | None
    date: datetime | None
    request_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SkuPlan:
    """A service plan of a license type."""

    service_plan_id: str
    name: str
    applies_to: str
    provisioning_status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscribedSku:
    """A license type that the tenant owns, with its seats."""

    sku_id: str
    part_number: str
    applies_to: str
    capability_status: str
    consumed: int
    enabled: int
    suspended: int
    warning: int
    locked_out: int
    service_plans: tuple[SkuPlan, ...]
    subscription_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryGroup:
    """A group, with what decides whether a member can be removed from it (contract §5.4)."""

    id: str
    display_name: str
    dynamic: bool
    membership_rule: str | None
    synced: bool
    mail_enabled: bool
    security_enabled: bool
    unified: bool
    """A Microsoft 365 group."""
    role_assignable: bool
    sku_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Organization:
    """The tenant itself."""

    id: str
    display_name: str


def list_users(
    transport: Transport, start: str | None = None, *, dropped: tuple[str, ...] = (), ahead: int = 0
) -> Generator[UserPage, None, None]:
    """All users with their license states, in pages of 999.

    Without the permission for leave dates they are left out, and the pages say so (contract §4.1).

    Args:
        transport: the way to the tenant.
        start: a nextLink that was kept; without it, from the beginning.
        dropped: what the pages before `start` had to leave out: the listing goes on without it.
        ahead: pages to fetch before they are asked for. Close the iterator then, or read it to its end.
    """
    if start is not None:
        yield from _user_pages(transport, start, dropped, ahead)
        return
    query = f"/users?$select={FIELDS},{LEAVE_FIELD}&{MANAGER}&$top={USERS_PAGE}"
    with closing(_user_pages(transport, query, (), ahead)) as listing:
        try:
            first = next(listing, None)
        except PermissionDenied:
            query = f"/users?$select={FIELDS}&{MANAGER}&$top={USERS_PAGE}"
            yield from _user_pages(transport, query, (LEAVE_FIELD,), ahead)
            return
        if first is not None:
            yield first
            yield from listing


def _user_pages(
    transport: Transport, first: str, dropped: tuple[str, ...], ahead: int
) -> Generator[UserPage, None, None]:
    what = "Reading the list of users"
    with closing(pages(transport, first, what=what, ahead=ahead)) as listing:
        for page in listing:
            yield UserPage(items=page.items, next_link=page.next_link, dropped=dropped, what=what)


def list_sign_ins(
    transport: Transport, start: str | None = None, *, ahead: int = 0
) -> Generator[SignInPage, None, None]:
    """The last sign-ins of all users, in pages of 500, and nothing else of them.

    Each request takes a slot of the limiter (contract §7.2). `start` and `ahead` are as for `list_users`.

    Raises:
        PremiumRequired: the tenant has no Microsoft Entra ID P1 or P2 (contract §4.4).
        PermissionDenied: AuditLog.Read.All is missing.
    """
    first = start or f"/users?$select={SIGN_IN_FIELDS}&$top={SIGN_INS_PAGE}"
    what = "Reading the last sign-ins"
    with closing(pages(transport, first, what=what, limited=True, ahead=ahead)) as listing:
        for page in listing:
            sign_ins = [parse_sign_ins(item) for item in page.items]
            yield SignInPage(sign_ins=sign_ins, next_link=page.next_link)


def count_users(transport: Transport) -> int:
    """How many users there are, for a progress bar."""
    what = "Counting the users"
    headers = {"Accept": "text/plain", "ConsistencyLevel": "eventual"}
    answer = transport.get("/users/$count", what=what, headers=headers)
    try:
        return int(answer.content.decode("utf-8-sig").strip())
    except ValueError:
        raise UnexpectedAnswer(f"{what}: the answer is no number", request_id=answer.request_id) from None


def get_users(transport: Transport, user_ids: Sequence[str]) -> dict[str, Read[DirectoryUser]]:
    """Users by their object ids, in batches; a user that is gone has the error NotFound."""
    return _read_many(
        transport,
        {user_id: f"/users/{quote(user_id, safe='')}?$select={FIELDS}" for user_id in user_ids},
        parse_user,
        "Reading a user",
    )


def get_groups(transport: Transport, group_ids: Sequence[str]) -> dict[str, Read[DirectoryGroup]]:
    """Groups by their object ids, in batches."""
    return _read_many(
        transport,
        {group_id: f"/groups/{quote(group_id, safe='')}?$select={_GROUP_FIELDS}" for group_id in group_ids},
        _parse_group,
        "Reading a group",
    )


def mailbox_purposes(transport: Transport, user_ids: Sequence[str]) -> dict[str, Read[str]]:
    """What the mailboxes of these users are for: `user`, `shared`, `room`, …; `none` where there is none."""
    paths = {user_id: f"/users/{quote(user_id, safe='')}/mailboxSettings/userPurpose" for user_id in user_ids}
    found = _read_many(transport, paths, _parse_purpose, "Reading the purpose of a mailbox")
    return {
        user_id: Read(value=NO_MAILBOX, error=None, date=read.date, request_id=read.request_id)
        if isinstance(read.error, MailboxMissing)
        else read
        for user_id, read in found.items()
    }


def list_subscribed_skus(transport: Transport) -> list[SubscribedSku]:
    """All license types of the tenant (contract §3)."""
    listing = pages(transport, "/subscribedSkus", what="Reading the license types")
    return [_parse_sku(item) for page in listing for item in page.items]


def get_organization(transport: Transport) -> Organization:
    """The tenant that the token is for."""
    what = "Reading the organization"
    for page in pages(transport, "/organization?$select=id,displayName", what=what):
        for item in page.items:
            return Organization(
                id=parse.guid(item.get("id"), "id", "the organization"),
                display_name=parse.maybe_text(item, "displayName", "the organization") or "",
            )
    raise UnexpectedAnswer(f"{what}: there is none")


def _read_many(
    transport: Transport, paths: dict[str, str], parse_body: Callable[[dict[str, Any]], T], what: str
) -> dict[str, Read[T]]:
    answers = read_batch(transport, list(paths.values()), what=what)
    return {key: _read(answer, parse_body, what) for key, answer in zip(paths, answers, strict=True)}


def _read(each: BatchAnswer, parse_body: Callable[[dict[str, Any]], T], what: str) -> Read[T]:
    value: T | None = None
    error: GraphError | None = None
    if each.status != _OK:
        error = error_of(each.answer, what)
    elif not isinstance(each.body, dict):
        error = UnexpectedAnswer(f"{what}: the answer is no JSON object")
    else:
        try:
            value = parse_body(each.body)
        except UnexpectedAnswer as unexpected:
            error = unexpected
    return Read(value=value, error=error, date=each.date, request_id=each.answer.request_id)


def _parse_purpose(body: dict[str, Any]) -> str:
    return parse.text(body, "value", "the purpose of a mailbox")


def _parse_group(item: dict[str, Any]) -> DirectoryGroup:
    where = "a group"
    kinds = parse.texts(item, "groupTypes", where)
    return DirectoryGroup(
        id=parse.guid(item.get("id"), "id", where),
        display_name=parse.maybe_text(item, "displayName", where) or "",
        dynamic="DynamicMembership" in kinds,
        membership_rule=parse.maybe_text(item, "membershipRule", where),
        synced=parse.maybe_flag(item, "onPremisesSyncEnabled", where) is True,
        mail_enabled=parse.maybe_flag(item, "mailEnabled", where) is True,
        security_enabled=parse.maybe_flag(item, "securityEnabled", where) is True,
        unified="Unified" in kinds,
        role_assignable=parse.maybe_flag(item, "isAssignableToRole", where) is True,
        sku_ids=tuple(
            parse.guid(each.get("skuId"), "skuId", where)
            for each in parse.objects(item, "assignedLicenses", where)
        ),
    )


def _parse_sku(item: dict[str, Any]) -> SubscribedSku:
    where = "a license type"
    units = item.get("prepaidUnits")
    if not isinstance(units, dict):
        raise parse.refuse(where, "prepaidUnits", units)
    return SubscribedSku(
        sku_id=parse.guid(item.get("skuId"), "skuId", where),
        part_number=parse.text(item, "skuPartNumber", where),
        applies_to=parse.text(item, "appliesTo", where),
        capability_status=parse.text(item, "capabilityStatus", where),
        consumed=parse.number(item, "consumedUnits", where),
        enabled=parse.number(units, "enabled", where),
        suspended=parse.number(units, "suspended", where),
        warning=parse.number(units, "warning", where),
        locked_out=parse.number(units, "lockedOut", where),
        service_plans=tuple(
            SkuPlan(
                service_plan_id=parse.guid(plan.get("servicePlanId"), "servicePlanId", where),
                name=parse.text(plan, "servicePlanName", where),
                applies_to=parse.text(plan, "appliesTo", where),
                provisioning_status=parse.text(plan, "provisioningStatus", where),
            )
            for plan in parse.objects(item, "servicePlans", where)
        ),
        subscription_ids=parse.texts(item, "subscriptionIds", where),
    )
