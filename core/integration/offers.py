"""Which assignments could be reclaimed, by the findings that are stored, a page of candidates at a time.

The rules are `core.reclamation.opportunities`; this only brings the facts and keeps the result. What did not
change is not written again.
"""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy
from sqlalchemy import Engine, func, tuple_
from sqlmodel import Session

from core.activity.evidence import ActivitySource, ActivityStatus, Confidence, Finding, Reason
from core.integration.hr_facts import EmployeeOfAccount, employees_between, hr_facts
from core.integration.offer_context import OfferContext, read_offer_context
from core.integration.offer_storage import Key, keep_opportunities
from core.integration.overlapping import find_overlaps
from core.integration.overlaps import Overlaps
from core.reclamation.downgrades import Downgrade
from core.reclamation.duplicates import Cover
from core.reclamation.opportunities import Candidate, Opportunity, find_opportunity
from core.reclamation.protected import protections
from core.roster.status import EmployeeStatus
from core.store.bulk import table_of
from core.store.engine import writing
from core.store.plain import moment_of, plain
from core.store.tables import Assignment, AssignmentGroup, User

PAGE: Final = 1000
"""Candidates per transaction."""

_OFFERED: Final = (ActivityStatus.INACTIVE.value, ActivityStatus.NEVER_ACTIVE.value)
_OFFERED_BY_HR: Final = (EmployeeStatus.INACTIVE.value, EmployeeStatus.NOT_IN_ROSTER.value)


def find_opportunities(
    engine: Engine, application_id: int, now: datetime, *, after_page: Callable[[Session], None]
) -> int:
    """Write the opportunities of an application anew; how many there are.

    `after_page` is called in each page's transaction.
    """
    with writing(engine) as session:
        tenant = read_offer_context(session, application_id, now.date())
    after: Key = ("", "")
    total = 0
    while True:
        with writing(engine) as session:
            candidates = _candidates(session, application_id, after, tenant.overlaps)
            upto = (candidates[-1].user_id, candidates[-1].sku_id) if len(candidates) == PAGE else None
            groups = _groups_of(session, application_id, after, upto)
            memberships = _memberships(groups)
            people = employees_between(session, application_id, after[0], upto and upto[0])
            overlapping = find_overlaps(session, application_id, tenant.overlaps, candidates)
            found: dict[Key, Opportunity] = {}
            for row in candidates:
                key = (row.user_id, row.sku_id)
                cover, downgrade = overlapping.covers.get(key), overlapping.downgrades.get(key)
                if not row.by_itself and cover is None and downgrade is None:
                    continue
                around = _Around(
                    groups=groups.get(key, ()),
                    member_of=memberships.get(row.user_id, frozenset()),
                    employee=people.get(row.user_id),
                    cover=cover,
                    downgrade=downgrade,
                )
                opportunity = _judge(row, around, tenant, now)
                if opportunity is not None:
                    found[key] = opportunity
            total += len(found)
            keep_opportunities(session, application_id, after, upto, found, now)
            after_page(session)
        if upto is None:
            return total
        after = upto


def _candidates(session: Session, application_id: int, after: Key, overlaps: Overlaps) -> Sequence[Any]:
    held, user = table_of(Assignment).c, table_of(User).c
    paired = overlaps.may_be_covered
    by_itself = (
        held.activity_status.in_(_OFFERED)
        | user.account_enabled.is_(False)
        | func.coalesce(user.employee_status, "").in_(_OFFERED_BY_HR)
    )
    statement = (
        sqlalchemy.select(
            held.user_id,
            held.sku_id,
            held.direct,
            held.state,
            held.error,
            plain(held.updated_at).label("updated_at"),
            plain(held.disabled_plans).label("disabled_plans"),
            held.activity_status,
            plain(held.last_activity_at).label("last_activity_at"),
            held.last_activity_source,
            held.confidence,
            plain(held.reasons).label("reasons"),
            user.user_principal_name,
            user.display_name,
            user.account_enabled,
            plain(user.created_at).label("created_at"),
            user.user_type,
            user.management_restricted,
            user.mailbox_purpose,
            user.employee_status,
            user.department,
            paired.label("paired"),
            by_itself.label("by_itself"),
        )
        .select_from(
            table_of(Assignment).join(
                table_of(User),
                (user.application_id == held.application_id) & (user.user_id == held.user_id),
            )
        )
        .where(held.application_id == application_id, tuple_(held.user_id, held.sku_id) > after)
        .where(held.activity_status != ActivityStatus.FAILED.value)  # there is no seat to take back
        .where(by_itself | overlaps.may_be_cheaper | paired)
        .order_by(held.user_id, held.sku_id)
        .limit(PAGE)
    )
    return session.connection().execute(statement).all()


@functools.lru_cache(maxsize=4096)
def _reasons(text: str) -> tuple[Reason, ...]:
    """The reasons of a finding, as they are stored: few combinations occur."""
    return tuple(Reason(code) for code in json.loads(text))


def _groups_of(session: Session, application_id: int, after: Key, upto: Key | None) -> dict[Key, list[str]]:
    giving = table_of(AssignmentGroup).c
    statement = sqlalchemy.select(giving.user_id, giving.sku_id, giving.group_id).where(
        giving.application_id == application_id, giving.user_id >= after[0]
    )
    if upto is not None:
        statement = statement.where(giving.user_id <= upto[0])
    found: dict[Key, list[str]] = {}
    for user_id, sku_id, group_id in session.connection().execute(statement.order_by(giving.group_id)).all():
        found.setdefault((user_id, sku_id), []).append(group_id)
    return found


def _memberships(groups: Mapping[Key, list[str]]) -> dict[str, frozenset[str]]:
    """By user id, the groups that give the person any license."""
    found: dict[str, set[str]] = {}
    for (user_id, _), group_ids in groups.items():
        found.setdefault(user_id, set()).update(group_ids)
    return {user_id: frozenset(group_ids) for user_id, group_ids in found.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Around:
    """What else is known of a seat and its person: `groups` give it, the person is `member_of` others too."""

    groups: Sequence[str]
    member_of: frozenset[str]
    employee: EmployeeOfAccount | None
    cover: Cover | None
    downgrade: Downgrade | None


def _judge(
    row: Any,  # noqa: ANN401 - a row of `_candidates`
    around: _Around,
    tenant: OfferContext,
    now: datetime,
) -> Opportunity | None:
    known = tenant.type_of(row.sku_id)
    account = tenant.protecting.account(
        row.user_id, row.user_principal_name, row.display_name, row.mailbox_purpose
    )
    source = row.last_activity_source
    candidate = Candidate(
        account_enabled=row.account_enabled,
        account_created_at=moment_of(row.created_at),
        guest=row.user_type == "Guest",
        management_restricted=row.management_restricted,
        mailbox_purpose=account.mailbox_purpose,
        direct=row.direct,
        groups=tuple(tenant.giving(group_id, row.sku_id) for group_id in around.groups),
        state=row.state,
        error=row.error,
        assigned_at=moment_of(row.updated_at),
        finding=Finding(
            status=ActivityStatus(row.activity_status),
            last_activity_at=moment_of(row.last_activity_at),
            last_activity_source=None if source is None else ActivitySource(source),
            confidence=Confidence(row.confidence),
            reasons=_reasons(row.reasons),
        ),
        type_name=known.name,
        free=known.free,
        priced=known.priced,
        for_company=known.for_company,
        self_service=known.self_service,
        protections=protections(account),
        admin_roles_known=account.roles_known,
        hr=hr_facts(row.employee_status, around.employee, tenant.roster),
        exempt=tenant.sparing.exempt(
            row.user_id, row.sku_id, department=row.department, group_ids=around.member_of
        ),
        cooldown=tenant.sparing.cooldown(row.user_id, row.sku_id),
        cover=around.cover,
        downgrade=around.downgrade,
        advice=tenant.overlaps.explained(around.downgrade),
    )
    rules = tenant.rules
    return find_opportunity(candidate, rules.policy_of(row.sku_id), now, refreshed_on=rules.refreshed_on)
