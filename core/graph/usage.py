"""Usage reports: a redirect to a CSV that is fetched without the token (contract §6)."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import IO, Final
from urllib.parse import urlsplit

from core.graph.answer import Answer, SendFailed
from core.graph.connection import Connection
from core.graph.errors import UnexpectedAnswer, Unreachable
from core.graph.transport import Transport

_IN_MEMORY: Final = 8 * 1024 * 1024
_ATTEMPTS: Final = 3
_OK: Final = 200
_FOUND: Final = 302
_ANY: Final = {"Accept": "*/*"}
_CONCEALED: Final = re.compile(r"[0-9A-Fa-f]{32}")
_CONCEALED_SHARE: Final = 0.9

_NAME: Final = "User Principal Name"
_REFRESHED: Final = "Report Refresh Date"
_DELETED: Final = "Is Deleted"
_DATES: Final = (
    "Exchange Last Activity Date",
    "OneDrive Last Activity Date",
    "SharePoint Last Activity Date",
    "Skype For Business Last Activity Date",
    "Yammer Last Activity Date",
    "Teams Last Activity Date",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ActiveUserRow:
    """One user of `getOffice365ActiveUserDetail`. Dates are the last ones known, whatever the period."""

    user_principal_name: str
    deleted: bool
    refreshed_on: date
    exchange_on: date | None
    onedrive_on: date | None
    sharepoint_on: date | None
    skype_on: date | None
    yammer_on: date | None
    teams_on: date | None
    absent_columns: tuple[str, ...] = ()
    """Columns that the whole file lacks: their dates are not empty but not known."""


def read_active_user_detail(
    transport: Transport, connection: Connection, period: str = "D180"
) -> Iterator[ActiveUserRow]:
    """The rows of the report. It is fetched whole before the first row is given.

    Raises:
        PermissionDenied: Reports.Read.All is missing.
        UnexpectedAnswer: the redirect leads to a host that is not expected, or the file is not the report.
        Unreachable: the download failed repeatedly.
    """
    what = "Reading the usage report getOffice365ActiveUserDetail"
    path = f"/reports/getOffice365ActiveUserDetail(period='{period}')"
    with _fetched(transport, connection, path, what) as content:
        try:
            yield from parse_active_user_detail(content, what)
        except (UnicodeDecodeError, csv.Error) as error:
            raise UnexpectedAnswer(f"{what}: the file is no CSV in UTF-8 ({type(error).__name__})") from None


def names_concealed(transport: Transport) -> bool:
    """Whether the tenant conceals names in reports (contract §6.4). Needs ReportSettings.Read.All."""
    what = "Reading the report settings"
    body = transport.json(transport.get("/admin/reportSettings", what=what), what)
    wrapped = body.get("value")
    settings = wrapped if isinstance(wrapped, dict) else body
    concealed = settings.get("displayConcealedNames")
    if not isinstance(concealed, bool):
        raise UnexpectedAnswer(f"{what}: displayConcealedNames is missing")
    return concealed


def looks_concealed(names: Iterable[str]) -> bool:
    """Whether more than nine in ten of these names are the codes that concealment puts in their place."""
    total = concealed = 0
    for name in names:
        total += 1
        concealed += _CONCEALED.fullmatch(name) is not None
    return total > 0 and concealed / total > _CONCEALED_SHARE


def parse_active_user_detail(lines: Iterable[str], what: str) -> Iterator[ActiveUserRow]:
    """The rows of the CSV, its columns found by name; every row names the date columns that are absent."""
    reader = csv.reader(lines)
    header = next(reader, [])
    places = {name.strip(): place for place, name in enumerate(header)}
    if _NAME not in places or _REFRESHED not in places:
        raise UnexpectedAnswer(f"{what}: the file has no column {_NAME!r} or {_REFRESHED!r}")
    name_at, refreshed_at, deleted_at = places[_NAME], places[_REFRESHED], places.get(_DELETED)
    dates_at = [places.get(column) for column in _DATES]
    absent = tuple(column for column in _DATES if column not in places)
    known: dict[str, date | None] = {"": None}
    for cells in reader:
        if not cells:
            continue
        if len(cells) < len(header):
            raise UnexpectedAnswer(f"{what}: line {reader.line_num} is cut off")
        days = [None if at is None else _day(cells[at], known, what) for at in dates_at]
        refreshed = _day(cells[refreshed_at], known, what)
        if refreshed is None:
            raise UnexpectedAnswer(f"{what}: line {reader.line_num} has no refresh date")
        exchange, onedrive, sharepoint, skype, yammer, teams = days
        yield ActiveUserRow(
            user_principal_name=cells[name_at],
            deleted=deleted_at is not None and cells[deleted_at].lower() == "true",
            refreshed_on=refreshed,
            exchange_on=exchange,
            onedrive_on=onedrive,
            sharepoint_on=sharepoint,
            skype_on=skype,
            yammer_on=yammer,
            teams_on=teams,
            absent_columns=absent,
        )


def _day(cell: str, known: dict[str, date | None], what: str) -> date | None:
    try:
        return known[cell]
    except KeyError:
        pass
    try:
        return known.setdefault(cell, date.fromisoformat(cell))
    except ValueError:
        raise UnexpectedAnswer(f"{what}: {cell[:40]!r} is no date") from None


@contextmanager
def _fetched(transport: Transport, connection: Connection, path: str, what: str) -> Iterator[Iterable[str]]:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        for attempt in range(1, _ATTEMPTS + 1):
            redirect = transport.get(path, what=what, headers=_ANY, accept=(_OK, _FOUND))
            spool.seek(0)
            spool.truncate()  # of what an attempt that broke off has left
            if redirect.status == _OK:  # some clouds answer with the file itself
                spool.write(redirect.content)
                break
            try:
                _download(transport, _location(redirect, connection, what), spool)
                break
            except SendFailed as failed:
                if attempt == _ATTEMPTS:
                    raise Unreachable(f"{what}: {failed.reason}") from None
                transport.pause(float(attempt))
        spool.seek(0)
        yield io.TextIOWrapper(spool, encoding="utf-8-sig", newline="")


def _location(redirect: Answer, connection: Connection, what: str) -> str:
    location = redirect.headers.get("location", "")
    if not connection.allows_report_host(location):
        raise UnexpectedAnswer(
            f"{what}: the report lies on a host that is not expected ({_host(location)}), so it was not "
            "fetched; report_hosts in the configuration lists those that are",
            request_id=redirect.request_id,
        )
    return location


def _host(location: str) -> str:
    """Only the host: the rest of the address opens the report to anybody."""
    try:
        return (urlsplit(location).hostname or "none")[:100]
    except ValueError:
        return "none"


def _download(transport: Transport, location: str, spool: IO[bytes]) -> None:
    with transport.sender.stream(location) as (status, pieces):
        if status != _OK:
            raise SendFailed(f"{_host(location)}: the download was answered with {status}", sent=True)
        for piece in pieces:
            spool.write(piece)
