"""Judges every assignment by the evidence that is stored, a page of people at a time.

The rules are `core.activity.evidence`; this only brings the facts and keeps the findings. Findings that did
not change are not written again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy
from sqlalchemy import Engine
from sqlmodel import Session, select

from core.activity.evidence import (
    ActivityPolicy,
    Evidence,
    Finding,
    ReportEvidence,
    SignInEvidence,
    SourceStatus,
    classify,
)
from core.activity.workloads import Workload, workloads_of
from core.integration.sources import SourceName, read_sources
from core.store.bulk import table_of, update_rows
from core.store.engine import writing
from core.store.tables import (
    Assignment,
    Policy,
    ServicePlan,
    TypePolicy,
    User,
    UserActivity,
)

PAGE: Final = 1000
"""People per transaction: short enough that nobody waits long for SQLite's one writer."""

_REPORTED: Final = (
    Workload.EXCHANGE,
    Workload.ONEDRIVE,
    Workload.SHAREPOINT,
    Workload.SKYPE,
    Workload.YAMMER,
    Workload.TEAMS,
)
"""The workloads of the columns of `UserActivity`, in the order in which `_people` reads them."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What holds for everybody in one assessment: policies, service plans, and how the sources stand."""

    policy: ActivityPolicy
    by_type: dict[str, ActivityPolicy]
    plans: dict[str, frozenset[str]]
    sign_in_status: SourceStatus
    sign_ins_complete: bool
    report_status: SourceStatus
    report_refreshed_on: date | None

    def policy_of(self, sku_id: str) -> ActivityPolicy:
        """The policy that a license type is judged by."""
        return self.by_type.get(sku_id, self.policy)


_FINDING_COLUMNS: Final = (
    "application_id",
    "user_id",
    "sku_id",
    "activity_status",
    "last_activity_at",
    "last_activity_source",
    "confidence",
    "reasons",
    "assessed_at",
)


def read_rules(session: Session, application_id: int) -> Rules:
    """The rules as they stand now; a source or policy without a row is not read, or the default."""
    general = session.get(Policy, application_id)
    young = ActivityPolicy() if general is None else _policy(general.threshold_days, general.young_days)
    own = session.exec(select(TypePolicy).where(TypePolicy.application_id == application_id))
    sources = read_sources(session, application_id)
    sign_ins, reports = sources.get(SourceName.SIGN_INS), sources.get(SourceName.USAGE_REPORTS)
    refreshed = None if reports is None else reports.as_of
    return Rules(
        policy=young,
        by_type={policy.sku_id: _policy(policy.threshold_days, young.young_days) for policy in own},
        plans=plans_by_type(session, application_id),
        sign_in_status=SourceStatus.NOT_READ if sign_ins is None else SourceStatus(sign_ins.status),
        sign_ins_complete=sign_ins is not None and sign_ins.read_at is not None,
        report_status=SourceStatus.NOT_READ if reports is None else SourceStatus(reports.status),
        report_refreshed_on=None if refreshed is None else refreshed.date(),
    )


def plans_by_type(session: Session, application_id: int) -> dict[str, frozenset[str]]:
    """The service plans that each license type includes."""
    found: dict[str, set[str]] = {}
    known = select(ServicePlan.sku_id, ServicePlan.service_plan_id).where(
        ServicePlan.application_id == application_id
    )
    for sku_id, plan_id in session.exec(known):
        found.setdefault(sku_id, set()).add(plan_id)
    return {sku_id: frozenset(plans) for sku_id, plans in found.items()}


def classify_assignments(
    engine: Engine, application_id: int, now: datetime, *, after_page: Callable[[Session], None]
) -> int:
    """Judge all assignments of an application; how many findings changed.

    `after_page` is called in each page's transaction.
    """
    with writing(engine) as session:
        rules = read_rules(session, application_id)
    provided = _Provided(rules.plans)
    after = ""
    changed = 0
    while True:
        with writing(engine) as session:
            people = _people(session, application_id, after)
            if not people:
                return changed
            last = people[-1].user_id
            changes = _judge(session, application_id, people, after, last, rules, provided, now)
            changed += len(changes)
            _write(session, application_id, changes, now)
            after_page(session)
        after = last


class _Provided:
    """The workloads of a license type without the plans that are switched off, remembered."""

    def __init__(self, plans: dict[str, frozenset[str]]) -> None:
        self._plans = plans
        self._known: dict[tuple[str, tuple[str, ...]], frozenset[Workload]] = {}

    def __call__(self, sku_id: str, disabled: Sequence[str]) -> frozenset[Workload]:
        key = (sku_id, tuple(disabled))
        found = self._known.get(key)
        if found is None:
            found = workloads_of(self._plans.get(sku_id, frozenset()).difference(disabled))
            self._known[key] = found
        return found


def _policy(threshold_days: int, young_days: int) -> ActivityPolicy:
    return ActivityPolicy(threshold_days=threshold_days, young_days=young_days)


def _people(session: Session, application_id: int, after: str) -> Sequence[Any]:
    """The next page of people in the directory, with what the sources say of their activity."""
    user, activity = table_of(User).c, table_of(UserActivity).c
    statement = (
        sqlalchemy.select(
            user.user_id,
            user.created_at,
            activity.sign_in_successful,
            activity.sign_in_interactive,
            activity.sign_in_non_interactive,
            activity.sign_in_read_at,
            activity.report_refreshed_on,
            activity.exchange_on,
            activity.onedrive_on,
            activity.sharepoint_on,
            activity.skype_on,
            activity.yammer_on,
            activity.teams_on,
        )
        .select_from(
            table_of(User).outerjoin(
                table_of(UserActivity),
                (activity.application_id == user.application_id) & (activity.user_id == user.user_id),
            )
        )
        .where(user.application_id == application_id, user.user_id > after)
        .order_by(user.user_id)
        .limit(PAGE)
    )
    return session.connection().execute(statement).all()


def _held(session: Session, application_id: int, after: str, last: str) -> Sequence[Any]:
    """The assignments of a page of people, with the findings of the last assessment."""
    held = table_of(Assignment).c
    statement = (
        sqlalchemy.select(
            held.user_id,
            held.sku_id,
            held.disabled_plans,
            held.updated_at,
            held.assessed_at,
            held.activity_status,
            held.last_activity_at,
            held.last_activity_source,
            held.confidence,
            held.reasons,
        )
        .where(held.application_id == application_id, held.user_id > after, held.user_id <= last)
        .order_by(held.user_id, held.sku_id)
    )
    return session.connection().execute(statement).all()


def _judge(
    session: Session,
    application_id: int,
    people: Sequence[Any],
    after: str,
    last: str,
    rules: Rules,
    provided: _Provided,
    now: datetime,
) -> list[tuple[str, str, Finding]]:
    """The findings that differ from what is stored."""
    by_id = {person.user_id: person for person in people}
    evidence_of: dict[str, tuple[SignInEvidence | None, ReportEvidence | None]] = {}
    changes: list[tuple[str, str, Finding]] = []
    for row in _held(session, application_id, after, last):
        user_id, sku_id, disabled, updated_at, assessed_at, *before = row
        person = by_id[user_id]
        if user_id not in evidence_of:
            evidence_of[user_id] = (_sign_ins(person, rules), _report(person))
        sign_in, report = evidence_of[user_id]
        evidence = Evidence(
            account_created_at=person.created_at,
            assigned_at=updated_at,
            sign_in=sign_in,
            sign_in_status=rules.sign_in_status,
            report=report,
            report_status=rules.report_status,
            report_refreshed_on=rules.report_refreshed_on,
        )
        finding = classify(evidence, provided(sku_id, disabled), rules.policy_of(sku_id), now)
        if assessed_at is None or before != [
            finding.status,
            finding.last_activity_at,
            finding.last_activity_source,
            finding.confidence,
            list(finding.reasons),
        ]:
            changes.append((user_id, sku_id, finding))
    return changes


def _sign_ins(person: Any, rules: Rules) -> SignInEvidence | None:  # noqa: ANN401 - a row of `_people`
    if person.sign_in_read_at is None:
        return None
    return SignInEvidence(
        successful=person.sign_in_successful,
        interactive=person.sign_in_interactive,
        non_interactive=person.sign_in_non_interactive,
        read_at=person.sign_in_read_at,
        complete=rules.sign_ins_complete,
        degraded=rules.sign_in_status is SourceStatus.DEGRADED,
    )


def _report(person: Any) -> ReportEvidence | None:  # noqa: ANN401 - a row of `_people`
    if person.report_refreshed_on is None:
        return None
    return ReportEvidence(
        refreshed_on=person.report_refreshed_on, dates=dict(zip(_REPORTED, person[7:], strict=True))
    )


def _write(
    session: Session, application_id: int, changes: list[tuple[str, str, Finding]], now: datetime
) -> None:
    update_rows(
        session,
        Assignment,
        _FINDING_COLUMNS,
        [
            (
                application_id,
                user_id,
                sku_id,
                finding.status,
                finding.last_activity_at,
                finding.last_activity_source,
                finding.confidence,
                finding.reasons,
                now,
            )
            for user_id, sku_id, finding in changes
        ],
    )
