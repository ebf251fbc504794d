"""The network: one `requests` session per client, with its connections, certificates and proxies."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import requests.adapters
import urllib3.exceptions

from core.graph.answer import Answer, Request, SendFailed
from core.graph.connection import Connection

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 100.0
_POOL: Final = 16
_CHUNK: Final = 256 * 1024
_WRAPPINGS: Final = 5
_FAILURES: Final = (  # the first that fits; each is more special than those below it
    (requests.exceptions.ConnectTimeout, f"no connection within {CONNECT_SECONDS:.0f} s", False),
    (requests.exceptions.Timeout, f"no answer within {READ_SECONDS:.0f} s", True),
    (requests.exceptions.InvalidSchema, "the proxy is of a kind that cannot be used", False),
    (requests.exceptions.InvalidURL, "the address, or that of the proxy, makes no sense", False),
)
_NEVER_CONNECTED: Final = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)


class BundleMissing(requests.exceptions.SSLError):
    """The file of trusted certificates is not where the environment says (`REQUESTS_CA_BUNDLE`)."""


class _Adapter(requests.adapters.HTTPAdapter):
    def cert_verify(self, *given: Any) -> None:  # noqa: ANN401 - requests' own signature
        """As in `requests`, before anything is sent, but a missing file is one of its own exceptions."""
        try:
            super().cert_verify(*given)  # type: ignore[no-untyped-call]  # its stubs leave it out
        except OSError as error:
            raise BundleMissing(f"{error}; check REQUESTS_CA_BUNDLE") from None


class Session(requests.Session):
    """A session with timeouts and without redirects, for Graph and for msal alike."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.trust_env = connection.trust_env
        if connection.ca_bundle is not None:
            self.verify = str(connection.ca_bundle)
        adapter = _Adapter(pool_connections=4, pool_maxsize=_POOL, max_retries=0)
        self.mount("https://", adapter)
        self.headers["User-Agent"] = "Seatwise"
        # Without an `auth` of its own, requests takes one from ~/.netrc and puts it in place of the token.
        self.auth = _leave_as_it_is
        # A jar that fills while other threads read it may break, and nobody needs cookies here.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._surroundings: dict[tuple[Any, ...], Any] = {}

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - requests' own signature
        """As in `requests`, but it ends in time and follows no redirect."""
        kwargs.setdefault("timeout", (CONNECT_SECONDS, READ_SECONDS))
        kwargs["allow_redirects"] = False
        try:
            return super().request(*args, **kwargs)
        except urllib3.exceptions.HTTPError as error:  # requests lets some of them pass
            raise requests.exceptions.ConnectionError(error) from None

    def merge_environment_settings(self, url: Any, *given: Any) -> Any:  # noqa: ANN401 - requests' own signature
        """As in `requests`, but the environment is asked once for each host: that costs as much as a request.

        None of our requests brings proxies of its own, the first of `given`.
        """
        where = (*urlsplit(url)[:2], *given[1:])
        if where not in self._surroundings:
            self._surroundings[where] = super().merge_environment_settings(url, *given)
        return self._surroundings[where]


class RequestsSender:
    """Sends over `requests`. Thread-safe as far as its session is: nothing of it changes between requests."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = Session(connection)

    def send(self, request: Request) -> Answer:
        """Send and wait for the whole answer. Raises SendFailed."""
        try:
            response = self._session.request(
                request.method, request.url, headers=dict(request.headers), data=request.body
            )
        except requests.RequestException as error:
            # The cause may quote the address of a proxy, with its password.
            raise send_failed(error, request.url) from None
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            content=response.content,
        )

    @contextmanager
    def stream(self, url: str) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Fetch without a token, over a session that never had one. Raises SendFailed."""
        with Session(self._connection) as session:
            try:
                with session.request("GET", url, stream=True) as response:
                    yield response.status_code, response.iter_content(_CHUNK)
            except requests.RequestException as error:
                raise send_failed(error, url) from None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _leave_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def send_failed(error: requests.RequestException, url: str) -> SendFailed:
    """What a failure of `requests` means: a reason for people, and whether the request may have arrived."""
    reason, sent = _meaning(error)
    return SendFailed(f"{urlsplit(url).netloc}: {reason}", sent=sent)


def _meaning(error: requests.RequestException) -> tuple[str, bool]:
    """A write must never be called unsent on a guess: only what surely comes before the request counts."""
    if isinstance(error, BundleMissing):
        return str(error), False
    for kind, reason, sent in _FAILURES:
        if isinstance(error, kind):
            return reason, sent
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(cause, urllib3.exceptions.ProxyError):
        # urllib3 blames the proxy also where an answer was lost beyond it.
        unheard = isinstance(cause.original_error, _NEVER_CONNECTED)
        return "the proxy could not be used", not unheard
    if isinstance(error, requests.exceptions.SSLError):
        verdict = _verdict_on_certificate(error)
        # Only an untrusted certificate is sure to come before the request; TLS can break off at any time.
        distrust = f"the certificate is not trusted ({verdict})"
        return (distrust, False) if verdict else ("the secure connection broke off", True)
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        unknown = isinstance(cause, urllib3.exceptions.NameResolutionError)
        return "the name is not known" if unknown else "the connection was refused", False
    return "the connection broke off", True


def _verdict_on_certificate(error: requests.exceptions.SSLError) -> str:
    """Why the certificate was not trusted; nothing where that is not what went wrong.

    The verdict lies in the arguments, a few wrappings deep. Chained exceptions are not looked at: they may
    belong to an earlier request that the caller is just dealing with.
    """
    wrapped: object = error
    for _ in range(_WRAPPINGS):
        if isinstance(wrapped, ssl.SSLCertVerificationError):
            return wrapped.verify_message
        inner = getattr(wrapped, "reason", None)
        wrapped = inner if isinstance(inner, Exception) else next(iter(getattr(wrapped, "args", ())), None)
    return ""
