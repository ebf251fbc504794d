"""Brings together what `recheck` decides by: what was known when it was decided, and what is known now.

Both sides come from our own rows; what Graph has just answered comes in as a `Seen`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from core.activity.evidence import ActivityStatus, Confidence
from core.policies.exempting import groups_of
from core.policies.policies import read_policies
from core.policies.sparing import Sparing, read_sparing
from core.reclamation.candidates import purpose_of
from core.reclamation.chosen import BY_POLICY, Seat
from core.reclamation.covering import Covering, read_covering
from core.reclamation.hr_scenarios import said_since
from core.reclamation.ledger import Request
from core.reclamation.licenses import HeldLicense
from core.reclamation.opportunities import MailboxPurpose, Scenario, duplicate_alone
from core.reclamation.protected import Account, protections
from core.reclamation.protecting import read_protecting
from core.reclamation.recheck import AlreadyRemoved, Decided, Proceed, ReadNow, Skip, SkipReason, recheck
from core.reclamation.scheduled_choice import unsure
from core.reclamation.typed_names import TYPED_NAME
from core.roster.status import EmployeeStatus
from core.store.tables import Assignment, Group, Opportunity, ReclamationRequest, User

Decision = Proceed | Skip | AlreadyRemoved


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What Graph has just shown of one user and one license type. Times are Graph's own.

    `at`: the `Date` header of the answer. `exists`: False after a 404; the rest then says nothing.
    `admin_roles`: names of those that the account holds; None where they were not told now.
    `updated_at`: when the direct entry last changed. `mailbox_purpose`: None where it could not be read.
    `others`: what the user holds of other license types.
    """

    at: datetime
    exists: bool
    account_enabled: bool = False
    management_restricted: bool | None = None
    direct: bool = False
    disabled_plans: tuple[str, ...] = ()
    updated_at: datetime | None = None
    group_ids: tuple[str, ...] = ()
    mailbox_purpose: MailboxPurpose | None = None
    usage_location: str | None = None
    others: tuple[HeldLicense, ...] = ()
    admin_roles: tuple[str, ...] | None = None

    def evidence(self) -> dict[str, Any]:
        """As it is written into an event."""
        return {
            "read_at": self.at.isoformat(),
            "exists": self.exists,
            "account_enabled": self.account_enabled,
            "direct": self.direct,
            "disabled_plans": list(self.disabled_plans),
            "updated_at": self.updated_at.isoformat() if self.updated_at else None,
            "group_ids": list(self.group_ids),
            "mailbox_purpose": self.mailbox_purpose,
            "admin_roles": None if self.admin_roles is None else list(self.admin_roles),
            "others": [f"{each.sku_id} {each.state}" for each in self.others],
        }


@dataclass(frozen=True, kw_only=True)
class Known:
    """What our rows say of one request's seat."""

    decided: Decided
    last_activity_at: datetime | None
    opportunity: bool
    blocker: str | None
    """The sentence of the first blocker of the current opportunity."""
    mailbox_purpose: MailboxPurpose | None
    group_names: Mapping[str, str]
    request: Request
    department: str | None
    member_of: frozenset[str]
    """Groups that give the person any license, as they were last read."""
    account: Account
    sparing: Sparing
    covering: Covering | None
    """Of a duplicate alone: what could cover it."""


def known_facts(
    session: Session, application_id: int, requests: Sequence[Request], now: datetime
) -> dict[int, Known]:
    """What our rows say now, by request id. For a chunk of requests: all in a handful of queries."""
    seats = [(request.user_id, request.sku_id) for request in requests]
    opportunities = _opportunities(session, application_id, seats)
    assignments = _assignments(session, application_id, seats)
    in_application = col(User.application_id) == application_id
    user_ids = {request.user_id for request in requests}
    users = {
        user.user_id: user
        for user in session.scalars(select(User).where(in_application, col(User.user_id).in_(user_ids)))
    }
    names = _names_of_groups(session, application_id)
    policies = read_policies(session, application_id)
    evidence = _evidence(session, requests)
    sparing = read_sparing(session, application_id, now.date(), user_ids)
    memberships = groups_of(session, application_id, user_ids)
    duplicates = {request.id for request in requests if duplicate_alone(evidence[request.id]["scenarios"])}
    covering = read_covering(session, application_id, user_ids, now) if duplicates else None
    protecting = read_protecting(session, application_id, user_ids)
    known = {}
    for request in requests:
        seat = (request.user_id, request.sku_id)
        opportunity, assignment, user = (
            opportunities.get(seat),
            assignments.get(seat),
            users.get(request.user_id),
        )
        blockers = [each["text"] for each in opportunity.blockers] if opportunity else []
        cooldown = sparing.cooldown(*seat)
        if cooldown is not None:  # it may have begun after the last assessment
            blockers.insert(0, cooldown)
        since = _said_since(user, evidence[request.id]["scenarios"])
        if since is not None:  # a roster came in after the last assessment
            blockers.insert(0, since)
        doubt = _doubt(opportunity) if opportunity and BY_POLICY in evidence[request.id] else None
        if doubt is not None:
            blockers.insert(0, doubt)
        known[request.id] = Known(
            decided=_decided(request, evidence[request.id], policies.threshold_of(request.sku_id)),
            last_activity_at=assignment.last_activity_at if assignment else None,
            opportunity=opportunity is not None
            and opportunity.reclaimable
            and cooldown is None
            and since is None
            and doubt is None,
            blocker=blockers[0] if blockers else None,
            mailbox_purpose=purpose_of(user.mailbox_purpose) if user else None,
            group_names=names,
            request=request,
            department=user.department if user else None,
            member_of=memberships.get(request.user_id, frozenset()),
            account=protecting.account(
                request.user_id,
                user.user_principal_name if user else request.user_principal_name,
                user.display_name if user else "",
                user.mailbox_purpose if user else None,
            ),
            sparing=sparing,
            covering=covering if request.id in duplicates else None,
        )
    return known


def _said_since(user: User | None, scenarios: Sequence[str]) -> str | None:
    if user is None or user.employee_status is None:
        return None
    return said_since(
        EmployeeStatus(user.employee_status),
        left=Scenario.HR_INACTIVE in scenarios,
        missing=Scenario.NOT_IN_HR_ROSTER in scenarios,
    )


def _doubt(opportunity: Opportunity) -> str | None:
    return unsure(Confidence(opportunity.confidence), (each["code"] for each in opportunity.cautions))


def covering_types(known: Known, seen: Seen) -> tuple[str, ...]:
    """SKU ids of the user's licenses that cover the one of the request, where it is taken back for that."""
    if known.covering is None:
        return ()
    return known.covering.of((known.request.user_id, known.request.sku_id), seen.disabled_plans, seen.others)


def as_stored(known: Known, now: datetime) -> Seen:
    """What Graph would show if nothing had changed since the last sync."""
    covering, request = known.covering, known.request
    held = () if covering is None else covering.stored.get(request.user_id, ())
    return Seen(
        at=now,
        exists=True,
        account_enabled=known.decided.account_enabled,
        direct=True,
        disabled_plans=next((each.disabled_plans for each in held if each.sku_id == request.sku_id), ()),
        others=tuple(each for each in held if each.sku_id != request.sku_id),
    )


def decide(known: Known, seen: Seen) -> Decision:
    """Whether to remove the license now."""
    now_read = ReadNow(
        exists=seen.exists,
        checked_at=seen.at,
        account_enabled=seen.account_enabled,
        direct=seen.direct,
        groups=tuple(known.group_names.get(group_id, group_id) for group_id in seen.group_ids),
        assigned_at=seen.updated_at,
        last_activity_at=known.last_activity_at,
        mailbox_purpose=seen.mailbox_purpose or known.mailbox_purpose,
        management_restricted=seen.management_restricted,
        current_opportunity=known.opportunity,
        exempt=known.sparing.exempt(
            known.request.user_id,
            known.request.sku_id,
            department=known.department,
            group_ids=known.member_of.union(seen.group_ids),
        ),
        covered=bool(covering_types(known, seen)),
        protections=tuple(note.text for note in protections(_account_now(known, seen))),
    )
    decision = recheck(known.decided, now_read)
    if isinstance(decision, Skip) and decision.reason is SkipReason.NO_OPPORTUNITY and known.blocker:
        return Skip(reason=decision.reason, text=known.blocker)
    return decision


def _account_now(known: Known, seen: Seen) -> Account:
    """What is on record of the account, with the roles that it holds now where they were told."""
    return known.account if seen.admin_roles is None else replace(known.account, admin_roles=seen.admin_roles)


def group_names(session: Session, application_id: int, group_ids: Sequence[str]) -> list[str]:
    """Names of groups, the id where the name was never read."""
    names = _names_of_groups(session, application_id)
    return [names.get(group_id, group_id) for group_id in group_ids]


def _names_of_groups(session: Session, application_id: int) -> dict[str, str]:
    groups = select(Group).where(col(Group.application_id) == application_id)
    return {group.group_id: group.display_name for group in session.scalars(groups)}


def _decided(request: Request, evidence: Mapping[str, Any], threshold_days: int) -> Decided:
    return Decided(
        account_enabled=evidence["account_enabled"],
        assigned_at=_moment(evidence["assigned_at"]),
        last_activity_at=_moment(evidence["last_activity_at"]),
        status=ActivityStatus(evidence["activity_status"]),
        threshold_days=threshold_days,
        manual=request.manual,
        intent_at=request.intent_at,
        left=Scenario.HR_INACTIVE in evidence["scenarios"],
        duplicate=duplicate_alone(evidence["scenarios"]),
        name_typed=TYPED_NAME in evidence,
    )


def _evidence(session: Session, requests: Sequence[Request]) -> dict[int, dict[str, Any]]:
    ids = [request.id for request in requests]
    query = select(col(ReclamationRequest.id), col(ReclamationRequest.evidence))
    rows = session.execute(query.where(col(ReclamationRequest.id).in_(ids)))
    return {request_id: evidence for request_id, evidence in rows if request_id is not None}


def _opportunities(session: Session, application_id: int, seats: Sequence[Seat]) -> dict[Seat, Opportunity]:
    of_users = col(Opportunity.user_id).in_([user_id for user_id, _ in seats])
    query = select(Opportunity).where(col(Opportunity.application_id) == application_id, of_users)
    found = {(row.user_id, row.sku_id): row for row in session.scalars(query)}
    return {seat: found[seat] for seat in seats if seat in found}


def _assignments(session: Session, application_id: int, seats: Sequence[Seat]) -> dict[Seat, Assignment]:
    of_users = col(Assignment.user_id).in_([user_id for user_id, _ in seats])
    query = select(Assignment).where(col(Assignment.application_id) == application_id, of_users)
    found = {(row.user_id, row.sku_id): row for row in session.scalars(query)}
    return {seat: found[seat] for seat in seats if seat in found}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
