"""Sends requests to Graph: token, request ids, patience with throttling and faults, errors as exceptions."""

import random
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import orjson

from core.graph.answer import Answer, Request, Sender, SendFailed
from core.graph.errors import GraphError, OutcomeUnknown, Stopped, UnexpectedAnswer, Unreachable, error_of
from core.graph.retry import PATIENT, GiveUp, Outcome, Patience, decide_retry

VERSION: Final = "/v1.0"
_UNAUTHORIZED: Final = 401
_THROTTLED: Final = 429
_FIRST_ERROR: Final = 400
_SLICE: Final = 0.5
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\\]")

ErrorOf = Callable[[Answer, str], GraphError]
ShouldStop = Callable[[], bool]


class Tokens(Protocol):
    """Where access tokens come from."""

    def token(self) -> str:
        """A good one."""
        ...

    def replace(self, rejected: str) -> str:
        """Another one than the rejected."""
        ...


@dataclass(slots=True)
class Statistics:
    """What went over the wire since the client was made."""

    requests: int = 0
    retries: int = 0
    throttled: int = 0
    received: int = 0
    """Bytes of answers."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Transport:
    """One tenant's way to Graph. Thread-safe."""

    def __init__(
        self,
        root: str,
        tokens: Tokens,
        sender: Sender,
        *,
        sleep: Callable[[float], None] = time.sleep,
        should_stop: ShouldStop = lambda: False,
        patience: Patience = PATIENT,
    ) -> None:
        self.root = root + VERSION
        self.statistics = Statistics()
        self.sender = sender
        self._host = _origin(root)
        self._tokens = tokens
        self._sleep = sleep
        self._should_stop = should_stop
        self.patience = patience

    def get(
        self,
        path: str,
        *,
        what: str,
        headers: dict[str, str] | None = None,
        accept: tuple[int, ...] = (200,),
        patience: Patience | None = None,
    ) -> Answer:
        """Read `path` (below the version, or an absolute address of the configured host).

        Args:
            path: begins with a slash, or is an absolute nextLink.
            what: names the request for people, such as "Reading the list of users".
            headers: further ones.
            accept: statuses that are no error.
            patience: other than the client's own.

        Raises:
            GraphError: see `core.graph.errors`.
        """
        return self._call("GET", path, None, what, headers, accept, patience or self.patience, error_of)

    def post(
        self,
        path: str,
        body: Any,  # noqa: ANN401 - whatever is JSON
        *,
        what: str,
        accept: tuple[int, ...] = (200,),
        patience: Patience,
        harmless: bool,
        error_of: ErrorOf = error_of,
    ) -> Answer:
        """Send a body. Where repeating it would do harm (`harmless` False), a lost answer is OutcomeUnknown.

        Raises:
            OutcomeUnknown: it was sent, the answer is lost, a server's error or none that was expected.
            GraphError: see `core.graph.errors`.
        """
        content = orjson.dumps(body)
        headers = {"Content-Type": "application/json"}
        try:
            return self._call(
                "POST", path, content, what, headers, accept, patience, error_of, harmless=harmless
            )
        except GraphError as error:
            if not harmless and error.status is not None and _leaves_open(error.status):
                raise OutcomeUnknown(
                    error.message,
                    status=error.status,
                    code=error.code,
                    request_id=error.request_id,
                    retry_after=error.retry_after,
                ) from None
            raise

    def json(self, answer: Answer, what: str) -> dict[str, Any]:
        """The answer's body as an object. Raises UnexpectedAnswer."""
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise UnexpectedAnswer(
                f"{what}: the answer is no JSON object; a proxy or gateway may have replaced it",
                status=answer.status,
                request_id=answer.request_id,
            )
        return body

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the caller wants to go on. Raises Stopped."""
        left = seconds
        while left > 0:
            if self._should_stop():
                raise Stopped("stopped while waiting for Microsoft Graph")
            self._sleep(min(left, _SLICE))
            left -= _SLICE

    def fresh_token(self, rejected: str) -> str:
        """A new token in place of one that was rejected."""
        return self._tokens.replace(rejected)

    def token(self) -> str:
        """The access token in use."""
        return self._tokens.token()

    def address(self, path: str) -> str:
        """The absolute address. Raises UnexpectedAnswer for one that leads to another host."""
        if path.startswith("/"):
            return self.root + path
        if _origin(path) != self._host or not urlsplit(path).path.startswith(f"{VERSION}/"):
            raise UnexpectedAnswer(
                f"Microsoft Graph named a next page outside of {self._host}; it was not followed"
            )
        return path

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None,
        what: str,
        headers: dict[str, str] | None,
        accept: tuple[int, ...],
        patience: Patience,
        error_of: ErrorOf,
        *,
        harmless: bool = True,
    ) -> Answer:
        url = self.address(path)
        token = self._tokens.token()
        renewed = False
        attempt = 0
        while True:
            attempt += 1
            answer: Answer | None = None
            failure: SendFailed | None = None
            try:
                answer = self._send(method, url, body, token, headers)
            except SendFailed as error:
                if error.sent and not harmless:
                    raise OutcomeUnknown(f"{what}: {error.reason}") from None
                failure = error
            if answer is not None:
                if answer.status in accept:
                    return answer
                if answer.status == _UNAUTHORIZED and not renewed:
                    renewed, token = True, self._tokens.replace(token)
                    attempt -= 1
                    continue
                if answer.status < _FIRST_ERROR:  # a success or redirect that was not asked for
                    raise UnexpectedAnswer(
                        f"{what}: the answer {answer.status} was not expected", status=answer.status
                    )
            outcome = Outcome(
                status=answer.status if answer else None, retry_after=answer.retry_after if answer else None
            )
            decision = decide_retry(outcome, attempt, patience, jitter=random.random())  # noqa: S311 - jitter
            if isinstance(decision, GiveUp):
                if answer is not None:
                    raise error_of(answer, what)
                raise Unreachable(f"{what}: {failure.reason if failure else 'no answer'}")
            with self.statistics.lock:
                self.statistics.retries += 1
            self.pause(decision.seconds)

    def _send(
        self, method: str, url: str, body: bytes | None, token: str, headers: dict[str, str] | None
    ) -> Answer:
        answer = self.sender.send(
            Request(
                method=method,
                url=url,
                headers={
                    "Authorization": f"Bearer {token}",
                    "Accept": "application/json",
                    "client-request-id": str(uuid.uuid4()),
                    **(headers or {}),
                },
                body=body,
            )
        )
        with self.statistics.lock:
            self.statistics.requests += 1
            self.statistics.received += len(answer.content)
            self.statistics.throttled += answer.status == _THROTTLED
        return answer


def _leaves_open(status: int) -> bool:
    """Whether a write that was answered so may have been carried out: a fault, a gateway, an odd success."""
    return status < _FIRST_ERROR or status == 408 or status >= 500  # noqa: PLR2004 - an HTTP status is its own name


def _origin(url: str) -> str:
    if _UNSAFE.search(url):  # parsers of addresses disagree about these
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        return ""
    return f"https://{parts.hostname.lower()}:{port or 443}"
