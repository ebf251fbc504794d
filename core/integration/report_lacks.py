"""Why a usage report can't be used, or not wholly, in sentences for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.activity.evidence import ActivityPolicy, SourceStatus
from core.graph import BadRequest, GraphError, NotFound, PermissionDenied, looks_concealed
from core.graph.report_rows import ReportRow
from core.integration.report_kinds import ReportKind
from core.integration.sources import as_sentence

NO_PERMISSION: Final = "{report} can't be read: Reports.Read.All is missing."
NOT_OFFERED: Final = "{report} can't be had: Microsoft does not offer that in this cloud or to this tenant."
CONCEALED: Final = (
    "{report} can't be matched to people, because names are concealed. An administrator can show names in "
    "the Microsoft 365 admin center under Settings, Org settings, Reports."
)
EMPTY: Final = "{report} came without a row."
NOBODY_MATCHED: Final = "{report} could not be matched to any user."
LACKING: Final = "{report} came without {columns}, so an empty row proves nothing."
OLD: Final = "{report} came with data of {day}, more than {days} days ago, so an empty row proves nothing."

_STALE_DAYS: Final = ActivityPolicy().report_stale_days


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Why a report can't be used, or not wholly: a sentence with a place for its title, and what was seen."""

    status: SourceStatus
    sentence: str
    seen: str = ""

    def detail(self, kind: ReportKind[Any]) -> str:
        """As the source tells it, with what it costs."""
        told = (self.sentence.replace("{report}", kind.title), self.seen, kind.costs)
        return " ".join(part for part in told if part)


def why_missing(error: GraphError) -> Lack:
    """What an error of Graph's means for a report."""
    if isinstance(error, PermissionDenied):
        return Lack(status=SourceStatus.MISSING, sentence=NO_PERMISSION)
    if isinstance(error, BadRequest | NotFound):
        return Lack(status=SourceStatus.MISSING, sentence=NOT_OFFERED)
    return Lack(status=SourceStatus.FAILED, sentence=as_sentence(f"{{report}} could not be read: {error}"))


def lack_in(
    kind: ReportKind[Any], rows: Sequence[ReportRow], *, concealed: bool, now: datetime
) -> Lack | None:
    """What a report lacks, by its first rows: people, columns, or youth. Two or three days of age are normal.

    Args:
        kind: the report.
        rows: as many of its first rows as were read.
        concealed: what the tenant's settings say of names.
        now: the moment of judgment, aware, in UTC.
    """
    if not rows:
        return Lack(status=SourceStatus.FAILED, sentence=EMPTY)
    if concealed or looks_concealed(row.user_principal_name for row in rows):
        return Lack(status=SourceStatus.CONCEALED, sentence=CONCEALED)
    if absent := set(rows[0].absent_columns) - kind.not_missed:
        sentence = LACKING.replace("{columns}", ", ".join(sorted(absent)))
        return Lack(status=SourceStatus.DEGRADED, sentence=sentence)
    refreshed_on = max(row.refreshed_on for row in rows)
    if (now.date() - refreshed_on).days > _STALE_DAYS:
        sentence = OLD.replace("{day}", refreshed_on.isoformat()).replace("{days}", str(_STALE_DAYS))
        return Lack(status=SourceStatus.STALE, sentence=sentence)
    return None
