import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from core.graph.connection import Connection
from core.graph.credentials import Credentials
from core.graph.errors import SignInFailed, Unreachable
from tests.support.certificates import pem_of_certificate, pem_of_key, rsa_key, self_signed

AUTHORITY = "https://login.example.com"
TENANT = "3f2a8b6c-0d1e-4f5a-9b8c-7d6e5f4a3b2c"
DISCOVERY = {
    "token_endpoint": f"{AUTHORITY}/{TENANT}/oauth2/v2.0/token",
    "authorization_endpoint": f"{AUTHORITY}/{TENANT}/oauth2/v2.0/authorize",
    "issuer": f"{AUTHORITY}/{TENANT}/v2.0",
}


@dataclass
class Response:
    status_code: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)


def reply(status: int, body: Any) -> Response:  # noqa: ANN401 - whatever is JSON
    return Response(status, body if isinstance(body, str) else orjson.dumps(body).decode())


def issued(token: str, lifetime: int = 3599) -> Response:
    return reply(200, {"token_type": "Bearer", "expires_in": lifetime, "access_token": token})


def refused(number: int, error: str = "invalid_client", status: int = 401) -> Response:
    text = f"AADSTS{number}: Something is wrong. Trace ID: 1 Correlation ID: 2"
    return reply(status, {"error": error, "error_description": text, "error_codes": [number]})


class Authority:
    """Answers a discovery, then each request for a token with the next reply."""

    def __init__(self, *replies: Response | Exception, discovery: Response | None = None) -> None:
        self.replies = list(replies)
        self.discovery = discovery or reply(200, DISCOVERY)
        self.forms: list[dict[str, Any]] = []

    def get(self, url: str, **_: object) -> Response:
        assert url == f"{AUTHORITY}/{TENANT}/v2.0/.well-known/openid-configuration"
        return self.discovery

    def post(self, url: str, *, data: dict[str, Any], **_: object) -> Response:
        assert url == DISCOVERY["token_endpoint"]
        self.forms.append(data)
        answer = self.replies.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass


def credentials(
    authority: Authority, sleep: Callable[[float], None] = lambda _: None, **changes: object
) -> Credentials:
    given: dict[str, Any] = {
        "application_key": "contoso",
        "tenant_id": TENANT,
        "client_id": "the-client",
        "client_secret": "very-secret",
        "authority_url": AUTHORITY,
        "graph_url": "https://graph.example.com",
    }
    return Credentials(Connection(**given | changes), http_client=authority, sleep=sleep)


def test_a_token_is_asked_for_once_and_kept() -> None:
    authority = Authority(issued("one"))
    signed_in = credentials(authority)
    assert [signed_in.token(), signed_in.token()] == ["one", "one"]
    (form,) = authority.forms
    assert form["scope"] == "https://graph.example.com/.default"
    assert (form["client_id"], form["client_secret"]) == ("the-client", "very-secret")


def test_a_rejected_token_is_replaced_by_a_new_one_however_many_ask() -> None:
    authority = Authority(issued("one"), issued("two"))
    signed_in = credentials(authority)
    rejected = signed_in.token()
    assert [signed_in.replace(rejected), signed_in.replace(rejected)] == ["two", "two"]
    assert signed_in.token() == "two"
    assert len(authority.forms) == 2


def test_whoever_comes_after_a_failed_renewal_gets_a_new_token_and_not_an_empty_one() -> None:
    broken = requests.ConnectionError("reset")
    signed_in = credentials(Authority(issued("one"), broken, broken, broken, issued("two")))
    rejected = signed_in.token()
    with pytest.raises(Unreachable):
        signed_in.replace(rejected)
    assert signed_in.replace(rejected) == "two"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (7000215, "paste its value, not its id"),
        (7000222, "has expired"),
        (700016, "check client_id and tenant_id"),
        (90002, "the tenant is not known"),
        (700027, "upload it"),
        (53003, "Conditional Access"),
        (123456, "Something is wrong."),
    ],
)
def test_a_refusal_says_what_to_do_and_holds_no_secret(number: int, said: str) -> None:
    with pytest.raises(SignInFailed) as failed:
        credentials(Authority(refused(number))).token()
    assert said in failed.value.message
    assert f"AADSTS{number}" in failed.value.message
    assert failed.value.code == f"AADSTS{number}"
    assert "very-secret" not in repr(failed.value)


def test_a_tenant_that_discovery_does_not_know_is_named() -> None:
    unknown = reply(400, {"error": "invalid_tenant"})
    with pytest.raises(SignInFailed, match=f"{TENANT}.*the tenant is not known"):
        credentials(Authority(discovery=unknown)).token()


@pytest.mark.parametrize(
    "discovery",
    [reply(302, ""), reply(200, {"issuer": "x"}), reply(200, "<html>Sign in to the Wi-Fi</html>")],
)
def test_a_discovery_that_is_none_is_a_failure_to_sign_in(discovery: Response) -> None:
    with pytest.raises(SignInFailed):
        credentials(Authority(discovery=discovery)).token()


@pytest.mark.parametrize("text", ["<html>Blocked</html>", "[]", '"no"', "null", '{"access'])
def test_an_answer_that_is_no_token_is_a_failure_to_sign_in_without_a_guess(text: str) -> None:
    with pytest.raises(SignInFailed, match="proxy or gateway"):
        credentials(Authority(reply(200, text))).token()


def test_mending_the_secret_helps_at_once_although_msal_remembers_refusals() -> None:
    authority = Authority(issued("one"), refused(700016, "unauthorized_client", 400), issued("two"))
    signed_in = credentials(authority)
    rejected = signed_in.token()
    with pytest.raises(SignInFailed):
        signed_in.replace(rejected)
    assert signed_in.token() == "two"


@pytest.mark.parametrize(
    "fault",
    [
        requests.ConnectionError("reset"),
        reply(503, "<html>Service Unavailable</html>"),
        reply(400, {"error": "temporarily_unavailable", "error_description": "AADSTS90033: later"}),
    ],
)
def test_a_fault_that_may_pass_is_tried_again_after_a_moment(fault: Response | Exception) -> None:
    waits: list[float] = []
    assert credentials(Authority(fault, fault, issued("one")), waits.append).token() == "one"
    assert len(waits) == 2
    assert sum(waits) <= 2


@pytest.mark.parametrize("fault", [requests.ConnectionError("reset"), reply(503, "")])
def test_an_authority_that_stays_out_of_order_is_no_wrong_secret(fault: Response | Exception) -> None:
    authority = Authority(fault, fault, fault)
    with pytest.raises(Unreachable, match=AUTHORITY):
        credentials(authority).token()
    assert len(authority.forms) == 3


def test_a_certificate_signs_in_instead_of_a_secret(tmp_path: Path) -> None:
    key = rsa_key()
    certificate = self_signed(key)
    path = tmp_path / "contoso.pem"
    path.write_bytes(pem_of_key(key) + pem_of_certificate(certificate))
    authority = Authority(issued("one"))
    assert credentials(authority, client_secret=None, certificate_path=path).token() == "one"
    (form,) = authority.forms
    assert "client_secret" not in form
    header = orjson.loads(base64.urlsafe_b64decode(form["client_assertion"].split(b".")[0] + b"=="))
    assert header["alg"] == "PS256"
    assert base64.urlsafe_b64decode(header["x5t#S256"] + "==") == certificate.fingerprint(hashes.SHA256())


@pytest.mark.parametrize(
    "content", [None, b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"]
)
def test_a_file_that_is_no_certificate_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "contoso.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SignInFailed, match=r"contoso\.pem"):
        credentials(Authority(), client_secret=None, certificate_path=path).token()


def test_a_key_that_cannot_sign_for_microsoft_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "contoso.pem"
    path.write_bytes(pem_of_key(key) + pem_of_certificate(self_signed(key)))
    with pytest.raises(SignInFailed, match=r"contoso\.pem is not .* RSA key"):
        credentials(Authority(), client_secret=None, certificate_path=path).token()
