"""Usage reports: a redirect to another host, and there the CSV file, without a token (contract §6)."""

import base64
import csv
import hashlib
import hmac
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import orjson

from core.simulator.directory import RowMaker
from core.simulator.records import Record
from core.simulator.report_rows import REPORTS, Row, Window
from core.simulator.service import Service
from core.simulator.wire import Answer, Call, GraphProblem, error_answer

LAG = timedelta(days=2)
_DOWNLOAD_SECONDS = 300
_ROWS_PER_CHUNK = 2_000
_DOWNLOAD = re.compile(r"/data/download/([\w=-]+)\.([0-9a-f]{64})")

_UPN_MARK, _NAME_MARK = "@@CONCEALED-UPN@@", "@@CONCEALED-NAME@@"


def redirect(service: Service, call: Call, name: str, period: str | None = None) -> Answer:
    """GET /reports/getXxx(period='D30'): 302 to where the file can be fetched for a few minutes."""
    report = REPORTS.get(name)
    if report is None or not service.tenant.conditions.reports_available:
        raise GraphProblem(400, "BadRequest", f"Resource not found for the segment '{name}'.")
    if report.periods and period not in report.periods:
        known = ", ".join(report.periods)
        raise GraphProblem(
            400, "BadRequest", f"Invalid period value specified: {period}. Valid values: {known}."
        )
    order = {"report": name, "period": period or "ALL", "until": service.tenant.clock() + _DOWNLOAD_SECONDS}
    text = base64.urlsafe_b64encode(orjson.dumps(order)).decode()
    host = call.host.rpartition(":")[0] or call.host
    location = f"https://{host}:{service.report_port}/data/download/{text}.{_signature(service, text)}"
    return Answer(status=302, headers={"Location": location}, content_type="text/plain")


def _signature(service: Service, text: str) -> str:
    return hmac.new(service.tenant.config.client_secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def download(service: Service, call: Call) -> Answer:
    """The file behind a redirect. Strict: a request that carries a token is refused, as it leaks one."""
    try:
        return _download(service, call)
    except GraphProblem as problem:
        return error_answer(problem, call, service.tenant.now())


def _download(service: Service, call: Call) -> Answer:
    if service.tenant.conditions.strict_downloads and "authorization" in call.headers:
        raise GraphProblem(400, "BadRequest", "This address is pre-authenticated: do not send a token to it.")
    found = _DOWNLOAD.fullmatch(call.path)
    if found is None or not hmac.compare_digest(found[2], _signature(service, found[1])):
        raise GraphProblem(404, "UnknownError", "There is nothing at this address.")
    order = orjson.loads(base64.urlsafe_b64decode(found[1]))
    if order["until"] < service.tenant.clock():
        raise GraphProblem(403, "UnknownError", "The link to this report has expired.")
    service.tenant.refresh()
    chunks = report_csv(service, order["report"], order["period"])
    disposition = f'attachment; filename="{order["report"].removeprefix("get")}.csv"'
    return Answer(
        status=200,
        chunks=chunks,
        headers={"Content-Disposition": disposition},
        content_type="application/octet-stream",
    )


def report_csv(service: Service, name: str, period: str) -> Iterator[bytes]:
    """The report as CSV, UTF-8 with a byte order mark, in chunks of many rows."""
    report, directory = REPORTS[name], service.tenant.directory
    window = Window(refreshed=(service.tenant.as_of - LAG).date(), period=period)
    concealed = service.tenant.conditions.concealed_names
    changed = set(service.tenant.state.accounts)

    def lines(record: Record) -> str:
        return _csv(
            [_concealed(report.columns, row) if concealed else row for row in report.rows(record, window)]
        )

    rows = RowMaker(directory, lines)
    yield b"\xef\xbb\xbf" + _csv([list(report.columns)]).encode()
    for start in range(0, directory.count, _ROWS_PER_CHUNK):
        parts: list[bytes] = []
        for index in range(start, min(start + _ROWS_PER_CHUNK, directory.count)):
            text = lines(service.tenant.record(index)).encode() if index in changed else rows.text(index)
            parts.append(_with_hashes(text, service, index) if concealed and text else text)
        yield b"".join(parts)


def _csv(rows: list[Row]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue()


def _concealed(columns: tuple[str, ...], row: Row) -> Row:
    marks = {"User Principal Name": _UPN_MARK, "Display Name": _NAME_MARK}
    return [marks.get(column, cell) for column, cell in zip(columns, row, strict=True)]


def _with_hashes(text: bytes, service: Service, index: int) -> bytes:
    for mark in (_UPN_MARK, _NAME_MARK):
        key = f"{service.tenant.config.seed}:{mark}:{index}".encode()
        text = text.replace(mark.encode(), hashlib.blake2b(key, digest_size=16).hexdigest().upper().encode())
    return text
