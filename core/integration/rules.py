"""What holds for everybody in one assessment: the policies, the service plans, and how the sources stand."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from core.activity.evidence import ActivityPolicy, Report, SourceStatus
from core.integration.sources import SourceName, read_sources
from core.reclamation.licenses import plans_by_type
from core.store.tables import Policy, Source, TypePolicy


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What holds for everybody in one assessment: policies, service plans, and how the sources stand."""

    policy: ActivityPolicy
    by_type: dict[str, ActivityPolicy]
    plans: dict[str, frozenset[str]]
    sign_in_status: SourceStatus
    sign_ins_complete: bool
    report_status: dict[Report, SourceStatus]
    refreshed_on: dict[Report, date | None]
    """What day each usage report spoke of when it was read last."""

    def policy_of(self, sku_id: str) -> ActivityPolicy:
        """The policy that a license type is judged by."""
        return self.by_type.get(sku_id, self.policy)


def read_rules(session: Session, application_id: int) -> Rules:
    """The rules as they stand now; a source or policy without a row is not read, or the default."""
    row = session.get(Policy, application_id)
    general = ActivityPolicy() if row is None else _policy(row.threshold_days, row.young_days)
    own = session.exec(select(TypePolicy).where(TypePolicy.application_id == application_id))
    sources = read_sources(session, application_id)
    sign_ins = sources.get(SourceName.SIGN_INS)
    reports = {report: sources.get(report.value) for report in Report}
    return Rules(
        policy=general,
        by_type={policy.sku_id: _policy(policy.threshold_days, general.young_days) for policy in own},
        plans=plans_by_type(session, application_id),
        sign_in_status=_status(sign_ins),
        sign_ins_complete=sign_ins is not None and sign_ins.read_at is not None,
        report_status={report: _status(source) for report, source in reports.items()},
        refreshed_on={
            report: None if source is None or source.as_of is None else source.as_of.date()
            for report, source in reports.items()
        },
    )


def _policy(threshold_days: int, young_days: int) -> ActivityPolicy:
    return ActivityPolicy(threshold_days=threshold_days, young_days=young_days)


def _status(source: Source | None) -> SourceStatus:
    return SourceStatus.NOT_READ if source is None else SourceStatus(source.status)
