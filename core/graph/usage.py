"""Usage reports: a redirect to a CSV that is fetched without the token (contract §6)."""

import csv
import io
import itertools
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Final, Generic, TypeVar
from urllib.parse import urlsplit

from core.graph.answer import Answer, SendFailed
from core.graph.connection import Connection
from core.graph.errors import UnexpectedAnswer, Unreachable
from core.graph.report_rows import (
    ReportRow,
    parse_activations,
    parse_active_users,
    parse_app_users,
    parse_copilot_users,
    parse_mailboxes,
)
from core.graph.transport import Transport

_IN_MEMORY: Final = 1024 * 1024
_ATTEMPTS: Final = 3
_OK: Final = 200
_FOUND: Final = 302
_ANY: Final = {"Accept": "*/*"}
_CONCEALED: Final = re.compile(r"[0-9A-Fa-f]{32}")
_CONCEALED_SHARE: Final = 0.9

Row = TypeVar("Row", bound=ReportRow)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class UsageReport(Generic[Row]):
    """A usage report: what Graph calls it, where it lies below the version, and how its file is read."""

    name: str
    path: str
    parse: Callable[[Iterable[str], str], Iterator[Row]]

    @property
    def what(self) -> str:
        """Names the request for people."""
        return f"Reading the usage report {self.name}"


def _report(
    name: str,
    parse: Callable[[Iterable[str], str], Iterator[Row]],
    *,
    below: str = "/reports",
    period: str = "(period='D180')",
) -> UsageReport[Row]:
    return UsageReport(name=name, path=f"{below}/{name}{period}", parse=parse)


ACTIVE_USERS: Final = _report("getOffice365ActiveUserDetail", parse_active_users)
APP_USAGE: Final = _report("getM365AppUserDetail", parse_app_users)
MAILBOX_USAGE: Final = _report("getMailboxUsageDetail", parse_mailboxes)
COPILOT_USAGE: Final = _report(
    "getMicrosoft365CopilotUsageUserDetail", parse_copilot_users, below="/copilot/reports"
)
ACTIVATIONS: Final = _report("getOffice365ActivationsUserDetail", parse_activations, period="")


def read_report(transport: Transport, connection: Connection, report: UsageReport[Row]) -> Iterator[Row]:
    """The rows of a report. It is fetched whole before the first row is given.

    Raises:
        PermissionDenied: Reports.Read.All is missing.
        UnexpectedAnswer: the redirect leads to a host that is not expected, or the file is not the report.
        Unreachable: the download failed repeatedly.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:

        def keep(pieces: Iterable[bytes]) -> None:
            spool.seek(0)
            spool.truncate()  # of what an attempt that broke off has left
            for piece in pieces:
                transport.check()
                spool.write(piece)

        _fetch(transport, connection, report, keep)
        spool.seek(0)
        yield from _parsed(report, spool)


def first_rows(
    transport: Transport, connection: Connection, report: UsageReport[Row], most: int
) -> list[Row]:
    """The first rows of a report, at most so many; no more of it is downloaded than they take.

    Raises: as `read_report`.
    """

    def read(pieces: Iterable[bytes]) -> list[Row]:
        return list(itertools.islice(_parsed(report, io.BufferedReader(_Pieces(pieces))), most))

    return _fetch(transport, connection, report, read)


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


def _parsed(report: UsageReport[Row], content: IO[bytes]) -> Iterator[Row]:
    try:
        yield from report.parse(io.TextIOWrapper(content, encoding="utf-8-sig", newline=""), report.what)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnexpectedAnswer(
            f"{report.what}: the file is no CSV in UTF-8 ({type(error).__name__})"
        ) from None


def _fetch(
    transport: Transport,
    connection: Connection,
    report: UsageReport[Row],
    use: Callable[[Iterable[bytes]], T],
) -> T:
    """What `use` makes of the file's content, which comes piece by piece; begun anew where it breaks off."""
    attempt = 0
    while True:
        attempt += 1
        redirect = transport.get(report.path, what=report.what, headers=_ANY, accept=(_OK, _FOUND))
        if redirect.status == _OK:  # some clouds answer with the file itself
            return use([redirect.content])
        location = _location(redirect, connection, report.what)
        try:
            with transport.sender.stream(location) as (status, pieces):
                _expect_ok(status, location)
                return use(pieces)
        except SendFailed as failed:
            if attempt == _ATTEMPTS:
                raise Unreachable(f"{report.what}: {failed.reason}") from None
            transport.pause(float(attempt))


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


def _expect_ok(status: int, location: str) -> None:
    if status != _OK:
        raise SendFailed(f"{_host(location)}: the download was answered with {status}", sent=True)


class _Pieces(io.RawIOBase):
    """Pieces of content as a file that is read from its beginning."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any buffer
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)
