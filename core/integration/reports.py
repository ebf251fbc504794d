"""The usage reports, each a source of its own: one that is missing or fails takes nothing from the others.

    read_usage_reports(client, progress)   read all that the tenant needs; a sentence for each that lacks

All are fetched at once, and stored one after the other as they come. Where names are concealed, rows belong
to nobody: they are counted, and that is all.
"""

import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import select

from core.activity.evidence import SourceStatus
from core.graph import GraphClient, GraphError, Stopped
from core.graph.report_rows import ReportRow
from core.integration.progress import Progress
from core.integration.report_kinds import KINDS, ReportKind, kinds_needed
from core.integration.report_lacks import NOBODY_MATCHED, NOT_OFFERED, Lack, lack_in, why_missing
from core.integration.report_storage import PAGE, keep_rows
from core.integration.sources import record_source
from core.store.engine import reading, writing
from core.store.tables import LogLevel, ServicePlan

_LATELY: Final = timedelta(days=30)


def read_usage_reports(client: GraphClient, progress: Progress) -> list[str]:
    """Read the reports and keep each person's rows; sentences on those that are missing or not whole.

    Raises:
        Stopped: the client was told to stop while waiting.
    """
    with reading(progress.engine) as session:
        plans = session.exec(
            select(ServicePlan.service_plan_id)
            .where(ServicePlan.application_id == progress.application_id)
            .distinct()
        ).all()
    wanted = kinds_needed(plans)
    for kind in KINDS:
        if kind not in wanted:
            _record(progress, kind, SourceStatus.NOT_READ, kind.spared)
    if not client.connection.cloud.has_usage_reports:  # contract §6.1
        lacks: list[tuple[ReportKind[Any], Lack | None]] = [
            (kind, Lack(status=SourceStatus.MISSING, sentence=NOT_OFFERED)) for kind in wanted
        ]
        for kind, lack in lacks:
            _note(progress, kind, lack, None)
        return _sentences(lacks)
    with ThreadPoolExecutor(max_workers=len(wanted) + 1, thread_name_prefix="usage-report") as pool:
        setting = pool.submit(says_concealed, client)
        begun = {pool.submit(_begin, client, kind): kind for kind in wanted}
        lacking = {  # in the order in which they come: none waits for one that Microsoft is slow with
            begun[rows].name: _finish(progress, begun[rows], rows, setting) for rows in as_completed(begun)
        }
    return _sentences([(kind, lacking[kind.name]) for kind in wanted])


def says_concealed(client: GraphClient) -> bool:
    """What the report settings say; where they can't be read, the names themselves have to."""
    try:
        return client.names_concealed()
    except Stopped:
        raise
    except GraphError:
        return False


def _begin(client: GraphClient, kind: ReportKind[Any]) -> tuple[list[ReportRow], Iterator[ReportRow]]:
    """Fetch a report: its first page of rows, and the others."""
    rows: Iterator[ReportRow] = client.read_report(kind.report)
    return list(itertools.islice(rows, PAGE)), rows


def _finish(
    progress: Progress,
    kind: ReportKind[Any],
    begun: "Future[tuple[list[ReportRow], Iterator[ReportRow]]]",
    setting: "Future[bool]",
) -> Lack | None:
    """Keep the rows of a report that was fetched, and how it stands; what it lacks, if anything."""
    refreshed_on: date | None = None
    try:
        first, rest = begun.result()
        rows = itertools.chain(first, rest)
        lack = lack_in(kind, first, concealed=setting.result(), now=progress.clock())
        if lack is not None and lack.status is SourceStatus.CONCEALED:
            lack = replace(lack, seen=_counted(kind, rows))
        elif first:
            refreshed_on, matched = keep_rows(progress, kind, rows)
            if not matched:
                refreshed_on, lack = None, Lack(status=SourceStatus.FAILED, sentence=NOBODY_MATCHED)
    except Stopped:
        raise
    except GraphError as error:
        refreshed_on, lack = None, why_missing(error)
    _note(progress, kind, lack, refreshed_on)
    return lack


def _counted(kind: ReportKind[Any], rows: Iterable[ReportRow]) -> str:
    """What concealed rows tell in total; whose each is stays unknown."""
    total = lately = 0
    refreshed_on: date | None = None
    for row in rows:
        if not row.deleted:
            last = kind.last_on(row)
            total += 1
            lately += last is not None and row.refreshed_on - last < _LATELY
            refreshed_on = row.refreshed_on
    if refreshed_on is None:
        return ""
    days = f"{_LATELY.days} days up to {refreshed_on.isoformat()}"
    return f"Of {total:,} rows {lately:,} show activity in the {days}."


def _note(progress: Progress, kind: ReportKind[Any], lack: Lack | None, refreshed_on: date | None) -> None:
    if lack is None:
        _record(progress, kind, SourceStatus.AVAILABLE, "", refreshed_on)
        progress.log(f"{kind.name.label}: read, as of {refreshed_on}.")
    else:
        _record(progress, kind, lack.status, lack.detail(kind), refreshed_on)
        progress.log(lack.detail(kind), level=LogLevel.WARNING)


def _record(
    progress: Progress,
    kind: ReportKind[Any],
    status: SourceStatus,
    detail: str,
    refreshed_on: date | None = None,
) -> None:
    """Put on record how a source stands; without a date it was not read this time, and its dates stay."""
    as_of = None if refreshed_on is None else datetime.combine(refreshed_on, time.min, UTC)
    read_at = None if refreshed_on is None else progress.clock()
    with writing(progress.engine) as session:
        record_source(
            session, progress.application_id, kind.name, status, detail, as_of=as_of, read_at=read_at
        )
        progress.note(session)


def _sentences(lacks: Iterable[tuple[ReportKind[Any], Lack | None]]) -> list[str]:
    """What is lacking, once for all reports that lack the same, each with what it costs."""
    alike: dict[str, list[ReportKind[Any]]] = {}
    for kind, lack in lacks:
        if lack is not None:
            alike.setdefault(lack.sentence, []).append(kind)
    return [
        " ".join((sentence.replace("{report}", _titles(kinds)), *(kind.costs for kind in kinds)))
        for sentence, kinds in alike.items()
    ]


def _titles(kinds: list[ReportKind[Any]]) -> str:
    """The titles as the beginning of a sentence: of several, those after the first are within it."""
    first, *others = (kind.title for kind in kinds)
    within = [title[0].lower() + title[1:] for title in others]
    if not within:
        return first
    return f"{', '.join([first, *within[:-1]])} and {within[-1]}"
