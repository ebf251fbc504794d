from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pytest

from core.graph.answer import SendFailed
from core.graph.connection import Connection
from core.graph.errors import UnexpectedAnswer, Unreachable
from core.graph.report_rows import ActiveUserRow
from core.graph.usage import (
    ACTIVATIONS,
    ACTIVE_USERS,
    APP_USAGE,
    COPILOT_USAGE,
    MAILBOX_USAGE,
    UsageReport,
    first_rows,
    looks_concealed,
    names_concealed,
    read_report,
)
from tests.support.wire import ROOT, Wire, answer

HEADER = (
    "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,"
    "Exchange Last Activity Date,"
    "OneDrive Last Activity Date,SharePoint Last Activity Date,Skype For Business Last Activity Date,"
    "Yammer Last Activity Date,Teams Last Activity Date"
)
ROW = "2026-11-22,a@contoso.example,A,False,,2026-11-20,,,,,2026-11-22"
FILE = "https://reports.office.com/data/download/x"
CONNECTION = Connection(application_key="a", tenant_id="t", client_id="c", client_secret="s")


def wire_to(location: str, content: bytes) -> Wire:
    return Wire(lambda _: answer(302, b"", location=location), {location: [content[:40], content[40:]]})


def read(wire: Wire) -> list[ActiveUserRow]:
    return list(read_report(wire.transport, CONNECTION, ACTIVE_USERS))


def test_a_report_is_fetched_from_where_it_lies_and_read_by_the_names_of_its_columns() -> None:
    wire = wire_to(FILE, f"\ufeff{HEADER}\r\n{ROW}\r\n".encode())
    (row,) = read(wire)
    assert (row.user_principal_name, row.refreshed_on) == ("a@contoso.example", date(2026, 11, 22))
    assert (row.exchange_on, row.onedrive_on, row.teams_on) == (date(2026, 11, 20), None, date(2026, 11, 22))
    assert wire.sender.fetched == [FILE]


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/x",
        "https://office.com.evil.example/x",
        "http://reports.office.com/x",
        "https://user@reports.office.com/x",
        "https://notoffice.com/x",
        "ftp://reports.office.com/x",
        "",
    ],
)
def test_a_report_on_a_host_that_is_not_expected_is_not_fetched(location: str) -> None:
    wire = wire_to(location, b"")
    with pytest.raises(UnexpectedAnswer, match="report_hosts"):
        read(wire)
    assert wire.sender.fetched == []


def test_the_host_that_is_not_expected_is_named_but_not_the_address_that_opens_the_report() -> None:
    wire = wire_to("https://reports.example.net/data/pre-authenticated", b"")
    with pytest.raises(UnexpectedAnswer, match=r"\(reports\.example\.net\)") as failed:
        read(wire)
    assert "pre-authenticated" not in failed.value.message


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", f"{HEADER}\n".encode() + b"x" * 200_000])
def test_a_download_that_is_no_csv_is_refused(content: bytes) -> None:
    wire = wire_to(FILE, content)
    with pytest.raises(UnexpectedAnswer, match="no CSV in UTF-8"):
        read(wire)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://reports.office.com/x", True),
        ("https://reportsweu.office.com/x", True),
        ("https://office.com/x", True),
        ("https://OFFICE.com/x", True),
        ("https://proxy.example:9443/x", True),
        ("https://elsewhere.example/x", False),
        ("https://[broken", False),
    ],
)
def test_the_host_of_an_overridden_graph_is_expected_on_any_port(url: str, *, expected: bool) -> None:
    connection = Connection(
        application_key="a",
        tenant_id="t",
        client_id="c",
        client_secret="s",
        graph_url="https://proxy.example:8443",
    )
    assert connection.allows_report_host(url) is expected


def test_a_file_that_comes_at_once_after_a_broken_download_stands_alone() -> None:
    replies = iter([answer(302, b"", location=FILE), answer(200, f"{HEADER}\r\n{ROW}\r\n".encode())])

    def broken() -> Iterator[bytes]:
        yield f"{HEADER}\r\n{ROW}\r\n{ROW[:30]}".encode()
        raise SendFailed("the connection broke off", sent=True)

    wire = Wire(lambda _: next(replies), {FILE: broken()})
    (row,) = read(wire)
    assert row.user_principal_name == "a@contoso.example"


def test_a_download_that_fails_again_and_again_is_told() -> None:
    wire = Wire(lambda _: answer(302, b"", location=FILE))
    with pytest.raises(Unreachable, match="404"):
        read(wire)
    assert len(wire.sender.fetched) == 3


@pytest.mark.parametrize(
    ("report", "path"),
    [
        (ACTIVE_USERS, "/reports/getOffice365ActiveUserDetail(period='D180')"),
        (APP_USAGE, "/reports/getM365AppUserDetail(period='D180')"),
        (MAILBOX_USAGE, "/reports/getMailboxUsageDetail(period='D180')"),
        (COPILOT_USAGE, "/copilot/reports/getMicrosoft365CopilotUsageUserDetail(period='D180')"),
        (ACTIVATIONS, "/reports/getOffice365ActivationsUserDetail"),
    ],
)
def test_each_report_is_asked_for_where_graph_has_it(report: UsageReport[Any], path: str) -> None:
    wire = wire_to(FILE, b"Something,Else\n")
    with pytest.raises(UnexpectedAnswer, match=f"{report.name}: the file has no column"):
        list(read_report(wire.transport, CONNECTION, report))
    assert wire.urls == [f"{ROOT}/v1.0{path}"]


class Counted:
    """A long download that knows how much of it was taken."""

    def __init__(self, pieces: int) -> None:
        self.pieces = pieces
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        yield f"\ufeff{HEADER}\r\n".encode()
        for _ in range(self.pieces):
            self.taken += 1
            yield f"{ROW}\r\n".encode() * 1000


def first(content: Iterable[bytes], most: int = 5) -> list[ActiveUserRow]:
    wire = Wire(lambda _: answer(302, b"", location=FILE), {FILE: content})
    return first_rows(wire.transport, CONNECTION, ACTIVE_USERS, most)


def test_the_first_rows_are_had_without_the_rest_of_the_file() -> None:
    download = Counted(pieces=100)
    assert [row.user_principal_name for row in first(download)] == ["a@contoso.example"] * 5
    assert download.taken < 3


def test_of_a_short_file_the_first_rows_are_all_of_it() -> None:
    assert len(first([f"{HEADER}\n{ROW}\n".encode()])) == 1
    assert first([f"{HEADER}\n".encode()]) == []


def test_first_rows_that_break_off_are_fetched_anew() -> None:
    def broken() -> Iterator[bytes]:
        yield f"{HEADER}\r\n{ROW[:20]}".encode()
        raise SendFailed("the connection broke off", sent=True)

    wire = Wire(lambda _: answer(302, b"", location=FILE), {FILE: broken()})
    with pytest.raises(UnexpectedAnswer, match="no column"):  # the second time nothing is left of it
        first_rows(wire.transport, CONNECTION, ACTIVE_USERS, 5)
    assert len(wire.sender.fetched) == 2


@pytest.mark.parametrize(
    ("names", "concealed"),
    [
        (["DC8C64D6EC3A3AA17481D7E5EB5B68A6"] * 10, True),
        (["DC8C64D6EC3A3AA17481D7E5EB5B68A6"] * 19 + ["a@contoso.example"], True),
        (["DC8C64D6EC3A3AA17481D7E5EB5B68A6"] * 5 + ["a@contoso.example"] * 5, False),
        (["a@contoso.example"], False),
        ([], False),
    ],
)
def test_concealed_names_are_recognized(names: list[str], *, concealed: bool) -> None:
    assert looks_concealed(names) is concealed


@pytest.mark.parametrize(
    "body", [{"displayConcealedNames": True}, {"value": {"displayConcealedNames": True}}]
)
def test_the_setting_is_read_in_both_its_shapes(body: dict[str, object]) -> None:
    wire = Wire([answer(200, body)])
    assert names_concealed(wire.transport) is True
    assert wire.urls == [f"{ROOT}/v1.0/admin/reportSettings"]


def test_without_the_setting_nothing_is_guessed() -> None:
    with pytest.raises(UnexpectedAnswer):
        names_concealed(Wire([answer(200, {"value": []})]).transport)
