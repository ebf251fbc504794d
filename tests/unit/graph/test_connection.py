import base64
import socket
import ssl
import urllib.request
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
)

from core.graph.answer import Request, SendFailed
from core.graph.clouds import Cloud
from core.graph.connection import Connection
from core.graph.permissions import PERMISSIONS, roles_of
from core.graph.sender import RequestsSender, Session, send_failed

HOST = HTTPSConnection("graph.example.com")
UNTRUSTED = ssl.SSLCertVerificationError()
UNTRUSTED.verify_message = "self-signed"
GIVEN: dict[str, Any] = {
    "application_key": "a",
    "tenant_id": "t",
    "client_id": "c",
    "client_secret": "very-secret",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"graph_url": "http://graph.example.com"},
        {"graph_url": "https://graph.example.com/v1.0"},
        {"authority_url": "https:///"},
        {"authority_url": "https://user@login.example.com"},
        {"authority_url": "https://login.example.com#x"},
        {"authority_url": "https://login.example.com:x"},
        {"authority_url": "https://login.example.com?x=1"},
        {"client_secret": None},
        {"certificate_path": Path("x.pem")},
    ],
)
def test_a_connection_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be https|client secret"):
        Connection(**GIVEN | wrong)


def test_the_secret_stays_out_of_the_repr() -> None:
    assert "very-secret" not in repr(Connection(**GIVEN))


def test_a_password_in_an_address_is_not_quoted() -> None:
    with pytest.raises(ValueError, match="graph_url must be https") as failed:
        Connection(**GIVEN, graph_url="https://user:hidden@graph.example.com")
    assert "hidden" not in str(failed.value)


def test_a_login_kept_for_other_programs_does_not_replace_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "netrc"
    kept.write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(kept))
    request = requests.Request("GET", "https://graph.example.com", headers={"Authorization": "Bearer x"})
    with Session(Connection(**GIVEN)) as session:
        assert session.prepare_request(request).headers["Authorization"] == "Bearer x"


def test_the_environment_is_asked_for_proxies_once_for_each_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:8080")
    monkeypatch.setenv("NO_PROXY", "inside.example.com")
    with Session(Connection(**GIVEN)) as session:

        def proxy_for(url: str) -> object:
            return session.merge_environment_settings(url, {}, None, None, None)["proxies"].get("https")

        for url, proxy in (
            ("https://graph.example.com/v1.0/users", "http://proxy.example.com:8080"),
            ("https://inside.example.com/v1.0/users", None),
        ):
            assert proxy_for(url) == proxy
        monkeypatch.setenv("HTTPS_PROXY", "http://other.example.com:8080")
        assert proxy_for("https://graph.example.com/v1.0/groups") == "http://proxy.example.com:8080"
        assert proxy_for("https://graph.example.com:444/v1.0") == "http://other.example.com:8080"


@pytest.mark.parametrize("cloud", Cloud)
def test_each_cloud_has_its_own_roots(cloud: Cloud) -> None:
    connection = Connection(**GIVEN, cloud=cloud)
    assert (connection.authority, connection.graph) == (cloud.authority_url, cloud.graph_url)


def tls_gave_up(reason: ssl.SSLError) -> MaxRetryError:
    return MaxRetryError(HTTPSConnectionPool("graph.example.com"), "/v1.0/users", SSLError(reason))


def never_connected(reason: Exception) -> requests.exceptions.ConnectionError:
    """As `requests` wraps what its pool of connections gave up on."""
    pool = HTTPSConnectionPool("graph.example.com")
    return requests.exceptions.ConnectionError(MaxRetryError(pool, "/v1.0/users", reason))


def beyond_proxy(reason: Exception) -> requests.exceptions.ProxyError:
    """As `requests` wraps whatever happens while urllib3 takes a proxy for not connected."""
    pool = HTTPSConnectionPool("graph.example.com")
    return requests.exceptions.ProxyError(MaxRetryError(pool, "/v1.0/users", ProxyError("no", reason)))


@pytest.mark.parametrize(
    ("failure", "sent", "said"),
    [
        (requests.exceptions.ConnectTimeout(), False, "no connection within"),
        (requests.exceptions.ReadTimeout(), True, "no answer within"),
        (requests.exceptions.SSLError(UNTRUSTED), False, "not trusted (self-signed)"),
        (requests.exceptions.SSLError(tls_gave_up(UNTRUSTED)), False, "not trusted (self-signed)"),
        (requests.exceptions.SSLError(tls_gave_up(ssl.SSLEOFError())), True, "broke off"),
        (requests.exceptions.SSLError("EOF occurred in violation of protocol"), True, "broke off"),
        (requests.exceptions.InvalidProxyURL("http://user:password@"), False, "or that of the proxy"),
        (requests.exceptions.InvalidSchema("Missing dependencies for SOCKS"), False, "proxy"),
        (beyond_proxy(NewConnectionError(HOST, "http://user:password@proxy")), False, "proxy"),
        (beyond_proxy(NameResolutionError("x", HOST, socket.gaierror())), False, "proxy"),
        (beyond_proxy(ConnectTimeoutError()), False, "proxy"),
        (beyond_proxy(RemoteDisconnected("")), True, "proxy"),
        (beyond_proxy(ConnectionResetError()), True, "proxy"),
        (beyond_proxy(OSError("Tunnel connection failed: 407")), True, "proxy"),
        (never_connected(NameResolutionError("x", HOST, socket.gaierror())), False, "not known"),
        (never_connected(NewConnectionError(HOST, "Connection refused")), False, "refused"),
        (never_connected(ProtocolError("Connection refused by the application")), True, "broke off"),
        (requests.exceptions.ConnectionError("NewConnectionError: getaddrinfo"), True, "broke off"),
        (
            requests.exceptions.ConnectionError("Connection aborted.", ConnectionResetError()),
            True,
            "broke off",
        ),
        (requests.exceptions.ChunkedEncodingError(), True, "broke off"),
        (requests.exceptions.ContentDecodingError(), True, "broke off"),
    ],
)
def test_only_what_was_surely_not_sent_is_called_so(
    failure: requests.RequestException, said: str, *, sent: bool
) -> None:
    found = send_failed(failure, "https://graph.example.com/v1.0/users?secret=1")
    assert found.sent is sent
    assert said in found.reason
    assert found.reason.startswith("graph.example.com: ")
    assert "password" not in found.reason


def test_a_certificate_that_was_not_trusted_earlier_does_not_make_a_lost_answer_unsent() -> None:
    failure = requests.exceptions.SSLError(tls_gave_up(ssl.SSLEOFError()))
    failure.__context__ = UNTRUSTED
    assert send_failed(failure, "https://graph.example.com").sent


def test_a_name_that_is_too_long_is_a_failure_to_send_like_any_other() -> None:
    sender = RequestsSender(Connection(**GIVEN, trust_env=False))
    with pytest.raises(SendFailed):
        sender.send(Request(method="GET", url=f"https://{'a' * 64}.example.com", headers={}))


def test_no_cookie_is_kept_between_requests() -> None:
    cookie = requests.cookies.create_cookie("seen", "1", domain="graph.example.com")  # type: ignore[no-untyped-call]  # its stubs leave it out
    with Session(Connection(**GIVEN)) as session:
        session.cookies.set_cookie_if_ok(cookie, urllib.request.Request("https://graph.example.com/"))
        assert list(session.cookies) == []


def token_with(claims: object) -> str:
    body = base64.urlsafe_b64encode(orjson.dumps(claims)).decode().rstrip("=")
    return f"h.{body}.s"


def test_the_roles_of_a_token_are_read() -> None:
    assert roles_of(token_with({"roles": ["User.Read.All", 5]})) == {"User.Read.All"}


@given(st.text() | st.builds(token_with, st.none() | st.integers(0, 9) | st.lists(st.text())))
def test_any_token_is_taken(token: str) -> None:
    assert roles_of(token) == frozenset()


def test_one_permission_may_serve_for_another() -> None:
    known = {each.name: each for each in PERMISSIONS}
    assert known["LicenseAssignment.Read.All"].granted({"Organization.Read.All"})
    assert known["LicenseAssignment.ReadWrite.All"].granted({"User.ReadWrite.All"})
    assert not known["LicenseAssignment.Read.All"].granted({"LicenseAssignment.ReadWrite.All"})
    assert not known["LicenseAssignment.ReadWrite.All"].granted({"LicenseAssignment.Read.All"})
