"""Access tokens by client credentials, through msal, with a secret or a certificate (contract §8)."""

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import msal
import requests
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from msal.exceptions import MsalError, MsalServiceError

from core.graph.connection import Connection
from core.graph.errors import SignInFailed, Unreachable
from core.graph.retry import GiveUp, Outcome, Patience, decide_retry
from core.graph.sender import Session, send_failed

_EARLY: Final = 300.0
"""A token with less than this many seconds left is not used for a new request."""

_HINTS: Final[Mapping[int, str]] = {
    7000215: "the client secret is wrong: paste its value, not its id",
    7000222: "the client secret has expired: create a new one and put it into the configuration",
    700016: "the application (client) id is not known in this tenant: check client_id and tenant_id",
    90002: "the tenant is not known: check tenant_id and cloud",
    700027: "the certificate is not registered with the application: upload it under Certificates & secrets",
    1002012: "the scope is wrong: check cloud and graph_url",
    70011: "the scope is wrong: check cloud and graph_url",
    7000229: "the application has no service principal in this tenant: grant admin consent",
    53003: "a Conditional Access policy blocks this application",
}
_PATIENCE: Final = Patience(attempts=3, first_wait=0.5)
"""An hour's work should not end because the authority was out of order for a second."""

_OUT_OF_ORDER: Final = frozenset({"server_error", "temporarily_unavailable"})
_UNKNOWN_TENANT: Final = "invalid_tenant"
_NUMBER: Final = re.compile(r"AADSTS(\d+)")
_CERTIFICATE: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)

# What msal logs there stands in our errors too, and it quotes answers that may hold a token.
logging.getLogger("msal.oauth2cli.oauth2").setLevel(logging.CRITICAL)


class HttpClient(Protocol):
    """What msal asks of a session; its answers have `status_code`, `text` and `headers`."""

    def get(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as msal calls it
        """Read."""
        ...

    def post(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as msal calls it
        """Send a form."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class Credentials:
    """The access token of one application, fetched when needed. Thread-safe.

    `http_client` is the seam for tests.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        http_client: HttpClient | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection = connection
        self._session = http_client or Session(connection)
        self._sleep = sleep
        self._lock = threading.Lock()
        self._app: Any = None
        self._token = ""
        self._good_until = 0.0

    def token(self) -> str:
        """A token that is good for minutes at least.

        Raises:
            SignInFailed: none was issued; the message says why and what to do.
            Unreachable: the authority gave no answer, or says itself that it is out of order, repeatedly.
        """
        with self._lock:
            return self._current()

    def replace(self, rejected: str) -> str:
        """A new token in place of one that Graph rejected; the current one where it is another already."""
        with self._lock:
            if self._token == rejected:
                self._good_until = 0.0
                if self._app is not None:
                    self._app.remove_tokens_for_client()
            return self._current()

    def close(self) -> None:
        """Close the connections to the authority."""
        self._session.close()

    def _current(self) -> str:
        if time.monotonic() >= self._good_until:
            self._acquire()
        return self._token

    def _acquire(self) -> None:
        self._token, self._good_until = "", 0.0
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = self._ask()
            except Unreachable:
                decision = decide_retry(Outcome(status=None), attempt, _PATIENCE, jitter=random.random())  # noqa: S311 - jitter
                if isinstance(decision, GiveUp):
                    raise
                self._sleep(decision.seconds)
                continue
            break
        lifetime = float(answer.get("expires_in") or 0)
        self._token = answer["access_token"]
        self._good_until = time.monotonic() + max(lifetime - _EARLY, lifetime / 2)

    def _ask(self) -> dict[str, Any]:
        """One attempt. msal keeps failures for a while, so after one it is made anew (contract §8.5)."""
        connection = self._connection
        what = f"Signing in to the tenant {connection.tenant_id} at {connection.authority}"
        app, self._app = self._app, None
        try:
            app = app or self._make_app()
            answer: dict[str, Any] = app.acquire_token_for_client([f"{connection.graph}/.default"])
        except requests.RequestException as error:
            raise Unreachable(f"{what}: {send_failed(error, connection.authority).reason}") from None
        except MsalServiceError as error:
            raise Unreachable(f"{what}: the service is out of order ({error})") from None
        except (ValueError, LookupError, TypeError, AttributeError, RuntimeError, MsalError) as error:
            raise _not_understood(what, error) from None
        if answer.get("error") in _OUT_OF_ORDER:
            raise Unreachable(f"{what}: the service is out of order ({answer['error']})")
        token = answer.get("access_token")
        if not token or not isinstance(token, str):
            raise _refused(what, answer)
        self._app = app
        return answer

    def _make_app(self) -> Any:  # noqa: ANN401 - msal ships no types
        connection = self._connection
        credential: Any = connection.client_secret
        if connection.certificate_path is not None:
            credential = _read_certificate(connection.certificate_path)
        return msal.ConfidentialClientApplication(
            connection.client_id,
            client_credential=credential,
            authority=f"{connection.authority}/{connection.tenant_id}",
            # A host of the user's own is not known to Microsoft's discovery.
            instance_discovery=None if connection.authority_url is None else False,
            http_client=self._session,
        )


def _read_certificate(path: Path) -> dict[str, str]:
    """Key and certificate for msal, which signs with PS256 when it is given both (contract §8.5)."""
    try:
        pem = path.read_bytes()
        found = _CERTIFICATE.search(pem)
        certificate = found.group() if found else b""
        x509.load_pem_x509_certificate(certificate)
        key = load_pem_private_key(pem, password=None)
    except OSError as error:
        raise SignInFailed(f"The certificate {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _no_certificate(path) from None
    if not isinstance(key, RSAPrivateKey):  # msal signs with no other
        raise _no_certificate(path)
    return {
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "public_certificate": certificate.decode(),
    }


def _no_certificate(path: Path) -> SignInFailed:
    return SignInFailed(
        f"The certificate {path} is not a PEM file with an unencrypted RSA key and a certificate"
    )


def _not_understood(what: str, error: Exception) -> SignInFailed:
    """Why msal raised instead of answering; it quotes the answer only in the exception behind its own."""
    told = str(error.__context__ or error)
    if _UNKNOWN_TENANT in told or _NUMBER.search(told):
        codes = [90002] if _UNKNOWN_TENANT in told else []
        return _refused(what, {"error_description": told, "error_codes": codes})
    return SignInFailed(
        f"{what} failed: the answer is none that the authority gives; a proxy or gateway may have replaced it"
    )


def _refused(what: str, answer: Mapping[str, Any]) -> SignInFailed:
    description = str(answer.get("error_description") or answer.get("error") or "no reason was given")
    numbers = answer.get("error_codes")
    found = _NUMBER.search(description)
    number = int(found[1]) if found else 0
    if isinstance(numbers, list) and numbers and type(numbers[0]) is int:
        number = numbers[0]
    first_line = description.splitlines()[0].split(" Trace ID:")[0]
    hint = _HINTS.get(number)
    text = f"{what} failed: {hint} (AADSTS{number})" if hint else f"{what} failed: {first_line}"
    return SignInFailed(text, code=f"AADSTS{number}" if number else "", status=None)
