"""Judges every assignment by the evidence that is stored, a page of people at a time.

The rules are `core.activity.evidence`; this only brings the facts and keeps the findings. Findings that did
not change are not written again.
"""

import functools
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy
from sqlalchemy import Engine, case, func
from sqlmodel import Session

from core.activity.evidence import (
    Evidence,
    Finding,
    Reason,
    ReportEvidence,
    SignInEvidence,
    SourceStatus,
    classify,
)
from core.activity.failed import FAILED_STATE, failed_finding
from core.activity.workloads import Workload, workloads_of
from core.integration.report_evidence import columns_of_reports, evidence_of_reports
from core.integration.rules import Rules, read_rules
from core.store.bulk import table_of, update_rows
from core.store.engine import writing
from core.store.plain import moment_of, plain
from core.store.tables import Assignment, User, UserActivity

PAGE: Final = 2000
"""People per transaction: short enough that nobody waits long for SQLite's one writer."""


_FIRST_OF_REPORTS: Final = 6
"""Where the columns of the reports begin in what `_people` reads."""

_FINDING_COLUMNS: Final = (
    "user_id",
    "sku_id",
    "activity_status",
    "last_activity_at",
    "last_activity_source",
    "confidence",
    "reasons",
)


def classify_assignments(
    engine: Engine, application_id: int, now: datetime, *, after_page: Callable[[Session], None]
) -> int:
    """Judge all assignments of an application; how many findings changed.

    `after_page` is called in each page's transaction.
    """
    with writing(engine) as session:
        rules = read_rules(session, application_id)
    judge = _Judge(rules, now)
    after = ""
    changed = 0
    while True:
        with writing(engine) as session:
            people = _people(session, application_id, after)
            if not people:
                return changed
            last = people[-1][0]
            changes = judge(people, _held(session, application_id, after, last))
            changed += len(changes)
            update_rows(
                session,
                Assignment,
                _FINDING_COLUMNS,
                [(*key, *_values(finding)) for key, finding in changes],
                same={"application_id": application_id, "assessed_at": now},
            )
            after_page(session)
        after = last


class _Judge:
    """Judges pages of people by the same rules, and remembers what many of them have in common."""

    def __init__(self, rules: Rules, now: datetime) -> None:
        self._rules = rules
        self._now = now
        self._provided: dict[tuple[str, str], frozenset[Workload]] = {}
        self._without_rows = {
            report: ReportEvidence(status=status) for report, status in rules.report_status.items()
        }

    def __call__(self, people: Sequence[Any], held: Sequence[Any]) -> list[tuple[tuple[str, str], Finding]]:
        """The findings that differ from what is stored, by user id and SKU id."""
        rules = self._rules
        by_id = {person[0]: person for person in people}
        judged = ""
        sign_in_status, now = rules.sign_in_status, self._now
        changes: list[tuple[tuple[str, str], Finding]] = []
        for user_id, sku_id, disabled, updated_at, failed, known, status, last_at, source, sure, why in held:
            if user_id != judged:  # seats of a person stand together
                person, judged = by_id[user_id], user_id
                created_at, sign_in = moment_of(person[1]), _sign_ins(person, rules)
                reports = self._without_rows | evidence_of_reports(
                    person[_FIRST_OF_REPORTS:], rules.report_status
                )
            if failed is None:
                evidence = Evidence(
                    account_created_at=created_at,
                    assigned_at=moment_of(updated_at),
                    sign_in=sign_in,
                    sign_in_status=sign_in_status,
                    reports=reports,
                )
                provides = self._provides(sku_id, disabled)
                finding = classify(evidence, provides, rules.policy_of(sku_id), now)
            else:
                finding = failed_finding(failed)
            if (
                not known
                or finding.status != status
                or finding.last_activity_at != moment_of(last_at)
                or finding.last_activity_source != source
                or finding.confidence != sure
                or _text_of(finding.reasons) != why
            ):
                changes.append(((user_id, sku_id), finding))
        return changes

    def _provides(self, sku_id: str, disabled: str) -> frozenset[Workload]:
        """The workloads of a type without the plans that are switched off (a JSON text)."""
        found = self._provided.get((sku_id, disabled))
        if found is None:
            plans = self._rules.plans.get(sku_id, frozenset())
            found = self._provided[sku_id, disabled] = workloads_of(plans.difference(json.loads(disabled)))
        return found


@functools.lru_cache(maxsize=4096)
def _text_of(reasons: tuple[Reason, ...]) -> str:
    return json.dumps(reasons)


def _people(session: Session, application_id: int, after: str) -> Sequence[Any]:
    """The next page of people in the directory, with what the sources say of their activity."""
    user, activity = table_of(User).c, table_of(UserActivity).c
    statement = (
        sqlalchemy.select(
            user.user_id,
            plain(user.created_at),
            plain(activity.sign_in_successful),
            plain(activity.sign_in_interactive),
            plain(activity.sign_in_non_interactive),
            plain(activity.sign_in_read_at),
            *columns_of_reports(),
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
    """The assignments of a page of people, with the findings of the last assessment.

    Of one that failed the error is told, a text that may be empty; of all others nothing.
    """
    held = table_of(Assignment).c
    statement = (
        sqlalchemy.select(
            held.user_id,
            held.sku_id,
            plain(held.disabled_plans),
            plain(held.updated_at),
            case((held.state == FAILED_STATE, func.coalesce(held.error, ""))),
            held.assessed_at.is_not(None),
            held.activity_status,
            plain(held.last_activity_at),
            held.last_activity_source,
            held.confidence,
            plain(held.reasons),
        )
        .where(held.application_id == application_id, held.user_id > after, held.user_id <= last)
        .order_by(held.user_id, held.sku_id)
    )
    return session.connection().execute(statement).all()


def _sign_ins(person: Sequence[Any], rules: Rules) -> SignInEvidence | None:
    read_at = moment_of(person[5])
    if read_at is None:
        return None
    return SignInEvidence(
        successful=moment_of(person[2]),
        interactive=moment_of(person[3]),
        non_interactive=moment_of(person[4]),
        read_at=read_at,
        complete=rules.sign_ins_complete,
        degraded=rules.sign_in_status is SourceStatus.DEGRADED,
    )


def _values(finding: Finding) -> tuple[Any, ...]:
    """The columns from `activity_status` to `reasons`."""
    return (
        finding.status,
        finding.last_activity_at,
        finding.last_activity_source,
        finding.confidence,
        finding.reasons,
    )
